//! Small files that ask for much: what is kept of them, and looked up for them, stays in proportion.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use skep_object::{
    Kind, MapKind,
    btf::{Array, SecVar, TypeId},
    isa::Ref,
};
use support::made::{ALLOC, EXIT, FUNC, GLOBAL, LOCAL, MOV, Made, NOBITS, NOTYPE, OBJECT, REL, Types, UNDEFINED, call};

/// Overwrites the size in the header of the section at a position.
fn resize(bytes: &mut [u8], section: u16, size: u64) {
    let table = u64::from_le_bytes(bytes[40..48].try_into().unwrap()) as usize;
    let at = table + 64 * usize::from(section) + 32;
    bytes[at..at + 8].copy_from_slice(&size.to_le_bytes());
}

fn bss(size: u64) -> Vec<u8> {
    let mut made = Made::new();
    let section = made.section(".bss", NOBITS, ALLOC | 1, &[0; 8]);
    made.symbol("x", GLOBAL, OBJECT, section, 0, u64::MAX);
    let mut bytes = made.bytes();
    resize(&mut bytes, section, size);
    bytes
}

#[test]
fn empty_memory_is_a_number_however_large() {
    let object = skep_object::elf::read("a.o", &bss(u32::MAX.into())).unwrap();
    let MapKind::Data { data, .. } = &object.maps[0].kind else { panic!("no data") };
    assert_eq!((object.maps[0].def.value_size, data.len()), (u32::MAX, 0));
    assert_eq!(object.vars[0].size, u32::MAX);
    for size in [1 << 32, 1 << 60, u64::MAX] {
        let errors = skep_object::elf::read("a.o", &bss(size)).unwrap_err();
        assert_eq!(errors.iter().map(|e| e.code()).collect::<Vec<_>>(), ["elf-section"]);
    }
}

#[test]
fn sections_do_not_share_their_bytes() {
    let mut made = Made::new();
    for i in 0..8 {
        made.data(&format!(".data.{i}"), &[1; 4096]);
    }
    let mut bytes = made.bytes();
    assert!(skep_object::elf::read("a.o", &bytes).is_ok());
    // Each goes on over those that follow it.
    for section in 1..=8u16 {
        resize(&mut bytes, section, 4096 * (9 - u64::from(section)));
    }
    let error = skep_object::elf::read("a.o", &bytes).unwrap_err().to_string();
    assert!(error.contains("sections overlap"), "{error}");
}

#[test]
fn names_end() {
    for (len, fine) in [(4096, true), (4097, false)] {
        let mut made = Made::new();
        made.symbol(&"n".repeat(len), LOCAL, NOTYPE, UNDEFINED, 0, 0);
        assert_eq!(made.read().is_ok(), fine, "a symbol's name of {len}");
        let mut made = Made::new();
        made.data(&"n".repeat(len), &[0]);
        assert_eq!(made.read().is_ok(), fine, "a section's name of {len}");
    }
}

#[test]
fn configuration_values_have_a_sane_size() {
    for (len, fine) in [(1 << 20, true), (u32::MAX, false)] {
        let (mut made, mut types) = (Made::new(), Types::new());
        let char =
            types.edit.add().int(skep_object::btf::Int { name: "char", size: 1, bits: 8, offset: 0, encoding: 1 });
        let array = types.edit.add().array(Array { elem: char, index: types.int, len });
        let var = types.edit.add().var("CONFIG_X", array, 2);
        types.edit.add().datasec(".kconfig", 0, &[SecVar { ty: var, offset: 0, size: 0 }]);
        types.add_to(&mut made);
        assert_eq!(made.read().is_ok(), fine, "{len}");
    }
}

#[test]
fn variables_of_struct_ops_do_not_share_their_bytes() {
    let (mut made, mut types) = (Made::new(), Types::new());
    let member = types.pointer("m", TypeId(1));
    let ty = types.structure("ops", &[member]);
    let vars: Vec<_> = (0..100).map(|i| types.edit.add().var(&format!("v{i}"), ty, 1)).collect();
    let vars: Vec<_> = vars.into_iter().map(|ty| SecVar { ty, offset: 0, size: 8 }).collect();
    types.edit.add().datasec(".struct_ops", 8, &vars);
    types.add_to(&mut made);
    made.data(".struct_ops", &[0; 8]);
    assert_eq!(made.codes(), ["struct-ops"; 99]);
}

#[test]
fn thousands_of_undefined_functions_are_all_refused_and_some_explained() {
    const CALLS: usize = 3000;
    let mut made = Made::new();
    let code = made.code("xdp", &[&call(-1).repeat(CALLS)[..], &EXIT]);
    made.func("main", GLOBAL, code, 0, CALLS as u64 + 1);
    let symbols: Vec<_> =
        (0..CALLS).map(|i| made.symbol(&format!("main{i}"), GLOBAL, NOTYPE, UNDEFINED, 0, 0)).collect();
    let relocs: Vec<_> = (0..).step_by(8).zip(symbols).map(|(at, symbol)| (at, symbol, 0)).collect();
    made.relocs(REL, code, &relocs);
    let mut object = made.object();
    object.refuse_undefined();
    assert_eq!(object.refused.len(), CALLS);
    let explained = object.refused.iter().filter(|e| matches!(e.kind(), Kind::Undefined { near: Some(_), .. }));
    let explained = explained.count();
    assert!((100..=256).contains(&explained), "{explained}");
}

#[test]
fn ten_thousand_functions_that_call_one_another_are_read() {
    const FUNCS: u64 = 10_000;
    let mut made = Made::new();
    // Each calls the one after it, which begins two slots on.
    let code = made.code(".text", &[&[call(1), EXIT].concat().repeat(FUNCS as usize - 1)[..], &MOV, &EXIT]);
    for i in 0..FUNCS {
        made.symbol(&format!("f{i}"), LOCAL, FUNC, code, 16 * i, 16);
    }
    let object = made.object();
    assert_eq!(object.funcs.len() as u64, FUNCS);
    let calls = object.funcs.iter().filter(|f| matches!(f.insns[0].meta.reference(), Some(Ref::Func { .. })));
    assert_eq!(calls.count() as u64, FUNCS - 1);
}
