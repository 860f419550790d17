//! Printing of one instruction.

use core::fmt::{self, Formatter, Write};

use skep_uapi::Helper;

use super::{
    Dialect, Label, Names,
    compiled::{self, Of},
    digits,
    quote::Quoted,
    slot::{Piece, Slot},
};
use crate::{Insn, InsnIdx, Opcode, Ref, Reg, table};

/// An instruction to be printed. Made by [`Insn::display`].
#[derive(Clone, Copy)]
pub struct Display<'a> {
    insn: &'a Insn,
    names: &'a dyn Names,
    at: Option<InsnIdx>,
    hex: bool,
    absolute: bool,
    dialect: Dialect,
    text: Option<&'a str>,
}

/// What an instruction refers to, by name.
struct Symbol<'a> {
    name: &'a str,
    /// Bytes from the beginning of what is named.
    off: u64,
}

impl<'a> Display<'a> {
    pub(super) fn new(insn: &'a Insn, names: &'a dyn Names) -> Self {
        Self { insn, names, at: None, hex: false, absolute: false, dialect: Dialect::Llvm, text: None }
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

    /// Jumps say the slot they go to (`goto @12`) where it has no label; only if the position is known.
    pub fn absolute(self) -> Self {
        Self { absolute: true, ..self }
    }

    /// This text, as it stands, in the place of what is called or loaded.
    pub fn referring(self, text: &'a str) -> Self {
        Self { text: Some(text), ..self }
    }

    /// Writes the text. Nothing is allocated for it.
    ///
    /// # Errors
    /// Those of `out`.
    ///
    /// ```
    /// use skep_isa::{Insn, Opcode, Reg};
    ///
    /// let mut text = String::new();
    /// Insn::new(Opcode(0xb7), Reg(1), Reg(0), 0, 42).display(&()).write(&mut text)?;
    /// assert_eq!(text, "r1 = 42");
    /// # Ok::<(), core::fmt::Error>(())
    /// ```
    pub fn write(&self, out: &mut (impl Write + ?Sized)) -> fmt::Result {
        if let Some(by_name) = self.by_name()
            && let Some(symbol) = self.symbol()
        {
            self.code(out)?;
            return self.fill(out, by_name, Some(&symbol));
        }
        match table::position(self.insn) {
            Some((at, row)) if row.is_exact(self.insn) => {
                self.code(out)?;
                self.fill(out, Of::Row(at), None)
            }
            _ if self.insn.is_wide() => self.fill(out, Of::UnknownWide, None),
            _ => self.fill(out, Of::Unknown, None),
        }
    }

    /// The syntax of an instruction that refers to something with a name.
    fn by_name(&self) -> Option<Of> {
        match self.insn.code {
            _ if self.text.is_none() && self.insn.meta.facts().is_none() => None,
            Opcode::CALL => Some(Of::CallSymbol),
            _ if self.insn.is_wide() => Some(Of::LoadSymbol),
            _ => None,
        }
    }

    fn symbol(&self) -> Option<Symbol<'a>> {
        let names = self.names;
        if let Some(name) = self.text {
            return Some(Symbol { name, off: 0 });
        }
        let (name, off) = match self.insn.meta.reference()? {
            Ref::Map(map) => (names.map(map)?, 0),
            Ref::Value { map, off } => names.value(map, off).map(|(name, off)| (name, off.into()))?,
            Ref::Func { func, at } => (names.func(func)?, u64::from(at.0) * 8),
            Ref::Extern(external) => (names.external(external)?, 0),
            // A table is one of the object's.
            Ref::JumpTable(_) => return None,
            // It is printed by its numbers, and what it should be is in the refusal.
            Ref::Refused(_) => return None,
        };
        Some(Symbol { name, off })
    }

    fn fill(&self, f: &mut (impl Write + ?Sized), syntax: Of, symbol: Option<&Symbol<'_>>) -> fmt::Result {
        for piece in compiled::of(syntax, self.dialect) {
            match piece {
                Piece::Literal(text) => f.write_str(text)?,
                Piece::Slot(slot) => self.operand(f, *slot, symbol)?,
            }
        }
        Ok(())
    }

    fn operand(&self, f: &mut (impl Write + ?Sized), slot: Slot, symbol: Option<&Symbol<'_>>) -> fmt::Result {
        let insn = self.insn;
        let low = i64::from(insn.imm as i32);
        match slot {
            Slot::Rd => f.write_str(register(&WHOLE, insn.dst())),
            Slot::Rs => f.write_str(register(&WHOLE, insn.src())),
            Slot::Wd => f.write_str(register(&HALVES, insn.dst())),
            Slot::Ws => f.write_str(register(&HALVES, insn.src())),
            Slot::Off => self.rest(f, insn.off.into()),
            Slot::OffNumber => self.number(f, insn.off.into()),
            Slot::To16 => self.target(f, "", insn.off.into()),
            Slot::To32 => self.target(f, "", insn.imm),
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
                f.write_str(if insn.imm < 0 { "#-" } else { "#" })?;
                digits::decimal(f, insn.imm.unsigned_abs())
            }
            Slot::Disp => self.distance(f, insn.off.into()),
            Slot::Hex => digits::hexadecimal(f, u64::from(insn.imm as u32)),
            Slot::Hex64 => digits::hexadecimal(f, insn.imm as u64),
            Slot::LowUnsigned => digits::decimal(f, u64::from(insn.imm as u32)),
            Slot::HighUnsigned => digits::decimal(f, insn.imm as u64 >> 32),
            Slot::Pc16 => self.target(f, "pc", insn.off.into()),
            Slot::Pc32 => self.target(f, "pc", insn.imm),
            Slot::Code => {
                f.write_str("0x")?;
                f.write_str(digits::byte(insn.code.0))
            }
            Slot::Note => Ok(()),
            Slot::Symbol => symbol.map_or(Ok(()), |symbol| self.symbol_name(f, symbol)),
        }
    }

    fn symbol_name(&self, f: &mut (impl Write + ?Sized), symbol: &Symbol<'_>) -> fmt::Result {
        if let Some(text) = self.text {
            return f.write_str(text);
        }
        write_name(f, symbol.name)?;
        match symbol.off {
            0 => Ok(()),
            off => {
                f.write_str("+")?;
                self.magnitude(f, off)
            }
        }
    }

    fn number(&self, f: &mut (impl Write + ?Sized), value: i64) -> fmt::Result {
        if value < 0 {
            f.write_str("-")?;
        }
        self.magnitude(f, value.unsigned_abs())
    }

    /// The rest of an address: `+ 8` or `- 8`.
    fn rest(&self, f: &mut (impl Write + ?Sized), value: i64) -> fmt::Result {
        f.write_str(if value < 0 { "- " } else { "+ " })?;
        self.magnitude(f, value.unsigned_abs())
    }

    /// A distance in slots: `+8` or `-8`.
    fn distance(&self, f: &mut (impl Write + ?Sized), value: i64) -> fmt::Result {
        f.write_str(if value < 0 { "-" } else { "+" })?;
        self.magnitude(f, value.unsigned_abs())
    }

    fn magnitude(&self, f: &mut (impl Write + ?Sized), value: u64) -> fmt::Result {
        if self.hex { digits::hexadecimal(f, value) } else { digits::decimal(f, value) }
    }

    /// The slot that a jump by `slots` goes to.
    fn slot_after(&self, slots: i64) -> Option<InsnIdx> {
        let next = i64::from(self.at?.0) + 1;
        Some(InsnIdx(u32::try_from(next.checked_add(slots)?).ok()?))
    }

    /// Where a jump by `slots` goes; a distance stands after `pc` in some dialects.
    fn target(&self, f: &mut (impl Write + ?Sized), pc: &str, slots: i64) -> fmt::Result {
        let to = self.slot_after(slots);
        match (to.and_then(|to| self.names.label(to)), to) {
            (Some(Label::Name(label)), _) => write_name(f, label),
            (Some(Label::Numbered(label, number)), _) => {
                f.write_str(label)?;
                digits::decimal(f, number.into())
            }
            (None, Some(to)) if self.absolute => {
                f.write_str("@")?;
                digits::decimal(f, to.0.into())
            }
            _ => {
                f.write_str(pc)?;
                self.distance(f, slots)
            }
        }
    }

    /// The operation byte, which the kernel writes before what it knows.
    fn code(&self, f: &mut (impl Write + ?Sized)) -> fmt::Result {
        if self.dialect != Dialect::Kernel {
            return Ok(());
        }
        ["(", digits::byte(self.insn.code.0), ") "].into_iter().try_for_each(|part| f.write_str(part))
    }
}

const WHOLE: [&str; 16] =
    ["r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"];
const HALVES: [&str; 16] =
    ["w0", "w1", "w2", "w3", "w4", "w5", "w6", "w7", "w8", "w9", "w10", "w11", "w12", "w13", "w14", "w15"];

fn register(names: &'static [&'static str; 16], reg: Reg) -> &'static str {
    names[usize::from(reg.0 & 0xf)]
}

impl fmt::Display for Display<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.write(f)
    }
}

impl fmt::Debug for Display<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Writes a name; in quotes and escaped if an assembler would not read it as one word.
fn write_name(f: &mut (impl Write + ?Sized), name: &str) -> fmt::Result {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'$' | b'@');
    if !name.is_empty() && name.bytes().all(plain) {
        f.write_str(name)
    } else {
        write!(f, "{}", Quoted(name.as_bytes()))
    }
}
