//! What can be wrong with an instruction.

use core::fmt;

use crate::{InsnIdx, Opcode, opcode::Class};

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
    /// A jump is farther than its field can say.
    JumpTooFar {
        /// The operation.
        code: Opcode,
        /// How far it is, in slots.
        slots: i64,
    },
    /// What is jumped to, called or loaded is not in the stream: it was cut out, or nothing has that symbol.
    NoTarget {
        /// The operation.
        code: Opcode,
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
            ErrorKind::JumpTooFar { .. } => "insn-jump-too-far",
            ErrorKind::NoTarget { .. } => "insn-no-target",
        }
    }

    /// What to do about it.
    pub const fn help(&self) -> &'static str {
        match self.kind {
            ErrorKind::ImmTooWide { .. } => {
                "only a 64-bit load (`r1 = 0x… ll`, opcode 0x18) carries a value outside -0x80000000..=0x7fffffff: \
                 load the value into a register and use the register"
            }
            ErrorKind::JumpTooFar { code: Opcode::JA, .. } => {
                "write `gotol` (ISA v4, Linux 6.6), whose distance has 32 bits"
            }
            ErrorKind::JumpTooFar { code: Opcode(0xe5), .. } => "place the target nearer: `may_goto` has no long form",
            ErrorKind::JumpTooFar { code, .. } if matches!(code.class(), Class::JMP | Class::JMP32) => {
                "jump to a `gotol` (ISA v4, Linux 6.6) nearby, whose distance has 32 bits, or let `Stream::lengthen` do so"
            }
            ErrorKind::JumpTooFar { .. } => "make the program smaller",
            ErrorKind::NoTarget { .. } => "put the target back, or give the jump another one",
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
            ErrorKind::JumpTooFar { code, slots } => {
                write!(f, "the target of opcode {code:?} is {slots} slots away, more than its field holds")
            }
            ErrorKind::NoTarget { code } => write!(f, "the target of opcode {code:?} is not in the stream"),
        }
    }
}

impl core::error::Error for Error {}
