//! Sections that are neither code nor plain variables: arenas, jump tables, variables for each CPU, old declarations of maps.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use skep_object::{
    DataSection, MapKind, Object, Pinning,
    isa::{MapIdx, Ref, opcode::pseudo},
    uapi::{MapFlags, MapType},
};
use support::made::{EXIT, GLOBAL, LOCAL, MOV, Made, NOTYPE, OBJECT, REL, load};

/// A program whose first instruction, a wide load, refers to a symbol.
fn loads(symbol: impl FnOnce(&mut Made) -> u32) -> Made {
    let mut made = Made::new();
    let code = made.code("socket", &[&MOV, &load(0), &EXIT]);
    made.func("main", GLOBAL, code, 0, 4);
    let symbol = symbol(&mut made);
    made.relocs(REL, code, &[(8, symbol, 0)]);
    made
}

fn reference(object: &Object) -> Option<Ref> {
    object.funcs[0].insns[1].meta.reference()
}

#[test]
fn arenas_and_cpus_have_variables() {
    let sorts = [
        (".addr_space.1", DataSection::Arena, MapType::ARENA),
        (".percpu", DataSection::Percpu, MapType::PERCPU_ARRAY),
    ];
    for (name, sort, map_type) in sorts {
        let object = loads(|made| {
            let section = made.data(name, &[7; 16]);
            made.symbol("variable", GLOBAL, OBJECT, section, 8, 8)
        })
        .object();
        assert_eq!(reference(&object), Some(Ref::Value { map: MapIdx(0), off: 8 }), "{name}");
        assert!(matches!(&object.maps[0].kind, MapKind::Data { section, .. } if *section == sort), "{name}");
        assert_eq!((object.maps[0].def.map_type, object.maps[0].def.value_size), (map_type, 16));
    }
}

/// Numbers in `.jumptables`, of which a symbol names some.
fn jumps(numbers: &[u64], value: u64, size: u64) -> Made {
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    loads(|made| {
        let section = made.data(".jumptables", &bytes);
        made.symbol("table", GLOBAL, NOTYPE, section, value, size)
    })
}

#[test]
fn jump_tables_count_from_their_function() {
    let object = jumps(&[8, 24, 0, 1 << 40], 8, 24).object();
    assert_eq!(reference(&object), Some(Ref::JumpTable(0)));
    let table = &object.jump_tables[0];
    assert_eq!((&*table.name, table.func.0, table.len), ("table", 0, 3));
    assert_eq!(table.targets().collect::<Vec<_>>(), [3, 0, 1 << 37]);
    assert_eq!(object.funcs[0].insns[1].src(), pseudo::MAP_VALUE);
    for (value, size) in [(4, 8), (0, 0), (0, 7), (24, 16), (u64::MAX - 7, 8)] {
        let object = jumps(&[8, 24, 0, 1], value, size).object();
        assert_eq!(object.refused[0].code(), "elf-reloc-target", "{value} {size}");
    }
}

fn old(words: &[u32], linkage: u8) -> Made {
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    loads(|made| {
        let section = made.data("maps", &bytes);
        made.symbol("counts", linkage, OBJECT, section, 0, bytes.len() as u64)
    })
}

#[test]
fn maps_of_the_old_form_are_read() {
    let object = old(&[1, 4, 8, 10, 0], GLOBAL).object();
    assert_eq!(reference(&object), Some(Ref::Map(MapIdx(0))));
    let (map, def) = (&object.maps[0], &object.maps[0].def);
    assert_eq!(
        (&*map.name, def.map_type, def.key_size, def.value_size, def.max_entries),
        ("counts", MapType::HASH, 4, 8, 10)
    );
    let numa = old(&[1, 4, 8, 10, MapFlags::NUMA_NODE.0, 0, 3], GLOBAL).object();
    assert_eq!(numa.maps[0].def.numa_node, 3);
    let iproute2 = old(&[1, 4, 8, 10, 0, 99, 2, 0, 0], GLOBAL).object();
    assert_eq!(iproute2.maps[0].def.pinning, Pinning::ByName);
    let short = old(&[1, 4, 8, 10, 0, 0, 2], GLOBAL).object();
    assert_eq!(short.maps[0].def.pinning, Pinning::ByName);
    // Padding of another loader's form.
    assert_eq!(old(&[1, 4, 8, 10, 0, 0, 0, 0], GLOBAL).object().maps.len(), 1);
    for (words, linkage) in [
        (&[1, 4, 8, 10][..], GLOBAL),
        (&[1, 4, 8, 10, 0, 7], GLOBAL),
        (&[0, 4, 8, 10, 0], GLOBAL),
        (&[1, 4, 8, 10, 0], LOCAL),
        (&[12, 4, 4, 10, 0, 0, 0, 1, 0], GLOBAL),
    ] {
        assert_eq!(old(words, linkage).codes(), ["map-declaration"], "{words:?}");
    }
}

#[test]
fn static_functions_among_programs_are_programs_unless_they_are_called() {
    let programs = |section: &str, called: bool| {
        let mut made = Made::new();
        let call = support::made::call(1);
        let first: &[u8] = if called { &call } else { &MOV };
        let code = made.code(section, &[first, &EXIT, &MOV, &EXIT]);
        made.func("first", GLOBAL, code, 0, 2);
        made.func("static_one", LOCAL, code, 2, 2);
        let object = made.object();
        object.programs.iter().map(|p| object.funcs[p.func.at()].name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(programs("xdp", false), ["first", "static_one"]);
    assert_eq!(programs("xdp", true), ["first"]);
    assert_eq!(programs("no_such_section", false), ["first"]);
    assert_eq!(programs(".text", false), [""; 0]);
}
