//! What is in the machine's only file system, and what it is to do.

use super::build::Programs;
use super::cpio::Archive;
use super::image::Kernel;
use super::packages::file_name;
use crate::clang::scratch;
use crate::process::{During, Outcome};
use std::fs;
use std::path::{Path, PathBuf};

/// How each example is run, and what has to be in its output.
pub const EXAMPLES: &[(&str, &[&str], &str)] = &[
    ("exec", &["--count", "3", "--for", "20s", "--json"], "EXEC"),
    ("xdp_count", &["--iface", "lo", "--for", "2s"], "UDP"),
    ("runqlat", &["--for", "2s"], "latency"),
    ("tasks", &["--for", "2s"], "kthreadd"),
];

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
    add(&mut archive, "/tests/kernel", &programs.tests)?;
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

/// Adds the objects and types below a folder, under the same path.
fn add_folder(archive: &mut Archive, folder: &Path) -> Outcome {
    archive.folder(&folder.to_string_lossy());
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            add_folder(archive, &path)?;
        } else if path.extension().is_some_and(|extension| extension == "o" || extension == "btf") {
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
    jobs += &format!("run\ttests\t/tests/kernel\t--color=never\t{}\n", filter.join("\t"));
    for (name, args, _) in EXAMPLES {
        if filter.is_empty() || filter.iter().any(|part| format!("example {name}").contains(part)) {
            jobs += &format!("busy\texample {name}\t/bin/skep\trun\t/examples/{name}.bpf.o\t{}\n", args.join("\t"));
        }
    }
    jobs.replace("\t\n", "\n")
}
