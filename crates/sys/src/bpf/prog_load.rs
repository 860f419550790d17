//! `BPF_PROG_LOAD`.

use super::call::{self, address, call_fd, command, len32, offsets};
use super::log::Log;
use crate::fd::or_zero;
use crate::{Errno, Error, Result};
use skep_uapi::btf::TypeId;
use skep_uapi::{AttachType, ProgFlags, ProgType};
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use zerocopy::{Immutable, IntoBytes};

/// What a program is loaded with. `Default` is "none" everywhere.
#[derive(Clone, Copy, Debug, Default)]
#[doc(alias = "bpf_prog_load_opts")]
pub struct ProgLoad<'a> {
    /// The kind.
    pub prog_type: ProgType,
    /// The encoded instructions, 8 bytes a slot, in the host's byte order.
    pub insns: &'a [u8],
    /// The licence, at most 127 bytes.
    pub license: &'a str,
    /// The running kernel's version code; only kprobes before 5.0 look at it.
    pub kern_version: u32,
    /// Flags. The one that says that a token is given is added here.
    pub flags: ProgFlags,
    /// The name (4.15); cut to 15 bytes, bytes that the kernel refuses become `_`.
    pub name: &'a str,
    /// The network device to offload or bind to, 0 for none.
    pub ifindex: u32,
    /// The place it will be attached to, for the kinds that need to know (4.17).
    pub expected_attach_type: AttachType,
    /// The BTF that func and line info refer to (5.0).
    pub btf: Option<BorrowedFd<'a>>,
    /// `struct bpf_func_info` records (5.0).
    pub func_info: Records<'a>,
    /// `struct bpf_line_info` records (5.0).
    pub line_info: Records<'a>,
    /// The function or type to attach to (5.5).
    pub attach_btf_id: TypeId,
    /// Where `attach_btf_id` is to be found.
    pub attach_btf: AttachBtf<'a>,
    /// The descriptors that instructions refer to by index (5.14).
    pub fd_array: &'a [BorrowedFd<'a>],
    /// Whether all maps in `fd_array` are to be bound to the program (6.14).
    pub bind_fd_array: bool,
    /// The token that permits this (6.9).
    pub token: Option<BorrowedFd<'a>>,
}

/// Records of func or line info: bytes, and how many make one record.
#[derive(Clone, Copy, Debug, Default)]
pub struct Records<'a> {
    /// All records.
    pub bytes: &'a [u8],
    /// Bytes of one record.
    pub size: u32,
}

impl Records<'_> {
    fn count(self) -> Result<u32> {
        len32("BPF_PROG_LOAD", self.bytes.len().checked_div(self.size as usize).unwrap_or(0))
    }

    /// The size, if there is any record: the kernel refuses a size without records on no release, but an old one
    /// refuses any byte that it does not know.
    fn size_or_zero(self) -> u32 {
        if self.bytes.is_empty() { 0 } else { self.size }
    }
}

/// Where the BTF id to attach to is to be found.
#[derive(Clone, Copy, Debug, Default)]
pub enum AttachBtf<'a> {
    /// In the kernel's own BTF, or nowhere.
    #[default]
    Kernel,
    /// In a module's BTF (5.11).
    Module(BorrowedFd<'a>),
    /// In the BTF of a loaded program, which is traced or extended.
    Program(BorrowedFd<'a>),
}

#[repr(C)]
#[derive(IntoBytes, Immutable)]
struct Wire {
    prog_type: u32,
    insn_cnt: u32,
    insns: u64,
    license: u64,
    log_level: u32,
    log_size: u32,
    log_buf: u64,
    kern_version: u32,
    prog_flags: u32,
    prog_name: [u8; 16],
    prog_ifindex: u32,
    expected_attach_type: u32,
    prog_btf_fd: u32,
    func_info_rec_size: u32,
    func_info: u64,
    func_info_cnt: u32,
    line_info_rec_size: u32,
    line_info: u64,
    line_info_cnt: u32,
    attach_btf_id: u32,
    attach_fd: u32,
    core_relo_cnt: u32,
    fd_array: u64,
    core_relos: u64,
    core_relo_rec_size: u32,
    log_true_size: u32,
    prog_token_fd: u32,
    fd_array_cnt: u32,
}
command!(Wire, 5, "BPF_PROG_LOAD");
offsets!(Wire {
    insns = 8, log_buf = 32, prog_flags = 44, prog_name = 48, prog_ifindex = 64, func_info = 80, line_info = 96,
    attach_btf_id = 108, attach_fd = 112, fd_array = 120, core_relos = 128, log_true_size = 140, prog_token_fd = 144,
    fd_array_cnt = 148,
} size 152);

/// `BPF_F_TOKEN_FD`, the same bit in all flags that have it.
const TOKEN_FD: u32 = 1 << 16;

/// How often a load that a signal interrupted is begun again.
const TRIES: u32 = 5;

/// Loads a program through the verifier; the log is filled whether or not that succeeds.
///
/// # Errors
/// `EACCES`, `EINVAL` and others from the verifier, for which see the log; `EPERM` without the capabilities for the
/// kind; `E2BIG` if it has too many instructions; `ENOSPC` if the log is longer than its buffer.
#[doc(alias = "BPF_PROG_LOAD")]
pub fn prog_load(load: &ProgLoad<'_>, mut log: Option<&mut Log>) -> Result<OwnedFd> {
    let license = license(load.license);
    let (log_level, log_size, log_buf) = Log::open(&mut log);
    let attach_fd = match load.attach_btf {
        AttachBtf::Kernel => None,
        AttachBtf::Module(fd) | AttachBtf::Program(fd) => Some(fd),
    };
    let mut wire = Wire {
        prog_type: load.prog_type.0,
        insn_cnt: len32("BPF_PROG_LOAD", load.insns.len() / 8)?,
        insns: address(load.insns),
        license: address(&license),
        log_level,
        log_size,
        log_buf,
        kern_version: load.kern_version,
        prog_flags: load.flags.0 | if load.token.is_some() { TOKEN_FD } else { 0 },
        prog_name: call::name(load.name),
        prog_ifindex: load.ifindex,
        expected_attach_type: load.expected_attach_type.0,
        prog_btf_fd: or_zero(load.btf),
        func_info_rec_size: load.func_info.size_or_zero(),
        func_info: address(load.func_info.bytes),
        func_info_cnt: load.func_info.count()?,
        line_info_rec_size: load.line_info.size_or_zero(),
        line_info: address(load.line_info.bytes),
        line_info_cnt: load.line_info.count()?,
        attach_btf_id: load.attach_btf_id.0,
        attach_fd: attach_fd.map_or(0, |fd| fd.as_raw_fd() as u32),
        core_relo_cnt: 0,
        fd_array: address(load.fd_array),
        core_relos: 0,
        core_relo_rec_size: 0,
        log_true_size: 0,
        prog_token_fd: or_zero(load.token),
        fd_array_cnt: if load.bind_fd_array { len32("BPF_PROG_LOAD", load.fd_array.len())? } else { 0 },
    };
    let mut result = Err(Error::new("BPF_PROG_LOAD", Errno::EAGAIN));
    for _ in 0..TRIES {
        // SAFETY: instructions, licence, records and descriptors are borrowed with their counts beside them and only
        // read (a `BorrowedFd` is laid out as the C int it wraps); the log has `log_size` bytes. The verifier checks
        // an index into `fd_array` only against what it can read there, never writes.
        result = unsafe { call_fd(&mut wire) };
        if !matches!(&result, Err(error) if error.errno == Errno::EAGAIN) {
            break;
        }
    }
    Log::close(log, wire.log_true_size);
    result
}

/// The licence with a NUL. The kernel reads no more than 128 bytes of it.
fn license(text: &str) -> [u8; 128] {
    let mut out = [0; 128];
    for (to, from) in out[..127].iter_mut().zip(text.as_bytes()) {
        *to = *from;
    }
    out
}
