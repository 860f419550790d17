//! A kernel out of its packages.

use super::Version;
use super::packages::{Suite, cache, ensure_apt, file_name};
use crate::process::{Failure, Outcome, fail, read, run};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The flavour of Debian's kernels that is small and has BTF.
const FLAVOUR: &str = "-cloud-amd64";
/// Modules that tests need, in the order in which they are loaded.
const MODULES: &[&str] = &["dummy", "veth", "sch_ingress", "cls_bpf", "tcp_dctcp"];

/// A kernel that is there to be booted.
pub struct Kernel {
    /// The image qemu boots.
    pub image: PathBuf,
    /// What it was built with.
    pub config: PathBuf,
    /// What `uname -r` says.
    pub release: String,
    /// Modules, not compressed, in the order in which they are loaded.
    pub modules: Vec<PathBuf>,
}

impl Kernel {
    /// Takes a kernel from the cache, or downloads it there.
    pub fn obtain(version: &Version) -> Outcome<Self> {
        let folder = cache()?.join("kernels").join(version.label);
        // What was kept for fewer modules is of no use.
        let kept = fs::read_to_string(folder.join("modules")).unwrap_or_default();
        if !folder.join("release").exists() || kept != MODULES.join(" ") {
            download(version, &folder)?;
        }
        let release = fs::read_to_string(folder.join("release"))?;
        let modules = MODULES.iter().map(|name| folder.join(format!("{name}.ko"))).filter(|path| path.exists());
        Ok(Self { image: folder.join("vmlinuz"), config: folder.join("config"), release, modules: modules.collect() })
    }
}

fn download(version: &Version, folder: &Path) -> Outcome {
    ensure_apt()?;
    let mut reasons = Vec::new();
    for name in version.suites {
        match newest(name, version.label) {
            Ok(Some((suite, release, packages))) => return unpack(&suite, &release, &packages, folder),
            Ok(None) => reasons.push(format!("{name} has none")),
            Err(failure) => reasons.push(format!("{name}: {failure}")),
        }
    }
    fail(format_args!("no kernel {}: {}", version.label, reasons.join("; ")))
}

/// The newest release of a suite that begins with the label, and the packages that make it up.
fn newest(suite: &str, label: &str) -> Outcome<Option<(Suite, String, Vec<String>)>> {
    let suite = Suite::open(suite)?;
    let names = suite.names("linux-")?;
    let releases = names.iter().filter_map(|name| {
        let rest = name.strip_prefix("linux-image-").or_else(|| name.strip_prefix("linux-binary-"))?;
        let release = rest.strip_prefix("unsigned-").unwrap_or(rest);
        let numbered = release.strip_prefix(label)?.starts_with('.') && release.ends_with(FLAVOUR);
        numbered.then(|| release.to_owned())
    });
    let Some(release) = releases.max_by_key(|release| numbers(release)) else {
        return Ok(None);
    };
    // Since 7.x a kernel is several packages; those that are not signed are called so.
    let parts = ["base", "modules", "binary", "image"].iter().filter_map(|part| {
        let forms = [format!("linux-{part}-{release}"), format!("linux-{part}-unsigned-{release}")];
        forms.into_iter().find(|form| names.contains(form))
    });
    let parts = parts.collect();
    Ok(Some((suite, release, parts)))
}

/// The numbers in a text, for comparing releases.
fn numbers(release: &str) -> Vec<u64> {
    release.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect()
}

fn unpack(suite: &Suite, release: &str, packages: &[String], folder: &Path) -> Outcome {
    let whole = folder.with_extension("unpacked");
    let _ = fs::remove_dir_all(&whole);
    fs::create_dir_all(&whole)?;
    fs::create_dir_all(folder)?;
    for package in packages {
        let path = suite.download(package, &whole.join("packages"))?;
        run(Command::new("dpkg-deb").arg("-x").arg(&path).arg(&whole))?;
        fs::remove_file(path)?;
    }
    let mut files = Vec::new();
    walk(&whole, &mut files)?;
    let find = |what: &str, is: &dyn Fn(&Path, &str) -> bool| {
        let found = files.iter().find(|path| is(path, &file_name(path)));
        found.ok_or_else(|| Failure(format!("no {what} in the packages of {release}")))
    };
    fs::copy(find("vmlinuz", &|_, name| name.starts_with("vmlinuz"))?, folder.join("vmlinuz"))?;
    let (dashed, beside) = (format!("config-{release}"), format!("{release}/config"));
    fs::copy(find("config", &|path, name| name == dashed || path.ends_with(&beside))?, folder.join("config"))?;
    for module in MODULES {
        let plain = format!("{module}.ko");
        if let Ok(path) = find(module, &|_, name| name.strip_prefix(&plain).is_some_and(|r| r.is_empty() || r == ".xz"))
        {
            copy_module(path, &folder.join(plain))?;
        }
    }
    fs::remove_dir_all(&whole)?;
    fs::write(folder.join("modules"), MODULES.join(" "))?;
    // The last file: what is there is whole.
    fs::write(folder.join("release"), release)?;
    Ok(())
}

/// Copies a module, taking it out of its compression.
fn copy_module(from: &Path, to: &Path) -> Outcome {
    fs::copy(from, to)?;
    if from.extension().is_some_and(|extension| extension == "xz") {
        let packed = to.with_extension("ko.xz");
        fs::rename(to, &packed)?;
        read(Command::new("xz").args(["-d", "-f"]).arg(packed))?;
    }
    Ok(())
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> Outcome {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            walk(&entry.path(), files)?;
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    Ok(())
}
