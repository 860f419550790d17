//! `cargo xtask ci`: everything that must hold before a change lands, in the order in which failures are cheapest to find.

use crate::process::{During, Failure, Outcome, cargo, fail, read, run};
use crate::{docs, fixtures};
use std::fs;
use std::process::Command;
use std::time::Instant;

/// Crates without I/O and without unsafe code.
const PURE: &[&str] = &["uapi", "isa", "btf", "object", "linker", "reloc"];
/// A target that has no standard library.
const BARE: &str = "x86_64-unknown-none";
/// All of the source; what needs libraries of C or flags of its own stands apart.
const WORKSPACES: &[&str] = &["Cargo.toml", "benches/Cargo.toml", "fuzz/Cargo.toml"];

type Step = (&'static str, fn() -> Outcome);

const STEPS: &[Step] = &[
    ("format", || {
        WORKSPACES.iter().try_for_each(|path| run(cargo().args(["fmt", "--all", "--check", "--manifest-path", path])))
    }),
    ("pure crates", pure),
    ("clippy", || run(cargo().args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))),
    ("documentation", || {
        run(cargo().args(["doc", "--workspace", "--no-deps", "--quiet"]).env("RUSTDOCFLAGS", "-D warnings"))
    }),
    ("generated tables", || docs::run(&["--check".into()])),
    ("objects", || fixtures::run(&["--check".into()])),
    ("tests", || run(cargo().args(["test", "--workspace", "--no-fail-fast"]))),
];

fn run_all() -> Vec<(&'static str, Option<Failure>, u64)> {
    let mut done = Vec::new();
    for (name, step) in STEPS {
        println!("\n==== {name}");
        let start = Instant::now();
        let failure = step().err();
        if let Some(failure) = &failure {
            println!("{failure}");
        }
        done.push((*name, failure, start.elapsed().as_secs()));
    }
    done
}

pub fn run_task(args: &[String]) -> Outcome {
    if let Some(arg) = args.first() {
        return fail(format_args!("unknown argument {arg}"));
    }
    let done = run_all();
    println!("\n==== summary");
    for (name, failure, seconds) in &done {
        println!("{:<18} {:<7} {seconds:>4} s", name, if failure.is_some() { "FAILED" } else { "ok" });
    }
    match done.iter().filter(|step| step.1.is_some()).count() {
        0 => Ok(()),
        n => fail(format_args!("{n} of {} steps failed", done.len())),
    }
}

/// The crates that claim to be pure say so where the compiler sees it, and build where there is no standard library.
fn pure() -> Outcome {
    for name in PURE {
        let path = format!("crates/{name}/src/lib.rs");
        let text = fs::read_to_string(&path).during(&path)?;
        for line in ["#![no_std]", "#![forbid(unsafe_code)]"] {
            if !text.lines().any(|l| l == line) {
                return fail(format_args!("{path} lacks {line}"));
            }
        }
    }
    println!("{}: no_std, no unsafe code", PURE.join(" "));
    let targets = read(Command::new("rustup").args(["target", "list", "--installed"])).unwrap_or_default();
    if !targets.lines().any(|target| target == BARE) {
        println!("build for {BARE} skipped: rustup has not installed that target");
        return Ok(());
    }
    let packages = PURE.iter().flat_map(|name| ["-p".into(), format!("skep-{name}")]);
    run(cargo().args(["check", "--quiet", "--target", BARE]).args(packages))
}
