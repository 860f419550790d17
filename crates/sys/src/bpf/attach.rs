//! `BPF_PROG_ATTACH` and `BPF_PROG_DETACH`: attachments without a link.

use super::call::{Cmd, call_as, offsets};
use crate::Result;
use crate::fd::or_zero;
use skep_uapi::AttachType;
use std::os::fd::{AsRawFd, BorrowedFd};
use zerocopy::{Immutable, IntoBytes};

/// How a program is attached beside others, a set of bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct AttachFlags(pub u32);

impl AttachFlags {
    /// Children of the cgroup may replace it.
    #[doc(alias = "BPF_F_ALLOW_OVERRIDE")]
    pub const ALLOW_OVERRIDE: Self = Self(1);
    /// Other programs may run beside it (4.15).
    #[doc(alias = "BPF_F_ALLOW_MULTI")]
    pub const ALLOW_MULTI: Self = Self(2);
    /// Replace a program (5.6).
    #[doc(alias = "BPF_F_REPLACE")]
    pub const REPLACE: Self = Self(4);
    /// Before the relative one, or first (6.6).
    #[doc(alias = "BPF_F_BEFORE")]
    pub const BEFORE: Self = Self(8);
    /// After the relative one, or last (6.6).
    #[doc(alias = "BPF_F_AFTER")]
    pub const AFTER: Self = Self(16);
    /// The relative one is given by id (6.6); set by [`Relative`].
    #[doc(alias = "BPF_F_ID")]
    pub const ID: Self = Self(32);
    /// Before the programs of children (6.15).
    #[doc(alias = "BPF_F_PREORDER")]
    pub const PREORDER: Self = Self(64);
    /// The relative one is a link (6.6); set by [`Relative`].
    #[doc(alias = "BPF_F_LINK")]
    pub const LINK: Self = Self(1 << 13);

    /// The bits set in either.
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// The thing that has programs attached.
#[derive(Clone, Copy, Debug)]
pub enum Place<'a> {
    /// A cgroup directory, map, network namespace, program or other file.
    Fd(BorrowedFd<'a>),
    /// A network interface.
    Ifindex(u32),
}

impl Place<'_> {
    pub(super) fn number(self) -> u32 {
        match self {
            Self::Fd(fd) => fd.as_raw_fd() as u32,
            Self::Ifindex(index) => index,
        }
    }
}

/// The attachment before or after which another is put (6.6; cgroups 6.17).
#[derive(Clone, Copy, Debug, Default)]
pub enum Relative<'a> {
    /// None: first or last of all.
    #[default]
    None,
    /// A program.
    Program(BorrowedFd<'a>),
    /// The program with this id.
    ProgramId(u32),
    /// A link.
    Link(BorrowedFd<'a>),
    /// The link with this id.
    LinkId(u32),
}

impl Relative<'_> {
    /// The number for the wire, and the flags that say what it is.
    pub(super) fn wire(self) -> (u32, AttachFlags) {
        match self {
            Self::None => (0, AttachFlags(0)),
            Self::Program(fd) => (fd.as_raw_fd() as u32, AttachFlags(0)),
            Self::ProgramId(id) => (id, AttachFlags::ID),
            Self::Link(fd) => (fd.as_raw_fd() as u32, AttachFlags::LINK),
            Self::LinkId(id) => (id, AttachFlags::LINK.with(AttachFlags::ID)),
        }
    }
}

/// An attachment to be made or undone.
#[derive(Clone, Copy, Debug)]
#[doc(alias = "bpf_prog_attach_opts")]
pub struct ProgAttach<'a> {
    /// Where.
    pub place: Place<'a>,
    /// The program; some places detach without naming one.
    pub program: Option<BorrowedFd<'a>>,
    /// At which of the place's hooks.
    pub attach_type: AttachType,
    /// How.
    pub flags: AttachFlags,
    /// The program to replace; sets `REPLACE` (5.6).
    pub replace: Option<BorrowedFd<'a>>,
    /// Beside what (6.6).
    pub relative: Relative<'a>,
    /// Only if the list of programs is at this revision; 0 for any (6.6).
    pub expected_revision: u64,
}

impl<'a> ProgAttach<'a> {
    /// `program` at `place`, without flags.
    pub fn new(place: Place<'a>, program: BorrowedFd<'a>, attach_type: AttachType) -> Self {
        Self {
            place,
            program: Some(program),
            attach_type,
            flags: AttachFlags(0),
            replace: None,
            relative: Relative::None,
            expected_revision: 0,
        }
    }

    fn wire(&self) -> Wire {
        let (relative, mut flags) = self.relative.wire();
        flags = flags.with(self.flags);
        if self.replace.is_some() {
            flags = flags.with(AttachFlags::REPLACE);
        }
        Wire {
            target: self.place.number(),
            attach_bpf_fd: or_zero(self.program),
            attach_type: self.attach_type.0,
            attach_flags: flags.0,
            replace_bpf_fd: or_zero(self.replace),
            relative,
            expected_revision: self.expected_revision,
        }
    }
}

#[repr(C)]
#[derive(IntoBytes, Immutable)]
struct Wire {
    target: u32,
    attach_bpf_fd: u32,
    attach_type: u32,
    attach_flags: u32,
    replace_bpf_fd: u32,
    relative: u32,
    expected_revision: u64,
}
const ATTACH: Cmd = Cmd(8, "BPF_PROG_ATTACH");
const DETACH: Cmd = Cmd(9, "BPF_PROG_DETACH");
offsets!(Wire { attach_bpf_fd = 4, attach_flags = 12, replace_bpf_fd = 16, relative = 20, expected_revision = 24 } size 32);

/// Attaches a program until it is detached or the place goes away.
///
/// # Errors
/// `EPERM` without the capability, or if a cgroup above forbids it; `EINVAL` for a kind that does not fit the place.
#[doc(alias = "BPF_PROG_ATTACH")]
pub fn prog_attach(attach: &ProgAttach<'_>) -> Result<()> {
    let mut wire = attach.wire();
    // SAFETY: there is no address in the struct.
    unsafe { call_as(ATTACH, &mut wire) }.map(drop)
}

/// Undoes [`prog_attach`].
///
/// # Errors
/// `ENOENT` if it is not attached there.
#[doc(alias = "BPF_PROG_DETACH")]
pub fn prog_detach(attach: &ProgAttach<'_>) -> Result<()> {
    let mut wire = attach.wire();
    // SAFETY: there is no address in the struct.
    unsafe { call_as(DETACH, &mut wire) }.map(drop)
}
