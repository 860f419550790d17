//! What changed between two BTFs.
#![allow(clippy::unwrap_used, reason = "tests may unwrap")]

mod sample;

use sample::{INT, member};
use skep_btf::{
    Btf, Edit, Endian, Int, Kind, Param, TypeId, Users, Value, by_name,
    diff::{Change, diff, diff_of},
    select,
};

const UNSIGNED: Int<'_> = Int { name: "u32", size: 4, bits: 32, offset: 0, encoding: 0 };

fn btf(make: impl FnOnce(&mut Edit)) -> Btf {
    let mut edit = Edit::new(Endian::Little);
    make(&mut edit);
    Btf::parse(edit.finish()).unwrap()
}

/// All that is told, a line each.
fn lines(old: &Btf, new: &Btf) -> Vec<String> {
    let mut lines = Vec::new();
    for one in diff(old, new) {
        let sign = match (one.old, one.new) {
            (None, _) => "+ ",
            (_, None) => "- ",
            _ => "",
        };
        lines.push(format!("{sign}{one}"));
        lines.extend(one.changes.iter().map(|change| format!("  {change}")));
    }
    lines
}

#[test]
fn members_that_move_change_come_and_go() {
    let old = btf(|e| {
        let (int, u32_) = (e.add().int(INT), e.add().int(UNSIGNED));
        let inner = e.add().structure("", 8, &[member("x", int, 0, 0), member("y", int, 32, 0)]);
        let members = [
            member("a", int, 0, 0),
            member("b", int, 32, 0),
            member("gone", u32_, 64, 0),
            member("", inner, 96, 0),
            member("old_name", int, 160, 0),
            member("bits", int, 192, 3),
        ];
        e.add().structure("s", 32, &members);
        e.add().fwd("only_declared", false);
    });
    let new = btf(|e| {
        let (u32_, int) = (e.add().int(UNSIGNED), e.add().int(INT));
        let inner = e.add().structure("", 8, &[member("x", int, 0, 0), member("y", u32_, 32, 0)]);
        let members = [
            member("a", int, 0, 0),
            member("more", u32_, 32, 0),
            member("b", int, 64, 0),
            member("", inner, 96, 0),
            member("new_name", int, 160, 0),
            member("bits", int, 192, 4),
        ];
        e.add().structure("s", 40, &members);
    });
    let expected = [
        "struct s",
        "  size 32 → 40",
        "  ~ b: at 4 → 8",
        "  - gone: u32 at 8",
        "  ~ y: int at 16 → u32 at 16",
        "  ~ old_name → new_name: int at 20",
        "  ~ bits: at 24.0:3 → 24.0:4",
        "  + more: u32 at 4",
    ];
    assert_eq!(lines(&old, &new), expected);
    assert_eq!(diff_of(&old, &new, |kind, name| kind == Kind::STRUCT && name == "t"), []);
}

#[test]
fn enums_functions_typedefs_and_variables() {
    let make = |more: bool| {
        btf(move |e| {
            let int = e.add().int(INT);
            let value = |name, value| Value { name, value };
            match more {
                false => {
                    e.add().enumeration("e", 4, false, &[value("A", 0), value("B", 1), value("M", u32::MAX.into())])
                }
                true => e.add().enumeration64(
                    "e",
                    8,
                    true,
                    &[value("A", 0), value("B", 2), value("C", 3), value("M", u64::MAX)],
                ),
            };
            let to = e.add().ptr(int);
            let second = Param { name: "len", ty: int };
            let params = [Param { name: "p", ty: to }, second];
            let proto = e.add().func_proto(TypeId(0), if more { &params } else { &params[..1] });
            e.add().func("f", proto, 1);
            e.add().typedef("t", if more { to } else { int });
            e.add().var("v", if more { int } else { to }, 1);
            e.add().float(if more { "double" } else { "float" }, 8);
        })
    };
    let expected = [
        "enum e",
        "  size 4 → 8",
        "  ~ B = 1 → 2",
        "  + C = 3",
        "typedef t",
        "  ~ int → int *",
        "func f",
        "  ~ void f(int *p) → void f(int *p, int len)",
        "var v",
        "  ~ int * → int",
        "+ float double",
        "- float float",
    ];
    assert_eq!(lines(&make(false), &make(true)), expected);
}

#[test]
fn the_same_types_under_other_ids_are_the_same() {
    for path in ["fixtures/o/el/types.bpf.o", "examples/exec.bpf.o"] {
        let btf = Btf::parse(sample::section(path, ".BTF")).unwrap();
        let sorted = Btf::parse(select(&btf, &by_name(&btf), &[]).unwrap().bytes()).unwrap();
        assert_eq!(lines(&btf, &sorted), Vec::<String>::new());
        let empty = Btf::parse(Edit::new(Endian::Little).finish()).unwrap();
        let gone = diff(&btf, &empty);
        assert!(gone.len() > 5 && gone.iter().all(|one| one.new.is_none()));
        assert_eq!(diff(&empty, &btf).len(), gone.len());
    }
}

#[test]
fn several_types_of_one_name_are_paired() {
    let make = |sizes: &[u32]| btf(|e| sizes.iter().for_each(|&size| _ = e.add().structure("s", size, &[])));
    assert_eq!(lines(&make(&[4, 8]), &make(&[8, 4])), Vec::<String>::new());
    assert_eq!(lines(&make(&[4, 8]), &make(&[8, 12])), ["struct s", "  size 4 → 12"]);
    assert_eq!(lines(&make(&[4]), &make(&[4, 8])), ["+ struct s"]);
}

#[test]
fn types_without_names_in_a_circle_end() {
    // Each points to the other, and to itself many times.
    let make = |width: u8| {
        btf(move |e| {
            let to = e.add().ptr(TypeId(2));
            let many: Vec<_> = (0..200).map(|i| member("m", to, 64 * i, 0)).collect();
            e.add().structure("", 64 * 200, &many);
            let int = e.add().int(INT);
            e.add().structure("s", 64, &[member("p", to, 0, 0), member("bits", int, 64, width)]);
        })
    };
    let found = diff(&make(3), &make(4));
    assert!(matches!(&found[0].changes[..], [.., Change::Member { .. }]), "{}", found.len());
}

#[test]
fn users_through_pointers_and_types_without_names() {
    let btf = btf(|e| {
        let int = e.add().int(INT);
        let to = e.add().ptr(int);
        let inner = e.add().structure("", 8, &[member("p", to, 0, 0)]);
        let outer = e.add().structure("outer", 16, &[member("a", int, 0, 0), member("", inner, 64, 0)]);
        e.add().typedef("outer_t", outer);
        let proto = e.add().func_proto(int, &[Param { name: "o", ty: outer }]);
        e.add().func("f", proto, 1);
    });
    let users = Users::of(&btf);
    let named = |id| {
        let named = users.named(&btf, TypeId(id));
        named.iter().map(|user| (btf.name(user.id).to_owned(), user.element)).collect::<Vec<_>>()
    };
    let own = |name: &str, element| (name.to_owned(), element);
    assert_eq!(named(1), [own("outer", Some(0)), own("outer", Some(1)), own("f", None)]);
    assert_eq!(named(4), [own("outer_t", None), own("f", None)]);
    assert_eq!(users.direct(TypeId(2)).len(), 1);
    assert!(users.direct(TypeId(99)).is_empty());
}
