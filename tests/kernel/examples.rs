//! The example objects.

use crate::case::{Case, During, Outcome};
use crate::{ensure, host};
use std::fs;

pub const CASES: &[Case] = &[Case { name: "are_there", needs: &[], run: are_there }];

fn are_there() -> Outcome {
    for name in ["exec", "xdp_count", "runqlat", "tasks"] {
        let path = host::file(&format!("examples/{name}.bpf.o"));
        let bytes = fs::read(&path).during(&path.to_string_lossy())?;
        ensure!(bytes.starts_with(b"\x7fELF"), "{} is not an object", path.display());
    }
    Ok(())
}
