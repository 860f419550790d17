//! Addresses in the initial contents of data sections.

use alloc::vec::Vec;

use skep_isa::{MapIdx, Ref};

use super::{
    file::{Place, Reloc, Symbol},
    reader::Reader,
    relocs::Tables,
    role::Role,
};
use crate::{DataRef, MapKind, SectionIdx};

/// Four bytes of an address in data.
pub(super) const R_BPF_64_ABS32: u32 = 3;
/// As `R_BPF_64_ABS32`, for what is not to be seen by the loader.
pub(super) const R_BPF_64_NODYLD32: u32 = 4;

impl<'a> Reader<'a> {
    /// Reads what the contents of data sections refer to.
    pub fn read_data_refs(&mut self) {
        let relocations = self.relocations_of(|role| matches!(role, Role::Data(_)));
        if relocations.is_empty() {
            return;
        }
        let mut tables = Tables::of(self);
        for idx in relocations {
            let Some(section) = self.file.section(idx).map(|s| SectionIdx(s.info)) else { continue };
            let Some(map) = tables.data_map(section) else { continue };
            match self.file.relocs(idx) {
                Ok(relocs) => {
                    let data = self.data(section);
                    self.read_refs_of(&mut tables, &data, map, &relocs);
                }
                Err(error) => self.errors.push(error),
            }
        }
    }

    fn read_refs_of(&mut self, tables: &mut Tables, data: &[u8], map: MapIdx, relocs: &[Reloc]) {
        let mut found = Vec::with_capacity(relocs.len());
        for reloc in relocs {
            let size = if matches!(reloc.kind, R_BPF_64_ABS32 | R_BPF_64_NODYLD32) { 4 } else { 8 };
            let Some(&symbol) = self.file.symbols.get(reloc.symbol as usize) else { continue };
            let Some(stands) = self.stands(data, reloc.offset, size) else { continue };
            let Ok(offset) = u32::try_from(reloc.offset) else { continue };
            let addend = stands.wrapping_add(reloc.addend);
            if let Some((to, addend)) = self.data_target(tables, &symbol, addend) {
                found.push(DataRef { offset, size, to, addend });
            }
        }
        found.sort_by_key(|r| r.offset);
        found.dedup_by_key(|r| r.offset);
        if let Some(MapKind::Data { refs, .. }) = self.maps.get_mut(map.at()).map(|m| &mut m.kind) {
            *refs = found;
        }
    }

    /// The number that stands in the file where an address is to be.
    pub fn stands(&self, data: &[u8], offset: u64, size: u8) -> Option<i64> {
        let at = usize::try_from(offset).ok()?;
        let bytes = data.get(at..at.checked_add(size.into())?)?;
        match *bytes {
            [a, b, c, d] => Some(i64::from(self.file.endian.u32([a, b, c, d]) as i32)),
            _ => Some(self.file.endian.u64(bytes.try_into().ok()?) as i64),
        }
    }

    fn data_target(&mut self, tables: &mut Tables, symbol: &Symbol<'a>, addend: i64) -> Option<(Ref, i64)> {
        let section = match symbol.place {
            Place::Undefined if symbol.is_extern() => {
                return Some((Ref::Extern(self.extern_of(tables, symbol, false)), addend));
            }
            Place::Section(section) => section,
            _ => return None,
        };
        let offset = symbol.value.wrapping_add(addend as u64);
        let to = match self.role(section)? {
            Role::Code { .. } => {
                let slot = i64::try_from(offset / 8).ok().filter(|_| offset.is_multiple_of(8))?;
                let (func, at) = self.func_at(section, slot)?;
                Ref::Func { func, at }
            }
            Role::Maps | Role::LegacyMaps => Ref::Map(self.map_at(symbol, offset)?),
            Role::Data(_) => Ref::Value { map: tables.data_map(section)?, off: offset as u32 },
            _ => return None,
        };
        Some((to, 0))
    }
}
