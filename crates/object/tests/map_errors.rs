//! Declarations of maps that contradict themselves or each other.

#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use skep_object::{
    Init, MapKind, Pinning,
    btf::{Int, Member, SecVar, TypeId},
    isa::{FuncIdx, MapIdx},
    uapi::MapType,
};
use support::made::{EXIT, GLOBAL, MOV, Made, OBJECT, REL, Types, map};

const HASH: u32 = 1;
const PROG_ARRAY: u32 = 3;
const ARRAY_OF_MAPS: u32 = 12;

#[test]
fn sizes_and_types_agree() {
    let object = map(|t| {
        let int = t.int;
        vec![t.uint("type", HASH), t.uint("key_size", 4), t.pointer("key", int), t.uint("value_size", 16)]
    });
    let object = object.object();
    let def = &object.maps[0].def;
    assert_eq!((def.map_type, def.key_size, def.key_type, def.value_size), (MapType::HASH, 4, TypeId(1), 16));
    let contradiction = map(|t| {
        let int = t.int;
        vec![t.uint("type", HASH), t.uint("key_size", 8), t.pointer("key", int)]
    });
    let errors = contradiction.read().unwrap_err();
    assert_eq!(errors.to_string(), "dir/made.bpf.o: section .maps, m: contradicting key sizes: 8 and 4");
    assert_eq!(errors.iter().next().unwrap().code(), "map-conflict");
}

#[test]
fn attributes_are_written_as_they_must_be() {
    let int =
        |name| move |t: &mut Types| vec![t.uint("type", HASH), Member { name, ty: t.int, bit_offset: 0, bit_size: 0 }];
    for name in ["max_entries", "key", "value", "map_extra", "pinning", "map_flags", "numa_node"] {
        assert_eq!(map(int(name)).codes(), ["map-encoding"], "{name}");
    }
    assert_eq!(map(|t| vec![t.uint("type", HASH), t.pointer("value", TypeId(0))]).codes(), ["map-encoding"]);
    assert_eq!(map(|t| vec![t.uint("type", HASH), t.uint("pinning", 2)]).codes(), ["map-encoding"]);
    assert_eq!(map(|t| vec![t.uint("type", HASH), t.uint("colour", 2)]).codes(), ["map-attribute"]);
    assert_eq!(map(|t| vec![t.uint("key_size", 4)]).codes(), ["map-no-type"]);
    let pinned = map(|t| vec![t.uint("type", HASH), t.uint("pinning", 1)]).object();
    assert_eq!(pinned.maps[0].def.pinning, Pinning::ByName);
}

#[test]
fn values_suit_the_map() {
    let inner = |t: &mut Types, extra: &[(&'static str, u32)]| {
        let members: Vec<_> = extra.iter().map(|&(name, value)| t.uint(name, value)).collect();
        let ty = t.structure("", &members);
        t.values(ty)
    };
    let of = |map_type: u32, extra: &'static [(&'static str, u32)]| {
        map(move |t| vec![t.uint("type", map_type), inner(t, extra)])
    };
    assert!(of(ARRAY_OF_MAPS, &[("type", HASH)]).read().is_ok());
    assert_eq!(of(HASH, &[("type", HASH)]).codes(), ["map-values"]);
    assert_eq!(of(PROG_ARRAY, &[("type", HASH)]).codes(), ["map-encoding"]);
    assert_eq!(of(ARRAY_OF_MAPS, &[]).codes(), ["map-no-type"]);
    assert_eq!(of(ARRAY_OF_MAPS, &[("type", HASH), ("pinning", 1)]).codes(), ["map-declaration"]);
    let nested = map(|t| {
        let values = inner(t, &[("type", HASH)]);
        let members = [t.uint("type", ARRAY_OF_MAPS), values];
        let ty = t.structure("", &members);
        vec![t.uint("type", ARRAY_OF_MAPS), t.values(ty)]
    });
    assert_eq!(nested.codes(), ["map-declaration"]);
    let not_last = map(|t| vec![t.uint("type", ARRAY_OF_MAPS), inner(t, &[("type", HASH)]), t.uint("max_entries", 1)]);
    assert_eq!(not_last.codes(), ["map-declaration"]);
}

/// An object with a variable in `.maps`.
fn variable(make: impl FnOnce(&mut Types) -> (TypeId, u32, u32)) -> Made {
    let (mut made, mut types) = (Made::new(), Types::new());
    let (ty, size, linkage) = make(&mut types);
    types.variable(".maps", "m", ty, size, linkage);
    made.data(".maps", &[0; 8]);
    types.add_to(&mut made);
    made
}

#[test]
fn a_map_is_a_global_struct() {
    let declaration = |t: &mut Types| {
        let members = [t.uint("type", HASH)];
        t.structure("", &members)
    };
    assert!(variable(|t| (declaration(t), 8, 1)).read().is_ok());
    assert_eq!(variable(|t| (declaration(t), 8, 0)).codes(), ["map-declaration"], "static");
    assert_eq!(variable(|t| (declaration(t), 4, 1)).codes(), ["map-declaration"], "larger than its variable");
    assert_eq!(variable(|t| (declaration(t), 16, 1)).codes(), ["map-declaration"], "outside of the section");
    assert_eq!(variable(|t| (t.int, 4, 1)).codes(), ["map-declaration"], "no struct");
    assert!(variable(|t| (declaration(t), 8, 2)).object().maps.is_empty(), "only declared");
}

/// An array of programs with a relocation of its only slot.
fn with_slot(offset: u64, target: impl FnOnce(&mut Made) -> u32) -> Made {
    let (mut made, mut types) = (Made::new(), Types::new());
    let proto = types.edit.add().func_proto(types.int, &[]);
    let members = [types.uint("type", PROG_ARRAY), types.uint("key_size", 4), types.values(proto)];
    let ty = types.structure("", &members);
    types.variable(".maps", "jumps", ty, 32, 1);
    let section = made.data(".maps", &[0; 32]);
    made.symbol("jumps", GLOBAL, OBJECT, section, 0, 32);
    types.add_to(&mut made);
    let symbol = target(&mut made);
    made.relocs(REL, section, &[(offset, symbol, 0)]);
    made
}

#[test]
fn slots_hold_programs() {
    let program = |made: &mut Made| {
        let code = made.code("socket", &[&MOV, &EXIT]);
        made.func("target", GLOBAL, code, 0, 2)
    };
    let object = with_slot(24, program).object();
    assert!(matches!(&object.maps[0].kind, MapKind::Declared(slots) if *slots == [(1, Init::Program(FuncIdx(0)))]));
    assert_eq!(object.maps[0].def.value_size, 4);
    assert_eq!(with_slot(8, program).codes(), ["elf-reloc-offset"], "before the slots");
    assert_eq!(with_slot(99, program).codes(), ["elf-reloc-offset"], "outside of the map");
    let subprogram = |made: &mut Made| {
        let code = made.code(".text", &[&MOV, &EXIT]);
        made.func("target", GLOBAL, code, 0, 2)
    };
    assert_eq!(with_slot(16, subprogram).codes(), ["map-init"]);
    assert_eq!(with_slot(16, |_| 99).codes(), ["elf-reloc-symbol"]);
}

#[test]
fn a_slot_of_maps_holds_maps() {
    let (mut made, mut types) = (Made::new(), Types::new());
    let members = [types.uint("type", HASH), types.uint("max_entries", 1)];
    let inner = types.structure("", &members);
    let members = [types.uint("type", ARRAY_OF_MAPS), types.values(inner)];
    let outer = types.structure("", &members);
    let first = types.edit.add().var("inner", inner, 1);
    let second = types.edit.add().var("outer", outer, 1);
    let vars = [SecVar { ty: second, offset: 0, size: 24 }, SecVar { ty: first, offset: 0, size: 16 }];
    types.edit.add().datasec(".maps", 0, &vars);
    let section = made.data(".maps", &[0; 40]);
    let inner = made.symbol("inner", GLOBAL, OBJECT, section, 0, 16);
    let outer = made.symbol("outer", GLOBAL, OBJECT, section, 16, 24);
    types.add_to(&mut made);
    made.relocs(REL, section, &[(24, inner, 0), (32, outer, 0)]);
    let object = made.object();
    // BTF lists them in another order, but in the section the inner one is the first.
    let names: Vec<_> = object.maps.iter().map(|m| &*m.name).collect();
    assert_eq!(names, ["inner", "outer"]);
    let MapKind::Declared(slots) = &object.maps[1].kind else { panic!("not declared") };
    assert_eq!(*slots, [(0, Init::Map(MapIdx(0))), (1, Init::Map(MapIdx(1)))]);
}

#[test]
fn a_configuration_value_has_a_simple_type() {
    let kconfig = |make: fn(&mut Types) -> TypeId| {
        let (mut made, mut types) = (Made::new(), Types::new());
        let ty = make(&mut types);
        types.variable(".kconfig", "CONFIG_X", ty, 4, 2);
        types.add_to(&mut made);
        made.symbol("CONFIG_X", GLOBAL, 0, 0, 0, 0);
        made
    };
    assert!(kconfig(|t| t.int).read().is_ok());
    let pointer = kconfig(|t| t.edit.add().ptr(TypeId(0))).read().unwrap_err();
    assert_eq!(pointer.iter().next().unwrap().code(), "kconfig-type");
    assert!(pointer.to_string().contains("section .kconfig, CONFIG_X"), "{pointer}");
    let odd = kconfig(|t| t.edit.add().int(Int { name: "odd", size: 4, bits: 32, offset: 0, encoding: 4 }));
    assert_eq!(odd.codes(), ["kconfig-type"]);
}
