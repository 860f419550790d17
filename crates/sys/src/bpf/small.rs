//! The commands of two or three numbers: `BPF_ENABLE_STATS`, `BPF_ITER_CREATE`, `BPF_PROG_BIND_MAP`, `BPF_TOKEN_CREATE`.

use super::call::{call, call_fd, command, offsets};
use crate::Result;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use zerocopy::{Immutable, IntoBytes};

#[repr(C)]
#[derive(IntoBytes, Immutable)]
struct EnableStats {
    kind: u32,
}
command!(EnableStats, 32, "BPF_ENABLE_STATS");
offsets!(EnableStats { kind = 0 } size 4);

#[repr(C)]
#[derive(IntoBytes, Immutable)]
struct IterCreate {
    link_fd: u32,
    flags: u32,
}
command!(IterCreate, 33, "BPF_ITER_CREATE");
offsets!(IterCreate { flags = 4 } size 8);

#[repr(C)]
#[derive(IntoBytes, Immutable)]
struct BindMap {
    prog_fd: u32,
    map_fd: u32,
    flags: u32,
}
command!(BindMap, 35, "BPF_PROG_BIND_MAP");
offsets!(BindMap { map_fd = 4, flags = 8 } size 12);

#[repr(C)]
#[derive(IntoBytes, Immutable)]
struct TokenCreate {
    flags: u32,
    bpffs_fd: u32,
}
command!(TokenCreate, 36, "BPF_TOKEN_CREATE");
offsets!(TokenCreate { bpffs_fd = 4 } size 8);

/// Counts runs and run time of all programs until the descriptor is closed (5.8).
///
/// # Errors
/// `EPERM` without `CAP_SYS_ADMIN`; `EINVAL` on older kernels.
#[doc(alias = "BPF_ENABLE_STATS")]
pub fn enable_stats() -> Result<OwnedFd> {
    // SAFETY: there is no address in the struct.
    unsafe { call_fd(&mut EnableStats { kind: 0 }) }
}

/// Starts an iteration: the descriptor reads what the iterator program writes (5.8).
///
/// # Errors
/// `EINVAL` if the link is none of an iterator.
#[doc(alias = "BPF_ITER_CREATE")]
pub fn iter_create(link: BorrowedFd<'_>) -> Result<OwnedFd> {
    // SAFETY: there is no address in the struct.
    unsafe { call_fd(&mut IterCreate { link_fd: link.as_raw_fd() as u32, flags: 0 }) }
}

/// Keeps a map alive as long as a program although no instruction refers to it (5.10).
///
/// # Errors
/// `EINVAL` on older kernels.
#[doc(alias = "BPF_PROG_BIND_MAP")]
pub fn prog_bind_map(program: BorrowedFd<'_>, map: BorrowedFd<'_>) -> Result<()> {
    let mut wire = BindMap { prog_fd: program.as_raw_fd() as u32, map_fd: map.as_raw_fd() as u32, flags: 0 };
    // SAFETY: there is no address in the struct.
    unsafe { call(&mut wire) }.map(drop)
}

/// Makes a token from the root directory of a bpf file system that delegates rights (6.9).
///
/// # Errors
/// `ENOENT` if the file system delegates nothing; `EOPNOTSUPP` in the first user namespace; `EPERM`.
#[doc(alias = "BPF_TOKEN_CREATE")]
pub fn token_create(bpffs: BorrowedFd<'_>) -> Result<OwnedFd> {
    // SAFETY: there is no address in the struct.
    unsafe { call_fd(&mut TokenCreate { flags: 0, bpffs_fd: bpffs.as_raw_fd() as u32 }) }
}
