//! The kernel named on the command line.

use std::path::{Path, PathBuf};

use skep::{btf_source::Kind, reloc::Target, target::Error};

use crate::{
    input,
    report::{Failure, Report, status},
};

/// The running kernel, a file with types, or a directory with `vmlinux` and what stands beside it.
pub fn open(path: &Path) -> Result<Target, Failure> {
    if path.as_os_str() == "running" {
        return running();
    }
    skep::target::open(path).map_err(|error| unusable(path, &error))
}

/// The kernels in a directory of kernels; none if it is one itself.
pub fn inside(path: &Path) -> Result<Option<Vec<PathBuf>>, Failure> {
    skep::target::open_all(path).map_err(|error| unusable(path, &error))
}

/// The running kernel.
pub fn running() -> Result<Target, Failure> {
    skep::target::running()
        .map_err(|error| Failure::new(status::TARGET, Report::new("target-unavailable", error.to_string())))
}

fn unusable(path: &Path, error: &Error) -> Failure {
    let report = match error {
        // A file that is not there is told as any other.
        Error::Types(error) if matches!(error.kind, Kind::File(..)) => match input::bytes(path) {
            Err(failure) => return failure,
            Ok(_) => Report::new("target-unusable", error.to_string()),
        },
        Error::NoVmlinux(_) => Report::new("target-unavailable", error.to_string())
            .help("name a file of BTF, or a directory laid out as /sys/kernel/btf"),
        _ => Report::new("target-unusable", error.to_string())
            .help("give a file of raw BTF, such as /sys/kernel/btf/vmlinux, or a directory of them"),
    };
    Failure::new(status::TARGET, report)
}
