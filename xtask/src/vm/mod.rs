//! `cargo xtask vm [VERSION…] [-- FILTER]`: the kernel tests and the examples on other kernels.
//!
//! Each kernel is Debian's, taken from the machine's own package sources and kept in `~/.cache/skep`. It boots under qemu
//! with an initramfs that holds our own first process, the test program and `skep`, all linked statically.

mod build;
mod cpio;
mod image;
mod initramfs;
mod machine;
mod packages;
mod report;

use crate::process::{Outcome, fail};
use image::Kernel;
use report::{Report, Status};
use std::time::Instant;

/// A kernel that can be asked for.
pub struct Version {
    /// What it is called here, and how its release begins.
    pub label: &'static str,
    /// Debian's suites that may have it; `system` stands for those the machine is set up with.
    pub suites: &'static [&'static str],
}

/// Old to new.
const VERSIONS: &[Version] = &[
    Version { label: "5.10", suites: &["bullseye"] },
    Version { label: "6.1", suites: &["system", "bookworm"] },
    Version { label: "6.12", suites: &["system", "bookworm-backports", "trixie"] },
    Version { label: "7.2", suites: &["sid"] },
    Version { label: "7.3", suites: &["trixie-backports", "sid", "experimental"] },
];

pub fn run(args: &[String]) -> Outcome {
    if !cfg!(all(target_arch = "x86_64", target_os = "linux")) {
        return fail("the virtual machines are x86-64 and need an x86-64 Linux host");
    }
    let (names, filter) = match args.iter().position(|arg| arg == "--") {
        Some(at) => (&args[..at], &args[at + 1..]),
        None => (args, &[][..]),
    };
    if let Some(unknown) = names.iter().find(|name| VERSIONS.iter().all(|v| v.label != name.as_str())) {
        let known: Vec<_> = VERSIONS.iter().map(|version| version.label).collect();
        return fail(format_args!("no kernel {unknown}; there are {}", known.join(", ")));
    }
    let chosen = |version: &&Version| names.is_empty() || names.iter().any(|name| name == version.label);
    packages::ensure_qemu()?;
    let programs = build::static_programs()?;
    let mut reports = Vec::new();
    for version in VERSIONS.iter().filter(chosen) {
        let start = Instant::now();
        let report = one(version, &programs, filter).unwrap_or_else(|failure| Report::broken(version.label, &failure));
        println!("{:<6}{} in {} s", version.label, report.summary(), start.elapsed().as_secs());
        reports.push(report);
    }
    print!("\n{}", report::table(&reports));
    match reports.iter().flat_map(|report| &report.rows).filter(|row| row.status == Status::Failed).count() {
        0 => Ok(()),
        n => fail(format_args!("{n} failed")),
    }
}

fn one(version: &Version, programs: &build::Programs, filter: &[String]) -> Outcome<Report> {
    let kernel = Kernel::obtain(version)?;
    let initramfs = initramfs::write(&kernel, programs, filter)?;
    machine::boot(version.label, &kernel, &initramfs)
}
