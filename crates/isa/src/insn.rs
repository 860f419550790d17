//! The instruction.

use skep_uapi::btf::StrOff;

use crate::{Facts, Meta, Opcode, opcode::pseudo};

/// A register, 0 to 15. r0–r10 exist everywhere; r11 is the base of stack arguments since Linux 7.2.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Reg(pub u8);

/// Where an instruction came from, as `.BTF.ext` says it: strings of the object's BTF.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[doc(alias = "bpf_line_info")]
pub struct SourceLine {
    /// The file's name.
    pub file: StrOff,
    /// The text of the line.
    pub text: StrOff,
    /// Line in the upper 22 bits, column in the lower 10. 0 means that nothing is known.
    pub line_col: u32,
}

impl SourceLine {
    /// The line, from 1.
    pub const fn line(self) -> u32 {
        self.line_col >> 10
    }

    /// The column, from 1; 0 if unknown.
    pub const fn column(self) -> u32 {
        self.line_col & 0x3ff
    }

    /// Whether nothing is known.
    pub const fn is_none(self) -> bool {
        self.file.0 == 0 && self.text.0 == 0 && self.line_col == 0
    }
}

/// One logical instruction with its metadata, 32 bytes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Insn {
    /// The immediate: 32 bits, sign-extended, or the 64 bits of a wide load.
    pub imm: i64,
    /// What else is known, sparse and shared until edited.
    pub meta: Meta,
    /// The source line that begins here.
    pub line: SourceLine,
    /// The 16-bit offset.
    pub off: i16,
    /// The operation.
    pub code: Opcode,
    /// Destination register in the low half, source register in the high half.
    pub regs: u8,
}

impl Insn {
    /// An instruction without metadata.
    pub const fn new(code: Opcode, dst: Reg, src: Reg, off: i16, imm: i64) -> Self {
        Self {
            imm,
            meta: Meta::NONE,
            line: SourceLine { file: StrOff(0), text: StrOff(0), line_col: 0 },
            off,
            code,
            regs: (dst.0 & 0xf) | (src.0 << 4),
        }
    }

    /// The destination register.
    pub const fn dst(&self) -> Reg {
        Reg(self.regs & 0xf)
    }

    /// The source register, or the pseudo kind of a call or of a wide load.
    pub const fn src(&self) -> Reg {
        Reg(self.regs >> 4)
    }

    /// Sets the source register, or the pseudo kind of a call or of a wide load.
    pub fn set_src(&mut self, src: Reg) {
        self.regs = (self.regs & 0xf) | (src.0 << 4);
    }

    /// The number of 8-byte slots it fills: 2 for a load of a 64-bit immediate, else 1.
    pub fn slots(&self) -> u32 {
        if self.is_wide() { 2 } else { 1 }
    }

    /// Whether this is a load of a 64-bit immediate with both of its slots.
    pub fn is_wide(&self) -> bool {
        self.code == Opcode::LD_IMM64 && !self.meta.facts().is_some_and(|f| f.lone)
    }

    /// Whether this calls a function of the program.
    pub fn is_call(&self) -> bool {
        self.code == Opcode::CALL && self.src() == pseudo::CALL
    }

    /// Whether this loads the address of a function of the program.
    pub fn is_func_address(&self) -> bool {
        self.is_wide() && self.src() == pseudo::FUNC
    }

    /// The facts known of it, to be changed; copied first if another instruction shares them.
    pub fn facts_mut(&mut self) -> &mut Facts {
        self.meta.facts_mut()
    }
}
