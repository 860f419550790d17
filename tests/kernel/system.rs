//! What every other test stands on.

use crate::case::{Case, During, Need, Outcome};
use crate::{ensure, host};
use skep_uapi::Release;
use std::fs;

pub const CASES: &[Case] = &[
    Case { name: "release", needs: &[], run: release },
    Case { name: "kernel_types", needs: &[Need::Option("CONFIG_DEBUG_INFO_BTF")], run: kernel_types },
];

/// The release that other tests are told apart by can be read.
fn release() -> Outcome {
    let release = host::release();
    ensure!(release >= Release::new(5, 10), "{release} is older than what skep supports");
    Ok(())
}

fn kernel_types() -> Outcome {
    let bytes = fs::read("/sys/kernel/btf/vmlinux").during("/sys/kernel/btf/vmlinux")?;
    ensure!(bytes.starts_with(&0xeb9f_u16.to_ne_bytes()), "the kernel's types do not begin with their magic number");
    Ok(())
}
