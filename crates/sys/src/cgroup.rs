//! Directories of the cgroup file system, to which programs are attached.

use crate::error::During;
use crate::{Errno, Error, Result, mounts};
use rustix::fs::{Mode, OFlags, fstatfs, open};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

/// Opens a directory of a version 2 hierarchy.
///
/// # Errors
/// `ENOENT`, `ENOTDIR`; `EINVAL` if it is not in a version 2 hierarchy.
#[doc(alias = "CGROUP2_SUPER_MAGIC")]
pub fn open_dir(path: &Path) -> Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let dir = open(path, flags, Mode::empty()).during("open(cgroup)")?;
    let stat = fstatfs(&dir).during("statfs(cgroup)")?;
    if stat.f_type as u64 != mounts::CGROUP2 {
        return Err(Error::new("open(cgroup)", Errno::EINVAL));
    }
    crate::at_least_3(dir)
}

/// Where the version 2 hierarchy is mounted.
///
/// # Errors
/// `ENOENT` if it is not mounted.
pub fn root() -> Result<PathBuf> {
    mounts::find("cgroup2")?.ok_or(Error::new("cgroup2", Errno::ENOENT))
}
