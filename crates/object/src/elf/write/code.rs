//! Functions as bytes, what they refer to as numbers and relocations.

use alloc::{format, vec::Vec};

use skep_isa::{ExternIdx, FuncIdx, Insn, InsnIdx, Opcode, Ref, Reg, encode, opcode::pseudo};

use super::{Writer, image::Entry, symbols::Symbols};
use crate::Linkage;

/// A wide load.
pub(super) const R_BPF_64_64: u32 = 1;
/// A call.
const R_BPF_64_32: u32 = 10;

/// An instruction in its section.
#[derive(Clone, Copy)]
struct At {
    section: u16,
    /// Its slot within the section.
    slot: u32,
    func: FuncIdx,
    /// Its slot within the function.
    within: InsnIdx,
}

impl Writer<'_> {
    /// Writes the functions into their sections.
    pub fn code(&mut self, symbols: &Symbols) {
        let (mut slots, mut current) = (Vec::new(), 0);
        for i in 0..self.plan.order.len() {
            let idx = self.plan.order[i];
            let (Some(func), Some(&(section, start, _))) =
                (self.object.funcs.get(idx.at()), self.plan.funcs.get(idx.at()))
            else {
                continue;
            };
            slots.clear();
            for insn in &func.insns {
                let within = InsnIdx(slots.len() as u32);
                let at = At { section, slot: start.saturating_add(within.0), func: idx, within };
                let encoded = match insn.meta.reference() {
                    None => encode(insn, &mut slots),
                    Some(reference) => encode(&self.refer(symbols, at, insn, reference), &mut slots),
                };
                if let Err(error) = encoded {
                    let site = self.object.site_of(idx).insn(within);
                    self.error(site, format!("the instruction has no encoding: {error}"));
                }
            }
            let began = (core::mem::replace(&mut current, section) != section).then_some(8);
            self.image.append(section, began, &slots);
        }
    }

    /// The instruction as it stands in a file; the relocation is added to the section.
    fn refer(&mut self, symbols: &Symbols, at: At, insn: &Insn, reference: Ref) -> Insn {
        let mut out = insn.clone();
        let is_call = insn.code == Opcode::CALL;
        let (symbol, imm, src) = match reference {
            Ref::Map(map) => (symbols.maps.get(map.at()).copied(), 0, Reg(0)),
            Ref::Value { map, off } => match symbols.variable(map, off) {
                Some((symbol, within)) => (Some(symbol), i64::from(within), Reg(0)),
                None => (self.section_symbol(symbols, map.at()), i64::from(off), Reg(0)),
            },
            Ref::Func { func, at: to } => match self.function(symbols, at, is_call, func, to) {
                Some((None, imm)) => {
                    out.imm = imm;
                    out.set_src(pseudo::CALL);
                    return out;
                }
                Some((symbol, imm)) => (symbol, imm, if is_call { pseudo::CALL } else { Reg(0) }),
                None => (None, 0, Reg(0)),
            },
            Ref::Extern(ext) => self.external(symbols, insn, is_call, ext),
            Ref::JumpTable(i) => (symbols.jump_tables.get(i as usize).copied(), 0, Reg(0)),
            Ref::Refused(i) => return self.refused(at, insn, i),
            _ => (None, 0, Reg(0)),
        };
        let Some(symbol) = symbol.filter(|&s| s != 0) else {
            let site = self.object.site_of(at.func).insn(at.within);
            self.error(site, "what the instruction refers to has no place in the file");
            return out;
        };
        out.imm = imm;
        out.set_src(src);
        let kind = if is_call { R_BPF_64_32 } else { R_BPF_64_64 };
        if let Some(section) = self.image.sections.get_mut(usize::from(at.section)) {
            section.relocs.push(Entry { offset: u64::from(at.slot) * 8, symbol, kind });
        }
        out
    }

    /// The symbol and the number for a function. No symbol for a call that stays among what only this object sees.
    fn function(
        &self,
        symbols: &Symbols,
        at: At,
        is_call: bool,
        func: FuncIdx,
        to: InsnIdx,
    ) -> Option<(Option<u32>, i64)> {
        let function = self.object.funcs.get(func.at())?;
        let &(section, start, _) = self.plan.funcs.get(func.at())?;
        let is_local = function.linkage == Linkage::Local;
        let (slot, target) = (i64::from(at.slot), i64::from(start) + i64::from(to.0));
        let within = i64::from(to.0);
        Some(match (is_call, is_local) {
            (true, true) if section == at.section => (None, target - slot - 1),
            (true, true) => (symbols.sections.get(usize::from(section)).copied(), target - 1),
            (true, false) => (symbols.funcs.get(func.at()).copied(), within - 1),
            (false, true) => (symbols.sections.get(usize::from(section)).copied(), target * 8),
            (false, false) => (symbols.funcs.get(func.at()).copied(), within * 8),
        })
    }

    fn external(&self, symbols: &Symbols, insn: &Insn, is_call: bool, ext: ExternIdx) -> (Option<u32>, i64, Reg) {
        let symbol = symbols.externs.get(ext.at()).copied();
        let of_objects = self.object.externs.get(ext.at()).is_some_and(|e| e.kind.is_of_objects());
        match (is_call, of_objects) {
            (true, true) => (symbol, insn.imm.wrapping_sub(1), pseudo::CALL),
            (true, false) => (symbol, -1, pseudo::CALL),
            (false, true) => (symbol, insn.imm & 0xffff_ffff, Reg(0)),
            (false, false) => (symbol, 0, Reg(0)),
        }
    }

    fn refused(&mut self, at: At, insn: &Insn, i: u32) -> Insn {
        let site = self.object.site_of(at.func).insn(at.within);
        let why = match self.object.refused.get(i as usize) {
            Some(error) => format!("the instruction cannot be written: {}", error.kind()),
            None => "the instruction cannot be written: nobody knows what it refers to".into(),
        };
        self.error(site, why);
        insn.clone()
    }

    /// The symbol of the section that holds a map.
    pub fn section_symbol(&self, symbols: &Symbols, map: usize) -> Option<u32> {
        symbols.sections.get(usize::from(*self.plan.maps.get(map)?)).copied()
    }
}
