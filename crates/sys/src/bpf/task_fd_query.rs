//! `BPF_TASK_FD_QUERY` (4.18): what a perf event of a process traces.

use super::call::{self, address_mut, command, offsets};
use crate::Result;
use std::os::fd::RawFd;
use zerocopy::{Immutable, IntoBytes};

/// What a descriptor of a process traces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskFd {
    /// Id of the program.
    pub prog_id: u32,
    /// 0 raw tracepoint, 1 tracepoint, 2 kprobe, 3 kretprobe, 4 uprobe, 5 uretprobe.
    #[doc(alias = "BPF_FD_TYPE_KPROBE")]
    pub kind: u32,
    /// Name of the tracepoint or symbol, or path of the file.
    pub name: String,
    /// Offset from the symbol or in the file.
    pub offset: u64,
    /// Address, if there is no symbol.
    pub address: u64,
}

#[repr(C)]
#[derive(IntoBytes, Immutable)]
struct Wire {
    pid: u32,
    fd: u32,
    flags: u32,
    buf_len: u32,
    buf: u64,
    prog_id: u32,
    fd_type: u32,
    probe_offset: u64,
    probe_addr: u64,
}
command!(Wire, 20, "BPF_TASK_FD_QUERY");
offsets!(Wire { buf_len = 12, buf = 16, prog_id = 24, fd_type = 28, probe_offset = 32, probe_addr = 40 } size 48);

/// Asks what descriptor `fd` of process `pid` traces.
///
/// # Errors
/// `ENOENT` if there is no such process; `EBADF`; `ENOTSUPP` if the descriptor has no program; `EPERM`.
#[doc(alias = "BPF_TASK_FD_QUERY")]
pub fn task_fd_query(pid: u32, fd: RawFd) -> Result<TaskFd> {
    let mut name = vec![0u8; 4096];
    let mut wire = Wire {
        pid,
        fd: fd.cast_unsigned(),
        flags: 0,
        buf_len: name.len() as u32,
        buf: address_mut(&mut name),
        prog_id: 0,
        fd_type: 0,
        probe_offset: 0,
        probe_addr: 0,
    };
    // SAFETY: the name has `buf_len` bytes.
    unsafe { call::call(&mut wire) }?;
    Ok(TaskFd {
        prog_id: wire.prog_id,
        kind: wire.fd_type,
        name: call::text(&name),
        offset: wire.probe_offset,
        address: wire.probe_addr,
    })
}
