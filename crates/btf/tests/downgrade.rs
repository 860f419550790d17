//! What older kernels are given in place of what they do not know.
#![allow(clippy::unwrap_used, reason = "tests")]

use skep_btf::{Btf, Edit, Endian, Int, Kind, Member, Param, SecVar, Type, TypeId, Value, downgrade};
use skep_uapi::Feature;

const INT: TypeId = TypeId(1);
const PROTO: TypeId = TypeId(2);
const FUNC: TypeId = TypeId(3);
const VAR: TypeId = TypeId(4);
const SECTION: TypeId = TypeId(5);
const FLOAT: TypeId = TypeId(6);
const DECL_TAG: TypeId = TypeId(7);
const TYPE_TAG: TypeId = TypeId(8);
const SIGNED: TypeId = TypeId(9);
const ENUM64: TypeId = TypeId(10);

fn object(endian: Endian) -> Btf {
    let mut edit = Edit::new(endian);
    edit.add().int(Int { name: "int", size: 4, bits: 32, offset: 0, encoding: 1 });
    edit.add().func_proto(INT, &[Param { name: "ctx", ty: INT }]);
    edit.add().func("prog", PROTO, 1);
    edit.add().var("counter", INT, 1);
    edit.add().datasec("?.struct_ops.link", 16, &[SecVar { ty: VAR, offset: 8, size: 4 }]);
    edit.add().float("float", 4);
    edit.add().decl_tag("tag", VAR, -1, false);
    edit.add().type_tag("user", INT, false);
    edit.add().enumeration("e", 4, true, &[Value { name: "MINUS", value: u64::MAX }]);
    edit.add().enumeration64("big", 8, true, &[Value { name: "A", value: 1 << 40 }, Value { name: "B", value: 2 }]);
    Btf::parse(edit.finish()).unwrap()
}

/// The object for a kernel without one feature, parsed again.
fn without(lacking: Feature) -> Btf {
    let original = object(Endian::Little);
    let little = Btf::parse(downgrade(&original, |feature| feature != lacking).unwrap()).unwrap();
    let big = Btf::parse(downgrade(&object(Endian::Big), |feature| feature != lacking).unwrap()).unwrap();
    assert_eq!(Edit::of(&big).encode(Endian::Little), little.bytes().as_ref(), "the same in both byte orders");
    little
}

/// The ids whose kind differs from the original's.
fn changed(btf: &Btf) -> Vec<TypeId> {
    let original = object(Endian::Little);
    original.ids().filter(|&id| original.kind(id) != btf.kind(id)).collect()
}

#[test]
fn nothing_is_copied_for_a_kernel_that_has_all() {
    assert_eq!(downgrade(&object(Endian::Little), |_| true), None);
    let mut edit = Edit::new(Endian::Little);
    edit.add().int(Int { name: "int", size: 4, bits: 32, offset: 0, encoding: 1 });
    assert_eq!(downgrade(&Btf::parse(edit.finish()).unwrap(), |_| false), None);
}

#[test]
fn functions() {
    let btf = without(Feature::BtfFunc);
    assert_eq!(changed(&btf), [PROTO, FUNC]);
    assert!(matches!(btf.get(PROTO), Some(Type::Enum(e)) if e.len == 1 && e.size == 4 && !e.is_64));
    assert!(matches!(btf.get(FUNC), Some(Type::Typedef { name: "prog", target: PROTO })));
    let btf = without(Feature::BtfGlobalFunc);
    assert_eq!(changed(&btf), []);
    assert!(matches!(btf.get(FUNC), Some(Type::Func(f)) if f.linkage == 0));
}

#[test]
fn sections_of_variables() {
    let btf = without(Feature::BtfDatasec);
    assert_eq!(changed(&btf), [VAR, SECTION]);
    assert!(matches!(btf.get(VAR), Some(Type::Int(Int { name: "counter", size: 1, bits: 8, offset: 0, encoding: 0 }))));
    let Some(Type::Struct(s)) = btf.get(SECTION) else { panic!("a struct") };
    assert_eq!((s.name, s.size), ("__struct_ops_link", 16));
    let member = Member { name: "counter", ty: VAR, bit_offset: 64, bit_size: 0 };
    assert_eq!(s.members().collect::<Vec<_>>(), [member]);

    let btf = without(Feature::BtfQmarkDatasec);
    assert_eq!((changed(&btf), btf.name(SECTION)), (vec![], "_.struct_ops.link"));
}

#[test]
fn floats_and_tags() {
    let btf = without(Feature::BtfFloat);
    assert_eq!(changed(&btf), [FLOAT]);
    assert!(matches!(btf.get(FLOAT), Some(Type::Struct(s)) if s.name.is_empty() && s.size == 4 && s.len == 0));
    let btf = without(Feature::BtfDeclTag);
    assert_eq!(changed(&btf), [DECL_TAG]);
    assert!(matches!(btf.get(DECL_TAG), Some(Type::Int(Int { name: "tag", size: 1, bits: 8, .. }))));
    let btf = without(Feature::BtfTypeTag);
    assert_eq!(changed(&btf), [TYPE_TAG]);
    assert!(matches!(btf.get(TYPE_TAG), Some(Type::Const(INT))));
}

#[test]
fn enums() {
    let btf = without(Feature::BtfEnum64);
    assert_eq!(changed(&btf), [ENUM64]);
    assert!(matches!(btf.get(SIGNED), Some(Type::Enum(e)) if !e.signed));
    let Some(Type::Union(union)) = btf.get(ENUM64) else { panic!("a union") };
    assert_eq!((union.name, union.size), ("big", 8));
    let placeholder = TypeId(11);
    let member = |name| Member { name, ty: placeholder, bit_offset: 0, bit_size: 0 };
    assert_eq!(union.members().collect::<Vec<_>>(), [member("A"), member("B")]);
    assert!(matches!(btf.get(placeholder), Some(Type::Int(Int { name: "enum64_placeholder", size: 1, bits: 8, .. }))));
    assert_eq!(btf.len(), 11);
}

#[test]
fn the_layout_section() {
    let original = object(Endian::Little);
    let bytes = original.bytes().as_ref();
    let (types, strings) = bytes[24..].split_at(u32::from_le_bytes(bytes[16..20].try_into().unwrap()) as usize);
    let layout = [0, 0, 0, 0, 4, 0, 0, 0];
    let header = [32, 0, types.len(), types.len() + layout.len(), strings.len(), types.len(), layout.len()];
    let mut long = vec![0x9f, 0xeb, 1, 0];
    long.extend(header.iter().flat_map(|&word| (word as u32).to_le_bytes()));
    for part in [types, &layout, strings] {
        long.extend_from_slice(part);
    }
    let btf = Btf::parse(long.clone()).unwrap();
    assert_eq!(Edit::of(&btf).finish(), long);
    assert_eq!(downgrade(&btf, |_| true), None);
    assert_eq!(downgrade(&btf, |feature| feature != Feature::BtfLayout).unwrap(), bytes);
}

#[test]
fn the_layout_section_stays_if_a_kind_needs_it() {
    // One type of kind 24, which nobody knows, with one word after its head.
    let mut layout = vec![0; 24 * 4];
    layout.extend([4, 0, 0, 0]);
    let header = [32, 0, 16, 16 + layout.len() as u32, 1, 16, layout.len() as u32];
    let mut bytes = vec![0x9f, 0xeb, 1, 0];
    bytes.extend(header.iter().flat_map(|word| word.to_le_bytes()));
    bytes.extend([0u32, 24 << 24, 0, 7].iter().flat_map(|word| word.to_le_bytes()));
    bytes.extend(layout.into_iter().chain([0]));
    let btf = Btf::parse(bytes).unwrap();
    assert_eq!(btf.len(), 1);
    assert_eq!(downgrade(&btf, |_| false), None);
}

#[test]
fn a_kernel_that_has_nothing_gets_only_what_the_first_one_knew() {
    let btf = Btf::parse(downgrade(&object(Endian::Little), |_| false).unwrap()).unwrap();
    assert!(btf.ids().all(|id| btf.kind(id).is_some_and(|kind| kind <= Kind::RESTRICT)));
    assert_eq!(btf.len(), 11);
}
