//! What is in the machine's only file system, and what it is to do.

use super::build::Programs;
use super::cpio::Archive;
use super::image::Kernel;
use super::packages::file_name;
use crate::clang::scratch;
use crate::process::{During, Outcome};
use std::fs;
use std::path::{Path, PathBuf};

/// A command that is run beside the tests.
pub struct Check {
    /// Its name in the table.
    pub name: &'static str,
    /// How the first process is to run it: `run`, or `busy` with things for programs to see, or `busy-5` to interrupt it
    /// after that many seconds.
    job: &'static str,
    /// The command and its arguments.
    command: &'static [&'static str],
    /// What has to be in its output.
    pub wanted: &'static str,
}

const fn check(name: &'static str, job: &'static str, command: &'static [&'static str], wanted: &'static str) -> Check {
    Check { name, job, command, wanted }
}

/// The examples, and the command on them.
#[rustfmt::skip]
pub const CHECKS: &[Check] = &[
    check("skep run exec", "busy", &["/bin/skep", "run", "/examples/exec.bpf.o", "--count", "3", "--for", "20s", "--json"], "EXEC"),
    check("skep run xdp_count", "busy", &["/bin/skep", "run", "/examples/xdp_count.bpf.o", "--iface", "lo", "--for", "2s"], "UDP"),
    check("skep run runqlat", "busy", &["/bin/skep", "run", "/examples/runqlat.bpf.o", "--for", "2s"], "latency"),
    check("skep run tasks", "busy", &["/bin/skep", "run", "/examples/tasks.bpf.o", "--for", "2s"], "kthreadd"),
    check("skep verify", "run", &["/bin/skep", "verify", "/examples/exec.bpf.o", "/examples/runqlat.bpf.o", "--csv"], ",ok,"),
    check("skep load", "run", &["/bin/skep", "load", "/examples/exec.bpf.o", "--pin", "/sys/fs/bpf/exec"], ""),
    check("agent", "busy-5", &["/bin/agent"], "events,"),
];

/// The tests of the crate `sys`, whose names begin so in the table.
pub const SYS: &str = "sys";

/// Writes the file and returns its path.
pub fn write(kernel: &Kernel, programs: &Programs, filter: &[String]) -> Outcome<PathBuf> {
    let mut archive = Archive::default();
    for folder in ["/bin", "/boot", "/dev", "/modules", "/tests", "/tmp"] {
        archive.folder(folder);
    }
    archive.device("/dev/console", (5, 1));
    let add = |archive: &mut Archive, to: &str, from: &Path| -> Outcome {
        archive.file(to, &fs::read(from).during(from.display())?);
        Ok(())
    };
    add(&mut archive, "/init", &programs.init)?;
    add(&mut archive, "/bin/skep", &programs.skep)?;
    add(&mut archive, "/bin/agent", &programs.agent)?;
    add(&mut archive, "/tests/kernel", &programs.tests)?;
    add(&mut archive, "/tests/sys", &programs.sys_tests)?;
    add(&mut archive, &format!("/boot/config-{}", kernel.release), &kernel.config)?;
    for module in &kernel.modules {
        add(&mut archive, &format!("/modules/{}", file_name(module)), module)?;
    }
    add_folder(&mut archive, Path::new("examples"))?;
    add_folder(&mut archive, Path::new("fixtures"))?;
    archive.file("/job", jobs(kernel, filter).as_bytes());
    let path = scratch()?.join(format!("initramfs-{}", kernel.release));
    fs::write(&path, archive.finish()).during(path.display())?;
    Ok(path)
}

/// The extensions of what tests read: objects, archives of them, assembly text, types.
const INPUTS: [&str; 4] = ["o", "a", "s", "btf"];

/// Adds what tests read below a folder, under the same path.
fn add_folder(archive: &mut Archive, folder: &Path) -> Outcome {
    archive.folder(&folder.to_string_lossy());
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            add_folder(archive, &path)?;
        } else if path.extension().is_some_and(|extension| INPUTS.iter().any(|input| extension == *input)) {
            archive.file(&path.to_string_lossy(), &fs::read(&path)?);
        }
    }
    Ok(())
}

/// The list that the first process works through.
fn jobs(kernel: &Kernel, filter: &[String]) -> String {
    let mut jobs = String::new();
    for module in &kernel.modules {
        jobs += &format!("module\t/modules/{}\n", file_name(module));
    }
    for (name, program) in [("tests", "/tests/kernel"), (SYS, "/tests/sys")] {
        jobs += &format!("run\t{name}\t{program}\t--color=never\t{}\n", filter.join("\t"));
    }
    let wanted = |check: &&Check| filter.is_empty() || filter.iter().any(|part| check.name.contains(part));
    for check in CHECKS.iter().filter(wanted) {
        jobs += &format!("{}\t{}\t{}\n", check.job, check.name, check.command.join("\t"));
    }
    jobs.replace("\t\n", "\n")
}
