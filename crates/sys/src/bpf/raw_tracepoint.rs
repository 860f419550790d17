//! `BPF_RAW_TRACEPOINT_OPEN` (4.17).

use super::call::{call_fd, command, offsets};
use crate::Result;
use std::ffi::CStr;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use zerocopy::{Immutable, IntoBytes};

#[repr(C)]
#[derive(IntoBytes, Immutable)]
struct Wire {
    name: u64,
    prog_fd: u32,
    pad: u32,
    cookie: u64,
}
command!(Wire, 17, "BPF_RAW_TRACEPOINT_OPEN");
offsets!(Wire { prog_fd = 8, cookie = 16 } size 24);

/// Attaches a program to a raw tracepoint by name, or, without a name, a tracing or LSM program to what it was loaded
/// for. `cookie` is what `bpf_get_attach_cookie` gives (6.10).
///
/// # Errors
/// `ENOENT` if there is no such tracepoint; `EINVAL` for a kind that does not attach this way; `ENOTSUPP` if the
/// architecture has no trampolines.
#[doc(alias = "BPF_RAW_TRACEPOINT_OPEN")]
pub fn raw_tracepoint_open(program: BorrowedFd<'_>, name: Option<&CStr>, cookie: u64) -> Result<OwnedFd> {
    let name = name.map_or(0, |name| name.as_ptr() as usize as u64);
    let mut wire = Wire { name, prog_fd: program.as_raw_fd() as u32, pad: 0, cookie };
    // SAFETY: the name ends with a NUL and is borrowed for this call.
    unsafe { call_fd(&mut wire) }
}
