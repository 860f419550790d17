//! Deduplication: what becomes one, what stays apart, and that nothing is lost.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may unwrap")]

mod build;
mod canon;
mod sample;

use std::{collections::BTreeSet, sync::Arc};

use build::Build;
use canon::{copies, describe};
use skep_btf::{
    Array, Btf, Deduped, Edit, Endian, ErrorKind, Kind, Member, SecVar, StrOff, TypeId, dedup, dedup_keeping,
};

/// Variables and sections stay apart, and so do the tags that the objects here have on variables.
const PLACES: [Kind; 3] = [Kind::VAR, Kind::DATASEC, Kind::DECL_TAG];

fn reopened(of: &Btf, deduped: &Deduped) -> Btf {
    match of.base() {
        Some(base) => Btf::parse_split(deduped.bytes(), base.clone()).unwrap(),
        None => Btf::parse(deduped.bytes()).unwrap(),
    }
}

/// Deduplicates and checks what holds for every input without declarations that find their definitions.
fn checked(btf: &Btf) -> (Btf, Deduped) {
    let deduped = dedup(btf).unwrap();
    let after = reopened(btf, &deduped);
    for id in btf.ids() {
        assert_eq!(describe(btf, id, 3), describe(&after, deduped.id(id), 3), "{id:?}");
    }
    let again = dedup(&after).unwrap();
    assert_eq!(again.bytes(), deduped.bytes(), "a second time changes nothing");
    (after, deduped)
}

#[test]
fn copies_shrink_to_one() {
    for (fixture, endian) in [("types", "el"), ("types", "eb"), ("core_bitfields", "el")] {
        let bytes = sample::section(&format!("fixtures/o/{endian}/{fixture}.bpf.o"), ".BTF");
        let btf = Btf::parse(bytes).unwrap();
        let (one, _) = checked(&btf);
        let many = Btf::parse(copies(&one, 5).finish()).unwrap();
        assert_eq!(many.len(), 5 * one.len());
        let places = |btf: &Btf| btf.kinds().filter(|(_, kind)| PLACES.contains(kind)).count();
        let (after, _) = checked(&many);
        assert_eq!(after.len() as usize - places(&after), one.len() as usize - places(&one));
        assert_eq!(places(&after), 5 * places(&one), "each variable, section and tag of one stays");
    }
}

#[test]
fn one_of_each_kind_stays_as_it_is() {
    let mut edit = sample::every_kind();
    let btf = Btf::parse(edit.finish()).unwrap();
    assert_eq!(checked(&btf).0.len(), 19);
    // Distinct by one thing each.
    let int = TypeId(1);
    edit.add().func("f", TypeId(13), 0);
    edit.add().var("v", int, 1);
    edit.add().decl_tag("tag", TypeId(4), 0, true);
    edit.add().decl_tag("tag", TypeId(4), 1, false);
    edit.add().type_tag("user", int, true);
    let apart = Btf::parse(edit.finish()).unwrap();
    assert_eq!(checked(&apart).0.len(), 24);
}

#[test]
fn bitfields_of_another_width_and_cycles() {
    let mut edit = Edit::new(Endian::Little);
    let int = edit.add().int(sample::INT);
    let m = sample::member;
    for width in [3, 4, 3] {
        edit.add().structure("bits", 4, &[m("a", int, 0, width)]);
    }
    // Two copies of a list, entered at different places of the cycle.
    for _ in 0..2 {
        let at = edit.len() + 1;
        edit.add().ptr(TypeId(at + 1));
        edit.add().structure("list", 8, &[m("next", TypeId(at), 0, 0)]);
    }
    edit.add().ptr(TypeId(8));
    let (after, deduped) = checked(&Btf::parse(edit.finish()).unwrap());
    assert_eq!(after.len(), 5);
    assert_eq!(deduped.map().iter().map(|id| id.0).collect::<Vec<_>>(), [1, 2, 3, 2, 4, 5, 4, 5, 4]);
}

#[test]
fn declarations_find_the_only_definition() {
    let mut edit = Edit::new(Endian::Little);
    let fwd = edit.add().fwd("s", false);
    let to = edit.add().ptr(fwd);
    let holder = edit.add().structure("holder", 8, &[sample::member("s", to, 0, 0)]);
    let int = edit.add().int(sample::INT);
    let s = edit.add().structure("s", 4, &[sample::member("x", int, 0, 0)]);
    let to2 = edit.add().ptr(s);
    let holder2 = edit.add().structure("holder", 8, &[sample::member("s", to2, 0, 0)]);
    let union = edit.add().fwd("s", true);
    let deduped = dedup(&Btf::parse(edit.finish()).unwrap()).unwrap();
    assert_eq!(deduped.id(fwd), deduped.id(s));
    assert_eq!(deduped.id(to), deduped.id(to2));
    assert_eq!(deduped.id(holder), deduped.id(holder2));
    assert_ne!(deduped.id(union), deduped.id(s), "a union is not a struct");
    assert_eq!(deduped.edit.len(), 5);

    // With two definitions that differ, nobody knows which is meant.
    edit.add().structure("s", 8, &[sample::member("y", int, 0, 0)]);
    let deduped = dedup(&Btf::parse(edit.finish()).unwrap()).unwrap();
    assert_eq!(deduped.edit.kind(deduped.id(fwd)), Some(Kind::FWD));
    assert_ne!(deduped.id(holder), deduped.id(holder2));
}

/// A declaration right before its definition leaves the definition.
#[test]
fn a_declaration_before_its_definition() {
    for declared in 0..3 {
        let mut edit = Edit::new(Endian::Little);
        (0..declared).for_each(|_| _ = edit.add().fwd("s", false));
        edit.add().structure("s", 8, &[]);
        edit.add().ptr(TypeId(1));
        let btf = Btf::parse(edit.finish()).unwrap();
        let deduped = dedup(&btf).unwrap();
        let after = reopened(&btf, &deduped);
        assert_eq!((after.kind(TypeId(1)), after.size(TypeId(1)), after.len()), (Some(Kind::STRUCT), Ok(8), 2));
        assert!((1..=declared + 1).all(|id| deduped.id(TypeId(id)) == TypeId(1)));
    }
}

#[test]
fn split_types_are_taken_from_the_base() {
    let mut base = Build::little();
    let (int, fwd) = (base.int("int", 4, 1), base.fwd("dev", false));
    let to = base.ptr(fwd);
    let task = base.structure("task", 16, &[("pid", int, 0, 0), ("dev", to, 64, 0)]);
    let mut split = base.split();
    let int2 = split.int("int", 4, 1);
    let dev = split.structure("dev", 4, &[("id", int2, 0, 0)]);
    let to2 = split.ptr(dev);
    let task2 = split.structure("task", 16, &[("pid", int2, 0, 0), ("dev", to2, 64, 0)]);
    let to_task = split.ptr(task2);
    let btf = Btf::parse_split(split.bytes(), Arc::new(base.done())).unwrap();
    let deduped = dedup(&btf).unwrap();
    let after = reopened(&btf, &deduped);
    assert_eq!(deduped.id(int2), int);
    assert_eq!(deduped.id(task2), task, "though the base's task has only a declaration of dev");
    // The pointer to the definition says more than the base's to the declaration, and stays.
    assert_eq!(after.len(), 3);
    assert_eq!(after.spelled(deduped.id(dev)), "struct dev");
    assert!(deduped.id(to2) != to && after.size(deduped.id(dev)).unwrap() == 4);
    assert_eq!(after.spelled(deduped.id(to_task)), "struct task *");
    assert_eq!(after.name_off(deduped.id(dev)).0, btf.base().unwrap().name_off(fwd).0, "the base's string");
}

#[test]
fn strings_are_kept_on_request() {
    let mut edit = sample::every_kind();
    let line = edit.string("if (x)");
    let btf = Btf::parse(edit.finish()).unwrap();
    let deduped = dedup_keeping(&btf, &[line, StrOff(0)]).unwrap();
    let after = reopened(&btf, &deduped);
    assert_eq!(after.string(deduped.string(line).unwrap()), Some("if (x)"));
    assert_eq!(deduped.string(StrOff(0)), Some(StrOff(0)));
    assert!(dedup(&btf).unwrap().bytes().len() < deduped.bytes().len());
    let beyond = dedup_keeping(&btf, &[StrOff(1 << 30)]).unwrap_err();
    assert_eq!(beyond.kind, ErrorKind::StringOffset(1 << 30));
}

#[test]
fn bad_references_are_named() {
    let mut edit = Edit::new(Endian::Little);
    edit.add().ptr(TypeId(9));
    let error = dedup(&Btf::parse(edit.finish()).unwrap()).unwrap_err();
    assert_eq!((error.code(), error.type_id), ("btf-no-such-type", Some(TypeId(1))));
}

#[test]
fn long_chains_and_long_names_cost_no_square() {
    // A chain that a round of hashing splits by one link at a time, twice; and a cycle.
    let mut edit = Edit::new(Endian::Little);
    let int = edit.add().int(sample::INT);
    let len = 60_000;
    for _ in 0..2 {
        let mut last = int;
        for _ in 0..len {
            last = edit.add().ptr(last);
        }
    }
    let first = edit.len() + 1;
    for i in 1..=len {
        edit.add().ptr(TypeId(first + i % len));
    }
    // Names that are the ends of one long string: every type's name begins one byte later.
    let mut named = Edit::new(Endian::Little);
    named.add().fwd(&"x".repeat(100_000), false);
    for _ in 0..100_000 {
        named.add().fwd("x", false);
    }
    let mut bytes = named.finish();
    for (i, head) in bytes[24..].chunks_exact_mut(12).take(100_000).enumerate() {
        head[..4].copy_from_slice(&(1 + i as u32).to_le_bytes());
    }
    let began = std::time::Instant::now();
    let after = dedup(&Btf::parse(edit.finish()).unwrap()).unwrap();
    assert_eq!(after.edit.len(), 1 + len + 1, "all links of a cycle are equal");
    assert_eq!(dedup(&Btf::parse(bytes).unwrap()).unwrap().edit.len(), 100_000);
    assert!(began.elapsed().as_secs() < 90, "a square takes hours");
}

#[test]
fn sections_and_arrays_follow_their_types() {
    let mut edit = Edit::new(Endian::Little);
    let (a, b) = (edit.add().int(sample::INT), edit.add().int(sample::INT));
    let array = edit.add().array(Array { elem: b, index: b, len: 3 });
    let (v, w) = (edit.add().var("v", array, 1), edit.add().var("v", a, 0));
    let sec = |ty| SecVar { ty, offset: 0, size: 4 };
    edit.add().datasec(".data", 4, &[sec(v), sec(w)]);
    let (after, deduped) = checked(&Btf::parse(edit.finish()).unwrap());
    assert_eq!(deduped.map().iter().map(|id| id.0).collect::<Vec<_>>(), [1, 1, 2, 3, 4, 5]);
    assert_eq!(after.declared(TypeId(3), "v"), "int v[3]");
}

#[test]
fn the_partition_is_that_of_structural_equality() {
    // Random graphs of few distinct types: equal to any depth is equal.
    let mut seed = 7u32;
    let mut random = move |below: u32| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 16) % below
    };
    for round in 0..60 {
        let mut edit = Edit::new(Endian::Little);
        let count = 4 + random(24);
        for _ in 0..count {
            let to = TypeId(random(count + 1));
            match random(5) {
                0 => edit.add().ptr(to),
                1 => edit.add().constant(to),
                2 => edit.add().int(sample::INT),
                _ => {
                    let m = |name, ty, bit_offset| Member { name, ty, bit_offset, bit_size: 0 };
                    let other = TypeId(random(count + 1));
                    edit.add().structure("s", 16, &[m("a", to, 0), m("b", other, 64)])
                }
            };
        }
        let btf = Btf::parse(edit.finish()).unwrap();
        let deduped = dedup(&btf).unwrap();
        // Types that differ do so within as many steps as there are types.
        let classes = canon::classes(&btf);
        let distinct: BTreeSet<_> = classes.iter().collect();
        assert_eq!(deduped.edit.len() as usize, distinct.len(), "round {round}");
        for (i, a) in btf.ids().enumerate() {
            for (j, b) in btf.ids().enumerate() {
                assert_eq!(classes[i] == classes[j], deduped.id(a) == deduped.id(b), "round {round}: {a:?} {b:?}");
            }
        }
    }
}
