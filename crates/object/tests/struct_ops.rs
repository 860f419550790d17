//! Variables of struct_ops sections.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use skep_object::{MapKind, Object, StructOpsRef, isa::FuncIdx, uapi::MapFlags};
use support::made::{EXIT, GLOBAL, LOCAL, MOV, Made, REL, SECTION, Types};

/// A variable `ops` of two pointers to functions, and a relocation at an offset into it.
fn made(section: &str, offset: u64, by_section: bool) -> Made {
    let (mut made, mut types) = (Made::new(), Types::new());
    let proto = types.edit.add().func_proto(types.int, &[]);
    let members = [types.pointer("init", proto), types.pointer("release", proto)];
    let ty = types.structure("tcp_congestion_ops", &members);
    types.variable(section, "ops", ty, 16, 1);
    types.add_to(&mut made);
    let code = made.code("struct_ops/init", &[&MOV, &EXIT, &MOV, &EXIT]);
    made.func("init", GLOBAL, code, 0, 2);
    let mut target = made.func("release", GLOBAL, code, 2, 2);
    let mut contents = [0; 16];
    if by_section {
        target = made.symbol("", LOCAL, SECTION, code, 0, 0);
        contents[8] = 16;
    }
    let data = made.data(section, &contents);
    made.symbol("ops", GLOBAL, 1, data, 0, 16);
    made.relocs(REL, data, &[(offset, target, 0)]);
    made
}

fn ops(object: &Object) -> (bool, bool, &[StructOpsRef]) {
    match &object.maps[0].kind {
        MapKind::StructOps(ops) => (ops.link, ops.autocreate, &ops.refs),
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_section_says_how_it_is_used() {
    let release = [StructOpsRef { offset: 8, func: FuncIdx(1) }];
    for (section, link, autocreate) in [
        (".struct_ops", false, true),
        (".struct_ops.link", true, true),
        ("?.struct_ops", false, false),
        ("?.struct_ops.link", true, false),
    ] {
        for by_section in [false, true] {
            let object = made(section, 8, by_section).object();
            assert_eq!(ops(&object), (link, autocreate, &release[..]), "{section}");
            assert_eq!((&*object.maps[0].name, object.maps[0].def.value_size), ("ops", 16));
            assert_eq!(object.maps[0].def.flags.contains(MapFlags::LINK), link);
        }
    }
}

#[test]
fn a_function_is_assigned_to_a_member() {
    let errors = made(".struct_ops", 4, false).read().unwrap_err();
    assert_eq!(errors.iter().next().unwrap().code(), "struct-ops");
    assert!(errors.to_string().contains("section .struct_ops, ops"), "{errors}");
    assert_eq!(made(".struct_ops", 99, false).codes(), ["elf-reloc-offset"]);
}

#[test]
fn types_are_needed() {
    let mut made = Made::new();
    made.data(".struct_ops.link", &[0; 8]);
    assert_eq!(made.codes(), ["btf-missing"]);
    let mut made = Made::new();
    made.data(".struct_ops.link", &[0; 8]);
    Types::new().add_to(&mut made);
    assert_eq!(made.codes(), ["struct-ops"]);
}
