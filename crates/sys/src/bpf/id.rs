//! The ids under which the kernel lists programs, maps, BTF and links.

use super::call::{Cmd, call_as, call_fd_as, offsets};
use crate::{Errno, Error, Result};
use std::os::fd::OwnedFd;
use zerocopy::{Immutable, IntoBytes};

/// The four kinds of things with ids.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// Programs.
    Program,
    /// Maps.
    Map,
    /// BTF objects, the kernel's and the modules' among them (5.11).
    Btf,
    /// Links (5.8).
    Link,
}

#[repr(C)]
#[derive(IntoBytes, Immutable)]
struct Id {
    id: u32,
    next_id: u32,
    open_flags: u32,
    token_fd: u32,
}

offsets!(Id { id = 0, next_id = 4, open_flags = 8, token_fd = 12 } size 16);

impl Kind {
    fn next_cmd(self) -> Cmd {
        match self {
            Self::Program => Cmd(11, "BPF_PROG_GET_NEXT_ID"),
            Self::Map => Cmd(12, "BPF_MAP_GET_NEXT_ID"),
            Self::Btf => Cmd(23, "BPF_BTF_GET_NEXT_ID"),
            Self::Link => Cmd(31, "BPF_LINK_GET_NEXT_ID"),
        }
    }

    fn open_cmd(self) -> Cmd {
        match self {
            Self::Program => Cmd(13, "BPF_PROG_GET_FD_BY_ID"),
            Self::Map => Cmd(14, "BPF_MAP_GET_FD_BY_ID"),
            Self::Btf => Cmd(19, "BPF_BTF_GET_FD_BY_ID"),
            Self::Link => Cmd(30, "BPF_LINK_GET_FD_BY_ID"),
        }
    }
}

/// The least id greater than `start`, or `None` after the last.
///
/// # Errors
/// `EPERM` without `CAP_SYS_ADMIN`; `EINVAL` if the kernel has no such list.
#[doc(alias = "BPF_PROG_GET_NEXT_ID")]
pub fn next_id(kind: Kind, start: u32) -> Result<Option<u32>> {
    let mut wire = Id { id: start, next_id: 0, open_flags: 0, token_fd: 0 };
    // SAFETY: there is no address in the struct.
    match unsafe { call_as(kind.next_cmd(), &mut wire) } {
        Ok(_) => Ok(Some(wire.next_id)),
        Err(Error { errno: Errno::ENOENT, .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Opens the thing with this id.
///
/// # Errors
/// `ENOENT` if there is none (any more); `EPERM` without `CAP_SYS_ADMIN`.
#[doc(alias = "BPF_PROG_GET_FD_BY_ID")]
pub fn fd_by_id(kind: Kind, id: u32) -> Result<OwnedFd> {
    let mut wire = Id { id, next_id: 0, open_flags: 0, token_fd: 0 };
    // SAFETY: there is no address in the struct.
    unsafe { call_fd_as(kind.open_cmd(), &mut wire) }
}

/// All ids of a kind, in rising order; ends after an error.
pub fn ids(kind: Kind) -> Ids {
    Ids { kind, last: Some(0) }
}

/// The iterator that [`ids`] returns.
#[derive(Clone, Debug)]
pub struct Ids {
    kind: Kind,
    last: Option<u32>,
}

impl Iterator for Ids {
    type Item = Result<u32>;

    fn next(&mut self) -> Option<Self::Item> {
        let result = next_id(self.kind, self.last?);
        self.last = *result.as_ref().unwrap_or(&None);
        result.transpose()
    }
}
