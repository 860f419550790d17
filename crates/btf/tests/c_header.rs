//! Types as a C header.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may unwrap")]

mod sample;

use sample::{INT, member};
use skep_btf::{Btf, Edit, Endian, Int, Param, TypeId, Value, c};

const PLAIN: c::Options = c::Options { preserve_access_index: false, kfuncs: false, guard: "" };

fn header(edit: &Edit, roots: &[TypeId], options: &c::Options) -> String {
    let mut out = String::new();
    c::header(&mut out, &Btf::parse(edit.finish()).unwrap(), roots, options).unwrap();
    out
}

#[test]
fn order_declarations_and_clashes() {
    let mut edit = Edit::new(Endian::Little);
    let int = edit.add().int(INT);
    // A cycle through a pointer, and one by value the other way.
    let (node, ptr, inner) = (TypeId(2), TypeId(3), TypeId(4));
    edit.add().structure("node", 16, &[member("next", ptr, 0, 0), member("inner", inner, 64, 0)]);
    edit.add().ptr(node);
    edit.add().structure("inner", 4, &[member("x", int, 0, 0)]);
    edit.add().structure("inner", 8, &[member("y", ptr, 0, 0)]);
    let proto = edit.add().func_proto(int, &[Param { name: "n", ty: ptr }]);
    let to = edit.add().ptr(proto);
    edit.add().typedef("visit_t", to);
    let expected = "\
struct node;

struct inner {
\tint x;
};

struct node {
\tstruct node *next;
\tstruct inner inner;
};

struct inner___2 {
\tstruct node *y;
};

typedef int (*visit_t)(struct node *n);

";
    assert_eq!(header(&edit, &[], &PLAIN), expected);
    // Only what is asked for: the typedef needs no definition.
    assert_eq!(header(&edit, &[TypeId(8)], &PLAIN), "struct node;\n\ntypedef int (*visit_t)(struct node *n);\n\n");
    let whole = header(&edit, &[inner], &c::Options::default());
    assert!(whole.starts_with("#ifndef __VMLINUX_H__\n#define") && whole.contains("preserve_access_index"));
}

/// A module has few types and stands over many: all of them are printed, and whole.
#[test]
fn a_small_module_over_a_large_base() {
    let mut edit = Edit::new(Endian::Little);
    let int = edit.add().int(INT);
    let names: Vec<String> = (0..50_000).map(|i| format!("member_of_a_large_struct_{i}")).collect();
    for names in names.chunks(50) {
        let members: Vec<_> = (0..).zip(names).map(|(i, name)| member(name, int, 32 * i, 0)).collect();
        edit.add().structure(&names[0], 200, &members);
    }
    let base = std::sync::Arc::new(Btf::parse(edit.finish()).unwrap());
    let mut split = Edit::split(&base);
    split.add().structure("of_the_module", 200, &[member("base", TypeId(3), 0, 0)]);
    let btf = Btf::parse_split(split.finish(), base).unwrap();
    let mut out = String::new();
    c::header(&mut out, &btf, &[], &PLAIN).unwrap();
    assert_eq!(out.matches("\tint member_of_a_large_struct_").count(), names.len());
    assert!(out.contains("struct of_the_module {"));
    assert!(!out.contains("__unknown"));
    let mut out = String::new();
    skep_btf::rust::definitions(&mut out, &btf, &[], &skep_btf::rust::Options::default()).unwrap();
    assert!(out.contains("pub struct of_the_module"));
}

/// Values are defined once, whoever else the enum without a name is for.
#[test]
fn an_enum_without_a_name_and_two_typedefs() {
    let mut edit = Edit::new(Endian::Little);
    let kind = edit.add().enumeration("", 4, false, &[Value { name: "ON", value: 1 }]);
    edit.add().typedef("first_t", kind);
    edit.add().typedef("second_t", kind);
    let text = header(&edit, &[], &PLAIN);
    assert_eq!(text.matches("ON = 1").count(), 1, "{text}");
    assert!(text.contains("} first_t;") && text.contains("typedef unsigned int second_t;"), "{text}");
}

#[test]
fn offsets_are_kept() {
    let mut edit = Edit::new(Endian::Little);
    let int = edit.add().int(INT);
    let char = edit.add().int(Int { name: "char", size: 1, bits: 8, offset: 0, encoding: 2 });
    let anon = edit.add().union("", 4, &[member("a", int, 0, 0), member("b", char, 0, 0)]);
    let named = edit.add().structure("part", 4, &[member("c", int, 0, 0)]);
    edit.add().structure("packed", 5, &[member("a", char, 0, 0), member("b", int, 8, 0)]);
    edit.add().structure("bits", 8, &[member("x", int, 0, 3), member("y", int, 5, 4), member("z", int, 32, 8)]);
    edit.add().structure("wide", 24, &[member("a", int, 0, 0), member("", anon, 64, 0), member("", named, 96, 0)]);
    let expected = "\
struct part {
\tint c;
};

struct packed {
\tchar a;
\tint b;
} __attribute__((packed));

struct bits {
\tint x: 3;
\tchar: 2;
\tint y: 4;
\tint: 23;
\tint z: 8;
};

struct wide {
\tint a;
\tlong: 0;
\tunion {
\t\tint a;
\t\tchar b;
\t};
\tstruct {
\t\tint c;
\t};
\tlong: 64;
};

";
    assert_eq!(header(&edit, &[], &PLAIN), expected);
}

#[test]
fn enums_of_each_size() {
    let mut edit = Edit::new(Endian::Little);
    let value = |name, value| Value { name, value };
    edit.add().enumeration("small", 1, false, &[value("A", 1)]);
    edit.add().enumeration("", 4, true, &[value("A", -1i64 as u64), value("B", 7)]);
    edit.add().enumeration64("big", 8, false, &[value("C", 1 << 40)]);
    let expected = "\
enum small {
\tA = 1,
} __attribute__((mode(byte)));

enum {
\tA___2 = -1,
\tB = 7,
};

enum big {
\tC = 1099511627776ULL,
};

";
    assert_eq!(header(&edit, &[], &PLAIN), expected);
}

/// The length of a header, as far as it is written, is within its bound.
fn is_bounded(edit: &Edit) -> bool {
    let (mut out, bytes) = (String::new(), edit.finish());
    let limit = (1 << 20) + 64 * bytes.len();
    // Being too long is an error, and no failure here.
    let _ = c::header(&mut out, &Btf::parse(bytes).unwrap(), &[], &PLAIN);
    !out.is_empty() && out.len() <= limit
}

#[test]
fn hostile_types_end() {
    // Each anonymous struct holds the next one twice: written out it would be 2^40 members.
    let mut edit = Edit::new(Endian::Little);
    for i in 2..42 {
        edit.add().structure("", 8, &[member("a", TypeId(i), 0, 0), member("b", TypeId(i), 32, 0)]);
    }
    edit.add().int(INT);
    edit.add().structure("top", 8, &[member("a", TypeId(1), 0, 0)]);
    assert!(is_bounded(&edit));
    // A struct that is in itself, a pointer to itself, a gap of half a gigabyte, a function of itself.
    let mut edit = Edit::new(Endian::Little);
    edit.add().structure("", 8, &[member("a", TypeId(1), 0, 0)]);
    edit.add().ptr(TypeId(2));
    edit.add().structure("gap", u32::MAX, &[member("a", TypeId(2), u32::MAX - 7, 0)]);
    edit.add().typedef("t", TypeId(4));
    edit.add().func_proto(TypeId(5), &[Param { name: "x", ty: TypeId(5) }, Param { name: "y", ty: TypeId(5) }]);
    edit.add().typedef("f", TypeId(5));
    assert!(is_bounded(&edit));
}
