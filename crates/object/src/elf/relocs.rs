//! What instructions refer to: relocations of code, and calls within a section.

use alloc::sync::Arc;

use hashbrown::HashMap;
use skep_isa::{ExternIdx, FuncIdx, Insn, InsnIdx, MapIdx, Meta, Opcode, Ref, Reg, opcode::pseudo};

use super::{
    cursor::{Cursor, Spot},
    file::{Place, Reloc, Symbol},
    reader::Reader,
    role::Role,
};
use crate::{Error, ExternKind, Kind, Linkage, MapKind, SectionIdx, Site};

/// An instruction, by its position, and its slot within the function.
#[derive(Clone, Copy)]
struct At {
    func: usize,
    insn: usize,
    slot: InsnIdx,
}

/// So many errors are given with their line of source and with what may have been meant: to look for those is a pass over
/// the function or the tables each.
const EXPLAINED: usize = 256;

/// The refusals so far, one for each symbol in each function.
type Refusals = HashMap<(usize, u32), u32>;

impl<'a> Reader<'a> {
    /// Applies the relocations of code.
    pub fn read_relocations(&mut self) {
        let mut tables = Tables::of(self);
        let mut refusals = Refusals::new();
        for idx in self.relocations_of(|role| matches!(role, Role::Code { .. })) {
            let Some(section) = self.file.section(idx).map(|s| SectionIdx(s.info)) else { continue };
            match self.file.relocs(idx) {
                Ok(mut relocs) => {
                    relocs.sort_by_key(|r| r.offset);
                    let mut cursor = Cursor::default();
                    for reloc in &relocs {
                        self.read_relocation(&mut tables, section, reloc, &mut cursor, &mut refusals);
                    }
                }
                Err(error) => self.errors.push(error),
            }
        }
    }

    fn read_relocation(
        &mut self,
        tables: &mut Tables,
        section: SectionIdx,
        reloc: &Reloc,
        cursor: &mut Cursor,
        refusals: &mut Refusals,
    ) {
        let size = self.file.section(section).map_or(0, |s| s.stored);
        let slot =
            u32::try_from(reloc.offset / 8).ok().filter(|_| reloc.offset.is_multiple_of(8) && reloc.offset < size);
        let spot = slot.map(|slot| (slot, cursor.find(&self.funcs, section, slot)));
        let (slot, func, insn) = match spot {
            Some((_, Spot::Hole)) => return,
            Some((slot, Spot::Insn { func, insn })) => (slot, func, insn),
            Some((_, Spot::Middle { func })) => {
                let site = self.site_of(func);
                return self.error(site, Kind::RelocOffset(reloc.offset));
            }
            None => {
                let site = self.file.site(section);
                return self.error(site, Kind::RelocOffset(reloc.offset));
            }
        };
        let at = At { func, insn, slot: InsnIdx(slot - self.funcs[func].start.0) };
        let Some(&symbol) = self.file.symbols.get(reloc.symbol as usize) else {
            let site = self.insn_site(at);
            return self.error(site, Kind::RelocSymbol(reloc.symbol));
        };
        if symbol.is_extern()
            && let Some(&known) = refusals.get(&(func, reloc.symbol))
        {
            self.funcs[func].insns[insn].facts_mut().reference = Some(Ref::Refused(known));
            return;
        }
        let is_call = self.funcs[func].insns[insn].code == Opcode::CALL;
        let ext = symbol.is_extern().then(|| self.extern_of(tables, &symbol, is_call));
        let found = match symbol.place {
            Place::Section(section) if self.has_jump_tables(section) && self.funcs[func].insns[insn].is_wide() => {
                self.jump_table(func, section, &symbol, reloc).map(|idx| (Ref::JumpTable(idx), pseudo::MAP_VALUE))
            }
            _ => self.referent(tables, &self.funcs[func].insns[insn], reloc, &symbol, ext),
        };
        match found {
            Ok((reference, src)) => self.refer(at, reference, src, reloc.addend),
            Err(kind) => {
                let known = refusals.entry((func, reloc.symbol)).or_insert(self.refused.len() as u32);
                let known = *known;
                self.refuse(at, kind, known);
            }
        }
    }

    /// What an instruction refers to, and the source register that says so.
    fn referent(
        &self,
        tables: &Tables,
        insn: &Insn,
        reloc: &Reloc,
        symbol: &Symbol<'a>,
        ext: Option<ExternIdx>,
    ) -> Result<(Ref, Reg), Kind> {
        let is_call = insn.code == Opcode::CALL;
        if !is_call && !insn.is_wide() {
            return Err(Kind::RelocInsn(insn.code));
        }
        if let Some(ext) = ext {
            return self.extern_referent(ext, insn);
        }
        let section = match symbol.place {
            Place::Section(section) => section,
            Place::Common => {
                return Err(
                    self.unreachable(reloc, "a tentative definition has no section: initialise it, or use -fno-common")
                );
            }
            Place::Undefined | Place::Absolute => return Err(self.unreachable(reloc, "it is not in any section")),
        };
        let role = self.role(section).unwrap_or(Role::Unknown);
        if is_call {
            return self.call_referent(insn, reloc, symbol, section, role);
        }
        // Only the low half counts: the addend of a wide load is 32 bits.
        let offset = symbol.value.wrapping_add(i64::from(insn.imm as i32) as u64).wrapping_add(reloc.addend as u64);
        match role {
            Role::Code { .. } => {
                let (func, at) = self.code_at(section, offset as i64)?;
                Ok((Ref::Func { func, at }, pseudo::FUNC))
            }
            Role::Maps | Role::LegacyMaps => match self.map_at(symbol, offset) {
                Some(map) => Ok((Ref::Map(map), pseudo::MAP_FD)),
                // Its declaration was refused, and that is the error.
                None if !self.errors.is_empty() => Ok((Ref::Map(MapIdx(0)), pseudo::MAP_FD)),
                None => Err(self.unreachable(reloc, "no map is declared at this place of its section")),
            },
            Role::Data(_) => match tables.data_map(section) {
                Some(map) => Ok((Ref::Value { map, off: offset as u32 }, pseudo::MAP_VALUE)),
                None => Err(self.unreachable(reloc, "its section is empty")),
            },
            Role::StructOps { .. } => {
                Err(self.unreachable(reloc, "programs cannot read variables of struct_ops sections"))
            }
            _ => Err(self.unreachable(reloc, "it is in a section whose contents programs cannot reach")),
        }
    }

    fn call_referent(
        &self,
        insn: &Insn,
        reloc: &Reloc,
        symbol: &Symbol<'a>,
        section: SectionIdx,
        role: Role,
    ) -> Result<(Ref, Reg), Kind> {
        if insn.src() != pseudo::CALL {
            return Err(Kind::RelocInsn(insn.code));
        }
        if !matches!(role, Role::Code { .. }) {
            return Err(self.unreachable(reloc, "it is called, but it is not a function"));
        }
        // A call counts slots from the next instruction on, so that -1 stands for the symbol itself.
        let mut slots = insn.imm.wrapping_add(1).wrapping_add(reloc.addend / 8);
        // GNU as up to 2.40 adds the offset of a symbol that others can see, in bytes.
        if slots != 0 && symbol.linkage != Linkage::Local && slots == symbol.value as i64 {
            slots = 0;
        }
        let offset = (symbol.value as i64).wrapping_add(slots.wrapping_mul(8));
        let (func, at) = self.code_at(section, offset)?;
        Ok((Ref::Func { func, at }, pseudo::CALL))
    }

    fn extern_referent(&self, idx: ExternIdx, insn: &Insn) -> Result<(Ref, Reg), Kind> {
        let Some(ext) = self.externs.get(idx.at()) else { return Err(Kind::RelocInsn(insn.code)) };
        match (insn.code == Opcode::CALL, ext.kind) {
            (true, ExternKind::Kfunc) => Ok((Ref::Extern(idx), pseudo::KFUNC_CALL)),
            (true, ExternKind::Func) if insn.src() == pseudo::CALL => Ok((Ref::Extern(idx), pseudo::CALL)),
            (true, ExternKind::Func) => Err(Kind::RelocInsn(insn.code)),
            (true, _) => {
                let why = "it is called, but declared as a variable";
                Err(Kind::RelocTarget { target: ext.name.clone(), why })
            }
            (false, _) => Ok((Ref::Extern(idx), Reg(0))),
        }
    }

    /// The function and the slot in it at an offset of a section.
    fn code_at(&self, section: SectionIdx, offset: i64) -> Result<(FuncIdx, InsnIdx), Kind> {
        let found = if offset % 8 == 0 { self.func_at(section, offset / 8) } else { None };
        found.ok_or_else(|| Kind::CallTarget {
            section: self.file.section(section).map_or("", |s| s.name).into(),
            offset,
        })
    }

    fn unreachable(&self, reloc: &Reloc, why: &'static str) -> Kind {
        Kind::RelocTarget { target: self.symbol_name(reloc.symbol), why }
    }

    fn refer(&mut self, at: At, reference: Ref, src: Reg, addend: i64) {
        let of_objects = match reference {
            Ref::Extern(idx) => self.externs.get(idx.at()).is_some_and(|e| e.kind.is_of_objects()),
            _ => false,
        };
        let insn = &mut self.funcs[at.func].insns[at.insn];
        insn.imm = match of_objects {
            // What is added counts from where another object puts it: slots for a call, else bytes.
            true if insn.code == Opcode::CALL => insn.imm.wrapping_add(1).wrapping_add(addend / 8),
            true => i64::from(insn.imm as i32).wrapping_add(addend),
            false => 0,
        };
        insn.set_src(src);
        match insn.meta.facts() {
            Some(_) => insn.facts_mut().reference = Some(reference),
            None => {
                let share = || {
                    let mut meta = Meta::NONE;
                    meta.facts_mut().reference = Some(reference);
                    meta
                };
                insn.meta = self.references.entry(reference).or_insert_with(share).clone();
            }
        }
    }

    /// Leaves the instruction as it is; programs with it fail.
    fn refuse(&mut self, at: At, kind: Kind, idx: u32) {
        if idx as usize == self.refused.len() {
            self.refused.push(Arc::new(Error::new(self.insn_site(at), kind)));
        }
        self.funcs[at.func].insns[at.insn].facts_mut().reference = Some(Ref::Refused(idx));
    }

    /// Finds the targets of calls that need no relocation, because they stay within their section.
    pub fn read_local_calls(&mut self) {
        for func in 0..self.funcs.len() {
            let mut slot = self.funcs[func].start.0;
            for insn in 0..self.funcs[func].insns.len() {
                let this = &self.funcs[func].insns[insn];
                let (slots, imm, is_call) = (this.slots(), this.imm, this.is_call());
                if (is_call || this.is_func_address()) && this.meta.reference().is_none() {
                    let at = At { func, insn, slot: InsnIdx(slot - self.funcs[func].start.0) };
                    let target = (i64::from(slot) + 1).wrapping_add(imm).wrapping_mul(8);
                    let found = match is_call {
                        true => self.code_at(self.funcs[func].section, target),
                        false => Err(Kind::RelocInsn(Opcode::LD_IMM64)),
                    };
                    match found {
                        Ok((callee, to)) => self.refer(at, Ref::Func { func: callee, at: to }, pseudo::CALL, 0),
                        Err(kind) => self.refuse(at, kind, self.refused.len() as u32),
                    }
                }
                slot += slots;
            }
        }
    }

    fn site_of(&self, func: usize) -> Site {
        let func = &self.funcs[func];
        self.file.site(func.section).symbol(func.name.clone())
    }

    fn insn_site(&self, at: At) -> Site {
        let explained = self.refused.len() + self.errors.len() < EXPLAINED;
        let btf = self.btf().filter(|_| explained);
        let source = btf.and_then(|btf| self.funcs[at.func].source_at(btf, at.slot));
        self.site_of(at.func).insn(at.slot).source(source)
    }
}

/// What relocations are looked up in.
pub(super) struct Tables {
    data: HashMap<SectionIdx, MapIdx>,
    pub externs: HashMap<Arc<str>, ExternIdx>,
}

impl Tables {
    pub fn of(reader: &Reader<'_>) -> Self {
        let maps = reader.maps.iter().enumerate();
        let data = maps.filter(|(_, m)| matches!(m.kind, MapKind::Data { .. }));
        let externs = reader.externs.iter().enumerate();
        Self {
            data: data.map(|(i, m)| (m.section, MapIdx(i as u32))).collect(),
            externs: externs.map(|(i, e)| (e.name.clone(), ExternIdx(i as u32))).collect(),
        }
    }

    /// The map that holds a section of variables.
    pub fn data_map(&self, section: SectionIdx) -> Option<MapIdx> {
        self.data.get(&section).copied()
    }
}
