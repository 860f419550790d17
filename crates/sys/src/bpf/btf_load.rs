//! `BPF_BTF_LOAD` (4.18).

use super::call::{address, call_fd, command, len32, offsets};
use super::log::Log;
use crate::Result;
use crate::fd::or_zero;
use std::os::fd::{BorrowedFd, OwnedFd};
use zerocopy::{Immutable, IntoBytes};

/// What BTF is loaded with.
#[derive(Clone, Copy, Debug, Default)]
pub struct BtfLoad<'a> {
    /// The BTF, in the host's byte order.
    pub btf: &'a [u8],
    /// The token that permits this (6.9).
    pub token: Option<BorrowedFd<'a>>,
}

#[repr(C)]
#[derive(IntoBytes, Immutable)]
struct Wire {
    btf: u64,
    btf_log_buf: u64,
    btf_size: u32,
    btf_log_size: u32,
    btf_log_level: u32,
    btf_log_true_size: u32,
    btf_flags: u32,
    btf_token_fd: u32,
}
command!(Wire, 18, "BPF_BTF_LOAD");
offsets!(Wire { btf_log_buf = 8, btf_size = 16, btf_log_level = 24, btf_flags = 32, btf_token_fd = 36 } size 40);

const TOKEN_FD: u32 = 1 << 16;

/// Loads BTF; the log is filled whether or not that succeeds.
///
/// # Errors
/// `EINVAL` for BTF the kernel does not like, for which see the log; `EPERM` without `CAP_BPF`; `E2BIG` above 16 MiB.
#[doc(alias = "BPF_BTF_LOAD")]
pub fn btf_load(load: &BtfLoad<'_>, mut log: Option<&mut Log>) -> Result<OwnedFd> {
    let (btf_log_level, btf_log_size, btf_log_buf) = Log::open(&mut log);
    let mut wire = Wire {
        btf: address(load.btf),
        btf_log_buf,
        btf_size: len32("BPF_BTF_LOAD", load.btf.len())?,
        btf_log_size,
        btf_log_level,
        btf_log_true_size: 0,
        btf_flags: if load.token.is_some() { TOKEN_FD } else { 0 },
        btf_token_fd: or_zero(load.token),
    };
    // SAFETY: the BTF is borrowed with its length and only read; the log has `btf_log_size` bytes.
    let result = unsafe { call_fd(&mut wire) };
    Log::close(log, wire.btf_log_true_size);
    result
}
