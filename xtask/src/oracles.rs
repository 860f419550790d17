//! `cargo xtask oracles [COUNT]`: generated instructions beside other assemblers and disassemblers.
//!
//! LLVM's are those that are installed. GNU's come from Debian's newest suite, because only new releases know all of the
//! instructions; they are unpacked beside their C library and not installed.

use crate::process::{During, Outcome, cargo, run};
use crate::vm::packages::{Suite, cache, ensure_apt};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

const SUITE: &str = "sid";
/// GNU's programs, and what they are linked with.
const PACKAGES: &[&str] = &["binutils-bpf", "libc6", "zlib1g", "libzstd1"];
/// The programs: the variable that names one for the tests, and its name.
const TOOLS: &[(&str, &str)] = &[("BPF_AS", "bpf-as"), ("BPF_OBJDUMP", "bpf-objdump"), ("BPF_OBJCOPY", "bpf-objcopy")];
const COUNT: &str = "2000000";

pub fn run_task(args: &[String]) -> Outcome {
    let folder = obtain()?;
    let mut tests = cargo();
    tests.args(["test", "--release", "-p", "skep-isa", "--test", "oracles"]);
    tests.env("ORACLE_COUNT", args.first().map_or(COUNT, String::as_str));
    for (variable, name) in TOOLS {
        tests.env(variable, folder.join(name));
    }
    run(&mut tests)
}

/// Takes the programs from the cache, or downloads them there.
fn obtain() -> Outcome<PathBuf> {
    let folder = cache()?.join("oracles/binutils");
    if folder.join("complete").exists() {
        return Ok(folder);
    }
    ensure_apt()?;
    let suite = Suite::open(SUITE)?;
    let root = folder.join("root");
    for name in PACKAGES {
        let package = suite.download(name, &folder.join("packages"))?;
        run(Command::new("dpkg-deb").arg("-x").arg(package).arg(&root))?;
    }
    for (_, name) in TOOLS {
        wrap(&folder, name)?;
    }
    fs::write(folder.join("complete"), "")?;
    Ok(folder)
}

/// A script that runs a program with its own C library, which may be newer than the machine's.
fn wrap(folder: &Path, name: &str) -> Outcome {
    let script = format!(
        "#!/bin/sh\nroot=$(dirname \"$0\")/root/usr\nexec \"$root/lib64/ld-linux-x86-64.so.2\" \\\n    \
         --library-path \"$root/lib/x86_64-linux-gnu\" \"$root/bin/{name}\" \"$@\"\n"
    );
    let path = folder.join(name);
    fs::write(&path, script).during(path.display())?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).during(path.display())
}
