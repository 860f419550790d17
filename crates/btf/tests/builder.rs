//! A builder of types that kernels take.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may unwrap")]

mod sample;

use std::sync::Arc;

use sample::{INT, member};
use skep_btf::{
    Array, Btf, Builder, Endian, Error, ErrorKind, Kind, SecVar, TypeId, Value, Writer,
    check::{What, check},
};
use skep_uapi::Release;

fn what(error: &Error) -> What {
    assert_eq!(error.code(), "btf-refused");
    match &error.kind {
        ErrorKind::Refused(finding) => finding.what,
        _ => panic!("{error}"),
    }
}

#[test]
fn equal_types_are_one() {
    let mut builder = Builder::new(Endian::Big);
    let int = builder.add(|ty| ty.int(INT)).unwrap();
    let to = builder.add(|ty| ty.ptr(int)).unwrap();
    for _ in 0..3 {
        assert_eq!(builder.add(|ty| ty.int(INT)).unwrap(), int);
        assert_eq!(builder.add(|ty| ty.ptr(int)).unwrap(), to);
    }
    let first = builder.add(|ty| ty.var("v", int, 1)).unwrap();
    let second = builder.add(|ty| ty.var("v", int, 1)).unwrap();
    assert_ne!(first, second, "variables are places");
    assert_eq!((builder.len(), builder.is_empty()), (4, false));
    let btf = Btf::parse(builder.finish().unwrap()).unwrap();
    assert_eq!((btf.endian(), btf.len()), (Endian::Big, 4));
}

#[test]
fn what_is_refused_at_once_leaves_nothing() {
    type Make = fn(Writer<'_>) -> TypeId;
    let cases: [(Make, What); 8] = [
        (|ty| ty.typedef("two words", TypeId(1)), What::Name),
        (|ty| ty.typedef("nul\0inside", TypeId(1)), What::Lossy),
        (
            |ty| ty.structure("s", 1 << 24, &[member("a", TypeId(1), 1 << 25, 0), member("b", TypeId(1), 1 << 26, 3)]),
            What::Lossy,
        ),
        (|ty| ty.enumeration("e", 4, false, &[Value { name: "A", value: 1 << 40 }]), What::Lossy),
        (|ty| ty.float("f", 5), What::BadSize),
        (|ty| ty.array(Array { elem: TypeId(0), index: TypeId(1), len: 3 }), What::NoSize(TypeId(0))),
        (|ty| ty.func("f", TypeId(1), 2), What::Linkage(2)),
        (|ty| ty.datasec(".data", 4, &[SecVar { ty: TypeId(1), offset: 2, size: 4 }]), What::Place),
    ];
    let mut builder = Builder::new(Endian::Little);
    let int = builder.add(|ty| ty.int(INT)).unwrap();
    for (make, expected) in cases {
        assert_eq!(what(&builder.add(make).unwrap_err()), expected);
        assert_eq!(builder.len(), 1);
    }
    // Numbers below 0 fit an enum.
    let minus = Value { name: "MINUS", value: -1i64 as u64 };
    builder.add(|ty| ty.enumeration("e", 4, true, &[minus])).unwrap();
    builder.add(|ty| ty.typedef("t", int)).unwrap();
    assert_eq!(check(&Btf::parse(builder.finish().unwrap()).unwrap()).len(), 1, "but for older kernels");
}

#[test]
fn what_is_refused_together() {
    let mut builder = Builder::new(Endian::Little);
    let circle = builder.announce();
    builder.define(circle, |ty| ty.structure("s", 8, &[member("s", circle, 0, 0)])).unwrap();
    let error = builder.finish().unwrap_err();
    assert_eq!((what(&error), error.type_id), (What::Circle, Some(circle)));
    assert!(error.to_string().contains("kernels refuse types that contain each other"), "{error}");

    let mut builder = Builder::new(Endian::Little);
    let open = builder.announce();
    assert_eq!(builder.define(TypeId(9), |ty| ty.int(INT)).unwrap_err().kind, ErrorKind::NoSuchType(TypeId(9)));
    assert_eq!(what(&builder.define(open, |ty| ty.float("f", 3)).unwrap_err()), What::BadSize);
    assert_eq!(what(&builder.clone().finish().unwrap_err()), What::Undefined);
    builder.define(open, |ty| ty.float("f", 8)).unwrap();
    assert!(builder.define(open, |ty| ty.float("f", 8)).is_err(), "it is defined already");
    assert_eq!(what(&builder.clone().finish_for(Release::new(5, 10)).unwrap_err()), What::Kind(Kind::FLOAT));
    builder.finish_for(Release::new(5, 13)).unwrap();
}

#[test]
fn over_a_base() {
    let mut base = Builder::new(Endian::Little);
    let int = base.add(|ty| ty.int(INT)).unwrap();
    let base = Arc::new(Btf::parse(base.finish().unwrap()).unwrap());
    let mut builder = Builder::split(base.clone());
    let to = builder.add(|ty| ty.ptr(int)).unwrap();
    builder.add(|ty| ty.typedef("to_int", to)).unwrap();
    assert_eq!(what(&builder.add(|ty| ty.typedef("", to)).unwrap_err()), What::Name);
    let btf = Btf::parse_split(builder.finish().unwrap(), base).unwrap();
    assert_eq!(btf.spelled(to), "int *");
}
