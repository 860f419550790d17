//! BTF that is large enough to be passed over in several places at a time.
#![allow(clippy::unwrap_used, reason = "tests may unwrap")]

mod sample;

use std::sync::Arc;

use sample::{INT, member};
use skep_btf::{Btf, Edit, Endian, ErrorKind, Kind, TypeId};

/// Types of every size: pointers, structs with many members, functions without any.
fn large(endian: Endian, count: u32) -> Edit {
    let mut edit = Edit::new(endian);
    let int = edit.add().int(INT);
    for i in 1..count {
        match i % 7 {
            0 => edit.add().structure(&format!("s{i}"), 64, &vec![member("m", int, 0, 0); i as usize % 90]),
            1 => edit.add().typedef(&format!("t{i}"), TypeId(i)),
            2 => edit.add().func_proto(TypeId(i), &[]),
            3 => edit.add().var(&format!("v{i}___new"), int, 1),
            _ => edit.add().ptr(TypeId(i)),
        };
    }
    edit
}

/// What a pass from the first to the last type finds.
fn in_order(btf: &Btf) -> Vec<String> {
    btf.kinds().map(|(id, kind)| format!("{} {} {}", id.0, kind.name(), btf.name(id))).collect()
}

#[test]
fn each_type_is_found_where_it_is() {
    for endian in [Endian::Little, Endian::Big] {
        let btf = Btf::parse(large(endian, 40_000).finish()).unwrap();
        assert_eq!(btf.len(), 40_000);
        let one_by_one: Vec<_> =
            btf.ids().map(|id| format!("{} {} {}", id.0, btf.kind(id).unwrap().name(), btf.name(id))).collect();
        assert_eq!(in_order(&btf), one_by_one);
        assert_eq!(btf.name(TypeId(39_999)), "s39998");
    }
}

#[test]
fn members_that_look_like_types_are_none() {
    // The members' words are a pointer's: name 0, kind 2, a type.
    let mut edit = Edit::new(Endian::Little);
    let int = edit.add().int(INT);
    let looks = member("", TypeId(u32::from(Kind::PTR.0) << 24), 1, 0);
    for i in 0..40 {
        edit.add().structure(&format!("s{i}"), 64, &vec![looks; 1 + 3000 * (i % 5) as usize]);
        edit.add().ptr(int);
    }
    let bytes = edit.finish();
    assert!(bytes.len() > 1 << 18);
    let btf = Btf::parse(bytes).unwrap();
    assert_eq!(btf.len(), 81);
    let kinds: Vec<_> = btf.kinds().skip(1).map(|(_, kind)| kind).collect();
    assert_eq!(kinds, [Kind::STRUCT, Kind::PTR].repeat(40));
}

#[test]
fn names_are_found_wherever_they_stand() {
    let base = Arc::new(Btf::parse(large(Endian::Little, 30_000).finish()).unwrap());
    for i in [7, 28, 12_600, 16_807, 29_995 / 7 * 7] {
        let (name, id) = (format!("s{i}"), TypeId(i + 1));
        for _ in 0..6 {
            // Each look-up may go another way: the first types, the strings, the index.
            let btf = Btf::parse(base.bytes().clone()).unwrap();
            assert_eq!(btf.find_kind(&name, Kind::STRUCT), Some(id));
            assert_eq!(base.find_kind(&name, Kind::STRUCT), Some(id));
        }
    }
    let fresh = || Btf::parse(base.bytes().clone()).unwrap();
    assert_eq!(fresh().find_essential("v28003").collect::<Vec<_>>(), [TypeId(28_004)]);
    assert_eq!(fresh().find_essential("v28003___new").collect::<Vec<_>>(), [TypeId(28_004)]);
    assert_eq!(fresh().find_all("m").count(), 0, "a member's name is no type's");
    assert_eq!(fresh().find_all("28003___new").count(), 0, "nor is the end of one");

    // A module's types may go by names that stand among the kernel's strings.
    let mut edit = Edit::split(&base);
    for i in 0..5000 {
        edit.add().ptr(TypeId(i));
    }
    let own = edit.add().structure("s16807", 4, &[]);
    let module = Btf::parse_split(edit.finish(), base.clone()).unwrap();
    assert_eq!(module.find_own("s16807", Kind::STRUCT), Some(own));
    assert_eq!(module.find_all("s16807").collect::<Vec<_>>(), [TypeId(16_808), own]);
}

#[test]
fn many_of_one_name_are_all_found() {
    let mut edit = Edit::new(Endian::Little);
    let int = edit.add().int(INT);
    for i in 0..3000 {
        edit.add().typedef(if i % 2 == 0 { "same" } else { "same___too" }, int);
        edit.add().typedef(&format!("t{i}"), int);
    }
    let btf = Btf::parse(edit.finish()).unwrap();
    for _ in 0..5 {
        assert_eq!(btf.find_all("same").count(), 1500);
        assert!(btf.find_essential("same").eq((0..3000).map(|i| TypeId(2 + 2 * i))));
        assert_eq!(btf.find_kind("t2999", Kind::TYPEDEF), Some(TypeId(6001)));
    }
}

#[test]
fn faults_are_placed_wherever_they_are() {
    let btf = Btf::parse(large(Endian::Little, 40_000).finish()).unwrap();
    let whole = btf.bytes().as_ref();
    // The heads of types in each quarter get a name that does not exist.
    let mut at = 24;
    for id in btf.ids().take(39_000) {
        let vlen = u32::from_le_bytes(whole[at + 4..at + 8].try_into().unwrap()) & 0xff_ffff;
        let kind = btf.kind(id).unwrap().row().unwrap();
        if id.0 % 3001 == 5 {
            let mut bytes = whole.to_vec();
            bytes[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
            let error = Btf::parse(bytes).unwrap_err();
            assert_eq!((error.type_id, error.offset), (Some(id), Some(at as u32)));
            assert_eq!(error.kind, ErrorKind::StringOffset(u32::MAX));
        }
        at += 12 + usize::from(kind.info_size) + usize::from(kind.elem_size) * vlen as usize;
    }
}
