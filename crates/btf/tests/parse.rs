//! Text to bytes, and what is said when it is not a value.
#![allow(clippy::unwrap_used, reason = "tests may unwrap")]

mod build;

use build::Build;
use skep_btf::{
    Btf, Endian, TypeId,
    value::{self, Style},
};

fn fault(btf: &Btf, ty: TypeId, text: &str) -> String {
    let fault = value::parse(btf, ty, text).unwrap_err();
    format!("{}: {fault}", fault.code())
}

#[test]
fn integers_in_both_byte_orders() {
    for endian in [Endian::Little, Endian::Big] {
        let mut b = Build::new(endian);
        let (int, long, byte) = (b.int("int", 4, 1), b.int("unsigned long", 8, 0), b.int("char", 1, 1));
        let (flag, double) = (b.int("_Bool", 1, 4), b.float("double", 8));
        let (pid, be16) = (b.typedef("pid_t", int), b.int("unsigned short", 2, 0));
        let be16 = b.typedef("__be16", be16);
        let btf = b.done();
        let parse = |ty, text| value::parse(&btf, ty, text).unwrap();
        assert_eq!(parse(pid, " -2 "), endian.bytes32(-2i32 as u32));
        assert_eq!(parse(long, "0xffff_ffff_ffff_ffff"), [0xff; 8]);
        assert_eq!(parse(be16, "8080"), [0x1f, 0x90]);
        assert_eq!((parse(flag, "true"), parse(flag, "0")), (vec![1], vec![0]));
        assert_eq!((parse(byte, "'A'"), parse(byte, "65")), (vec![65], vec![65]));
        assert_eq!(parse(double, "1.5"), endian.bytes64(1.5f64.to_bits()));
    }
}

#[test]
fn what_does_not_fit_is_refused_with_the_range() {
    let mut b = Build::little();
    let (short, flag) = (b.int("unsigned short", 2, 0), b.int("_Bool", 1, 4));
    let (long, ptr) = (b.int("long", 8, 1), b.ptr(TypeId::VOID));
    let u16_ = b.typedef("__u16", short);
    let btf = b.done();
    assert_eq!(fault(&btf, u16_, "70000"), "value-out-of-range: 70000 does not fit `__u16`: it holds 0 to 65535");
    assert_eq!(fault(&btf, u16_, "-1"), "value-out-of-range: -1 does not fit `__u16`: it holds 0 to 65535");
    let said = "value-out-of-range: 9223372036854775808 does not fit `long`: it holds -9223372036854775808 to 9223372036854775807";
    assert_eq!(fault(&btf, long, "9223372036854775808"), said);
    let said = "value-not-of-type: `many` is not a `__u16`: write a number such as 42 or 0x2a";
    assert_eq!(fault(&btf, u16_, "many"), said);
    assert_eq!(fault(&btf, flag, "yes"), "value-not-of-type: `yes` is not a `_Bool`: write true or false");
    assert_eq!(fault(&btf, u16_, "1 2"), "value-syntax: the end is expected in a `__u16`");
    assert_eq!(fault(&btf, u16_, ""), "value-not-of-type: `` is not a `__u16`: write a number such as 42 or 0x2a");
    let said = "value-not-of-type: `here` is not a `void *`: write an address such as 0xffff888012345678";
    assert_eq!(fault(&btf, ptr, "here"), said);
    assert_eq!(value::parse(&btf, ptr, "0x1000").unwrap(), 0x1000u64.to_le_bytes());
    assert!(fault(&btf, TypeId(99), "0").starts_with("value-bad-type: "));
    assert!(fault(&btf, TypeId(0), "0").starts_with("value-bad-type: "));
}

#[test]
fn enums_characters_and_bytes() {
    let mut b = Build::little();
    let mode = b.enumeration("mode", 4, false, &[("MODE_OFF", 0), ("MODE_READ", 1), ("MODE_WRITE", 2)]);
    let large = b.enum64("large", true, &[("NEG", u64::MAX)]);
    let (ch, uchar) = (b.int("char", 1, 1), b.int("unsigned char", 1, 0));
    let (name, hash) = (b.array(ch, 8), b.array(uchar, 4));
    let btf = b.done();
    let parse = |ty, text| value::parse(&btf, ty, text).unwrap();
    assert_eq!(parse(mode, "MODE_READ"), [1, 0, 0, 0]);
    assert_eq!(parse(mode, "MODE_READ|MODE_WRITE"), [3, 0, 0, 0]);
    assert_eq!((parse(mode, "7"), parse(mode, "mode(7)")), (vec![7, 0, 0, 0], vec![7, 0, 0, 0]));
    assert_eq!(parse(large, "NEG"), [0xff; 8]);
    let said = "value-no-enumerator: `enum mode` has no value `MODE_REED`; did you mean `MODE_READ`?";
    assert_eq!(fault(&btf, mode, "MODE_REED"), said);
    assert_eq!(parse(name, "a b"), *b"a b\0\0\0\0\0");
    assert_eq!(parse(name, r#""\x41\n""#), *b"A\n\0\0\0\0\0\0");
    assert_eq!(fault(&btf, name, "12345678"), "value-too-long: `char[8]` has room for 7, not for 8");
    assert_eq!(fault(&btf, name, "\"123456789\""), "value-too-long: `char[8]` has room for 8, not for 9");
    assert_eq!(parse(name, "\"12345678\""), *b"12345678");
    assert!(fault(&btf, name, "\"open").starts_with("value-syntax: "));
    assert_eq!((parse(hash, "0aff"), parse(hash, "[1, 2]")), (vec![0x0a, 0xff, 0, 0], vec![1, 2, 0, 0]));
    assert!(fault(&btf, hash, "0af").starts_with("value-not-of-type: "));
    assert_eq!(fault(&btf, hash, "0011223344"), "value-too-long: `unsigned char[4]` has room for 4, not for 5");
}

/// A struct with a bit of everything.
fn config(endian: Endian) -> (Btf, TypeId) {
    let mut b = Build::new(endian);
    let (int, uint, ulong) = (b.int("int", 4, 1), b.int("unsigned int", 4, 0), b.int("unsigned long", 8, 0));
    let ch = b.int("char", 1, 1);
    let (comm, ports, be32) = (b.array(ch, 8), b.array(uint, 8), b.typedef("__be32", uint));
    let inner = b.structure("inner", 4, &[("x", uint, 0, 3), ("y", int, 3, 5)]);
    let either = b.union("", 4, &[("a", int, 0, 0), ("b", uint, 0, 0)]);
    let members = [
        ("pid", int, 0, 0),
        ("comm", comm, 32, 0),
        ("inner", inner, 96, 0),
        ("", either, 128, 0),
        ("addr", be32, 160, 0),
        ("wait_ns", ulong, 192, 0),
        ("ports", ports, 256, 0),
    ];
    let config = b.structure("config", 64, &members);
    (b.done(), config)
}

#[test]
fn structs_are_read_as_they_are_shown() {
    for endian in [Endian::Little, Endian::Big] {
        let (btf, config) = config(endian);
        let text = r#"pid=-3 comm="sh" inner={x=5 y=-2} a=9 b=9 addr=10.1.2.3 wait_ns=1.5ms ports=[80, 443, 0 x6]"#;
        let bytes = value::parse(&btf, config, text).unwrap();
        let mut shown = String::new();
        value::text(&mut shown, &btf, config, &bytes, &Style::default()).unwrap();
        assert_eq!(shown, text);
        let other = "{ .pid = -3, comm: sh, inner={.x=5,.y=-2}, b=9, addr=10.1.2.3, wait_ns=1500000, ports=[80,443] }";
        assert_eq!(value::parse(&btf, config, other).unwrap(), bytes);
        assert_eq!(value::parse(&btf, config, "").unwrap(), [0; 64]);
    }
}

#[test]
fn faults_name_the_way_to_the_part() {
    let (btf, config) = config(Endian::Little);
    let say = |text| fault(&btf, config, text);
    assert_eq!(say("inner={x=9}"), "value-out-of-range: `inner.x`: 9 does not fit `unsigned int`: it holds 0 to 7");
    assert_eq!(
        say("ports=[1,2,x]"),
        "value-not-of-type: `ports[2]`: `x` is not a `unsigned int`: write a number such as 42 or 0x2a"
    );
    assert_eq!(say("pdi=1"), "value-no-member: `struct config` has no member `pdi`; did you mean `pid`?");
    assert_eq!(say("pid 1"), "value-syntax: `=` after the name of a member is expected in a `struct config`");
    assert_eq!(say("inner=1"), "value-syntax: `inner`: `{` is expected in a `struct inner`");
    assert_eq!(say("ports=1"), "value-syntax: `ports`: `[` is expected in a `unsigned int[8]`");
    assert_eq!(say("{pid=1"), "value-no-member: `struct config` has no member ``");
    assert_eq!(say("ports=[1 x9]"), "value-too-long: `ports`: `unsigned int[8]` has room for 8, not for 9");
    assert_eq!(
        say("ports=[1,2,3,4,5,6,7,8,9]"),
        "value-too-long: `ports`: `unsigned int[8]` has room for 8, not for 9"
    );
    assert!(say("addr=10.1").starts_with("value-not-of-type: `addr`: `10.1` is not a `__be32`: write an address"));
    assert!(say("wait_ns=1parsec").ends_with("write a duration such as 10ms, or a number"));
}

#[test]
fn a_part_is_set_and_the_rest_stays() {
    for endian in [Endian::Little, Endian::Big] {
        let (btf, config) = config(endian);
        let mut bytes = value::parse(&btf, config, "pid=1 inner={x=1 y=1} ports=[1,2]").unwrap();
        for (path, text) in [("inner.y", "-1"), ("ports[1]", "0x50"), ("comm", "a"), ("b", "7"), ("wait_ns", "2us")] {
            value::set(&btf, config, &mut bytes, path, text).unwrap();
        }
        let text = "pid=1 comm=a inner={x=1 y=-1} b=7 ports=[1, 80] wait_ns=2000";
        assert_eq!(bytes, value::parse(&btf, config, text).unwrap());
        let before = bytes.clone();
        for (path, text, code) in [
            ("inner.y", "16", "value-out-of-range"),
            ("inner.y", "1 2", "value-syntax"),
            ("inner.z", "1", "value-no-member"),
            ("pid.x", "1", "value-no-member"),
            ("pid[0]", "1", "value-no-member"),
            ("ports[8]", "1", "value-no-member"),
            ("ports[x]", "1", "value-no-member"),
        ] {
            assert_eq!(value::set(&btf, config, &mut bytes, path, text).unwrap_err().code(), code, "{path}={text}");
        }
        assert_eq!(bytes, before);
        assert_eq!(value::set(&btf, config, &mut [0; 8], "ports[1]", "1").unwrap_err().code(), "value-unsupported");
    }
}

#[test]
fn hostile_types_are_bounded() {
    let mut b = Build::little();
    let int = b.int("int", 4, 1);
    let huge = b.array(int, u32::MAX);
    let pair = b.array(int, 2);
    let own = b.structure("own", 4, &[("me", TypeId(4), 0, 0), ("far", int, 0xff_ffff, 0), ("pair", pair, 0, 0)]);
    let btf = b.done();
    assert!(fault(&btf, huge, "[1]").starts_with("value-too-long: "));
    let nested = "me={".repeat(100);
    assert!(fault(&btf, own, &nested).starts_with("value-unsupported: "));
    assert!(fault(&btf, own, "far=1").starts_with("value-unsupported: "));
    assert!(fault(&btf, own, "pair=[1 x2]").starts_with("value-unsupported: "));
}
