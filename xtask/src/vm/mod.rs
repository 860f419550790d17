//! `cargo xtask vm [VERSION…] [--docs] [-- FILTER]`: the kernel tests and the examples on other kernels.
//!
//! Each kernel is Debian's, taken from the machine's own package sources and kept in `~/.cache/skep`. It boots under qemu
//! with an initramfs that holds our own first process, the test program and `skep`, all linked statically.

mod build;
mod cpio;
mod image;
mod initramfs;
mod machine;
pub mod packages;
mod page;
mod report;

use crate::process::{Failure, Outcome, fail};
use image::Kernel;
use report::{Report, Status};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
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
    let docs = names.iter().any(|name| name == "--docs");
    let names: Vec<_> = names.iter().filter(|name| *name != "--docs").collect();
    if docs && !(names.is_empty() && filter.is_empty()) {
        return fail("--docs is for all tests on all kernels");
    }
    if let Some(unknown) = names.iter().find(|name| VERSIONS.iter().all(|v| v.label != name.as_str())) {
        let known: Vec<_> = VERSIONS.iter().map(|version| version.label).collect();
        return fail(format_args!("no kernel {unknown}; there are {}", known.join(", ")));
    }
    let chosen = |version: &&Version| names.is_empty() || names.iter().any(|name| *name == version.label);
    packages::ensure_qemu()?;
    let programs = build::static_programs()?;
    let kernels: Vec<_> = VERSIONS.iter().filter(chosen).map(|version| (version, Kernel::obtain(version))).collect();
    let reports = boot_all(&kernels, &programs, filter);
    print!("\n{}", report::table(&reports));
    if docs {
        page::write(&reports)?;
    }
    match reports.iter().flat_map(|report| &report.rows).filter(|row| row.status == Status::Failed).count() {
        0 => Ok(()),
        n => fail(format_args!("{n} failed")),
    }
}

/// How many machines run at a time.
const AT_A_TIME: usize = 2;

type Obtained<'v> = (&'v Version, Outcome<Kernel>);

/// Boots all kernels; the reports are in their order.
fn boot_all(kernels: &[Obtained<'_>], programs: &build::Programs, filter: &[String]) -> Vec<Report> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some((version, kernel)) = kernels.get(at) else { return done };
            let start = Instant::now();
            let report = one(version, kernel, programs, filter);
            let report = report.unwrap_or_else(|failure| Report::broken(version.label, &failure));
            println!("{:<6}{} in {} s", version.label, report.summary(), start.elapsed().as_secs());
            done.push((at, report));
        }
    };
    let mut reports = thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_A_TIME).map(|_| scope.spawn(work)).collect();
        workers.into_iter().filter_map(|worker| worker.join().ok()).flatten().collect::<Vec<_>>()
    });
    reports.sort_by_key(|(at, _)| *at);
    reports.into_iter().map(|(_, report)| report).collect()
}

fn one(version: &Version, kernel: &Outcome<Kernel>, programs: &build::Programs, filter: &[String]) -> Outcome<Report> {
    let kernel = kernel.as_ref().map_err(|failure| Failure(failure.to_string()))?;
    let initramfs = initramfs::write(kernel, programs, filter)?;
    let mut report = machine::boot(version.label, kernel, &initramfs)?;
    report.release.clone_from(&kernel.release);
    Ok(report)
}
