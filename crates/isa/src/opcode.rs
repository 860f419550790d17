//! The first byte of an instruction, and the numbers it is made of (RFC 9669 section 3).

use crate::Reg;

/// The operation byte. Any value is representable; the instruction table says what it means.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Opcode(pub u8);

impl Opcode {
    /// Load of a 64-bit immediate; the only instruction that fills two slots.
    #[doc(alias = "BPF_LD | BPF_IMM | BPF_DW")]
    pub const LD_IMM64: Self = Self(0x18);
    /// A call: of a helper, a function of the program or a kernel function, by the source register.
    #[doc(alias = "BPF_JMP | BPF_CALL")]
    pub const CALL: Self = Self(0x85);
    /// The end of a function.
    #[doc(alias = "BPF_JMP | BPF_EXIT")]
    pub const EXIT: Self = Self(0x95);
    /// An unconditional jump by the 16-bit offset.
    pub const JA: Self = Self(0x05);
    /// An unconditional jump by the 32-bit immediate (ISA v4).
    pub const JA32: Self = Self(0x06);

    /// The class: the low three bits.
    pub const fn class(self) -> Class {
        Class(self.0 & 7)
    }
}

impl core::fmt::Debug for Opcode {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{:#04x}", self.0)
    }
}

/// The class of an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs, reason = "RFC 9669 section 3.1 names them")]
pub struct Class(pub u8);

#[allow(missing_docs, reason = "RFC 9669 section 3.1 names them")]
impl Class {
    pub const LD: Self = Self(0);
    pub const LDX: Self = Self(1);
    pub const ST: Self = Self(2);
    pub const STX: Self = Self(3);
    pub const ALU: Self = Self(4);
    pub const JMP: Self = Self(5);
    pub const JMP32: Self = Self(6);
    pub const ALU64: Self = Self(7);
}

/// What the source register of a 64-bit immediate load or of a call says.
pub mod pseudo {
    use super::Reg;

    /// Load: the immediate is a map's fd.
    #[doc(alias = "BPF_PSEUDO_MAP_FD")]
    pub const MAP_FD: Reg = Reg(1);
    /// Load: fd of a map, and an offset into its only value.
    #[doc(alias = "BPF_PSEUDO_MAP_VALUE")]
    pub const MAP_VALUE: Reg = Reg(2);
    /// Load: BTF id of a kernel variable or function, and the fd of its BTF (0: vmlinux).
    #[doc(alias = "BPF_PSEUDO_BTF_ID")]
    pub const BTF_ID: Reg = Reg(3);
    /// Load: a function of the program, relative in slots.
    #[doc(alias = "BPF_PSEUDO_FUNC")]
    pub const FUNC: Reg = Reg(4);
    /// Load: as `MAP_FD`, by position in `fd_array`.
    #[doc(alias = "BPF_PSEUDO_MAP_IDX")]
    pub const MAP_IDX: Reg = Reg(5);
    /// Load: as `MAP_VALUE`, by position in `fd_array`.
    #[doc(alias = "BPF_PSEUDO_MAP_IDX_VALUE")]
    pub const MAP_IDX_VALUE: Reg = Reg(6);
    /// Call: a helper, by number.
    pub const HELPER: Reg = Reg(0);
    /// Call: a function of the program, relative in slots.
    #[doc(alias = "BPF_PSEUDO_CALL")]
    pub const CALL: Reg = Reg(1);
    /// Call: a kernel function, by BTF id.
    #[doc(alias = "BPF_PSEUDO_KFUNC_CALL")]
    pub const KFUNC_CALL: Reg = Reg(2);
}
