//! What can be wrong with an instruction.

use core::fmt;

use crate::{InsnIdx, Opcode};

/// An error about one instruction of a stream.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub struct Error {
    /// The slot, counted from the start of the stream that was given.
    pub slot: InsnIdx,
    /// What is wrong.
    pub kind: ErrorKind,
}

/// What is wrong with an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The immediate needs more bits than the instruction has.
    ImmTooWide {
        /// The operation.
        code: Opcode,
        /// The immediate that was asked for.
        imm: i64,
    },
}

impl Error {
    pub(crate) const fn new(slot: usize, kind: ErrorKind) -> Self {
        let slot = if slot > u32::MAX as usize { u32::MAX } else { slot as u32 };
        Self { slot: InsnIdx(slot), kind }
    }

    /// The code of the kind of error, the same in every release.
    pub const fn code(&self) -> &'static str {
        match self.kind {
            ErrorKind::ImmTooWide { .. } => "insn-imm-too-wide",
        }
    }

    /// What to do about it.
    pub const fn help(&self) -> &'static str {
        match self.kind {
            ErrorKind::ImmTooWide { .. } => {
                "only a 64-bit load (`r1 = 0x… ll`, opcode 0x18) carries a value outside -0x80000000..=0x7fffffff: \
                 load the value into a register and use the register"
            }
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "slot {}: ", self.slot)?;
        match self.kind {
            ErrorKind::ImmTooWide { code, imm } => {
                write!(f, "the immediate {imm} ({imm:#x}) of opcode {code:?} does not fit 32 bits")
            }
        }
    }
}

impl core::error::Error for Error {}
