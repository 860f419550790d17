//! Sections that are not code: declarations of maps, variables, the licence and the version.

use alloc::{vec, vec::Vec};

use object::elf;
use skep_btf::Type;
use skep_isa::{Raw, Ref};
use skep_uapi::Endian;

use super::{
    Writer, debug,
    image::{Entry, Out},
    plan::Holds,
    symbols::Symbols,
    types::LARGEST,
};
use crate::{DataRef, DataSection, Init, Linkage, Map, MapKind, Merge, SectionIdx, Site};

/// Eight bytes of an address in data.
pub(super) const R_BPF_64_ABS64: u32 = 2;
/// Four bytes.
pub(super) const R_BPF_64_ABS32: u32 = 3;

const ALLOC: u64 = elf::SHF_ALLOC.0;
const WRITE: u64 = elf::SHF_WRITE.0;
const EXEC: u64 = elf::SHF_EXECINSTR.0;
const MERGE: u64 = elf::SHF_MERGE.0;
const STRINGS: u64 = elf::SHF_STRINGS.0;

/// The size in bytes of a slot of a declaration: a pointer.
const POINTER: u32 = 8;

impl Writer<'_> {
    /// Adds the sections of the plan, those of the licence and the version after them; without contents.
    pub fn sections(&mut self) {
        for (name, holds) in self.plan.parts.clone() {
            let out = match holds {
                Holds::Code(_) => Out::new(name, ALLOC | EXEC, 8, Vec::new()),
                Holds::JumpTables => Out::new(name, 0, 1, Vec::new()),
                Holds::Debug(debug) => match self.object.debug.get(debug as usize) {
                    Some(part) => debug::section(part),
                    None => continue,
                },
                Holds::Maps | Holds::StructOps(_) => Out::new(name, ALLOC | WRITE, 8, Vec::new()),
                Holds::Data(map) => match self.object.maps.get(map as usize) {
                    Some(map) => data_section(map),
                    None => continue,
                },
            };
            self.image.section(out);
        }
        if !self.object.license.is_empty() {
            let mut data = self.object.license.as_bytes().to_vec();
            data.resize(self.known_size("license") as usize, 0);
            self.image.section(Out::new("license", ALLOC | WRITE, 1, data));
        }
        if self.object.version != 0 {
            let mut data = self.object.endian.bytes32(self.object.version).to_vec();
            data.resize(self.known_size("version") as usize, 0);
            self.image.section(Out::new("version", ALLOC | WRITE, 4, data));
        }
    }

    /// Fills the declarations of maps, and the addresses in data.
    pub fn contents(&mut self, symbols: &Symbols) {
        for i in 0..self.plan.parts.len() {
            let position = i + 1;
            match self.plan.parts[i].1 {
                Holds::Maps => self.declarations(symbols, position),
                Holds::StructOps(section) => self.struct_ops(symbols, position, section),
                Holds::Data(map) => self.addresses(symbols, position, map as usize),
                Holds::JumpTables => self.jump_tables(position),
                Holds::Debug(debug) => self.debug(symbols, position, debug as usize),
                Holds::Code(_) => {}
            }
            if let Some(out) = self.image.sections.get_mut(position) {
                out.relocs.sort_by_key(|r| r.offset);
            }
        }
    }

    fn declarations(&mut self, symbols: &Symbols, position: usize) {
        let (object, mut end) = (self.object, self.types.sections.get(".maps").map_or(0, |s| s.size));
        let mut relocs = Vec::new();
        for map in &object.maps {
            let MapKind::Declared(slots) = &map.kind else { continue };
            let Some((offset, size)) = self.types.place(map) else {
                self.error(map_site(object, map), "BTF does not declare the map: declare it in `.maps`");
                continue;
            };
            let last = offset.saturating_add(size);
            if last > LARGEST {
                self.error(map_site(object, map), "its declaration stands too far from the beginning of its section");
                continue;
            }
            end = end.max(last);
            if slots.is_empty() {
                continue;
            }
            let Some(values) = self.values_of(map) else {
                self.error(map_site(object, map), "its declaration has no `values`");
                continue;
            };
            for (slot, init) in slots {
                let symbol = match *init {
                    Init::Map(inner) => symbols.maps.get(inner.at()),
                    Init::Program(func) => symbols.funcs.get(func.at()),
                };
                let at = slot.checked_mul(POINTER).and_then(|at| at.checked_add(values)?.checked_add(offset));
                if let (Some(&symbol), Some(at)) = (symbol, at) {
                    relocs.push(Entry { offset: at.into(), symbol, kind: R_BPF_64_ABS64 });
                }
            }
        }
        self.fill(position, vec![0; end as usize], relocs);
    }

    /// Where the slots begin in the declaration of a map, in bytes.
    fn values_of(&self, map: &Map) -> Option<u32> {
        let btf = self.object.btf.as_deref()?;
        let Type::Var(var) = btf.get(map.type_id)? else { return None };
        let (_, Type::Struct(declaration)) = btf.resolve(var.ty).ok()? else { return None };
        declaration.members().find(|m| m.name == "values").map(|m| m.bit_offset / 8)
    }

    fn struct_ops(&mut self, symbols: &Symbols, position: usize, section: SectionIdx) {
        let object = self.object;
        let size = self.types.sections.get(object.section(section)).map_or(0, |s| s.size);
        let (mut data, mut relocs) = (vec![0; size as usize], Vec::new());
        for map in object.maps.iter().filter(|m| m.section == section) {
            let MapKind::StructOps(ops) = &map.kind else { continue };
            let Some((offset, _)) = self.types.place(map) else {
                self.error(map_site(object, map), "BTF does not list the variable");
                continue;
            };
            let (start, end) = (offset as usize, offset as usize + ops.data.len());
            if offset > LARGEST {
                self.error(map_site(object, map), "it stands too far from the beginning of its section");
                continue;
            }
            if end > data.len() {
                data.resize(end, 0);
            }
            data[start..end].copy_from_slice(&ops.data);
            for member in &ops.refs {
                if let Some(&symbol) = symbols.funcs.get(member.func.at()) {
                    let at = u64::from(offset) + u64::from(member.offset);
                    relocs.push(Entry { offset: at, symbol, kind: R_BPF_64_ABS64 });
                    // What stood there is for the loader to fill in.
                    let at = at as usize;
                    data.get_mut(at..at + POINTER as usize).unwrap_or_default().fill(0);
                }
            }
        }
        self.fill(position, data, relocs);
    }

    /// Offsets in bytes of the places, from the beginning of the functions' sections.
    fn jump_tables(&mut self, position: usize) {
        let mut data = Vec::new();
        for table in &self.object.jump_tables {
            let start = self.plan.funcs.get(table.func.at()).map_or(0, |place| i64::from(place.1));
            let number = |slot: i64| start.wrapping_add(slot).wrapping_mul(Raw::SIZE as i64) as u64;
            data.extend(table.targets().flat_map(|slot| self.object.endian.bytes64(number(slot))));
        }
        self.fill(position, data, Vec::new());
    }

    fn addresses(&mut self, symbols: &Symbols, position: usize, map: usize) {
        let Some(Map { kind: MapKind::Data { refs, .. }, name, .. }) = self.object.maps.get(map) else { return };
        for r in refs {
            let Some((symbol, addend)) = self.target(symbols, r) else {
                let site = Site::file(&self.object.file).section(name.clone());
                self.error(site, alloc::format!("what byte {} refers to has no place in the file", r.offset));
                continue;
            };
            let endian = self.object.endian;
            let Some(section) = self.image.sections.get_mut(position) else { return };
            let kind = if r.size == 4 { R_BPF_64_ABS32 } else { R_BPF_64_ABS64 };
            put(&mut section.data, r, addend, endian);
            section.relocs.push(Entry { offset: r.offset.into(), symbol, kind });
        }
    }

    /// The symbol for an address in data, and what is added to it.
    fn target(&self, symbols: &Symbols, r: &DataRef) -> Option<(u32, i64)> {
        let found = match r.to {
            Ref::Map(map) => (*symbols.maps.get(map.at())?, r.addend),
            Ref::Value { map, off } => match symbols.variable(map, off) {
                Some((symbol, within)) => (symbol, i64::from(within)),
                None => (self.section_symbol(symbols, map.at())?, i64::from(off)),
            },
            Ref::Func { func, at } => {
                let (function, &(section, start, _)) =
                    (self.object.funcs.get(func.at())?, self.plan.funcs.get(func.at())?);
                match function.linkage {
                    Linkage::Local => {
                        let symbol = *symbols.sections.get(usize::from(section))?;
                        (symbol, (i64::from(start) + i64::from(at.0)) * 8)
                    }
                    _ => (*symbols.funcs.get(func.at())?, i64::from(at.0) * 8),
                }
            }
            Ref::Extern(ext) => (*symbols.externs.get(ext.at())?, r.addend),
            _ => return None,
        };
        (found.0 != 0).then_some(found)
    }

    pub fn fill(&mut self, position: usize, data: Vec<u8>, relocs: Vec<Entry>) {
        if let Some(out) = self.image.sections.get_mut(position) {
            (out.size, out.data, out.relocs) = (data.len() as u64, data, relocs);
        }
    }
}

fn map_site(object: &crate::Object, map: &Map) -> Site {
    Site::file(&object.file).section(object.section(map.section)).symbol(map.name.clone())
}

fn data_section(map: &Map) -> Out {
    let MapKind::Data { section, data, align, merge, .. } = &map.kind else {
        return Out::new(map.name.clone(), ALLOC, 1, Vec::new());
    };
    let write = if *section == DataSection::Rodata { 0 } else { WRITE };
    let mut flags = ALLOC | write;
    let mut entry_size = 0;
    if let Some(Merge { entry_size: size, strings }) = *merge {
        flags |= MERGE | if strings { STRINGS } else { 0 };
        entry_size = size.into();
    }
    let mut out = Out { entry_size, ..Out::new(map.name.clone(), flags, u64::from(*align).max(1), data.to_vec()) };
    // What has no contents is zero: `.bss`, and what is like it in arenas and for each CPU.
    if *section == DataSection::Bss || data.is_empty() {
        (out.sh_type, out.size, out.data) = (elf::SHT_NOBITS.0, map.def.value_size.into(), Vec::new());
    }
    out
}

/// Puts what is added to an address where the address will be.
fn put(data: &mut [u8], r: &DataRef, addend: i64, endian: Endian) {
    let bytes = endian.bytes64(addend as u64);
    let word = endian.bytes32(addend as u32);
    let bytes = if r.size == 4 { &word[..] } else { &bytes[..] };
    let at = r.offset as usize;
    if let Some(place) = data.get_mut(at..at + bytes.len()) {
        place.copy_from_slice(bytes);
    }
}
