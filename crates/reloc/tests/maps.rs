//! Maps as the kernel takes them.
#![allow(clippy::unwrap_used, clippy::panic, clippy::unreachable, reason = "tests may unwrap")]

mod support;

use skep_reloc::{
    Config, Contents, MapSpec, Relocated, Slot, Target,
    object::{
        MapType,
        btf::TypeId,
        isa::opcode::pseudo,
        uapi::{Feature, MapFlags},
    },
    relocate,
};
use support::*;

fn relocated(name: &str) -> Relocated {
    relocate(&fixture(name), &Target::new(Fake::new(kernel())), &Config::new()).unwrap()
}

fn map<'a>(relocated: &'a Relocated, name: &str) -> &'a MapSpec {
    &relocated.maps[relocated.map(name).unwrap().at()]
}

#[test]
fn sizes_are_filled_in_and_types_left_out_where_the_kernel_wants_it() {
    let relocated = relocated("el/maps");
    assert_eq!(map(&relocated, "ring").def.max_entries, 4096);
    assert_eq!(map(&relocated, "perf_events").def.max_entries, 6, "one for each CPU");
    let hash = map(&relocated, "hash");
    assert_ne!((hash.def.key_type, hash.def.value_type), (TypeId::VOID, TypeId::VOID));
    let sockets = map(&relocated, "sockets_by_key");
    assert_eq!((sockets.def.key_type, sockets.def.value_type), (TypeId::VOID, TypeId::VOID));
    assert_ne!(sockets.key_value, (TypeId::VOID, TypeId::VOID), "what is known of them is kept");
    assert!(relocated.maps.iter().all(|map| map.needed), "a whole object gets all of its maps");
}

#[test]
fn a_program_alone_needs_only_what_it_refers_to() {
    let linked = fixture("el/maps");
    let relocated = only(&linked, &Target::new(kernel()), "use_maps");
    let needed: Vec<_> = relocated.maps.iter().filter(|map| map.needed).map(|map| &*map.name).collect();
    assert_eq!(needed, ["hash", "lru"]);
    let linked = fixture("el/map_in_map");
    let relocated = only(&linked, &Target::new(kernel()), "use_inner");
    let needed: Vec<_> = relocated.maps.iter().filter(|map| map.needed).map(|map| &*map.name).collect();
    assert_eq!(needed, ["first", "second", "by_index"], "with what they are filled with");
}

#[test]
fn the_caller_may_want_other_numbers_of_entries() {
    let config = Config::new().max_entries("hash", 5).max_entries("ring", 5000);
    let relocated = relocate(&fixture("el/maps"), &Target::new(kernel()), &config).unwrap();
    assert_eq!(map(&relocated, "hash").def.max_entries, 5);
    assert_eq!(map(&relocated, "ring").def.max_entries, 8192);
}

#[test]
fn sections_of_variables_are_arrays_of_one() {
    let relocated = relocated("el/data");
    for (name, kernel_name, read_only) in [
        (".data", "data.data", false),
        (".rodata", "data.rodata", true),
        (".bss", "data.bss", false),
        (".data.foo", ".data.foo", false),
        (".rodata.bar", ".rodata.bar", true),
        (".bss.baz", ".bss.baz", false),
    ] {
        let map = map(&relocated, name);
        assert_eq!(&*map.kernel_name, kernel_name);
        assert_eq!((map.def.map_type, map.def.key_size, map.def.max_entries), (MapType::ARRAY, 4, 1), "{name}");
        assert_eq!(map.def.flags.contains(MapFlags::RDONLY_PROG), read_only, "{name}");
        assert!(map.def.flags.contains(MapFlags::MMAPABLE), "{name}");
        assert_eq!(map.def.value_type, map.type_id);
        assert!(matches!(map.contents, Contents::Value { frozen, .. } if frozen == read_only), "{name}");
    }
    let Contents::Value { data, .. } = &map(&relocated, ".data.foo").contents else { unreachable!() };
    assert_eq!(data[..], 11u32.to_le_bytes());
}

#[test]
fn kernels_that_cannot_map_arrays_are_not_asked_to() {
    let kernel = Fake { lacks: vec![Feature::ArrayMmap], ..Fake::new(kernel()) };
    let relocated = relocate(&fixture("el/data"), &Target::new(kernel), &Config::new()).unwrap();
    assert_eq!(map(&relocated, ".data").def.flags, MapFlags(0));
}

#[test]
fn variables_are_a_map_and_an_offset() {
    let linked = fixture("el/data");
    let relocated = only(&linked, &Target::new(kernel()), "sum");
    let code = code(&relocated, "sum");
    assert!(!code.fds.is_empty());
    for &(at, slot) in &code.fds {
        let Slot::Map(index) = slot else { unreachable!() };
        let (first, second) = (code.slots[at.at()], code.slots[at.at() + 1]);
        assert_eq!((first.code.0, first.src(), first.imm), (0x18, pseudo::MAP_VALUE, 0));
        let offset = second.imm as u32;
        let holds = |var: &&skep_reloc::object::Variable| {
            var.map == index && var.offset <= offset && offset < var.offset + var.size.max(1)
        };
        assert!(relocated.vars.iter().find(holds).is_some() || offset < relocated.maps[index.at()].def.value_size);
    }
    let threshold = relocated.vars.iter().find(|var| &*var.name == "threshold").unwrap();
    let at_threshold = |(at, slot): &&(skep_reloc::object::isa::InsnIdx, Slot)| {
        *slot == Slot::Map(threshold.map) && code.slots[at.at() + 1].imm as u32 == threshold.offset
    };
    assert!(code.fds.iter().any(|fd| at_threshold(&fd)));
}
