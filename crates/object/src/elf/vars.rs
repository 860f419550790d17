//! Global variables, and the maps that hold them.

use alloc::vec::Vec;

use object::elf;
use skep_btf::{Type, TypeId};
use skep_isa::MapIdx;
use skep_uapi::{MapFlags, MapType};

use super::{
    file::{Section, Symbol},
    reader::Reader,
    role::Role,
};
use crate::{DataSection, Kind, Linkage, Map, MapDef, MapKind, Merge, SectionIdx, Variable, Visibility};

impl<'a> Reader<'a> {
    /// Makes a map for each section of variables.
    pub fn read_data_maps(&mut self) {
        let mut by_section = self.variable_symbols();
        by_section.sort_by(|(a, x), (b, y)| (a, x.value, x.name).cmp(&(b, y.value, y.name)));
        for (i, role) in self.roles.clone().into_iter().enumerate() {
            let idx = SectionIdx(i as u32);
            if let Role::Data(sort) = role {
                let first = by_section.partition_point(|(section, _)| *section < idx);
                let last = by_section.partition_point(|(section, _)| *section <= idx);
                self.read_data_map(idx, sort, &by_section[first..last]);
            }
        }
    }

    fn variable_symbols(&self) -> Vec<(SectionIdx, SymbolAt<'a>)> {
        let found = self.file.symbols.iter().filter(|s| s.kind == elf::STT_OBJECT && !s.name.is_empty());
        found.filter_map(SymbolAt::of).filter(|(idx, _)| matches!(self.role(*idx), Some(Role::Data(_)))).collect()
    }

    fn read_data_map(&mut self, idx: SectionIdx, sort: DataSection, symbols: &[(SectionIdx, SymbolAt<'_>)]) {
        let Some(section) = self.file.section(idx).filter(|s| s.size > 0) else { return };
        let Ok(size) = u32::try_from(section.size) else {
            let site = self.file.site(idx);
            return self.error(site, Kind::Section("the section is larger than the value of a map can be"));
        };
        let name = section.name;
        let align = u32::try_from(section.align).ok().filter(|a| a.is_power_of_two()).unwrap_or(1);
        let merge = merge(section);
        let data = self.data(idx);
        let map = MapIdx(self.maps.len() as u32);
        let vars = self.typed_variables(name, map, symbols);
        let (type_id, mmapable) = vars.unwrap_or_else(|| {
            self.untyped_variables(map, symbols);
            (TypeId::VOID, false)
        });
        let mmapable = mmapable && sort != DataSection::Percpu;
        let mut flags = if sort == DataSection::Rodata { MapFlags::RDONLY_PROG } else { MapFlags(0) };
        if mmapable {
            flags = flags.with(MapFlags::MMAPABLE);
        }
        self.maps.push(Map {
            name: name.into(),
            section: idx,
            kind: MapKind::Data { section: sort, data: (*data).into(), mmapable, align, merge, refs: Vec::new() },
            def: MapDef {
                map_type: map_type(sort),
                key_size: 4,
                value_size: size,
                max_entries: 1,
                flags,
                value_type: type_id,
                ..MapDef::default()
            },
            type_id,
            linkage: Linkage::Local,
            visibility: Visibility::Default,
            tags: Vec::new(),
        });
    }

    /// The variables as BTF lists them: the section's type, and whether any of them is seen outside.
    fn typed_variables(
        &mut self,
        section: &str,
        map: MapIdx,
        symbols: &[(SectionIdx, SymbolAt<'_>)],
    ) -> Option<(TypeId, bool)> {
        let types = self.types.as_ref()?;
        let (id, datasec) = types.datasec(section)?;
        let mut shared = false;
        for entry in datasec.vars() {
            let Some(Type::Var(var)) = types.btf.get(entry.ty) else { continue };
            shared |= var.linkage != 0;
            let wanted = (u64::from(entry.offset), var.name);
            let at = symbols.partition_point(|(_, s)| (s.value, s.name) < wanted);
            let symbol = symbols.get(at).map(|(_, s)| s).filter(|s| (s.value, s.name) == wanted);
            self.vars.push(Variable {
                name: symbol.map_or(var.name, |s| s.name).into(),
                map,
                offset: entry.offset,
                size: if entry.size == 0 { symbol.map_or(0, |s| s.size) } else { entry.size },
                type_id: var.ty,
                linkage: symbol.map_or(if var.linkage == 0 { Linkage::Local } else { Linkage::Global }, |s| s.linkage),
                visibility: symbol.map_or(Visibility::Default, |s| s.visibility),
                tags: types.tags(entry.ty),
            });
        }
        Some((id, shared))
    }

    fn untyped_variables(&mut self, map: MapIdx, symbols: &[(SectionIdx, SymbolAt<'_>)]) {
        self.vars.extend(symbols.iter().filter_map(|(_, s)| {
            Some(Variable {
                name: s.name.into(),
                map,
                offset: u32::try_from(s.value).ok()?,
                size: s.size,
                type_id: TypeId::VOID,
                linkage: s.linkage,
                visibility: s.visibility,
                tags: Vec::new(),
            })
        }));
    }
}

/// Whether equal constants of a section can be made one.
fn merge(section: &Section<'_>) -> Option<Merge> {
    let has = |flag: elf::SectionFlags| section.flags & flag.0 != 0;
    let entry_size = u32::try_from(section.entry_size).ok().filter(|&size| size > 0)?;
    has(elf::SHF_MERGE).then(|| Merge { entry_size, strings: has(elf::SHF_STRINGS) })
}

/// The type of the map that holds a section of variables.
fn map_type(sort: DataSection) -> MapType {
    match sort {
        DataSection::Arena => MapType::ARENA,
        DataSection::Percpu => MapType::PERCPU_ARRAY,
        _ => MapType::ARRAY,
    }
}

/// What the table of variables needs of a symbol.
struct SymbolAt<'a> {
    name: &'a str,
    value: u64,
    size: u32,
    linkage: Linkage,
    visibility: Visibility,
}

impl<'a> SymbolAt<'a> {
    fn of(symbol: &Symbol<'a>) -> Option<(SectionIdx, Self)> {
        let super::file::Place::Section(idx) = symbol.place else { return None };
        let size = u32::try_from(symbol.size).unwrap_or(u32::MAX);
        let (linkage, visibility) = (symbol.linkage, symbol.visibility());
        Some((idx, Self { name: symbol.name, value: symbol.value, size, linkage, visibility }))
    }
}
