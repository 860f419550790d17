//! Maps declared the old way: a `struct bpf_map_def` for each in a section `maps`.
//!
//! | bytes | who writes it | what follows the five numbers |
//! |---|---|---|
//! | 20 | libbpf before 1.0, cilium/ebpf | nothing |
//! | 28 | samples of old kernels | position of the inner map, NUMA node |
//! | 28, 36 | iproute2 (`struct bpf_elf_map`) | id, pinning; id and position of the inner map |
//!
//! The five numbers are the type, the sizes of key and value, the number of entries and flags. What nobody knows the
//! meaning of must be zero.

use alloc::vec::Vec;

use object::elf;
use skep_btf::{Btf, Kind as BtfKind, Type, TypeId};
use skep_isa::MapIdx;
use skep_uapi::{MapFlags, MapType};

use super::{
    file::{Place, Symbol},
    reader::Reader,
    role::Role,
};
use crate::{Kind, Linkage, Map, MapDef, MapKind, Pinning, SectionIdx};

/// The map is shared by its name, among the programs of an object or by all.
const PIN_OBJECT: u32 = 1;
const PIN_GLOBAL: u32 = 2;
/// How the name of a struct begins that gives the types of a map's keys and values; the map's name follows.
const TYPES: &str = "____btf_map_";

impl<'a> Reader<'a> {
    /// Reads the declarations of the old form, in order of sections and offsets.
    pub fn read_legacy_maps(&mut self) {
        for section in self.sections_of(|role| role == Role::LegacyMaps) {
            let mut symbols = self.map_symbols(section);
            // Of several names of one place the first is taken.
            symbols.sort_by_key(|s| (s.value, s.name));
            symbols.dedup_by_key(|s| s.value);
            let data = self.data(section).into_owned();
            for (i, symbol) in symbols.iter().enumerate() {
                let end = symbols.get(i + 1).map_or(data.len() as u64, |next| next.value);
                let bytes = usize::try_from(symbol.value).ok().zip(usize::try_from(end).ok());
                let bytes = bytes.and_then(|(start, end)| data.get(start..end));
                self.read_legacy_map(section, symbol, bytes.unwrap_or_default());
            }
        }
    }

    fn map_symbols(&self, section: SectionIdx) -> Vec<Symbol<'a>> {
        let is_map = |s: &&Symbol<'a>| {
            s.place == Place::Section(section)
                && matches!(s.kind, elf::STT_OBJECT | elf::STT_NOTYPE)
                && !s.name.is_empty()
        };
        self.file.symbols.iter().filter(is_map).copied().collect()
    }

    fn read_legacy_map(&mut self, section: SectionIdx, symbol: &Symbol<'a>, bytes: &[u8]) {
        let def = match symbol.linkage {
            Linkage::Local => Err("the map is static: a map must be a global variable"),
            _ => self.legacy_def(bytes),
        };
        let mut def = match def {
            Ok(def) => def,
            Err(why) => {
                let site = self.file.site(section).symbol(symbol.name);
                return self.error(site, Kind::MapDeclaration(why));
            }
        };
        if let Some((key, value)) = self.btf().and_then(|btf| types(btf, symbol.name, &def)) {
            (def.key_type, def.value_type) = (key, value);
        }
        let idx = MapIdx(self.maps.len() as u32);
        self.legacy_maps.insert((section, symbol.value), idx);
        self.maps.push(Map {
            name: symbol.name.into(),
            section,
            kind: MapKind::Declared(Vec::new()),
            def,
            type_id: TypeId::VOID,
            linkage: symbol.linkage,
            visibility: symbol.visibility(),
            tags: Vec::new(),
        });
    }

    fn legacy_def(&self, bytes: &[u8]) -> Result<MapDef, &'static str> {
        let words: Vec<u32> = bytes.as_chunks().0.iter().map(|&word| self.file.endian.u32(word)).collect();
        let ([map_type, key_size, value_size, max_entries, flags, rest @ ..], true) =
            (&*words, bytes.len().is_multiple_of(4))
        else {
            return Err("a declaration of the old form has at least five numbers of 4 bytes");
        };
        let mut def = MapDef {
            map_type: MapType(*map_type),
            key_size: *key_size,
            value_size: *value_size,
            max_entries: *max_entries,
            flags: MapFlags(*flags),
            ..MapDef::default()
        };
        match rest {
            [0, node, more @ ..] if def.flags.contains(MapFlags::NUMA_NODE) && is_zero(more) => def.numa_node = *node,
            [_id, pinning @ (0 | PIN_OBJECT | PIN_GLOBAL), more @ ..] if is_zero(more) => {
                def.pinning = if *pinning == 0 { Pinning::None } else { Pinning::ByName };
            }
            [_id, 0 | PIN_OBJECT | PIN_GLOBAL, _inner_id, _inner, ..] => {
                return Err("maps of maps of the old form are not supported: declare them in `.maps`");
            }
            rest if is_zero(rest) => {}
            _ => return Err("a declaration of the old form has a number beyond its flags whose meaning is not known"),
        }
        if def.map_type == MapType::UNSPEC { Err("the declaration has no type") } else { Ok(def) }
    }

    /// The map that is declared the old way at an offset of a section.
    pub fn legacy_map_at(&self, section: SectionIdx, offset: u64) -> Option<MapIdx> {
        self.legacy_maps.get(&(section, offset)).copied()
    }
}

fn is_zero(words: &[u32]) -> bool {
    words.iter().all(|word| *word == 0)
}

/// The types of keys and values, from the struct that was once declared beside a map for them.
fn types(btf: &Btf, name: &str, def: &MapDef) -> Option<(TypeId, TypeId)> {
    let is_wanted = |id: &TypeId| btf.name(*id).strip_prefix(TYPES) == Some(name);
    let id = btf.ids().filter(|id| btf.kind(*id) == Some(BtfKind::STRUCT)).find(is_wanted)?;
    let Some(Type::Struct(pair)) = btf.get(id) else { return None };
    let mut members = pair.members();
    let (key, value) = (members.next().filter(|m| m.name == "key")?, members.next().filter(|m| m.name == "value")?);
    let fits = |id: TypeId, size: u32| btf.size(id).is_ok_and(|bytes| bytes == u64::from(size));
    (fits(key.ty, def.key_size) && fits(value.ty, def.value_size)).then_some((key.ty, value.ty))
}
