//! Sections of instructions.

use alloc::string::String;
use core::fmt::{self, Write};

use skep_isa::{
    Insn, InsnIdx, Opcode, Raw, Reg, decode_each,
    opcode::pseudo,
    text::{Dialect, Label},
};

use super::{Jumps, Part, Text, labels::Labels, quote::Name};
use crate::elf::file::{Place, Reloc};

/// A wide load.
pub(super) const R_BPF_64_64: u32 = 1;
/// A call.
const R_BPF_64_32: u32 = 10;

impl Text<'_> {
    /// Writes a section of instructions; what does not fill a slot at its end as data.
    pub(super) fn code(&self, out: &mut (impl Write + ?Sized), part: &Part<'_>) -> fmt::Result {
        let (slots, rest) = part.data.as_chunks::<8>();
        let insns = || decode_each(slots.iter().map(|slot| Raw::from_bytes(*slot, self.file.endian)));
        let alone = self.parts.iter().filter(|part| part.is_code).count() == 1;
        let labels = match self.options.jumps {
            Jumps::Labels => Labels::of((!alone).then_some(part.position), slots.len(), insns()),
            _ => Labels::of(None, 0, core::iter::empty()),
        };
        let (mut symbols, mut relocs) = (part.symbols.iter().peekable(), part.relocs.iter().peekable());
        let mut records = self.records.of_section(&part.name);
        let (mut slot, mut line, mut is_wanted) = (0u32, String::new(), true);
        for insn in insns() {
            let at = u64::from(slot) * 8;
            while let Some(&idx) = symbols.next_if(|&&idx| self.symbol(idx).is_none_or(|symbol| symbol.value <= at)) {
                let Some(symbol) = self.symbol(idx).filter(|symbol| symbol.value == at && self.stands(idx)) else {
                    continue;
                };
                is_wanted = self.is_wanted_function(part, symbol.name, symbol.kind, is_wanted);
                if is_wanted {
                    self.define(out, idx, symbol)?;
                }
            }
            let reloc = relocs.next_if(|reloc| reloc.offset <= at);
            if is_wanted {
                if let Some(Label::Numbered(prefix, number)) = labels.at(slot) {
                    writeln!(out, "{prefix}{number}:")?;
                }
                records.write(out, self, slot * 8)?;
                line.clear();
                self.insn(&mut line, part, &labels, slot, &insn, reloc)?;
                out.write_str(&line)?;
            }
            slot += insn.slots();
        }
        self.tail(out, part, &mut symbols, rest)
    }

    fn is_wanted_function(&self, part: &Part<'_>, name: &str, kind: object::elf::SymbolType, before: bool) -> bool {
        let only = &self.options.only;
        if only.is_empty() || only.iter().any(|wanted| **wanted == *part.name) {
            return true;
        }
        if kind == object::elf::STT_FUNC { only.iter().any(|wanted| wanted == name) } else { before }
    }

    /// What stands behind the last instruction: symbols, and bytes that are no whole slot.
    fn tail<'p>(
        &self,
        out: &mut (impl Write + ?Sized),
        part: &Part<'_>,
        symbols: &mut impl Iterator<Item = &'p u32>,
        rest: &[u8],
    ) -> fmt::Result {
        for &idx in symbols {
            if let Some(symbol) =
                self.symbol(idx).filter(|symbol| symbol.value == part.data.len() as u64 && self.stands(idx))
            {
                self.define(out, idx, symbol)?;
            }
        }
        rest.iter().try_for_each(|byte| writeln!(out, "    .byte {byte:#x}"))
    }

    fn insn(
        &self,
        line: &mut String,
        part: &Part<'_>,
        labels: &Labels,
        slot: u32,
        insn: &Insn,
        reloc: Option<&Reloc>,
    ) -> fmt::Result {
        let mut display = insn.display(labels).dialect(self.options.dialect).at(InsnIdx(slot));
        if self.options.jumps == Jumps::Absolute {
            display = display.absolute();
        }
        let mut name = String::new();
        let referring = match reloc {
            Some(reloc) => {
                let said = self.reference(&mut name, insn, reloc);
                if !said {
                    self.as_it_is(line, reloc, u64::from(slot) * 8)?;
                }
                said
            }
            None => self.local_call(&mut name, part, slot, insn),
        };
        line.push_str("    ");
        if referring {
            // The kernel writes a number behind what is called, which nobody knows yet.
            if insn.code == Opcode::CALL && self.options.dialect == Dialect::Kernel {
                write!(line, "({:02x}) call {name}", insn.code.0)?;
            } else {
                display.referring(&name).write(line)?;
            }
        } else {
            display.write(line)?;
        }
        self.comment(line, part, slot, insn)?;
        line.push('\n');
        Ok(())
    }

    /// The operand for a relocation, if an instruction with that operand gets the same relocation again.
    fn reference(&self, name: &mut String, insn: &Insn, reloc: &Reloc) -> bool {
        let imm = i64::from(insn.imm as i32);
        match (insn.code, reloc.kind) {
            (Opcode::LD_IMM64, R_BPF_64_64) => {
                let plain = insn.is_wide() && insn.src() == Reg(0) && insn.off == 0 && insn.imm >> 32 == 0;
                plain && self.operand(name, reloc.symbol, i64::from(insn.imm as u32).wrapping_add(reloc.addend))
            }
            (Opcode::CALL, R_BPF_64_32) => {
                let plain = insn.src() == pseudo::CALL && insn.dst() == Reg(0) && insn.off == 0;
                plain && self.operand(name, reloc.symbol, (imm + 1) * 8)
            }
            _ => false,
        }
    }

    /// The name of a function of the same section that is called without a relocation.
    fn local_call(&self, name: &mut String, part: &Part<'_>, slot: u32, insn: &Insn) -> bool {
        if !insn.is_call() || insn.dst() != Reg(0) || insn.off != 0 {
            return false;
        }
        let to = (i64::from(slot) + 1 + insn.imm) * 8;
        match self.named_at(crate::SectionIdx(part.position), to) {
            Some((function, 0)) => write!(name, "%func({})", Name(function)).is_ok(),
            _ => false,
        }
    }

    /// A relocation that no operand makes.
    pub(super) fn as_it_is(&self, out: &mut String, reloc: &Reloc, at: u64) -> fmt::Result {
        let Some(symbol) = self.symbol(reloc.symbol) else { return Ok(()) };
        let kind = match reloc.kind {
            R_BPF_64_64 => "R_BPF_64_64",
            2 => "R_BPF_64_ABS64",
            3 => "R_BPF_64_ABS32",
            4 => "R_BPF_64_NODYLD32",
            R_BPF_64_32 => "R_BPF_64_32",
            other => return writeln!(out, "    // a relocation of type {other} at byte {at} cannot be written"),
        };
        let name = match symbol.place {
            Place::Section(section) if symbol.kind == object::elf::STT_SECTION => self.section_called(section),
            _ => self.called(reloc.symbol).into(),
        };
        writeln!(out, "    .reloc {at}, {kind}, {}", Name(&name))
    }

    fn comment(&self, line: &mut String, part: &Part<'_>, slot: u32, insn: &Insn) -> fmt::Result {
        if !self.options.bytes {
            return Ok(());
        }
        let start = slot as usize * 8;
        let bytes = part.data.get(start..start + insn.slots() as usize * 8).unwrap_or_default();
        write!(line, "  // {slot}:")?;
        bytes.iter().try_for_each(|byte| write!(line, " {byte:02x}"))
    }

    /// Whether the dialect has comments that begin with `;`.
    pub(super) fn comment_sign(&self) -> &'static str {
        if self.options.dialect == Dialect::Kernel { ";" } else { "//" }
    }
}
