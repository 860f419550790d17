//! Building, changing and encoding BTF.

use std::sync::Arc;

use skep_btf::{Btf, Edit, Endian, ErrorKind, Kind, Param, SecVar, StrOff, Type, TypeId, Value};

mod sample;

use sample::{INT, every_kind, member};

#[test]
fn every_kind_survives_both_byte_orders() {
    let edit = every_kind();
    let little = Btf::parse(edit.finish()).unwrap();
    let big = Btf::parse(edit.encode(Endian::Big)).unwrap();
    assert_eq!((little.endian(), big.endian()), (Endian::Little, Endian::Big));
    for btf in [&little, &big] {
        assert_eq!(btf.len(), 19);
        assert!(btf.ids().all(|id| btf.kind(id) == Some(Kind(id.0 as u8))));
        let Some(Type::Struct(s)) = btf.get(TypeId(4)) else { panic!("struct") };
        let members: Vec<_> = s.members().collect();
        assert_eq!(
            members,
            [member("a", TypeId(1), 0, 0), member("b", TypeId(1), 32, 5), member("", TypeId(1), 37, 3)]
        );
        let Some(Type::Enum(e)) = btf.get(TypeId(6)) else { panic!("enum") };
        assert_eq!(e.values().map(|v| v.value as i64).collect::<Vec<_>>(), [-3, 9]);
        let Some(Type::Enum(e)) = btf.get(TypeId(19)) else { panic!("enum64") };
        assert_eq!(e.value(0), Some(Value { name: "BIG", value: 0x1_2345_6789_abcd }));
        assert_eq!(e.value(1), None);
        assert!(matches!(btf.get(TypeId(12)), Some(Type::Func(f)) if f.name == "f" && f.linkage == 1));
        assert!(matches!(btf.get(TypeId(14)), Some(Type::Var(v)) if v.name == "v" && v.linkage == 2));
        assert!(matches!(btf.get(TypeId(17)), Some(Type::DeclTag { name: "tag", component: 1, attribute: true, .. })));
        assert!(matches!(btf.get(TypeId(7)), Some(Type::Fwd { name: "later", is_union: true })));
        assert_eq!(btf.size(TypeId(3)).unwrap(), 28);
    }
    // A name that occurs twice is stored once.
    let text: Vec<_> = edit.finish().windows(3).filter(|w| w == b"\0a\0").map(<[u8]>::to_vec).collect();
    assert_eq!(text.len(), 1);
    // Changing the byte order twice changes nothing.
    assert_eq!(Edit::of(&big).encode(Endian::Little), edit.finish());
}

#[test]
fn changes_keep_the_ids_of_other_types() {
    let original = Btf::parse(every_kind().finish()).unwrap();
    let mut edit = Edit::of(&original);
    assert_eq!(edit.finish(), original.bytes().as_ref(), "no change");
    let extra = edit.add().var("w", TypeId(1), 1);
    let vars = [SecVar { ty: extra, offset: 0, size: 4 }, SecVar { ty: TypeId(14), offset: 4, size: 4 }];
    edit.set_datasec(TypeId(15), 8, &vars).unwrap();
    edit.set_linkage(TypeId(12), 0).unwrap();
    edit.set_linkage(TypeId(14), 0).unwrap();
    edit.retarget(TypeId(8), TypeId(16)).unwrap();
    edit.resize(TypeId(4), 16).unwrap();
    edit.rename(TypeId(5), "renamed").unwrap();
    edit.set_param(TypeId(13), 1, Param { name: "arg1", ty: TypeId(1) }).unwrap();
    edit.replace(TypeId(17)).unwrap().int(INT);
    let btf = Btf::parse(edit.finish()).unwrap();
    let Some(Type::Datasec(sec)) = btf.get(TypeId(15)) else { panic!("datasec") };
    assert_eq!((sec.size, sec.vars().collect::<Vec<_>>()), (8, vars.to_vec()));
    assert!(matches!(btf.get(TypeId(12)), Some(Type::Func(f)) if f.linkage == 0));
    assert!(matches!(btf.get(TypeId(14)), Some(Type::Var(v)) if v.linkage == 0));
    assert!(matches!(btf.get(TypeId(8)), Some(Type::Typedef { name: "t", target: TypeId(16) })));
    assert_eq!((btf.size(TypeId(4)).unwrap(), btf.name(TypeId(5))), (16, "renamed"));
    let Some(Type::FuncProto(proto)) = btf.get(TypeId(13)) else { panic!("proto") };
    assert_eq!(proto.params().nth(1), Some(Param { name: "arg1", ty: TypeId(1) }));
    assert!(matches!(btf.get(TypeId(17)), Some(Type::Int(INT))));
    assert!(matches!(btf.get(TypeId(19)), Some(Type::Enum(e)) if e.name == "e64"));
    assert_eq!(btf.name(extra), "w");
}

#[test]
fn what_cannot_be_changed_is_said() {
    let mut edit = every_kind();
    assert_eq!(edit.resize(TypeId(2), 1).unwrap_err().kind, ErrorKind::WrongKind(Kind::PTR));
    assert_eq!(edit.retarget(TypeId(1), TypeId(2)).unwrap_err().kind, ErrorKind::WrongKind(Kind::INT));
    assert_eq!(edit.rename(TypeId(0), "x").unwrap_err().kind, ErrorKind::NoSuchType(TypeId(0)));
    assert_eq!(edit.replace(TypeId(99)).unwrap_err().code(), "btf-no-such-type");
    let param = Param { name: "x", ty: TypeId(1) };
    assert_eq!(edit.set_param(TypeId(13), 2, param).unwrap_err().kind, ErrorKind::NoSuchElement(2));
}

#[test]
fn split_btf_continues_its_base() {
    let base = Arc::new(Btf::parse(every_kind().finish()).unwrap());
    let mut edit = Edit::split(&base);
    let own = edit.add().structure("mine", 4, &[member("a", TypeId(1), 0, 0)]);
    let same_name = edit.add().structure("s", 4, &[]);
    assert_eq!((own, same_name), (TypeId(20), TypeId(21)));
    let split = Btf::parse_split(edit.finish(), base.clone()).unwrap();
    assert_eq!((split.name(own), split.name(TypeId(4)), split.len()), ("mine", "s", 2));
    assert_eq!(split.find_kind("s", Kind::STRUCT), Some(TypeId(4)));
    assert_eq!(split.find_own("s", Kind::STRUCT), Some(same_name));
    assert_eq!(split.find_all("s").collect::<Vec<_>>(), [TypeId(4), same_name]);
    let found = split.find_many(&["mine", "", "s", "missing"]);
    assert_eq!(found.named(2).map(|(id, _)| id).collect::<Vec<_>>(), [TypeId(4), same_name]);
    assert_eq!((found.first(0, Kind::STRUCT), found.first(3, Kind::STRUCT)), (Some(own), None));
    assert_eq!(split.string(StrOff(base.get(TypeId(1)).map_or(0, |_| 1))), Some("int"));
    assert_eq!(Edit::of(&split).finish(), edit.finish());
}
