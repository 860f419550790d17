//! What is wrong with BTF, and the code that says so.
#![allow(clippy::unwrap_used, reason = "tests")]

mod build;

use build::Build;
use skep_btf::{
    Btf, Edit, Endian, TypeId,
    core::{CoreKind, Matcher, Record, Targets},
};

/// The code of what is wrong with a header changed at one byte.
fn with_byte(at: usize, byte: u8) -> &'static str {
    let mut build = Build::little();
    build.int("int", 4, 1);
    let mut bytes = build.bytes();
    bytes[at] = byte;
    Btf::parse(bytes).unwrap_err().code()
}

#[test]
fn headers() {
    assert_eq!(with_byte(0, 0), "btf-magic");
    assert_eq!(with_byte(2, 2), "btf-version");
    // The length of the strings reaches beyond the end.
    assert_eq!(with_byte(20, 0xf0), "btf-section");
    assert_eq!(Btf::parse(&b""[..]).unwrap_err().code(), "btf-truncated");
}

#[test]
fn types() {
    // The first type's name, and its kind.
    assert_eq!(with_byte(24, 0xff), "btf-string-offset");
    assert_eq!(with_byte(24 + 7, 0x1f), "btf-unknown-kind");
}

#[test]
fn sizes() {
    let mut build = Build::little();
    let proto = build.proto(TypeId::VOID, &[]);
    let circle = build.typedef("circle", TypeId(2));
    let btf = build.done();
    assert_eq!(btf.size(proto).unwrap_err().code(), "btf-no-size");
    assert_eq!(btf.size(circle).unwrap_err().code(), "btf-too-deep");
    assert_eq!(btf.size(TypeId(9)).unwrap_err().code(), "btf-no-such-type");
}

#[test]
fn edits() {
    let mut build = Build::little();
    let int = build.int("int", 4, 1);
    let proto = build.proto(int, &[int]);
    let btf = build.done();
    let mut edit = Edit::of(&btf);
    assert_eq!(edit.retarget(int, proto).unwrap_err().code(), "btf-wrong-kind");
    let param = skep_btf::Param { name: "x", ty: int };
    assert_eq!(edit.set_param(proto, 1, param).unwrap_err().code(), "btf-no-such-element");
    assert!(Btf::parse(edit.encode(Endian::Big)).is_ok());
}

#[test]
fn a_question_without_a_kernel() {
    struct None;
    impl Targets for None {
        fn kernel(&self) -> Option<&Btf> {
            Option::None
        }
    }
    let mut build = Build::little();
    let int = build.int("int", 4, 1);
    let local = build.done();
    let record = Record { type_id: int, kind: CoreKind::TYPE_EXISTS, access: "0" };
    assert_eq!(Matcher::new(&local, &None).resolve(&record).unwrap_err().code(), "core-no-target");
}
