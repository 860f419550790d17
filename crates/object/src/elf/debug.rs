//! Debug information, if it is wanted.

use alloc::vec::Vec;

use hashbrown::HashMap;
use object::elf;

use super::{
    data_refs::{R_BPF_64_ABS32, R_BPF_64_NODYLD32},
    file::{Place, Reloc, Section, Symbol},
    reader::Reader,
    relocs::Tables,
    role::Role,
};
use crate::{DebugRef, DebugSection, DebugTarget, SectionIdx};

/// Where sections of debug information stand among themselves.
type Positions = HashMap<SectionIdx, u32>;

impl Reader<'_> {
    /// Reads the sections of debug information and what they refer to.
    pub fn read_debug(&mut self) {
        let found: Vec<SectionIdx> = self.file.enumerate().filter(|(_, s)| is_debug(s)).map(|(idx, _)| idx).collect();
        let positions: Positions = found.iter().copied().zip(0..).collect();
        for &idx in &found {
            let data = self.data(idx).into_owned();
            let Some(section) = self.file.section(idx) else { continue };
            self.debug.push(DebugSection {
                name: section.name.into(),
                align: u32::try_from(section.align).unwrap_or(1).max(1),
                strings: section.flags & elf::SHF_STRINGS.0 != 0 && section.entry_size <= 1,
                data,
                refs: Vec::new(),
            });
        }
        let tables = Tables::of(self);
        let is_relocation = |s: &Section<'_>| matches!(s.sh_type, elf::SHT_REL | elf::SHT_RELA);
        let relocations: Vec<(SectionIdx, u32)> = self
            .file
            .enumerate()
            .filter(|(_, s)| is_relocation(s))
            .filter_map(|(idx, s)| Some((idx, *positions.get(&SectionIdx(s.info))?)))
            .collect();
        for (idx, position) in relocations {
            match self.file.relocs(idx) {
                Ok(relocs) => self.read_debug_refs(&tables, &positions, position as usize, &relocs),
                Err(error) => self.errors.push(error),
            }
        }
    }

    fn read_debug_refs(&mut self, tables: &Tables, positions: &Positions, position: usize, relocs: &[Reloc]) {
        let mut refs = Vec::with_capacity(relocs.len());
        for reloc in relocs {
            let size = if matches!(reloc.kind, R_BPF_64_ABS32 | R_BPF_64_NODYLD32) { 4 } else { 8 };
            let Some(symbol) = self.file.symbols.get(reloc.symbol as usize) else { continue };
            let Ok(offset) = u32::try_from(reloc.offset) else { continue };
            let data = self.debug.get(position).map_or(&[][..], |section| &section.data);
            let Some(stands) = self.stands(data, reloc.offset, size) else { continue };
            let to = symbol.value.wrapping_add(stands.wrapping_add(reloc.addend) as u64);
            refs.push(DebugRef { offset, size, to: self.debug_target(tables, positions, symbol, to) });
        }
        refs.sort_by_key(|r| r.offset);
        refs.dedup_by_key(|r| r.offset);
        if let Some(section) = self.debug.get_mut(position) {
            section.refs = refs;
        }
    }

    fn debug_target(&self, tables: &Tables, positions: &Positions, symbol: &Symbol<'_>, offset: u64) -> DebugTarget {
        let Place::Section(section) = symbol.place else { return DebugTarget::Gone };
        if let Some(&section) = positions.get(&section) {
            return DebugTarget::Debug { section, offset };
        }
        let map = |map, offset| DebugTarget::Map { map, offset };
        let found = match self.role(section) {
            Some(Role::Code { .. }) => self.byte_of_function(section, offset),
            Some(Role::Data(_)) => tables.data_map(section).map(|idx| map(idx, offset)),
            Some(Role::Maps | Role::LegacyMaps) => self.map_at(symbol, offset).map(|idx| map(idx, 0)),
            Some(Role::Known) => {
                self.file.section(section).map(|s| DebugTarget::Section { name: s.name.into(), offset })
            }
            _ => None,
        };
        found.unwrap_or(DebugTarget::Gone)
    }

    /// The function that has a byte of a section, or ends there.
    fn byte_of_function(&self, section: SectionIdx, offset: u64) -> Option<DebugTarget> {
        let slot = i64::try_from(offset / 8).ok()?;
        let found = self.func_at(section, slot).map(|(func, _)| func);
        let func = found.or_else(|| Some(self.func_at(section, slot - 1).filter(|_| offset.is_multiple_of(8))?.0))?;
        let start = u64::from(self.funcs.get(func.at())?.start.0) * 8;
        Some(DebugTarget::Func { func, offset: offset.checked_sub(start)? })
    }
}

/// Whether a section holds debug information, and is not loaded.
fn is_debug(section: &Section<'_>) -> bool {
    section.name.starts_with(".debug_")
        && section.sh_type == elf::SHT_PROGBITS
        && section.flags & elf::SHF_ALLOC.0 == 0
        && section.flags & elf::SHF_COMPRESSED.0 == 0
}
