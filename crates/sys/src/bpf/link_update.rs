//! `BPF_LINK_UPDATE` (5.7) and `BPF_LINK_DETACH` (5.9).

use super::call::{call, command, offsets};
use crate::Result;
use crate::fd::or_zero;
use std::os::fd::{AsRawFd, BorrowedFd};
use zerocopy::{Immutable, IntoBytes};

#[repr(C)]
#[derive(IntoBytes, Immutable)]
struct Update {
    link_fd: u32,
    new_fd: u32,
    flags: u32,
    old_fd: u32,
}
command!(Update, 29, "BPF_LINK_UPDATE");
offsets!(Update { new_fd = 4, flags = 8, old_fd = 12 } size 16);

#[repr(C)]
#[derive(IntoBytes, Immutable)]
struct Detach {
    link_fd: u32,
}
command!(Detach, 34, "BPF_LINK_DETACH");
offsets!(Detach { link_fd = 0 } size 4);

const REPLACE: u32 = 4;

/// Puts another program into a link, atomically; with `old`, only if that is the one in it.
///
/// # Errors
/// `EINVAL` or `EOPNOTSUPP` for links that cannot; `EPERM` if `old` is not in it.
#[doc(alias = "BPF_LINK_UPDATE")]
pub fn link_update(link: BorrowedFd<'_>, new: BorrowedFd<'_>, old: Option<BorrowedFd<'_>>) -> Result<()> {
    let mut wire = Update {
        link_fd: link.as_raw_fd() as u32,
        new_fd: new.as_raw_fd() as u32,
        flags: if old.is_some() { REPLACE } else { 0 },
        old_fd: or_zero(old),
    };
    // SAFETY: there is no address in the struct.
    unsafe { call(&mut wire) }.map(drop)
}

/// Puts another struct_ops map into a link (6.4).
///
/// # Errors
/// As [`link_update`].
pub fn link_update_map(link: BorrowedFd<'_>, new: BorrowedFd<'_>, old: Option<BorrowedFd<'_>>) -> Result<()> {
    link_update(link, new, old)
}

/// Detaches a link from its hook although it stays open.
///
/// # Errors
/// `EOPNOTSUPP` for links that cannot.
#[doc(alias = "BPF_LINK_DETACH")]
pub fn link_detach(link: BorrowedFd<'_>) -> Result<()> {
    // SAFETY: there is no address in the struct.
    unsafe { call(&mut Detach { link_fd: link.as_raw_fd() as u32 }) }.map(drop)
}
