//! What split types need of their base, and the same types over another kernel.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod canon;
mod sample;

use std::sync::Arc;

use canon::describe;
use sample::{INT, member};
use skep_btf::{
    Array, Btf, Edit, Endian, Kind, Member, Param, Type, TypeId, Value, by_name, distill, relocate, select,
};

/// A kernel with `pad` types before those that matter.
fn kernel(pad: u32, task_size: u32) -> Edit {
    let mut edit = Edit::new(Endian::Little);
    for i in 0..pad {
        edit.add().fwd(&format!("pad{i}"), false);
    }
    let int = edit.add().int(INT);
    let id = |more: u32| TypeId(int.0 + more);
    edit.add().structure("task", task_size, &[member("pid", int, 0, 0)]);
    edit.add().ptr(id(1));
    edit.add().enumeration("state", 4, false, &[Value { name: "RUNNING", value: 0 }]);
    edit.add().structure("", 4, &[member("x", int, 0, 0)]);
    edit.add().typedef("anon_t", id(4));
    edit.add().float("double", 8);
    edit.add().fwd("opaque", true);
    edit.add().array(Array { elem: id(5), index: int, len: 3 });
    edit.add().enumeration64("wide", 8, false, &[Value { name: "W", value: 1 << 40 }]);
    edit.add().func_proto(int, &[Param { name: "t", ty: id(2) }]);
    edit
}

/// A module over it, that uses all of these.
fn module(base: &Arc<Btf>, pad: u32) -> Btf {
    let mut split = Edit::split(base);
    let id = |nth: u32| TypeId(pad + nth);
    let to_opaque = split.add().ptr(id(8));
    let to_call = split.add().ptr(id(11));
    let members: [Member<'_>; 6] = [
        member("task", id(3), 0, 0),
        member("state", id(4), 64, 0),
        member("many", id(9), 96, 0),
        member("d", id(7), 192, 0),
        member("opaque", to_opaque, 256, 0),
        member("wide", id(10), 320, 0),
    ];
    let s = split.add().structure("own", 48, &members);
    let to = split.add().ptr(s);
    let proto = split.add().func_proto(id(1), &[Param { name: "own", ty: to }, Param { name: "call", ty: to_call }]);
    split.add().func("own_open", proto, 0);
    let btf = Btf::parse_split(split.finish(), base.clone()).unwrap();
    btf.check_references().unwrap();
    btf
}

#[test]
fn a_module_moves_to_another_kernel() {
    let base = Arc::new(Btf::parse(kernel(0, 16).finish()).unwrap());
    let btf = module(&base, 0);
    let distilled = distill(&btf).unwrap();
    let small = Arc::new(Btf::parse(distilled.base.clone()).unwrap());
    let kinds: Vec<_> = small.kinds().map(|(id, kind)| (kind.name(), small.name(id).to_owned())).collect();
    let expected = [
        ("int", "int"),
        ("struct", "task"),
        ("enum", "state"),
        ("float", "double"),
        ("fwd", "opaque"),
        ("enum", "wide"),
    ];
    assert_eq!(kinds, expected.map(|(kind, name)| (kind, name.to_owned())));
    let Some(Type::Struct(task)) = small.get(TypeId(2)) else { panic!("not a struct") };
    assert_eq!((task.size, task.len), (16, 0), "no more than the size");
    let over = Btf::parse_split(distilled.split.clone(), small.clone()).unwrap();
    over.check_references().unwrap();
    assert_eq!(over.spelled(distilled.id(btf.find_kind("own", Kind::STRUCT).unwrap())), "struct own");

    // Another kernel: other ids, another size of what is only pointed to.
    for (pad, size) in [(0, 16), (7, 24)] {
        let other = Arc::new(Btf::parse(kernel(pad, size).finish()).unwrap());
        let moved = relocate(&over, &other).unwrap();
        let find = |btf: &Btf| btf.find_kind("own_open", Kind::FUNC).unwrap();
        assert_eq!(moved.len(), over.len());
        let text = |btf: &Btf, depth| describe(btf, find(btf), depth);
        assert_eq!(text(&moved, 4), text(&btf, 4));
        let own = moved.find_kind("own", Kind::STRUCT).unwrap();
        let Some(Type::Ptr(task)) = moved.get(moved.path(own, "task").unwrap().ty) else { panic!("no pointer") };
        assert_eq!(moved.size(task).unwrap(), u64::from(size), "that of the new kernel");
        let wide = moved.path(own, "wide").unwrap();
        assert_eq!(moved.kind(wide.ty), Some(Kind::ENUM64), "an enum of 8 bytes is any enum of 8 bytes");
    }
}

#[test]
fn what_another_kernel_lacks_is_named() {
    let base = Arc::new(Btf::parse(kernel(0, 16).finish()).unwrap());
    let mut split = Edit::split(&base);
    split.add().structure("holds", 16, &[member("task", TypeId(2), 0, 0)]);
    let btf = Btf::parse_split(split.finish(), base.clone()).unwrap();
    let distilled = distill(&btf).unwrap();
    let small = Arc::new(Btf::parse(distilled.base).unwrap());
    let over = Btf::parse_split(distilled.split, small).unwrap();
    let lacks = |other: Edit| {
        let error = relocate(&over, &Arc::new(Btf::parse(other.finish()).unwrap())).unwrap_err();
        assert_eq!(error.code(), "btf-base-lacks");
        error.to_string()
    };
    assert!(lacks(kernel(0, 24)).contains("`struct task` that is needed: it has another size"));
    assert!(lacks(Edit::new(Endian::Little)).contains("there is no such type"));
    let mut twice = kernel(0, 16);
    twice.add().structure("task", 16, &[]);
    assert!(lacks(twice).contains("there are several"));
    // The one of the right size is meant.
    let mut other = kernel(0, 24);
    other.add().structure("task", 16, &[]);
    let moved = relocate(&over, &Arc::new(Btf::parse(other.finish()).unwrap())).unwrap();
    assert_eq!(moved.size(moved.find_kind("holds", Kind::STRUCT).unwrap()).unwrap(), 16);
    // A declared union is no struct.
    assert_eq!(distill(&base).unwrap_err().code(), "btf-no-base");
}

#[test]
fn a_declaration_takes_a_definition_of_its_own_sort() {
    let mut kernel = Edit::new(Endian::Little);
    kernel.add().fwd("s", false);
    let base = Arc::new(Btf::parse(kernel.finish()).unwrap());
    let mut split = Edit::split(&base);
    split.add().ptr(TypeId(1));
    let distilled = distill(&Btf::parse_split(split.finish(), base).unwrap()).unwrap();
    let over = Btf::parse_split(distilled.split, Arc::new(Btf::parse(distilled.base).unwrap())).unwrap();
    for (is_union, found) in [(false, true), (true, false)] {
        let mut other = Edit::new(Endian::Little);
        if is_union {
            other.add().union("s", 0, &[])
        } else {
            other.add().structure("s", 0, &[member("", TypeId(0), 0, 1)])
        };
        let result = relocate(&over, &Arc::new(Btf::parse(other.finish()).unwrap()));
        assert_eq!(result.is_ok(), found, "a flag on the struct does not matter");
    }
}

#[test]
fn real_types_over_a_kernel_of_another_order() {
    let whole = Btf::parse(sample::section("fixtures/o/el/types.bpf.o", ".BTF")).unwrap();
    let half: Vec<TypeId> = skep_btf::reachable(&whole, whole.ids().take(whole.len() as usize / 3)).unwrap();
    let base = Arc::new(Btf::parse(select(&whole, &half, &[]).unwrap().bytes()).unwrap());
    // The rest as split types: everything once more, without what the base has.
    let mut edit = Edit::split(&base);
    let appended = edit.append(&whole).unwrap();
    let doubled = Btf::parse_split(edit.finish(), base.clone()).unwrap();
    let deduped = skep_btf::dedup(&doubled).unwrap();
    let btf = Btf::parse_split(deduped.bytes(), base.clone()).unwrap();
    assert!(!btf.is_empty() && btf.len() < whole.len());
    let distilled = distill(&btf).unwrap();
    let over =
        Btf::parse_split(distilled.split.clone(), Arc::new(Btf::parse(distilled.base.clone()).unwrap())).unwrap();
    let sorted = Arc::new(Btf::parse(select(&base, &by_name(&base), &[]).unwrap().bytes()).unwrap());
    let moved = relocate(&over, &sorted).unwrap();
    for id in whole.ids() {
        let now = deduped.id(appended.id(id));
        if now >= btf.first_id() {
            let there = TypeId(distilled.id(now).0 - over.first_id().0 + moved.first_id().0);
            assert_eq!(describe(&btf, now, 3), describe(&moved, there, 3));
        }
    }
}
