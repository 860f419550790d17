//! What linking proves, and what it says if it cannot.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::path::Path;

use skep_linker::{
    link,
    object::{
        Diagnostic, Init, MapKind, Object, elf,
        isa::{ExternIdx, FuncIdx, InsnIdx, MapIdx, Ref},
    },
};

fn read(path: &str) -> Object {
    let whole = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    elf::read(path, &std::fs::read(whole).unwrap()).unwrap()
}

fn exec() -> Object {
    read("examples/exec.bpf.o")
}

/// The code of the first error, and the place.
fn refused(object: Object) -> (&'static str, String) {
    let errors = link([object]).unwrap_err();
    let first = errors.iter().next().unwrap();
    assert!(first.kind().help().is_some());
    (first.code(), first.site().to_string())
}

/// The first example with its first reference of a sort changed.
fn with(matches: impl Fn(Ref) -> bool, to: Ref) -> Object {
    let mut object = exec();
    let insns = object.funcs.iter_mut().flat_map(|f| &mut f.insns);
    let mut found = insns.filter(|insn| insn.meta.reference().is_some_and(&matches));
    found.next().unwrap().facts_mut().reference = Some(to);
    object
}

#[test]
fn one_object_links_to_itself() {
    let object = exec();
    let (funcs, maps) = (object.funcs.as_ptr(), object.maps.as_ptr());
    let linked = link([object]).unwrap();
    assert_eq!((linked.funcs().as_ptr(), linked.maps().as_ptr()), (funcs, maps), "tables are moved, not copied");
    assert_eq!(&**linked.name(), "exec");
    assert_eq!(linked.site_of(linked.programs()[0].func).symbol.as_deref(), Some("handle_exec"));
}

#[test]
fn something_has_to_be_there() {
    let none = link([]).unwrap_err();
    assert_eq!(none.iter().next().unwrap().code(), "link-nothing");
}

#[test]
fn references_stay_inside_the_tables() {
    let map = |r| matches!(r, Ref::Map(_));
    let func = |r| matches!(r, Ref::Func { .. });
    for object in [
        with(map, Ref::Map(MapIdx(99))),
        with(map, Ref::Value { map: MapIdx(99), off: 0 }),
        with(map, Ref::Extern(ExternIdx(0))),
        with(map, Ref::Refused(0)),
        with(func, Ref::Func { func: FuncIdx(99), at: InsnIdx(0) }),
    ] {
        let (code, site) = refused(object);
        assert_eq!(code, "link-dangling");
        assert!(site.contains("handle_exec, insn "), "{site}");
    }
    for at in [9999, 2] {
        // Slot 2 of handle_exec is the second half of a wide load.
        let inside = Ref::Func { func: FuncIdx(1), at: InsnIdx(at) };
        assert_eq!(refused(with(func, inside)).0, "link-target");
    }
    assert_eq!(refused(with(func, Ref::Map(MapIdx(0)))).0, "link-bad-reference");
}

#[test]
fn a_call_says_whom() {
    let mut object = exec();
    let call = object.funcs.iter_mut().flat_map(|f| &mut f.insns).find(|insn| insn.is_call()).unwrap();
    call.facts_mut().reference = None;
    assert_eq!(refused(object).0, "link-unresolved-call");
}

#[test]
fn tables_stay_inside_each_other() {
    let mut object = exec();
    object.programs[0].func = FuncIdx(7);
    assert_eq!(refused(object).0, "link-dangling");
    let mut object = exec();
    object.vars[0].map = MapIdx(7);
    assert_eq!(refused(object), ("link-dangling", "examples/exec.bpf.o: exits".into()));
    let mut object = exec();
    object.maps[0].kind = MapKind::Declared(vec![(0, Init::Program(FuncIdx(7)))]);
    assert_eq!(refused(object), ("link-dangling", "examples/exec.bpf.o: section .maps, events".into()));
}

#[test]
fn names_are_defined_once() {
    let mut object = exec();
    object.maps[1].name = object.maps[0].name.clone();
    assert_eq!(refused(object), ("link-duplicate", "examples/exec.bpf.o: events".into()));
}
