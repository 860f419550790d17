//! The programs that go into the virtual machine, linked statically: there is nothing else in it.

use crate::clang::scratch;
use crate::process::{During, Failure, Outcome, cargo, run};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const TARGET: &str = "x86_64-unknown-linux-gnu";
const PROFILE: &str = "vm";

/// Paths of the programs.
pub struct Programs {
    /// The first process.
    pub init: PathBuf,
    /// The command.
    pub skep: PathBuf,
    /// The agent of the examples.
    pub agent: PathBuf,
    /// The kernel tests.
    pub tests: PathBuf,
    /// The tests of the crate below the loader.
    pub sys_tests: PathBuf,
}

/// Builds them all.
pub fn static_programs() -> Outcome<Programs> {
    println!("build of what runs inside");
    let folder = scratch()?.join("vm");
    run(&mut build(&folder, &["build", "--bins", "-p", "vm-init", "-p", "skep-cli", "-p", "skep-example-agent"]))?;
    let built = folder.join(TARGET).join(PROFILE);
    Ok(Programs {
        init: built.join("vm-init"),
        skep: built.join("skep"),
        agent: built.join("agent"),
        tests: test_program(&folder, "kernel-tests")?,
        sys_tests: test_program(&folder, "skep-sys")?,
    })
}

/// Builds the tests called `kernel` of a package.
fn test_program(folder: &Path, package: &str) -> Outcome<PathBuf> {
    let mut tests = build(folder, &["test", "--no-run", "-p", package, "--test", "kernel"]);
    let output = tests.arg("--message-format=json-render-diagnostics").stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(Failure(format!("the tests of {package} do not build")));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let program = text.lines().filter_map(executable).next_back();
    program.ok_or_else(|| Failure("cargo named no test program".into())).during(package)
}

fn build(folder: &Path, args: &[&str]) -> Command {
    let mut cargo = cargo();
    cargo.args(args).args(["--quiet", "--target", TARGET, "--profile", PROFILE, "--target-dir"]).arg(folder);
    // With a target named, this does not reach what runs while building.
    cargo.env("RUSTFLAGS", "-C target-feature=+crt-static");
    cargo
}

/// The path in a message of cargo's that reports a program.
fn executable(message: &str) -> Option<PathBuf> {
    let (_, rest) = message.split_once("\"executable\":\"")?;
    Some(PathBuf::from(rest.split_once('"')?.0))
}
