//! The operand shapes of instructions.

/// Which fields of an instruction are operands. A field that is neither an operand nor told apart by
/// [`When`](super::When) has to be zero.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Form {
    /// No operand.
    Nothing,
    /// The destination register.
    Reg,
    /// The destination register and an immediate.
    RegImm,
    /// Both registers.
    RegReg,
    /// A conversion between address spaces: both registers, and the spaces in the halves of the immediate.
    Cast,
    /// To the destination register from memory at the source register and the offset.
    Load,
    /// To memory at the destination register and the offset, an immediate.
    StoreImm,
    /// To memory at the destination register and the offset, the source register.
    StoreReg,
    /// A jump by the 16-bit offset.
    Jump16,
    /// A jump by the 32-bit immediate.
    Jump32,
    /// A jump by the offset, if the destination register and an immediate compare.
    JumpImm,
    /// A jump by the offset, if both registers compare.
    JumpReg,
    /// An immediate alone.
    Number,
    /// The source register and an immediate.
    SrcImm,
    /// An immediate, and a small number in the offset.
    Kfunc,
    /// The destination register and 64 bits of immediate.
    Wide,
    /// The destination register and the low half of 64 bits of immediate.
    WideLow,
}

/// The fields that a [`Form`] uses.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Fields {
    /// The destination register.
    pub dst: bool,
    /// The source register.
    pub src: bool,
    /// The offset.
    pub off: bool,
    /// The immediate; of a 64-bit load its low half.
    pub imm: bool,
    /// The high half of the immediate of a 64-bit load.
    pub high: bool,
}

impl Form {
    /// The fields this form uses.
    pub const fn fields(self) -> Fields {
        match self {
            Self::Nothing => fields(0, 0, 0, 0, 0),
            Self::Reg => fields(1, 0, 0, 0, 0),
            Self::RegImm => fields(1, 0, 0, 1, 0),
            Self::RegReg => fields(1, 1, 0, 0, 0),
            Self::Cast => fields(1, 1, 0, 1, 0),
            Self::Load | Self::StoreReg | Self::JumpReg => fields(1, 1, 1, 0, 0),
            Self::StoreImm | Self::JumpImm => fields(1, 0, 1, 1, 0),
            Self::Jump16 => fields(0, 0, 1, 0, 0),
            Self::Jump32 | Self::Number => fields(0, 0, 0, 1, 0),
            Self::SrcImm => fields(0, 1, 0, 1, 0),
            Self::Kfunc => fields(0, 0, 1, 1, 0),
            Self::Wide => fields(1, 0, 0, 1, 1),
            Self::WideLow => fields(1, 0, 0, 1, 0),
        }
    }
}

const fn fields(dst: u8, src: u8, off: u8, imm: u8, high: u8) -> Fields {
    Fields { dst: dst != 0, src: src != 0, off: off != 0, imm: imm != 0, high: high != 0 }
}
