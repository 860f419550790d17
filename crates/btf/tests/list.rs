//! Types listed with all their fields.
#![allow(clippy::unwrap_used, reason = "tests may unwrap")]

mod sample;

use skep_btf::{Btf, Edit, Endian, TypeId, Value, list};

const TEXT: &str = "\
[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED
[2] PTR '(anon)' type_id=1
[3] ARRAY '(anon)' type_id=1 index_type_id=1 nr_elems=7
[4] STRUCT 's' size=8 vlen=3
\t'a' type_id=1 bits_offset=0
\t'b' type_id=1 bits_offset=32 bitfield_size=5
\t'(anon)' type_id=1 bits_offset=37 bitfield_size=3
[5] UNION 'u' size=4 vlen=2
\t'x' type_id=1 bits_offset=0
\t'y' type_id=16 bits_offset=0
[6] ENUM 'e' encoding=SIGNED size=4 vlen=2
\t'MINUS' val=-3
\t'A' val=9
[7] FWD 'later' fwd_kind=union
[8] TYPEDEF 't' type_id=1
[9] VOLATILE '(anon)' type_id=1
[10] CONST '(anon)' type_id=1
[11] RESTRICT '(anon)' type_id=2
[12] FUNC 'f' type_id=13 linkage=global
[13] FUNC_PROTO '(anon)' ret_type_id=1 vlen=2
\t'a' type_id=1
\t'(anon)' type_id=0
[14] VAR 'v' type_id=1, linkage=extern
[15] DATASEC '.data' size=4 vlen=1
\ttype_id=14 offset=0 size=4 (VAR 'v')
[16] FLOAT 'float' size=4
[17] DECL_TAG 'tag' type_id=4 component_idx=1
[18] TYPE_TAG 'user' type_id=1
[19] ENUM64 'e64' encoding=UNSIGNED size=8 vlen=1
\t'BIG' val=320255973501901ULL
";

#[test]
fn every_kind_in_both_byte_orders() {
    for endian in [Endian::Little, Endian::Big] {
        let btf = Btf::parse(sample::every_kind().encode(endian)).unwrap();
        let mut out = String::new();
        list::text(&mut out, &btf, btf.ids()).unwrap();
        assert_eq!(out, TEXT);
    }
}

#[test]
fn json_has_the_same_fields() {
    let btf = Btf::parse(sample::every_kind().finish()).unwrap();
    let mut out = String::new();
    list::json(&mut out, &btf, [4, 6, 14, 15, 19].map(TypeId)).unwrap();
    let expected = concat!(
        r#"{"types":[{"id":4,"kind":"STRUCT","name":"s","size":8,"vlen":3,"members":["#,
        r#"{"name":"a","type_id":1,"bits_offset":0},{"name":"b","type_id":1,"bits_offset":32,"bitfield_size":5},"#,
        r#"{"name":"(anon)","type_id":1,"bits_offset":37,"bitfield_size":3}]},"#,
        r#"{"id":6,"kind":"ENUM","name":"e","encoding":"SIGNED","size":4,"vlen":2,"values":["#,
        r#"{"name":"MINUS","val":-3},{"name":"A","val":9}]},"#,
        r#"{"id":14,"kind":"VAR","name":"v","type_id":1,"linkage":"extern"},"#,
        r#"{"id":15,"kind":"DATASEC","name":".data","size":4,"vlen":1,"vars":[{"type_id":14,"offset":0,"size":4}]},"#,
        r#"{"id":19,"kind":"ENUM64","name":"e64","encoding":"UNSIGNED","size":8,"vlen":1,"values":["#,
        r#"{"name":"BIG","val":320255973501901}]}]}"#,
    );
    assert_eq!(out, expected);
}

#[test]
fn large_numbers_and_odd_names() {
    let mut edit = Edit::new(Endian::Little);
    // bpftool writes the first as 18446744071562067968 in JSON: it takes the number for a signed one.
    edit.add().enumeration("e", 4, false, &[Value { name: "TOP", value: 0x8000_0000 }]);
    edit.add().enumeration64("f", 8, true, &[Value { name: "LEAST", value: 1 << 63 }]);
    edit.add().decl_tag("two\nlines\x1b[2J", TypeId(1), -1, false);
    let btf = Btf::parse(edit.finish()).unwrap();
    let (mut text, mut json) = (String::new(), String::new());
    list::text(&mut text, &btf, btf.ids()).unwrap();
    list::json(&mut json, &btf, btf.ids()).unwrap();
    assert!(text.contains("'TOP' val=2147483648\n") && text.contains("'LEAST' val=-9223372036854775808LL\n"), "{text}");
    assert!(text.contains("'two\nlines\\x1b[2J' type_id=1 component_idx=-1"), "{text}");
    assert!(json.contains(r#""val":2147483648}"#) && json.contains(r#""name":"two\nlines\u001b[2J""#), "{json}");
}
