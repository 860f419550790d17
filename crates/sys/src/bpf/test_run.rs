//! `BPF_PROG_TEST_RUN`: runs a program by hand.

use super::call::{address, address_mut, call, command, len32, offsets};
use crate::Result;
use std::os::fd::{AsRawFd, BorrowedFd};
use zerocopy::{Immutable, IntoBytes};

/// What a program is run with. `Default` is one run with nothing.
#[derive(Debug, Default)]
#[doc(alias = "bpf_test_run_opts")]
pub struct TestRun<'a> {
    /// The packet.
    pub data: &'a [u8],
    /// Receives the packet as the program left it; empty if nobody wants it.
    pub data_out: &'a mut [u8],
    /// The context, in the layout of the kind (5.2).
    pub context: &'a [u8],
    /// Receives the context as the program left it.
    pub context_out: &'a mut [u8],
    /// How often; 0 means once.
    pub repeat: u32,
    /// Flags: 1 on the CPU below (5.10), 2 live XDP frames (5.18).
    pub flags: u32,
    /// The CPU, with flag 1.
    pub cpu: u32,
    /// Frames in a batch, with flag 2.
    pub batch_size: u32,
}

/// What came of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct TestRunOutput {
    /// What the program returned, the last time.
    pub retval: u32,
    /// Mean duration of a run in nanoseconds.
    pub duration_ns: u32,
    /// Bytes of the packet, which may exceed the buffer.
    pub data_len: usize,
    /// Bytes of the context.
    pub context_len: usize,
}

#[repr(C)]
#[derive(IntoBytes, Immutable)]
struct Wire {
    prog_fd: u32,
    retval: u32,
    data_size_in: u32,
    data_size_out: u32,
    data_in: u64,
    data_out: u64,
    repeat: u32,
    duration: u32,
    ctx_size_in: u32,
    ctx_size_out: u32,
    ctx_in: u64,
    ctx_out: u64,
    flags: u32,
    cpu: u32,
    batch_size: u32,
    pad: u32,
}
command!(Wire, 10, "BPF_PROG_TEST_RUN");
offsets!(Wire {
    data_size_in = 8, data_in = 16, data_out = 24, repeat = 32, duration = 36, ctx_size_in = 40, ctx_in = 48,
    ctx_out = 56, flags = 64, cpu = 68, batch_size = 72,
} size 80);

/// Runs a program.
///
/// # Errors
/// `ENOTSUPP` for kinds that cannot be run by hand; `EINVAL` for a packet or context that does not fit the kind;
/// `ENOSPC` if an output buffer is too small; `EINTR`.
#[doc(alias = "BPF_PROG_TEST_RUN")]
pub fn prog_test_run(program: BorrowedFd<'_>, run: &mut TestRun<'_>) -> Result<TestRunOutput> {
    let name = "BPF_PROG_TEST_RUN";
    let mut wire = Wire {
        prog_fd: program.as_raw_fd() as u32,
        retval: 0,
        data_size_in: len32(name, run.data.len())?,
        data_size_out: len32(name, run.data_out.len())?,
        data_in: address(run.data),
        data_out: address_mut(run.data_out),
        repeat: run.repeat,
        duration: 0,
        ctx_size_in: len32(name, run.context.len())?,
        ctx_size_out: len32(name, run.context_out.len())?,
        ctx_in: address(run.context),
        ctx_out: address_mut(run.context_out),
        flags: run.flags,
        cpu: run.cpu,
        batch_size: run.batch_size,
        pad: 0,
    };
    // SAFETY: all four buffers are borrowed for this call with their sizes beside them. A program of kind `syscall`
    // may itself pass addresses in its context to the kernel; loading it was as privileged as that.
    unsafe { call(&mut wire) }?;
    Ok(TestRunOutput {
        retval: wire.retval,
        duration_ns: wire.duration,
        data_len: wire.data_size_out as usize,
        context_len: wire.ctx_size_out as usize,
    })
}
