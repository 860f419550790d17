//! The kernel named on the command line.

use std::{fs, path::Path, sync::Arc};

use skep::{
    btf::Btf,
    reloc::{Offline, Target},
};

use crate::{
    input,
    report::{Failure, Report, status},
};

/// The running kernel, a file of BTF, or a directory with `vmlinux` (or `vmlinux.btf`), a file of BTF for each module,
/// and, if they are known, `config` and `release`.
pub fn open(path: &Path) -> Result<Target, Failure> {
    if path.as_os_str() == "running" {
        return running();
    }
    let kernel = if path.is_dir() { directory(path)? } else { Offline::new(types(path)?) };
    Ok(Target::new(kernel))
}

/// The running kernel.
pub fn running() -> Result<Target, Failure> {
    skep::target::running()
        .map_err(|error| Failure::new(status::TARGET, Report::new("target-unavailable", error.to_string())))
}

fn types(path: &Path) -> Result<Arc<Btf>, Failure> {
    Btf::parse(input::bytes(path)?).map(Arc::new).map_err(|error| unusable(path, &error))
}

fn directory(dir: &Path) -> Result<Offline, Failure> {
    let vmlinux = ["vmlinux", "vmlinux.btf"].map(|name| dir.join(name)).into_iter().find(|path| path.is_file());
    let vmlinux = vmlinux.ok_or_else(|| {
        let report = Report::new("target-unavailable", format!("{} holds no file `vmlinux`", dir.display()))
            .help("name a file of BTF, or a directory laid out as /sys/kernel/btf");
        Failure::new(status::TARGET, report)
    })?;
    let base = types(&vmlinux)?;
    let mut kernel = Offline::new(base.clone());
    let mut files: Vec<_> = fs::read_dir(dir)
        .and_then(|entries| entries.map(|entry| entry.map(|e| e.path())).collect())
        .map_err(|error| unusable(dir, &input::reason(&error)))?;
    // The order of modules decides where a type is found that several have.
    files.sort();
    for path in files.iter().filter(|path| path.is_file() && **path != vmlinux) {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let bytes = input::bytes(path)?;
        kernel = match name {
            "config" => kernel.with_config(String::from_utf8_lossy(&bytes)),
            "release" => kernel.with_version(version(&String::from_utf8_lossy(&bytes))),
            // Files of other sorts may stand beside the BTF.
            _ if matches!(bytes.get(..2), Some([0x9f, 0xeb] | [0xeb, 0x9f])) => {
                let btf = Btf::parse_split(bytes, base.clone()).map_err(|error| unusable(path, &error))?;
                kernel.with_module(&name.trim_end_matches(".btf").replace('-', "_"), Arc::new(btf))
            }
            _ => kernel,
        };
    }
    Ok(kernel)
}

/// `6.12.3-whatever` as `KERNEL_VERSION` packs it; 0 for what is not a release.
fn version(release: &str) -> u32 {
    let mut numbers = release.trim().split(|c: char| !c.is_ascii_digit()).map_while(|n| n.parse::<u32>().ok());
    let mut next = || numbers.next().unwrap_or(0).min(255);
    next() << 16 | next() << 8 | next()
}

fn unusable(path: &Path, why: &dyn std::fmt::Display) -> Failure {
    let report = Report::new("target-unusable", format!("{}: {why}", path.display()))
        .help("give a file of raw BTF, such as /sys/kernel/btf/vmlinux, or a directory of them");
    Failure::new(status::TARGET, report)
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn releases() {
        assert_eq!(version("6.12.3+deb13-cloud\n"), 0x06_0c_03);
        assert_eq!(version("5.10"), 0x05_0a_00);
        assert_eq!(version("unknown"), 0);
    }
}
