//! Objects of rustc: what is mended, without a kernel.

#![allow(clippy::unwrap_used, reason = "tests")]

use skep_linker::{
    Linked, link,
    object::{
        Linkage, MapKind, Object,
        btf::{Btf, Kind, Type, check::check, mend::Flaw, mend::mend},
        elf,
    },
};

fn object(path: &str) -> Object {
    let path = format!("{}/../../{path}", env!("CARGO_MANIFEST_DIR"));
    elf::read(&path, &std::fs::read(&path).unwrap()).unwrap()
}

fn linked(path: &str) -> Linked {
    link([object(path)]).unwrap()
}

/// What every kernel refuses.
fn refused(btf: &Btf) -> usize {
    check(btf).iter().filter(|finding| finding.what.refused().until.is_none()).count()
}

#[test]
fn types_are_refused_unless_each_flaw_is_mended() {
    let raw = object("fixtures/o/rust/types.o").btf.unwrap();
    assert!(refused(&raw) > Flaw::ALL.len());
    for flaw in Flaw::ALL {
        let others: Vec<Flaw> = Flaw::ALL.into_iter().filter(|other| *other != flaw).collect();
        let mended = Btf::parse(mend(&raw, &others).unwrap()).unwrap();
        assert_ne!(refused(&mended), 0, "{flaw:?}");
    }
    let mended = Btf::parse(mend(&raw, &Flaw::ALL).unwrap()).unwrap();
    assert_eq!(refused(&mended), 0, "{:?}", check(&mended));
    assert_eq!(mend(&mended, &Flaw::ALL), None, "once is enough");
}

#[test]
fn linked_objects_have_types_as_c_has_them() {
    for name in ["types", "maps", "kernel", "parts"] {
        let linked = linked(&format!("fixtures/o/rust/{name}.o"));
        let btf = linked.object().btf.clone().unwrap();
        // What the kernel is to provide is for the loader.
        let of_kernel = |id| match btf.get(id) {
            Some(Type::Func(f)) => f.linkage == 2,
            Some(Type::Var(v)) => v.linkage == 2,
            Some(Type::Datasec(d)) => matches!(d.name, ".ksyms"),
            _ => false,
        };
        let found: Vec<_> = check(&btf).into_iter().filter(|f| f.what.refused().until.is_none()).collect();
        let found: Vec<_> = found.iter().filter(|f| !f.id.is_some_and(of_kernel)).collect();
        assert!(found.is_empty(), "{name}: {found:?}");
    }
}

#[test]
fn enums_that_carry_data_are_unions_with_a_tag() {
    let linked = linked("fixtures/o/rust/types.o");
    let btf = linked.object().btf.clone().unwrap();
    let tail = btf.find_kind("Option_Tail", Kind::STRUCT).unwrap();
    assert_eq!(btf.path(tail, "tag").unwrap().bit_offset, 64);
    let data = btf.find_kind("Data", Kind::STRUCT).unwrap();
    assert_eq!(btf.path(data, "tag").unwrap().bit_offset, 0);
    assert_eq!(btf.path(data, "Two.wide").unwrap().bit_offset, 64);
    assert!(btf.find_kind("Two", Kind::STRUCT).is_none(), "variants have no names of their own");
}

#[test]
fn maps_are_what_c_declares() {
    for objects in [
        vec![object("fixtures/o/rust/maps.o")],
        vec![{
            let bytes = linked("fixtures/o/rust/maps.o").write().unwrap();
            elf::read("again.bpf.o", &bytes).unwrap()
        }],
    ] {
        let linked = link(objects).unwrap();
        let object = linked.object();
        let btf = object.btf.clone().unwrap();
        for map in object.maps.iter().filter(|map| matches!(map.kind, MapKind::Declared(_))) {
            let def = elf::declared(&btf, map.type_id).unwrap();
            assert_eq!(def, map.def, "{}", map.name);
            let Some(Type::Var(var)) = btf.get(map.type_id) else { panic!("{}", map.name) };
            assert_eq!(elf::declaration(&btf, var.ty), btf.resolve(var.ty).ok().map(|(id, _)| id), "{}", map.name);
        }
        let slots = |name: &str| match &object.maps.iter().find(|map| &*map.name == name).unwrap().kind {
            MapKind::Declared(slots) => slots.iter().map(|(slot, _)| *slot).collect::<Vec<_>>(),
            _ => Vec::new(),
        };
        assert_eq!((slots("all"), slots("next")), (vec![0, 2], vec![1]));
        let position = |name: &str| object.maps.iter().position(|map| &*map.name == name).unwrap();
        assert!(position("single") < position("all"), "what is in a map is created first");
    }
}

#[test]
fn private_names_are_those_of_the_source() {
    let linked = linked("fixtures/o/rust/types.o");
    let names: Vec<_> = linked.funcs().iter().filter(|f| f.linkage == Linkage::Local).map(|f| &*f.name).collect();
    assert_eq!(names, ["generic_u8", "generic_u32", "closure_0"]);
    assert!(linked.object().vars.iter().any(|var| &*var.name == "counted"));
}

#[test]
fn what_panics_call_is_followed_by_an_exit() {
    let linked = linked("fixtures/o/rust/kernel.o");
    for func in linked.funcs() {
        let last = func.insns.last().unwrap();
        assert_eq!(last.code.0, 0x95, "{}", func.name);
        assert_eq!(func.slots, func.insns.iter().map(|insn| insn.slots()).sum::<u32>());
        let Some(Type::Func(known)) = linked.object().btf.as_deref().unwrap().get(func.type_id) else { continue };
        assert_eq!(known.linkage == 1, func.linkage != Linkage::Local, "{}", func.name);
    }
}

#[test]
fn objects_of_c_need_no_mending() {
    for name in ["maps", "map_in_map", "prog_array", "data", "subprograms", "core_kinds", "externs", "types"] {
        let btf = object(&format!("fixtures/o/el/{name}.bpf.o")).btf.unwrap();
        assert_eq!(mend(&btf, &Flaw::ALL), None, "{name}");
    }
}
