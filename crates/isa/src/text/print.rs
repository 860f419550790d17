//! Printing of one instruction.

use core::fmt::{self, Formatter};

use super::{
    Dialect, Names,
    slot::{Piece, Slot, pieces},
};
use skep_uapi::Helper;

use crate::{
    Insn, InsnIdx, Opcode, Ref,
    table::{CALL_SYMBOL, LOAD_SYMBOL, UNKNOWN, UNKNOWN_WIDE, lookup},
};

/// An instruction to be printed. Made by [`Insn::display`].
#[derive(Clone, Copy)]
pub struct Display<'a> {
    insn: &'a Insn,
    names: &'a dyn Names,
    at: Option<InsnIdx>,
    hex: bool,
    dialect: Dialect,
}

/// What an instruction refers to, by name.
struct Symbol<'a> {
    name: &'a str,
    /// Bytes from the beginning of what is named.
    off: u64,
}

impl<'a> Display<'a> {
    pub(super) fn new(insn: &'a Insn, names: &'a dyn Names) -> Self {
        Self { insn, names, at: None, hex: false, dialect: Dialect::Llvm }
    }

    /// All numbers in hexadecimal, as llvm-objdump prints them.
    pub fn hex(self) -> Self {
        Self { hex: true, ..self }
    }

    /// In another dialect.
    pub fn dialect(self, dialect: Dialect) -> Self {
        Self { dialect, ..self }
    }

    /// The slot of the instruction in its stream, so that jumps can show labels.
    pub fn at(self, slot: InsnIdx) -> Self {
        Self { at: Some(slot), ..self }
    }

    fn symbol(&self) -> Option<Symbol<'a>> {
        let names = self.names;
        let (name, off) = match self.insn.meta.reference()? {
            Ref::Map(map) => (names.map(map)?, 0),
            Ref::Value { map, off } => names.value(map, off).map(|(name, off)| (name, off.into()))?,
            Ref::Func { func, at } => (names.func(func)?, u64::from(at.0) * 8),
            Ref::Extern(external) => (names.external(external)?, 0),
            // It is printed by its numbers, and what it should be is in the refusal.
            Ref::Refused(_) => return None,
        };
        Some(Symbol { name, off })
    }

    fn fill(&self, f: &mut Formatter<'_>, syntax: &'static str, symbol: Option<&Symbol<'_>>) -> fmt::Result {
        for piece in pieces(syntax) {
            match piece {
                Piece::Literal(text) => f.write_str(text)?,
                Piece::Slot(slot) => self.operand(f, slot, symbol)?,
            }
        }
        Ok(())
    }

    fn operand(&self, f: &mut Formatter<'_>, slot: Slot, symbol: Option<&Symbol<'_>>) -> fmt::Result {
        let insn = self.insn;
        let low = i64::from(insn.imm as i32);
        match slot {
            Slot::Rd => write!(f, "r{}", insn.dst().0),
            Slot::Rs => write!(f, "r{}", insn.src().0),
            Slot::Wd => write!(f, "w{}", insn.dst().0),
            Slot::Ws => write!(f, "w{}", insn.src().0),
            Slot::Off => self.rest(f, insn.off.into()),
            Slot::OffNumber => self.number(f, insn.off.into()),
            Slot::To16 => self.target(f, insn.off.into()),
            Slot::To32 => self.target(f, insn.imm),
            Slot::Imm => self.number(f, insn.imm),
            Slot::PlusImm if insn.imm == 0 => Ok(()),
            Slot::PlusImm => {
                f.write_str(" ")?;
                self.rest(f, insn.imm)
            }
            Slot::Imm64 => self.hex().number(f, insn.imm),
            Slot::Low => self.number(f, low),
            Slot::High => self.number(f, insn.imm >> 32),
            Slot::Rel => self.distance(f, low),
            Slot::ToSpace => self.number(f, (insn.imm >> 16) & 0xffff),
            Slot::FromSpace => self.number(f, insn.imm & 0xffff),
            Slot::Helper => match u32::try_from(insn.imm).ok().and_then(|id| self.names.helper(id)) {
                Some(name) => write_name(f, name),
                None => self.number(f, insn.imm),
            },
            Slot::Number => self.number(f, insn.imm),
            Slot::Known => {
                f.write_str(u32::try_from(insn.imm).ok().and_then(|id| Helper(id).name()).unwrap_or("unknown"))?;
                write!(f, "#{}", insn.imm)
            }
            Slot::Disp => self.distance(f, insn.off.into()),
            Slot::Hex => write!(f, "{:#x}", insn.imm as u32),
            Slot::Hex64 => write!(f, "{:#x}", insn.imm),
            Slot::LowUnsigned => write!(f, "{}", insn.imm as u32),
            Slot::HighUnsigned => write!(f, "{}", (insn.imm >> 32) as u32),
            Slot::Pc16 => self.after_pc(f, insn.off.into()),
            Slot::Pc32 => self.after_pc(f, insn.imm),
            Slot::Code => write!(f, "{:#04x}", insn.code.0),
            Slot::Note => Ok(()),
            Slot::Symbol => symbol.map_or(Ok(()), |symbol| self.symbol_name(f, symbol)),
        }
    }

    fn symbol_name(&self, f: &mut Formatter<'_>, symbol: &Symbol<'_>) -> fmt::Result {
        write_name(f, symbol.name)?;
        match symbol.off {
            0 => Ok(()),
            off => {
                f.write_str("+")?;
                self.magnitude(f, off)
            }
        }
    }

    fn number(&self, f: &mut Formatter<'_>, value: i64) -> fmt::Result {
        f.write_str(if value < 0 { "-" } else { "" })?;
        self.magnitude(f, value.unsigned_abs())
    }

    /// The rest of an address: `+ 8` or `- 8`.
    fn rest(&self, f: &mut Formatter<'_>, value: i64) -> fmt::Result {
        f.write_str(if value < 0 { "- " } else { "+ " })?;
        self.magnitude(f, value.unsigned_abs())
    }

    /// A distance in slots: `+8` or `-8`.
    fn distance(&self, f: &mut Formatter<'_>, value: i64) -> fmt::Result {
        f.write_str(if value < 0 { "-" } else { "+" })?;
        self.magnitude(f, value.unsigned_abs())
    }

    fn magnitude(&self, f: &mut Formatter<'_>, value: u64) -> fmt::Result {
        if self.hex { write!(f, "{value:#x}") } else { write!(f, "{value}") }
    }

    fn label(&self, slots: i64) -> Option<&'a str> {
        let at = i64::from(self.at?.0) + 1;
        self.names.label(InsnIdx(u32::try_from(at.checked_add(slots)?).ok()?))
    }

    /// Where a jump by `slots` goes.
    fn target(&self, f: &mut Formatter<'_>, slots: i64) -> fmt::Result {
        match self.label(slots) {
            Some(label) => write_name(f, label),
            None => self.distance(f, slots),
        }
    }

    /// The same, as the kernel says it.
    fn after_pc(&self, f: &mut Formatter<'_>, slots: i64) -> fmt::Result {
        match self.label(slots) {
            Some(label) => write_name(f, label),
            None => {
                f.write_str("pc")?;
                self.distance(f, slots)
            }
        }
    }

    /// The operation byte, which the kernel writes before what it knows.
    fn code(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.dialect {
            Dialect::Kernel => write!(f, "({:02x}) ", self.insn.code.0),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Display<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let by_name = match self.insn.code {
            Opcode::CALL => Some(CALL_SYMBOL),
            _ if self.insn.is_wide() => Some(LOAD_SYMBOL),
            _ => None,
        };
        if let (Some(syntax), Some(symbol)) = (by_name, self.symbol()) {
            self.code(f)?;
            return self.fill(f, syntax.of(self.dialect), Some(&symbol));
        }
        match lookup(self.insn) {
            Some(row) if row.is_exact(self.insn) => {
                self.code(f)?;
                self.fill(f, row.syntax.of(self.dialect), None)
            }
            _ if self.insn.is_wide() => self.fill(f, UNKNOWN_WIDE.of(self.dialect), None),
            _ => self.fill(f, UNKNOWN.of(self.dialect), None),
        }
    }
}

impl fmt::Debug for Display<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Writes a name; in quotes and escaped if an assembler would not read it as one word.
fn write_name(f: &mut Formatter<'_>, name: &str) -> fmt::Result {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'$' | b'@');
    if !name.is_empty() && name.bytes().all(plain) { f.write_str(name) } else { write!(f, "{name:?}") }
}
