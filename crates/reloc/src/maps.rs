//! Pass: maps as this kernel takes them.

use alloc::{sync::Arc, vec, vec::Vec};

use smallvec::SmallVec;

use crate::{
    Config, Contents, Error, Linked, MapSpec, Target,
    arena::Arena,
    externs::Externs,
    object::{
        DataSection, Init, Map, MapDef, MapKind, MapType, Site, StructOps,
        btf::TypeId,
        isa::{MapHandle, MapIdx},
        uapi::{Feature, MapFlags},
    },
    struct_ops::{Laid, Tables},
};

/// The longest name in bytes that the kernel keeps.
const NAME_LEN: usize = 15;
/// The shortest room in bytes that is left for a section's name after that of the object.
const SECTION_LEN: usize = 7;

/// Types of maps that take no key and value types.
const UNTYPED: &[MapType] = &[
    MapType::PERF_EVENT_ARRAY,
    MapType::CGROUP_ARRAY,
    MapType::STACK_TRACE,
    MapType::ARRAY_OF_MAPS,
    MapType::HASH_OF_MAPS,
    MapType::DEVMAP,
    MapType::DEVMAP_HASH,
    MapType::CPUMAP,
    MapType::XSKMAP,
    MapType::SOCKMAP,
    MapType::SOCKHASH,
    MapType::QUEUE,
    MapType::STACK,
    MapType::ARENA,
];

/// Whether the kernel may be told the types of keys and values of maps of this type.
pub fn takes_types(map_type: MapType) -> bool {
    !UNTYPED.contains(&map_type)
}

/// What earlier passes settled that maps depend on.
pub(crate) struct Settled<'a> {
    /// Externs, some of which are values of maps.
    pub externs: &'a Externs,
    /// Tables of functions.
    pub tables: &'a Tables,
    /// Variables in an arena.
    pub arena: &'a Arena,
}

/// Settles the attributes of all maps. `created` says which of them are made by default. `used` are those that programs refer
/// to; if none are given, all are needed.
pub(crate) fn maps(
    linked: &Linked,
    target: &Target,
    config: &Config,
    settled: &Settled<'_>,
    created: &[bool],
    used: Option<&[bool]>,
) -> Vec<MapSpec> {
    let &Settled { externs, tables, arena } = settled;
    let held = held(linked);
    let needed = used.map_or_else(|| vec![true; linked.maps().len()], |used| closed(linked, used));
    let spec = |(i, (map, needed)): (u32, (&Map, bool))| {
        let needed = needed && created.get(i as usize).copied().unwrap_or(true);
        let mut spec = spec(linked, target, config, externs, map, needed);
        spec.held = held.iter().find(|(idx, _)| idx.0 == i).map(|(_, map)| map.clone());
        if let Some(data) = arena.contents.as_ref().filter(|_| arena.map() == Some(MapIdx(i))) {
            spec.contents = Contents::Arena(data.clone());
        }
        if let MapKind::StructOps(ops) = &map.kind { table(spec, linked, ops, tables.table(MapIdx(i))) } else { spec }
    };
    (0..).zip(linked.maps().iter().zip(needed)).map(spec).collect()
}

/// The maps that instructions hold open, each in the place of a map of the object.
fn held(linked: &Linked) -> Vec<(MapIdx, MapHandle)> {
    let metas = linked.funcs().iter().flat_map(|func| &func.insns).map(|insn| &insn.meta);
    let mut held = Vec::new();
    for (map, handle) in metas.filter_map(|meta| Some((meta.reference()?.map()?, meta.map()?))) {
        if !held.iter().any(|(known, _)| *known == map) {
            held.push((map, handle.clone()));
        }
    }
    held
}

/// Adds the maps that needed ones are filled with.
fn closed(linked: &Linked, used: &[bool]) -> Vec<bool> {
    let mut needed = used.to_vec();
    needed.resize(linked.maps().len(), false);
    let mut open: Vec<usize> = (0..needed.len()).filter(|i| needed[*i]).collect();
    while let Some(i) = open.pop() {
        let Some(Map { kind: MapKind::Declared(slots), .. }) = linked.maps().get(i) else { continue };
        for (_, init) in slots {
            let Init::Map(MapIdx(inner)) = init else { continue };
            if let Some(flag) = needed.get_mut(*inner as usize).filter(|flag| !**flag) {
                *flag = true;
                open.push(*inner as usize);
            }
        }
    }
    needed
}

fn spec(linked: &Linked, target: &Target, config: &Config, externs: &Externs, map: &Map, mut needed: bool) -> MapSpec {
    let mut def = map.def.clone();
    def.max_entries = max_entries(config, map);
    let contents = match &map.kind {
        MapKind::Declared(slots) => Contents::Slots(slots.clone()),
        MapKind::Data { section: DataSection::Arena, .. } => {
            needed = false;
            Contents::Slots(Vec::new())
        }
        MapKind::Data { section, data, mmapable, .. } => {
            if *section == DataSection::Percpu {
                needed &= target.has(Feature::PercpuData);
            }
            let frozen = *section == DataSection::Rodata;
            global(&mut def, map, *mmapable, frozen);
            Contents::Value { data: data.clone(), frozen }
        }
        MapKind::Kconfig => {
            global(&mut def, map, true, true);
            Contents::Value { data: externs.kconfig.clone(), frozen: true }
        }
        MapKind::StructOps(_) => Contents::Slots(Vec::new()),
    };
    let key_value = (def.key_type, def.value_type);
    settle(&mut def, target);
    if !matches!(map.kind, MapKind::Declared(_)) && !target.has(Feature::ArrayMmap) {
        def.flags = def.flags.without(MapFlags::MMAPABLE);
    }
    MapSpec {
        name: map.name.clone(),
        kernel_name: kernel_name(linked, map),
        def,
        contents,
        needed,
        tags: map.tags.clone(),
        type_id: map.type_id,
        key_value,
        fault: None,
        held: None,
    }
}

/// A table of functions, as this kernel has it. It is not needed if it was not laid out.
fn table(mut spec: MapSpec, linked: &Linked, ops: &StructOps, table: Option<&Laid>) -> MapSpec {
    spec.def.map_type = MapType::STRUCT_OPS;
    (spec.def.key_size, spec.def.max_entries) = (4, 1);
    if ops.link {
        spec.def.flags = spec.def.flags.with(MapFlags::LINK);
    }
    spec.needed = table.is_some_and(|laid| laid.needed);
    match table.map(|laid| &laid.table) {
        Some(Ok(table)) => {
            spec.def.value_size = table.size;
            if table.module.is_some() {
                spec.def.flags = spec.def.flags.with(MapFlags::VTYPE_BTF_OBJ_FD);
            }
            spec.contents = Contents::Table(table.clone());
        }
        Some(Err(kind)) => {
            let site = Site::file(linked.file()).symbol(spec.name.clone());
            spec.fault = Some(Arc::new(Error::new(site, kind.clone())));
        }
        None => {}
    }
    spec
}

/// The number of entries of a map: the caller's, or the object's.
pub(crate) fn max_entries(config: &Config, map: &Map) -> u32 {
    let wished = config.max_entries.iter().rev().find(|(name, _)| **name == *map.name);
    wished.map_or(map.def.max_entries, |(_, entries)| *entries)
}

/// A map with one value that holds global variables.
fn global(def: &mut MapDef, map: &Map, mmapable: bool, read_only: bool) {
    if def.map_type == MapType::UNSPEC {
        def.map_type = MapType::ARRAY;
    }
    (def.key_size, def.max_entries, def.value_type) = (4, 1, map.type_id);
    if mmapable {
        def.flags = def.flags.with(MapFlags::MMAPABLE);
    }
    if read_only {
        def.flags = def.flags.with(MapFlags::RDONLY_PROG);
    }
}

/// Fills in what depends on the kernel, for a map and for those in it.
fn settle(def: &mut MapDef, target: &Target) {
    match def.map_type {
        MapType::RINGBUF | MapType::USER_RINGBUF => def.max_entries = ring_size(def.max_entries, target.page_size()),
        MapType::PERF_EVENT_ARRAY if def.max_entries == 0 => def.max_entries = target.possible_cpus(),
        MapType::STRUCT_OPS => def.value_type = TypeId::VOID,
        _ => {}
    }
    if !takes_types(def.map_type) || !target.has(Feature::Btf) {
        (def.key_type, def.value_type) = (TypeId::VOID, TypeId::VOID);
    }
    // A map in a map holds no maps itself.
    if let Some(inner) = &mut def.inner {
        inner.inner = None;
        settle(inner, target);
    }
}

/// The next size that is a page times a power of two. 0 stays: the kernel's error is the right one.
fn ring_size(bytes: u32, page: u32) -> u32 {
    if bytes == 0 || page == 0 {
        return bytes;
    }
    let pages = bytes.div_ceil(page).checked_next_power_of_two();
    pages.and_then(|pages| pages.checked_mul(page)).unwrap_or(bytes)
}

/// The name in the kernel. A map of global variables is named after the object and its section, unless the section has a
/// name of its own (`.data.foo`).
fn kernel_name(linked: &Linked, map: &Map) -> Arc<str> {
    let is_section = matches!(map.kind, MapKind::Data { .. } | MapKind::Kconfig) && map.name.starts_with('.');
    let has_own_name = map.name.get(1..).is_some_and(|rest| rest.contains('.'));
    let prefix = match is_section && !has_own_name {
        true => linked.name().get(..).unwrap_or_default(),
        false => "",
    };
    let room = NAME_LEN.saturating_sub(map.name.len().max(SECTION_LEN));
    let cut = prefix.bytes().take(room).chain(map.name.bytes()).take(NAME_LEN);
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'.';
    let name: SmallVec<[u8; NAME_LEN]> = cut.map(|b| if allowed(b) { b } else { b'_' }).collect();
    core::str::from_utf8(&name).unwrap_or_default().into()
}
