//! Types by kind and name, members by path, and what they are made of.
#![allow(clippy::unwrap_used, reason = "tests may unwrap")]

mod sample;

use std::sync::Arc;

use sample::{INT, every_kind, member};
use skep_btf::{
    Array, Btf, Datasec, Edit, Endian, Enum, Func, Int, Kind, TypeId, Var,
    typed::{Float, Fwd, Struct, Typedef, Union},
};

fn every() -> Btf {
    Btf::parse(every_kind().finish()).unwrap()
}

#[test]
fn each_kind_by_its_name() {
    let btf = every();
    assert_eq!(btf.find::<Int>("int").unwrap().def.bits, 32);
    let s = btf.find::<Struct>("s").unwrap();
    assert_eq!((s.id(), s.def.size, s.def.len), (TypeId(4), 8, 3));
    assert_eq!(btf.find::<Union>("u").unwrap().def.members().count(), 2);
    assert!(btf.find::<Enum>("e").unwrap().def.signed && btf.find::<Enum>("e64").unwrap().def.is_64);
    assert_eq!(btf.find::<Typedef>("t").unwrap().def, Typedef { target: TypeId(1) });
    assert_eq!(btf.find::<Func>("f").unwrap().def.linkage, 1);
    assert_eq!(btf.find::<Var>("v").unwrap().def.linkage, 2);
    assert_eq!(btf.find::<Datasec>(".data").unwrap().def.vars().count(), 1);
    assert_eq!(btf.find::<Float>("float").unwrap().def.size, 4);
    assert!(btf.find::<Fwd>("later").unwrap().def.is_union);
}

#[test]
fn names_that_nothing_has() {
    let btf = every();
    let error = btf.find::<Union>("s").unwrap_err();
    assert_eq!(
        (error.code(), error.to_string()),
        ("btf-no-such-name", "there is no union `s`; did you mean `u`?".into())
    );
    assert_eq!(
        btf.find::<Datasec>("data").unwrap_err().to_string(),
        "there is no section `data`; did you mean `.data`?"
    );
    assert_eq!(btf.at("nothing.like.it").unwrap_err().to_string(), "there is no type `nothing`");
    assert_eq!(btf.at("s.aa").unwrap_err().code(), "btf-no-such-member");
    assert_eq!(btf.at("union s").unwrap_err().code(), "btf-no-such-name");
    assert_eq!(btf.typed(TypeId(99)).unwrap_err().code(), "btf-no-such-type");
}

/// `node { node *next; inner[3] }` with `inner { int x; int:5 }`, and a module that refers to it.
fn nodes() -> Arc<Btf> {
    let mut edit = Edit::new(Endian::Little);
    let int = edit.add().int(INT);
    let ptr = edit.add().ptr(TypeId(5));
    let inner = edit.add().structure("inner", 8, &[member("x", int, 0, 0), member("bits", int, 35, 5)]);
    let array = edit.add().array(Array { elem: inner, index: int, len: 3 });
    edit.add().structure("node", 32, &[member("next", ptr, 0, 0), member("inner", array, 64, 0)]);
    edit.add().typedef("node_t", TypeId(5));
    Arc::new(Btf::parse(edit.finish()).unwrap())
}

#[test]
fn members_paths_and_offsets() {
    let btf = nodes();
    let node = btf.find::<Struct>("node").unwrap();
    let members: Vec<_> = node.members().map(|m| format!("{} {} {:?}", m.ty, m.name, m.byte_offset())).collect();
    assert_eq!(members, ["struct node * next Some(0)", "struct inner[3] inner Some(8)"]);
    assert_eq!((node.size().unwrap(), node.align().unwrap()), (32, 8));

    let bits = btf.at("node.inner[2].bits").unwrap();
    assert_eq!((bits.name, bits.bit_offset, bits.bit_size), ("bits", 64 + 2 * 64 + 35, 5));
    assert!(bits.is_bitfield() && bits.byte_offset().is_none());
    let inner = btf.at("struct node.inner").unwrap();
    assert_eq!((inner.name, inner.byte_offset(), inner.ty.size().unwrap()), ("inner", Some(8), 24));
    // Through a typedef, and on from a part.
    let x = btf.at("node_t").unwrap().ty.path("inner[1].x").unwrap();
    assert_eq!((x.byte_offset(), x.ty.to_string()), (Some(16), "int".into()));
    assert_eq!(inner.ty.target().unwrap().align().unwrap(), 4);
}

#[test]
fn walks_end_and_stay_where_they_are_told() {
    let btf = nodes();
    let node = btf.find::<Struct>("node").unwrap();
    let names = |walk: skep_btf::typed::Walk<'_>| walk.map(|ty| ty.id().0).collect::<Vec<_>>();
    assert_eq!(names(node.walk()), [5, 2, 4, 3, 1]);
    assert_eq!(names(btf.typed(TypeId(2)).unwrap().walk().by_value()), [2]);
    // A module's type goes on into the kernel's.
    let mut edit = Edit::split(&btf);
    edit.add().structure("own", 32, &[member("node", TypeId(6), 0, 0), member("", TypeId(3), 256, 0)]);
    let module = Btf::parse_split(edit.finish(), btf.clone()).unwrap();
    let own = module.find::<Struct>("own").unwrap();
    assert_eq!(names(own.walk()), [7, 6, 5, 2, 4, 3, 1]);
    assert_eq!(own.path("x").unwrap().byte_offset(), Some(32), "through the anonymous member");
    assert_eq!(module.at("own.node.inner[0].x").unwrap().byte_offset(), Some(8));
}

#[test]
fn definitions_stand_alone() {
    let btf = every();
    assert_eq!(btf.find::<Struct>("s").unwrap().definition(), "struct s {\n\tint a;\n\tint b: 5;\n\tint: 3;\n}");
    assert_eq!(btf.find::<Enum>("e").unwrap().definition(), "enum e {\n\tMINUS = -3,\n\tA = 9,\n}");
    assert_eq!(btf.find::<Func>("f").unwrap().definition(), "int f(int a, ...)");
    assert_eq!(btf.find::<Typedef>("t").unwrap().definition(), "typedef int t");
    assert_eq!(btf.typed(TypeId(3)).unwrap().definition(), "int [7]");
}

#[test]
fn alignments() {
    let mut edit = Edit::new(Endian::Little);
    let long = edit.add().int(Int { name: "long", size: 8, bits: 64, offset: 0, encoding: 1 });
    let char = edit.add().int(Int { name: "char", size: 1, bits: 8, offset: 0, encoding: 2 });
    let wide = edit.add().int(Int { name: "__int128", size: 16, bits: 128, offset: 0, encoding: 1 });
    edit.add().structure("natural", 16, &[member("a", char, 0, 0), member("b", long, 64, 0)]);
    edit.add().structure("packed", 9, &[member("a", char, 0, 0), member("b", long, 8, 0)]);
    edit.add().structure("outer", 24, &[member("p", TypeId(5), 0, 0), member("b", long, 128, 0)]);
    let btf = Btf::parse(edit.finish()).unwrap();
    let align = |id: u32| btf.align(TypeId(id)).unwrap();
    assert_eq!([long, char, wide].map(|id| align(id.0)), [8, 1, 16]);
    assert_eq!([4, 5, 6].map(align), [8, 1, 8]);
    assert_eq!(btf.align(TypeId::VOID).unwrap_err().code(), "btf-no-size");
    assert_eq!(btf.clone().with_pointer_size(4).align(long).unwrap(), 4);
    assert_eq!(btf.kind(TypeId(4)), Some(Kind::STRUCT));
}
