//! What is only known at the end: references, and expressions of labels that come later.

use alloc::string::String;

use skep_isa::text::Dialect;

use super::{place::Loc, symbols::SymId};

/// What an instruction does with a symbol.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reference {
    /// A jump by the 16-bit offset.
    Jump16,
    /// A jump by the 32-bit immediate.
    Jump32,
    /// A call.
    Call,
    /// A 64-bit load of its address, the addend in the immediate.
    Load,
}

/// What an operand says of its symbol.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Claim {
    /// Nothing.
    Any,
    Map,
    Value,
    Func,
    Ksym,
    Kfunc,
    Kconfig,
}

/// An instruction with a symbol.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fix {
    pub section: u32,
    /// In the section, which is no longer than 1 GiB.
    pub offset: u32,
    pub symbol: SymId,
    pub addend: i64,
    pub reference: Reference,
    pub claim: Claim,
    pub loc: Loc,
}

/// An expression, or a statement with one, that is read again at the end.
#[derive(Clone, Debug)]
pub(super) struct Late {
    pub text: String,
    pub scope: u32,
    pub dialect: Dialect,
    pub loc: Loc,
    pub what: LateWhat,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum LateWhat {
    /// An instruction.
    Insn { section: u32, offset: u64 },
    /// A number in data.
    Data { section: u32, offset: u64, size: u32 },
    /// A number of unknown length, of which so many bytes were left free.
    Size(SymId),
}
