//! What fills slots of maps before the first program runs (`.rel.maps`).

use skep_isa::{FuncIdx, MapIdx};
use skep_uapi::MapType;

use super::{
    file::{Place, Reloc, Symbol},
    reader::Reader,
    role::Role,
};
use crate::{Init, Kind, MapKind, SectionIdx};

/// The size in bytes of a slot in the declaration: a pointer.
const POINTER: u64 = 8;

impl<'a> Reader<'a> {
    /// Reads the initialisers of slots.
    pub fn read_slots(&mut self) {
        for section in self.relocations_of(|role| role == Role::Maps) {
            let Some(target) = self.file.section(section).map(|s| SectionIdx(s.info)) else { continue };
            match self.file.relocs(section) {
                Ok(relocs) => {
                    let data = self.data(target);
                    relocs.iter().for_each(|reloc| self.read_slot(target, &data, reloc));
                }
                Err(error) => self.errors.push(error),
            }
        }
    }

    fn read_slot(&mut self, section: SectionIdx, data: &[u8], reloc: &Reloc) {
        let Some((map, slot)) = self.slot_at(reloc.offset.saturating_add(self.file.maps_base(section))) else {
            // A declaration that was refused has been reported.
            if self.errors.is_empty() {
                let site = self.file.site(section);
                self.error(site, Kind::RelocOffset(reloc.offset));
            }
            return;
        };
        let map_type = self.maps[map.at()].def.map_type;
        let Some(&symbol) = self.file.symbols.get(reloc.symbol as usize) else {
            let site = self.file.site(section).symbol(self.maps[map.at()].name.clone());
            return self.error(site, Kind::RelocSymbol(reloc.symbol));
        };
        let offset = self.implicit(data, reloc).wrapping_add(symbol.value);
        let init = match map_type {
            MapType::PROG_ARRAY => self.entry_at(&symbol, offset).map(Init::Program).ok_or("an entry program"),
            MapType::HASH_OF_MAPS if self.maps[map.at()].def.key_size != 4 => {
                let site = self.file.site(section).symbol(self.maps[map.at()].name.clone());
                let why = "slots of a hash of maps can be initialised only if its key has 4 bytes";
                return self.error(site, Kind::MapDeclaration(why));
            }
            _ => self.map_at(&symbol, offset).map(Init::Map).ok_or("a map declared in `.maps`"),
        };
        match (init, &mut self.maps[map.at()].kind) {
            (Ok(init), MapKind::Declared(slots)) => slots.push((slot, init)),
            (Ok(_), _) => {}
            (Err(expected), _) => {
                let target = self.symbol_name(reloc.symbol);
                let site = self.file.site(section).symbol(self.maps[map.at()].name.clone());
                self.error(site, Kind::MapInit { target, expected });
            }
        }
    }

    /// The map and the slot at an offset of the section.
    fn slot_at(&self, offset: u64) -> Option<(MapIdx, u32)> {
        // Declarations are sorted by offset.
        let after = self.declarations.partition_point(|d| u64::from(d.offset) <= offset);
        let idx = after.checked_sub(1)?;
        let declaration = self.declarations.get(idx)?;
        if offset.saturating_add(POINTER) > u64::from(declaration.offset) + u64::from(declaration.size) {
            return None;
        }
        let within = offset.checked_sub(u64::from(declaration.offset) + u64::from(declaration.values?))?;
        within.is_multiple_of(POINTER).then_some((MapIdx(idx as u32), (within / POINTER) as u32))
    }

    /// What is to be added to the symbol: in the entry, or in the place that is changed.
    pub fn implicit(&self, data: &[u8], reloc: &Reloc) -> u64 {
        let place = usize::try_from(reloc.offset).ok();
        let bytes = place.and_then(|at| data.get(at..at.checked_add(8)?));
        let stands = bytes.and_then(|b| Some(self.file.endian.u64(b.try_into().ok()?))).unwrap_or(0);
        stands.wrapping_add(reloc.addend as u64)
    }

    fn entry_at(&self, symbol: &Symbol<'a>, offset: u64) -> Option<FuncIdx> {
        let func = self.start_at(symbol, offset)?;
        let f = &self.funcs[func.at()];
        (self.is_entry(f) || self.is_static_entry(f)).then_some(func)
    }

    /// The function that begins at an offset of a symbol's section.
    pub fn start_at(&self, symbol: &Symbol<'a>, offset: u64) -> Option<FuncIdx> {
        let Place::Section(section) = symbol.place else { return None };
        let slot = i64::try_from(offset / 8).ok().filter(|_| offset.is_multiple_of(8))?;
        self.func_at(section, slot).filter(|(_, at)| at.0 == 0).map(|(func, _)| func)
    }

    /// The map that is declared at an offset of a symbol's section.
    pub fn map_at(&self, symbol: &Symbol<'a>, offset: u64) -> Option<MapIdx> {
        let Place::Section(section) = symbol.place else { return None };
        match self.role(section) {
            Some(Role::Maps) => {}
            Some(Role::LegacyMaps) => return self.legacy_map_at(section, offset),
            _ => return None,
        }
        let offset = offset.checked_add(self.file.maps_base(section))?;
        let idx = self.declarations.partition_point(|d| u64::from(d.offset) < offset);
        let declaration = self.declarations.get(idx)?;
        (u64::from(declaration.offset) == offset).then_some(MapIdx(idx as u32))
    }
}
