//! `BPF_OBJ_PIN` and `BPF_OBJ_GET`: names in a bpf file system.

use super::call::{Cmd, call_as, call_fd_as, offsets};
use crate::{Errno, Error, Result};
use skep_uapi::MapFlags;
use std::ffi::CString;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use zerocopy::{Immutable, IntoBytes};

#[repr(C)]
#[derive(IntoBytes, Immutable)]
struct Obj {
    pathname: u64,
    bpf_fd: u32,
    file_flags: u32,
    path_fd: i32,
    pad: u32,
}
const PIN: Cmd = Cmd(6, "BPF_OBJ_PIN");
const OPEN: Cmd = Cmd(7, "BPF_OBJ_GET");
offsets!(Obj { bpf_fd = 8, file_flags = 12, path_fd = 16 } size 24);

fn terminated(cmd: Cmd, path: &Path) -> Result<CString> {
    CString::new(path.as_os_str().as_bytes()).map_err(|_| Error::new(cmd.1, Errno::EINVAL))
}

fn wire(path: &CString, bpf_fd: u32, mut flags: MapFlags, dir: Option<BorrowedFd<'_>>) -> Obj {
    if dir.is_some() {
        flags = flags.with(MapFlags::PATH_FD);
    }
    let path_fd = dir.map_or(0, |dir| dir.as_raw_fd());
    Obj { pathname: path.as_ptr() as usize as u64, bpf_fd, file_flags: flags.0, path_fd, pad: 0 }
}

/// Gives a map, program, link or BTF a name in a bpf file system.
///
/// # Errors
/// `EEXIST` if the name is taken; `EPERM` if the directory is not in a bpf file system; `ENOENT` if there is none.
#[doc(alias = "BPF_OBJ_PIN")]
pub fn obj_pin(fd: BorrowedFd<'_>, path: &Path) -> Result<()> {
    obj_pin_at(fd, path, None)
}

/// As [`obj_pin`], with the path relative to `dir` (6.5).
///
/// # Errors
/// As [`obj_pin`]; `EINVAL` on older kernels.
#[doc(alias = "BPF_F_PATH_FD")]
pub fn obj_pin_at(fd: BorrowedFd<'_>, path: &Path, dir: Option<BorrowedFd<'_>>) -> Result<()> {
    let path = terminated(PIN, path)?;
    let mut wire = wire(&path, fd.as_raw_fd() as u32, MapFlags(0), dir);
    // SAFETY: the path ends with a NUL and outlives the call.
    unsafe { call_as(PIN, &mut wire) }.map(drop)
}

/// Opens what is pinned at `path`. `flags` may restrict a map to `RDONLY` or `WRONLY`.
///
/// # Errors
/// `ENOENT` if there is nothing; `EACCES` if it is no bpf object or may not be opened.
#[doc(alias = "BPF_OBJ_GET")]
pub fn obj_get(path: &Path, flags: MapFlags) -> Result<OwnedFd> {
    obj_get_at(path, flags, None)
}

/// As [`obj_get`], with the path relative to `dir` (6.5).
///
/// # Errors
/// As [`obj_get`]; `EINVAL` on older kernels.
pub fn obj_get_at(path: &Path, flags: MapFlags, dir: Option<BorrowedFd<'_>>) -> Result<OwnedFd> {
    let path = terminated(OPEN, path)?;
    let mut wire = wire(&path, 0, flags, dir);
    // SAFETY: the path ends with a NUL and outlives the call.
    unsafe { call_fd_as(OPEN, &mut wire) }
}
