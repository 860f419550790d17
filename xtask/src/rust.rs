//! Objects from Rust: the sources in `fixtures/rust` and the example, compiled by the pinned rustc and linked by skep.
//!
//! Nothing but rustc and the source of its library `core` takes part: docs/rust.md is the recipe.

use crate::clang::{self, Clang};
use crate::process::{During, Outcome, cargo, read, run};
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The rustc that committed objects are built with: another one makes other bytes.
const VERSION: &str = "1.96.0";
/// Where to look for it. The first is where Debian's package puts it, whatever else is installed.
const COMPILERS: [&str; 2] = ["/usr/bin/rustc", "rustc"];
/// Debian's packages: the compiler, and the source of its libraries.
const PACKAGES: [&str; 2] = ["rustc-web", "rust-web-src"];
const TARGET: &str = "bpfel-unknown-none";
/// What takes the place of `compiler_builtins`: its functions are none that BPF could have.
const BUILTINS: &str = "#![feature(compiler_builtins)]\n#![compiler_builtins]\n#![no_std]\n";
/// Fixtures, as rustc makes them: the tests link them.
const FIXTURES: [&str; 4] = ["kernel", "maps", "parts", "types"];

/// Builds everything and returns how many objects differ from what was there.
pub fn build(clang: &Clang, install: bool, check: bool) -> Outcome<usize> {
    let rustc = match find() {
        Err(_) if install => {
            run(Command::new("apt-get").args(["install", "-y", "--no-install-recommends"]).args(PACKAGES))?;
            find()
        }
        found => found,
    };
    let rustc = match rustc {
        Ok(rustc) => rustc,
        Err(reason) => {
            println!("objects of Rust skipped: {reason}");
            return Ok(0);
        }
    };
    let tools = Tools { skep: skep()?, sysroot: sysroot(&rustc)?, rustc };
    let scratch = clang::scratch()?;
    let (linked, compiled) = (scratch.join("linked.o"), scratch.join("compiled.o"));
    tools.compile(Path::new("examples/rust/src/main.rs"), &linked, &compiled)?;
    let mut different = replace(&linked, Path::new("examples/rust/packets.bpf.o"), check)?;
    for name in FIXTURES {
        tools.compile(&Path::new("fixtures/rust").join(name).with_extension("rs"), &linked, &compiled)?;
        clang.strip(&compiled)?;
        different += replace(&compiled, &Path::new("fixtures/o/rust").join(name).with_extension("o"), check)?;
    }
    println!("{} objects of Rust, {different} {}", FIXTURES.len() + 1, if check { "differ" } else { "changed" });
    Ok(different)
}

struct Tools {
    rustc: PathBuf,
    /// Where its libraries for BPF are.
    sysroot: PathBuf,
    skep: PathBuf,
}

impl Tools {
    /// Compiles a source; `compiled` is what rustc makes of it, `linked` what skep makes of that.
    fn compile(&self, source: &Path, linked: &Path, compiled: &Path) -> Outcome {
        let mut command = Command::new(&self.rustc);
        command.env("RUSTC_BOOTSTRAP", "1").env("RUSTC", &self.rustc);
        command.args(["--edition=2024", "--target", TARGET, "-Copt-level=2", "-Cdebuginfo=2", "-Cpanic=abort"]);
        command.args(["-Clto=fat", "-Ccodegen-units=1", "-Dwarnings", "-Anon_upper_case_globals"]);
        command.args(["-Anon_camel_case_types", "-Adead_code"]);
        // What other objects define is not looked for here.
        command.arg("-Clink-arg=-r").arg(joined("-Clinker=", &self.skep)).arg(joined("--sysroot=", &self.sysroot));
        command.arg(joined("-Clink-arg=--save-compiled=", compiled));
        let mut here = joined("--remap-path-prefix=", &env::current_dir()?);
        here.push("=.");
        run(command.arg(here).arg(source).arg("-o").arg(linked))
    }
}

/// The pinned rustc, with the source of its libraries.
fn find() -> Result<PathBuf, String> {
    let is_pinned = |name: &&&str| {
        read(Command::new(**name).arg("--version")).is_ok_and(|text| text.split(' ').nth(1) == Some(VERSION))
    };
    let Some(rustc) = COMPILERS.iter().find(is_pinned).map(PathBuf::from) else {
        return Err(format!("there is no rustc {VERSION} (--install gets it through apt-get)"));
    };
    match source(&rustc) {
        Ok(source) if source.exists() => Ok(rustc),
        _ => Err(format!("rustc {VERSION} lacks the source of core (--install gets it through apt-get)")),
    }
}

/// The source of `core`.
fn source(rustc: &Path) -> Outcome<PathBuf> {
    let root = read(Command::new(rustc).args(["--print", "sysroot"]))?;
    Ok(Path::new(root.trim()).join("lib/rustlib/src/rust/library/core/src/lib.rs"))
}

/// `core` and what stands for `compiler_builtins`, compiled for BPF.
fn sysroot(rustc: &Path) -> Outcome<PathBuf> {
    let root = env::current_dir()?.join(clang::scratch()?).join(format!("rust-{VERSION}"));
    let library = root.join("lib/rustlib").join(TARGET).join("lib");
    if library.join("libcompiler_builtins.rlib").exists() {
        return Ok(root);
    }
    fs::create_dir_all(&library)?;
    let builtins = root.join("builtins.rs");
    fs::write(&builtins, BUILTINS)?;
    for (name, source) in [("core", source(rustc)?), ("compiler_builtins", builtins)] {
        let mut command = Command::new(rustc);
        command.env("RUSTC_BOOTSTRAP", "1").args(["--edition=2024", "--target", TARGET, "--crate-type=rlib"]);
        command.args(["--crate-name", name, "-Copt-level=2", "-Cdebuginfo=2", "-Cpanic=abort"]);
        command.args(["-Zforce-unstable-if-unmarked", "--cap-lints=allow"]).arg(joined("--sysroot=", &root));
        run(command.arg(joined("--out-dir=", &library)).arg(source))?;
    }
    Ok(root)
}

/// The command, from this workspace.
fn skep() -> Outcome<PathBuf> {
    run(cargo().args(["build", "-q", "-p", "skep-cli"]))?;
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    Ok(env::current_dir()?.join(target).join("debug/skep"))
}

/// Puts a file in the place of a committed one, unless it is the same; 1 if it is not.
fn replace(built: &Path, committed: &Path, check: bool) -> Outcome<usize> {
    let built = fs::read(built).during(committed.display())?;
    if fs::read(committed).is_ok_and(|old| old == built) {
        return Ok(0);
    }
    println!("{} {}", if check { "differs:" } else { "written:" }, committed.display());
    if !check {
        fs::write(committed, built).during(committed.display())?;
    }
    Ok(1)
}

fn joined(option: &str, path: &Path) -> OsString {
    let mut joined = OsString::from(option);
    joined.push(path);
    joined
}
