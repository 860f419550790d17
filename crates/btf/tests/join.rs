//! Types of several objects as one: what dedup makes of them, too.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may unwrap")]

mod canon;
mod sample;

use canon::describe;
use skep_btf::{Btf, Edit, Endian, ErrorKind, Int, Join, Joined, Member, StrOff, TypeId, dedup};

const INT: Int<'_> = Int { name: "int", size: 4, bits: 32, offset: 0, encoding: 1 };

fn joined(objects: &[Btf]) -> (Btf, Joined) {
    let mut join = Join::new(objects[0].endian());
    objects.iter().for_each(|btf| join.add(Some(btf), |_| true).unwrap());
    let joined = join.finish().unwrap();
    (Btf::parse(joined.edit.finish()).unwrap(), joined)
}

/// Joins, and checks against what dedup makes of all types one after the other.
fn checked(objects: &[Btf]) -> Btf {
    let (all, joined) = joined(objects);
    let mut edit = Edit::new(objects[0].endian());
    let mut next = 0;
    let mut firsts = Vec::new();
    for btf in objects {
        edit.append(btf).unwrap();
        firsts.push(next);
        next += btf.len();
    }
    let deduped = dedup(&Btf::parse(edit.finish()).unwrap()).unwrap();
    let mut same = std::collections::HashMap::new();
    for ((obj, btf), first) in (0..).zip(objects).zip(firsts) {
        for id in btf.ids() {
            let (ours, theirs) = (joined.id(obj, id), deduped.id(TypeId(first + id.0)));
            assert_eq!(*same.entry(theirs).or_insert(ours), ours, "{obj} {id:?}: what dedup makes one is one");
        }
    }
    assert_eq!(all.len(), deduped.map().iter().collect::<std::collections::HashSet<_>>().len() as u32);
    all
}

fn fixtures(names: &[&str], endian: &str) -> Vec<Btf> {
    let read = |name: &&str| Btf::parse(sample::section(&format!("fixtures/o/{endian}/{name}.bpf.o"), ".BTF")).unwrap();
    names.iter().map(read).collect()
}

#[test]
fn objects_become_one_as_dedup_does_it() {
    for endian in ["el", "eb"] {
        let objects =
            fixtures(&["types", "core_kinds", "core_flavours", "maps", "struct_ops", "types", "tags"], endian);
        let all = checked(&objects);
        let (_, joined) = joined(&objects);
        for ((obj, btf), id) in (0..).zip(&objects).flat_map(|one| one.1.ids().map(move |id| (one, id))) {
            let _ = btf;
            assert_ne!(joined.id(obj, id), TypeId::VOID);
        }
        assert!(all.len() < objects.iter().map(Btf::len).sum());
    }
}

/// `struct name { int first; struct target *to; }`, and what it needs.
fn list(name: &str, target: &str, size: u32, declared: bool) -> Btf {
    let mut edit = Edit::new(Endian::Little);
    let int = edit.add().int(INT);
    let (own, pointer) = (TypeId(int.0 + 1), TypeId(int.0 + 2));
    let member = |name, ty, bit_offset| Member { name, ty, bit_offset, bit_size: 0 };
    edit.add().structure(name, 16, &[member("first", int, 0), member("to", pointer, 64)]);
    edit.add().ptr(TypeId(pointer.0 + 1));
    match (declared, target == name) {
        (_, true) => {
            edit.retarget(pointer, own).unwrap();
        }
        (true, _) => {
            edit.add().fwd(target, false);
        }
        (false, _) => {
            edit.add().structure(target, size, &[member("only", int, 0)]);
        }
    }
    Btf::parse(edit.finish()).unwrap()
}

#[test]
fn structs_of_one_name_that_differ_stay_apart_with_all_that_refers_to_them() {
    let count = |objects: &[Btf]| checked(objects).len();
    let same = [list("a", "b", 4, false), list("a", "b", 4, false)];
    assert_eq!(count(&same), 4);
    // Another `b`, so another pointer to it, and another `a`.
    assert_eq!(count(&[list("a", "b", 4, false), list("a", "b", 8, false)]), 7);
    assert_eq!(count(&[list("a", "a", 0, false), list("a", "a", 0, false)]), 3);
    assert_eq!(count(&[list("a", "b", 4, false), list("a", "b", 8, false), list("a", "b", 4, false)]), 7);
}

#[test]
fn a_declaration_is_its_definition() {
    let all = checked(&[list("a", "b", 0, true), list("a", "b", 4, false)]);
    assert_eq!(all.len(), 4);
    assert_eq!(checked(&[list("a", "b", 0, true), list("a", "b", 0, true)]).len(), 4);
    // Of two definitions neither is meant.
    let two = [list("a", "b", 0, true), list("a", "b", 4, false), list("a", "b", 8, false)];
    assert_eq!(checked(&two).len(), 10);
}

#[test]
fn strings_are_those_of_the_result() {
    let objects = fixtures(&["types", "maps"], "el");
    let mut join = Join::new(Endian::Little);
    let mut strings = Vec::new();
    for btf in &objects {
        join.add(Some(btf), |_| true).unwrap();
        strings.push(join.string(btf, StrOff(1)));
    }
    let joined = join.finish().unwrap();
    let all = Btf::parse(joined.edit.finish()).unwrap();
    for ((obj, btf), string) in (0..).zip(&objects).zip(strings) {
        assert_eq!(all.string(string), btf.string(StrOff(1)));
        for id in btf.ids() {
            assert_eq!(describe(btf, id, 2), describe(&all, joined.id(obj, id), 2));
        }
    }
}

#[test]
fn what_is_needed_stays() {
    let mut join = Join::new(Endian::Little);
    let error = join.add(Some(&list("a", "b", 4, false)), |id| id != TypeId(4)).unwrap_err();
    assert!(matches!(error.kind, ErrorKind::NoSuchType(TypeId(4))), "{error}");
}

#[test]
fn types_that_lead_back_to_themselves_end() {
    let mut edit = Edit::new(Endian::Little);
    let first = edit.add().ptr(TypeId(2));
    edit.add().ptr(TypeId(3));
    edit.add().ptr(first);
    // A struct without a name, which holds itself many times.
    let own = edit.next_id();
    let member = Member { name: "m", ty: own, bit_offset: 0, bit_size: 0 };
    edit.add().structure("", 4, &[member; 40]);
    // A long way to the end.
    for _ in 0..1000 {
        let next = edit.next_id();
        edit.add().ptr(TypeId(next.0 + 1));
    }
    edit.add().int(INT);
    let btf = Btf::parse(edit.finish()).unwrap();
    checked(&[btf.clone(), btf]);
}
