//! One 8-byte slot, as RFC 9669 section 3 lays it out.

use crate::{Endian, Opcode, Reg};

/// One slot of a BPF program, its fields in host order whatever order they were read from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[doc(alias = "bpf_insn")]
pub struct Raw {
    /// The operation.
    pub code: Opcode,
    /// Destination register in the low half, source register in the high half.
    pub regs: u8,
    /// The 16-bit offset.
    pub off: i16,
    /// The 32-bit immediate.
    pub imm: i32,
}

impl Raw {
    /// The size of a slot in bytes.
    pub const SIZE: usize = 8;

    /// A slot from its fields.
    pub const fn new(code: Opcode, dst: Reg, src: Reg, off: i16, imm: i32) -> Self {
        Self { code, regs: (dst.0 & 0xf) | (src.0 << 4), off, imm }
    }

    /// Reads a slot.
    pub const fn from_bytes(b: [u8; 8], endian: Endian) -> Self {
        let regs = match endian {
            Endian::Little => b[1],
            Endian::Big => b[1].rotate_left(4),
        };
        Self {
            code: Opcode(b[0]),
            regs,
            off: endian.u16([b[2], b[3]]) as i16,
            imm: endian.u32([b[4], b[5], b[6], b[7]]) as i32,
        }
    }

    /// The bytes of the slot.
    pub const fn to_bytes(self, endian: Endian) -> [u8; 8] {
        let (code, off, imm) = (self.code.0 as u64, self.off as u16 as u64, self.imm as u32 as u64);
        match endian {
            Endian::Little => (code | (self.regs as u64) << 8 | off << 16 | imm << 32).to_le_bytes(),
            Endian::Big => (code << 56 | (self.regs.rotate_left(4) as u64) << 48 | off << 32 | imm).to_be_bytes(),
        }
    }

    /// The destination register.
    pub const fn dst(self) -> Reg {
        Reg(self.regs & 0xf)
    }

    /// The source register, or the pseudo kind of a call or of a 64-bit load.
    pub const fn src(self) -> Reg {
        Reg(self.regs >> 4)
    }

    /// The same slot with another source register.
    pub const fn with_src(self, src: Reg) -> Self {
        Self { regs: (self.regs & 0xf) | (src.0 << 4), ..self }
    }
}
