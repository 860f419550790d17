//! Bytes to text and JSON: one golden line for each kind of value.
#![allow(clippy::unwrap_used, reason = "tests may unwrap")]

mod build;

use build::Build;
use skep_btf::{
    Btf, Endian, TypeId,
    value::{self, Style, Times},
};

fn text_as(btf: &Btf, ty: TypeId, bytes: &[u8], style: &Style<'_>) -> String {
    let mut out = String::new();
    value::text(&mut out, btf, ty, bytes, style).unwrap();
    out
}

fn text(btf: &Btf, ty: TypeId, bytes: &[u8]) -> String {
    text_as(btf, ty, bytes, &Style::default())
}

fn json(btf: &Btf, ty: TypeId, bytes: &[u8]) -> String {
    let mut out = String::new();
    value::json(&mut out, btf, ty, bytes, &Style::default()).unwrap();
    out
}

/// Checks both renderings.
#[track_caller]
fn shows(btf: &Btf, ty: TypeId, bytes: &[u8], expected_text: &str, expected_json: &str) {
    assert_eq!(text(btf, ty, bytes), expected_text);
    assert_eq!(json(btf, ty, bytes), expected_json);
}

/// The types that most tests need, in a struct with one member of each.
struct Types {
    b: Build,
    int: TypeId,
    uint: TypeId,
    ulong: TypeId,
    ch: TypeId,
    uchar: TypeId,
}

fn types(endian: Endian) -> Types {
    let mut b = Build::new(endian);
    let (int, uint) = (b.int("int", 4, 1), b.int("unsigned int", 4, 0));
    let (ulong, ch, uchar) = (b.int("unsigned long", 8, 0), b.int("char", 1, 1), b.int("unsigned char", 1, 0));
    Types { b, int, uint, ulong, ch, uchar }
}

#[test]
fn an_event_of_a_process() {
    let Types { mut b, int, ch, .. } = types(Endian::Little);
    let (comm, name) = (b.array(ch, 16), b.array(ch, 0));
    let kind = b.enumeration("kind", 4, false, &[("EXEC", 0), ("EXIT", 1)]);
    let parent = b.structure("parent", 8, &[("pid", int, 0, 0), ("code", int, 32, 0)]);
    let members = [
        ("pid", int, 0, 0),
        ("comm", comm, 32, 0),
        ("kind", kind, 160, 0),
        ("parent", parent, 192, 0),
        ("file", name, 256, 0),
    ];
    let event = b.structure("event", 32, &members);
    let btf = b.done();
    let mut bytes = vec![0u8; 32];
    bytes[0..4].copy_from_slice(&1234i32.to_le_bytes());
    bytes[4..8].copy_from_slice(b"bash");
    bytes[24..28].copy_from_slice(&1i32.to_le_bytes());
    bytes[28..32].copy_from_slice(&(-9i32).to_le_bytes());
    bytes.extend(b"/bin/ls\0garbage");
    shows(
        &btf,
        event,
        &bytes,
        r#"pid=1234 comm="bash" kind=EXEC parent={pid=1 code=-9} file="/bin/ls""#,
        r#"{"pid":1234,"comm":"bash","kind":"EXEC","parent":{"pid":1,"code":-9},"file":"/bin/ls"}"#,
    );
}

#[test]
fn integers_in_both_byte_orders() {
    for endian in [Endian::Little, Endian::Big] {
        let Types { mut b, int, ulong, ch, .. } = types(endian);
        let (bool_, wide) = (b.int("_Bool", 1, 4), b.int("__int128 unsigned", 16, 0));
        let btf = b.done();
        shows(&btf, int, &endian.bytes32(-5i32 as u32), "-5", "-5");
        shows(&btf, ulong, &endian.bytes64(u64::MAX), "18446744073709551615", "18446744073709551615");
        shows(
            &btf,
            wide,
            &[0xff; 16],
            "340282366920938463463374607431768211455",
            "340282366920938463463374607431768211455",
        );
        shows(&btf, bool_, &[1], "true", "true");
        shows(&btf, bool_, &[2], "2", "2");
        shows(&btf, ch, b"R", "'R'", "82");
        shows(&btf, ch, &[0], "0", "0");
    }
}

#[test]
fn floats_and_pointers() {
    let mut b = Build::little();
    let (float, double, half, ptr) =
        (b.float("float", 4), b.float("double", 8), b.float("_Float16", 2), b.ptr(TypeId::VOID));
    let btf = b.done();
    shows(&btf, float, &1.5f32.to_le_bytes(), "1.5", "1.5");
    shows(&btf, double, &f64::NAN.to_le_bytes(), "NaN", "\"NaN\"");
    shows(&btf, double, &1e300f64.to_le_bytes(), "1e300", "1e300");
    shows(&btf, half, &[1, 0xab], "01ab", "\"01ab\"");
    let address = 0xffff_8881_0000_0010u64.to_le_bytes();
    shows(&btf, ptr, &address, "0xffff888100000010", "\"0xffff888100000010\"");
    let symbol = |address: u64| Some(format!("f+{:#x}", address & 0xff));
    let style = Style { symbol: Some(&symbol), ..Style::default() };
    assert_eq!(text_as(&btf, ptr, &address, &style), "0xffff888100000010 <f+0x10>");
    assert_eq!(text_as(&btf, ptr, &[0; 8], &style), "0x0");
}

#[test]
fn characters_are_escaped_and_end_at_nul() {
    let Types { mut b, ch, .. } = types(Endian::Little);
    let name = b.array(ch, 8);
    let btf = b.done();
    shows(&btf, name, b"a\"b\\\n\x1b\0x", r#""a\"b\\\n\x1b""#, r#""a\"b\\\n\u001b""#);
    shows(&btf, name, b"a'\xff\0\0\0\0\0", r#""a'\xff""#, "[97,39,255]");
    shows(&btf, name, "grün\0\0\0".as_bytes(), r#""grün""#, r#""grün""#);
    shows(&btf, name, b"12345678", r#""12345678""#, r#""12345678""#);
    shows(&btf, name, b"123", r#""123"…"#, r#""123""#);
}

#[test]
fn enums_by_name_by_number_and_by_bits() {
    let mut b = Build::little();
    let kind = b.enumeration("kind", 4, false, &[("A", 0), ("B", 1)]);
    let flags = b.enumeration("flags", 4, false, &[("R", 1), ("W", 2), ("X", 4)]);
    let old = b.enumeration("old", 4, false, &[("MINUS", -1), ("ONE", 1)]);
    let large = b.enum64("large", false, &[("TOP", 1 << 63)]);
    let (signed, anonymous) = (b.enum64("s", true, &[("NEG", u64::MAX)]), b.enumeration("", 4, true, &[("Q", 5)]));
    let small = b.enumeration("small", 1, true, &[("LAST", -1)]);
    let btf = b.done();
    let word = |n: i32| n.to_le_bytes();
    shows(&btf, kind, &word(1), "B", "\"B\"");
    shows(&btf, kind, &word(9), "kind(9)", "9");
    shows(&btf, flags, &word(5), "R|X(0x5)", "5");
    shows(&btf, flags, &word(9), "R|0x8(0x9)", "9");
    shows(&btf, flags, &word(0), "flags(0)", "0");
    shows(&btf, old, &word(-1), "MINUS", "\"MINUS\"");
    shows(&btf, large, &(1u64 << 63).to_le_bytes(), "TOP", "\"TOP\"");
    shows(&btf, signed, &(-2i64).to_le_bytes(), "s(-2)", "-2");
    shows(&btf, anonymous, &word(6), "6", "6");
    shows(&btf, small, &[0xff], "LAST", "\"LAST\"");
}

#[test]
fn unions_and_anonymous_members_and_bitfields() {
    for endian in [Endian::Little, Endian::Big] {
        let Types { mut b, int, uint, .. } = types(endian);
        let either = b.union("", 4, &[("a", int, 0, 0), ("b", uint, 0, 0)]);
        let bits = b.structure("", 4, &[("x", uint, 0, 3), ("y", int, 3, 5), ("", uint, 8, 8), ("z", uint, 31, 1)]);
        let outer = b.structure("outer", 12, &[("", either, 0, 0), ("", bits, 32, 0), ("u", either, 64, 0)]);
        let btf = b.done();
        let mut bytes = endian.bytes32(u32::MAX).to_vec();
        bytes.extend(match endian {
            Endian::Little => [0b1111_0101, 0xff, 0, 0x80],
            Endian::Big => [0b1011_1110, 0xff, 0, 0x01],
        });
        bytes.extend(endian.bytes32(7));
        shows(
            &btf,
            outer,
            &bytes,
            "a=-1 b=4294967295 x=5 y=-2 z=1 u={a=7 b=7}",
            r#"{"a":-1,"b":4294967295,"x":5,"y":-2,"z":1,"u":{"a":7,"b":7}}"#,
        );
    }
}

#[test]
fn arrays_of_numbers_bytes_and_structs() {
    let Types { mut b, uint, uchar, .. } = types(Endian::Little);
    let (list, hash, rows) = (b.array(uint, 8), b.array(uchar, 4), b.array(uint, 2));
    let point = b.structure("point", 8, &[("x", uint, 0, 0), ("y", uint, 32, 0)]);
    let (points, grid) = (b.array(point, 2), b.array(rows, 2));
    let btf = b.done();
    let mut bytes = [0u8; 32];
    (bytes[0], bytes[8]) = (1, 3);
    shows(&btf, list, &bytes, "[1, 0, 3, 0 x5]", "[1,0,3,0,0,0,0,0]");
    shows(&btf, list, &[0; 32], "[0 x8]", "[0,0,0,0,0,0,0,0]");
    shows(&btf, hash, &[0, 0x1f, 0xff, 2], "001fff02", "\"001fff02\"");
    shows(&btf, grid, &bytes[..16], "[[1, 0], [3, 0]]", "[[1,0],[3,0]]");
    shows(&btf, points, &bytes[..16], "[{x=1 y=0}, {x=3 y=0}]", r#"[{"x":1,"y":0},{"x":3,"y":0}]"#);
}

#[test]
fn addresses_go_by_type_and_name() {
    let Types { mut b, uint, uchar, ulong, ch, .. } = types(Endian::Little);
    let (be32, short) = (b.typedef("__be32", uint), b.int("unsigned short", 2, 0));
    let (be16, v6, mac) = (b.typedef("__be16", short), b.array(uchar, 16), b.array(uchar, 6));
    let (host, words, in6) = (b.array(ch, 4), b.array(uint, 4), b.structure("in6_addr", 16, &[("u", v6, 0, 0)]));
    let members = [
        ("src", be32, 0, 0),
        ("daddr", uint, 32, 0),
        ("port", be16, 64, 0),
        ("eth", mac, 80, 0),
        ("addr", v6, 128, 0),
        ("to", in6, 256, 0),
        ("addr_text", host, 384, 0),
        ("addr_page", ulong, 448, 0),
        ("addrs", words, 512, 0),
    ];
    let flow = b.structure("flow", 80, &members);
    let btf = b.done();
    let mut bytes = vec![10, 0, 0, 1, 192, 168, 1, 255, 0x1f, 0x90, 2, 0, 0, 0, 0, 9];
    bytes.extend([0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    bytes.extend([0; 16]);
    bytes.extend(*b"h\0\0\0\0\0\0\0");
    bytes.extend(0x1000u64.to_le_bytes());
    bytes.extend([127, 0, 0, 1, 8, 8, 8, 8, 0, 0, 0, 0, 1, 1, 1, 1]);
    let expected = "src=10.0.0.1 daddr=192.168.1.255 port=8080 eth=02:00:00:00:00:09 addr=fe80::1 to=:: addr_text=\"h\" \
                    addr_page=0x1000 addrs=[127.0.0.1, 8.8.8.8, 0.0.0.0, 1.1.1.1]";
    assert_eq!(text(&btf, flow, &bytes), expected);
    assert!(json(&btf, flow, &bytes).starts_with(r#"{"src":"10.0.0.1","daddr":"192.168.1.255","port":8080,"#));
    let style = Style { addresses: false, ..Style::default() };
    let raw = text_as(&btf, flow, &bytes, &style);
    assert!(raw.starts_with("src=16777226 daddr=4278298816 port=36895 eth=020000000009 addr=fe80"), "{raw}");
}

#[test]
fn times_and_durations_go_by_name() {
    let Types { mut b, ulong, uint, .. } = types(Endian::Little);
    let (long, ts) = (b.int("long", 8, 1), ("ts", ulong, 0, 0));
    let ktime = b.typedef("ktime_t", long);
    let members =
        [ts, ("wait_ns", ulong, 64, 0), ("left_ms", uint, 128, 0), ("at", ktime, 192, 0), ("d_ns", long, 256, 0)];
    let event = b.structure("e", 40, &members);
    let btf = b.done();
    let mut bytes = 5_000_001_000u64.to_le_bytes().to_vec();
    bytes.extend(1_250_000u64.to_le_bytes());
    bytes.extend(90_000u64.to_le_bytes());
    bytes.extend(1u64.to_le_bytes());
    bytes.extend((-3i64).to_le_bytes());
    shows(
        &btf,
        event,
        &bytes,
        "ts=5.000001s wait_ns=1.25ms left_ms=90s at=0.000000s d_ns=-3",
        r#"{"ts":5000001000,"wait_ns":1250000,"left_ms":90000,"at":1,"d_ns":-3}"#,
    );
    let style = Style { times: Times::OfDay { boot_ns: 3_600_000_000_000 }, ..Style::default() };
    assert!(text_as(&btf, event, &bytes, &style).starts_with("ts=01:00:05.000001 wait_ns=1.25ms"));
    let style = Style { times: Times::Raw, ..Style::default() };
    assert!(text_as(&btf, event, &bytes, &style).starts_with("ts=5000001000 wait_ns=1250000 left_ms=90000 at=1"));
}

#[test]
fn bytes_that_end_early_are_marked() {
    let Types { mut b, int, ulong, .. } = types(Endian::Little);
    let (list, flexible) = (b.array(int, 4), b.array(ulong, 0));
    let s = b.structure("s", 20, &[("a", int, 0, 0), ("l", list, 32, 0), ("z", int, 160, 0), ("f", flexible, 192, 0)]);
    let btf = b.done();
    let bytes: Vec<u8> = (0..24).flat_map(|_| [1, 0, 0, 0]).take(22).collect();
    shows(&btf, s, &[], "a=… l=[…] z=… f=[]", r#"{"a":null,"l":[null],"z":null,"f":[]}"#);
    shows(&btf, s, &bytes[..3], "a=… l=[…] z=… f=[]", r#"{"a":null,"l":[null],"z":null,"f":[]}"#);
    shows(&btf, s, &bytes[..14], "a=1 l=[1, 1, …] z=… f=[]", r#"{"a":1,"l":[1,1,null],"z":null,"f":[]}"#);
    // What follows the struct belongs to the array without a length; half an element is not one.
    let mut long = bytes.clone();
    long.extend([0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0]);
    assert_eq!(text(&btf, s, &long), "a=1 l=[1, 1, 1, 1] z=1 f=[9]");
    for ty in [TypeId(0), TypeId(999)] {
        shows(&btf, ty, &bytes, "…", "null");
    }
}

#[test]
fn hostile_types_are_bounded() {
    let Types { mut b, int, .. } = types(Endian::Little);
    let empty = b.structure("empty", 0, &[]);
    let many = b.array(empty, u32::MAX);
    let huge = b.array(int, u32::MAX);
    let (first, last) = (huge.0 + 1, huge.0 + 60);
    for id in first..=last {
        b.union("u", 8, &[("a", TypeId(id + 1), 0, 0), ("b", TypeId(id + 1), 0, 0)]);
    }
    let own = b.structure("own", 4, &[("me", TypeId(last + 1), 0, 0), ("i", int, 0, 0)]);
    let anonymous = b.structure("", 4, &[("", TypeId(own.0 + 1), 0, 0)]);
    let btf = b.done();
    assert_eq!(text(&btf, many, &[0; 64]), "[]");
    assert_eq!(text(&btf, huge, &[1, 0, 0, 0]), "[1, …]");
    assert!(json(&btf, TypeId(first), &[0; 64]).len() < 4 << 20);
    assert!(text(&btf, own, &[0; 64]).contains("me=…"));
    assert_eq!(text(&btf, anonymous, &[0; 64]), "");
}
