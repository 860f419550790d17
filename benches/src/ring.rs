//! The speed of a ring buffer's reader.

use std::{env, error::Error, path::Path, process::Command};

use crate::{
    peer,
    table::{self, Row, median},
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const RUNS: usize = 11;
/// How often a process fills the buffer and reads it.
const ROUNDS: usize = 200;
/// Sizes of records in bytes, as text, and what their rows are called.
const SIZES: [(&str, &str); 2] = [("32", "records of 32 B"), ("512", "records of 512 B")];

/// Measures one reader once and prints records per second.
pub fn once(peer: &str, size: &str) -> Result<()> {
    let run = peer::RING.iter().find(|(name, _)| *name == peer).ok_or("no such peer")?.1;
    let object = format!("{}/../fixtures/o/el/ring{size}.bpf.o", env!("CARGO_MANIFEST_DIR"));
    let (records, seconds) = run(Path::new(&object), ROUNDS)?;
    println!("{}", records as f64 / seconds);
    Ok(())
}

/// Measures each reader, in turn, and prints the medians.
pub fn compare() -> Result<()> {
    let mut rows = Vec::new();
    for (size, name) in SIZES {
        let mut speeds = peer::RING.map(|_| Vec::new());
        for _ in 0..RUNS {
            for (speeds, (peer, _)) in speeds.iter_mut().zip(peer::RING) {
                let output = Command::new(env::current_exe()?).args(["ring-once", peer, size]).output()?;
                eprint!("{}", String::from_utf8_lossy(&output.stderr));
                speeds.extend(String::from_utf8_lossy(&output.stdout).trim().parse::<f64>());
            }
        }
        let values = speeds.into_iter().map(|s| (!s.is_empty()).then(|| median(s))).collect();
        rows.push(Row { name, values, unit: |v| format!("{:.1} M/s", v / 1e6) });
    }
    table::print("ring buffer: records read per second", &peer::RING.map(|(peer, _)| peer), &rows);
    Ok(())
}
