//! What holds for all types, tried on types made up by chance.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may unwrap")]

mod canon;
mod plan;

use std::sync::Arc;

use canon::describe;
use plan::{Plan, Random, sound};
use skep_btf::{Btf, Builder, Edit, Endian, Kind, TypeId, check::check, dedup, downgrade, reachable, select};
use skep_uapi::Release;

const SEEDS: u64 = 300;

fn plans(seed: u64, most: u32) -> Vec<Plan> {
    let mut random = Random::new(seed + 1);
    let count = 1 + random.below(most);
    (0..count).map(|_| Plan::wild(&mut random, count)).collect()
}

fn written(plans: &[Plan], edit: &mut Edit) {
    plans.iter().for_each(|plan| _ = plan.write(edit.add()));
}

fn read(btf: &Btf) -> Vec<Plan> {
    btf.ids().map(|id| Plan::read(btf, id)).collect()
}

#[test]
fn built_encoded_parsed_and_equal() {
    let mut kinds = [0; 20];
    for seed in 0..SEEDS {
        let plans = plans(seed, 60);
        for endian in [Endian::Little, Endian::Big] {
            for has_layout in [false, true] {
                let mut edit = Edit::new(endian);
                written(&plans, &mut edit);
                if has_layout {
                    edit.describe_layout();
                }
                let bytes = edit.finish();
                assert_eq!(bytes[if endian == Endian::Little { 4 } else { 7 }], if has_layout { 32 } else { 24 });
                let btf = Btf::parse(bytes.clone()).unwrap();
                assert_eq!((btf.endian(), read(&btf)), (endian, plans.clone()), "seed {seed}");
                btf.kinds().for_each(|(_, kind)| kinds[usize::from(kind.0)] += 1);
                // Opened and written again, and turned around twice, they are the same bytes.
                assert_eq!(Edit::of(&btf).finish(), bytes);
                let other = if endian == Endian::Little { Endian::Big } else { Endian::Little };
                let turned = Btf::parse(Edit::of(&btf).encode(other)).unwrap();
                assert_eq!((turned.endian(), read(&turned)), (other, plans.clone()));
                assert_eq!(Edit::of(&turned).encode(endian), bytes);
            }
        }
    }
    assert!(kinds[1..].iter().all(|&count| count > 100), "{kinds:?}");
}

#[test]
fn split_types_are_those_of_one_piece() {
    for seed in 0..SEEDS {
        let plans = plans(seed, 60);
        let (below, above) = plans.split_at(plans.len() / 2);
        let mut edit = Edit::new(Endian::Little);
        written(below, &mut edit);
        let base = Arc::new(Btf::parse(edit.finish()).unwrap());
        let mut split = Edit::split(&base);
        written(above, &mut split);
        let btf = Btf::parse_split(split.finish(), base.clone()).unwrap();
        let all: Vec<Plan> = (1..=plans.len() as u32).map(|id| Plan::read(&btf, TypeId(id))).collect();
        assert_eq!(all, plans, "seed {seed}");
        assert_eq!(Edit::of(&btf).finish(), btf.bytes().as_ref());
    }
}

#[test]
fn deduplication_is_idempotent_and_keeps_every_structure() {
    let mut gone = 0;
    for seed in 0..SEEDS {
        let mut edit = Edit::new(Endian::Little);
        written(&plans(seed, 40), &mut edit);
        let once = Btf::parse(edit.finish()).unwrap();
        edit.append(&once).unwrap();
        let btf = Btf::parse(edit.finish()).unwrap();
        let deduped = dedup(&btf).unwrap();
        let after = Btf::parse(deduped.bytes()).unwrap();
        after.check_references().unwrap();
        for id in btf.ids() {
            assert_eq!(describe(&btf, id, 3), describe(&after, deduped.id(id), 3), "seed {seed}, {id:?}");
        }
        let again = dedup(&after).unwrap();
        assert_eq!(again.bytes(), deduped.bytes(), "seed {seed}");
        gone += btf.len() - after.len();
    }
    assert!(gone > 500, "{gone}");
}

/// Declarations become definitions, and then nothing is left to be made one.
#[test]
fn deduplication_with_declarations_is_idempotent() {
    let mut resolved = 0;
    for seed in 0..SEEDS {
        let mut all = plans(seed, 40);
        for (i, plan) in all.iter_mut().enumerate() {
            match plan {
                Plan::Fwd { name, .. } => *name = name.trim_start_matches("fwd_").into(),
                Plan::Enum { values, .. } if i % 2 == 0 => values.clear(),
                _ => {}
            }
        }
        let mut edit = Edit::new(Endian::Big);
        written(&all, &mut edit);
        let btf = Btf::parse(edit.finish()).unwrap();
        let deduped = dedup(&btf).unwrap();
        let after = Btf::parse(deduped.bytes()).unwrap();
        assert_eq!(dedup(&after).unwrap().bytes(), deduped.bytes(), "seed {seed}");
        for (id, kind) in btf.kinds() {
            let (new, name) = (deduped.id(id), btf.name(id));
            assert_eq!(after.name(new), name);
            match (kind, after.kind(new).unwrap()) {
                (Kind::FWD, Kind::STRUCT | Kind::UNION) => resolved += 1,
                (Kind::ENUM | Kind::ENUM64, Kind::ENUM | Kind::ENUM64) => {}
                (before, now) => {
                    assert_eq!(before, now, "seed {seed}: {:?} {:?}", Plan::read(&btf, id), Plan::read(&after, new))
                }
            }
        }
    }
    assert!(resolved > 20, "{resolved}");
}

#[test]
fn what_is_reachable_is_cut_out_as_it_was() {
    for seed in 0..SEEDS {
        let mut edit = Edit::new(Endian::Little);
        written(&plans(seed, 40), &mut edit);
        let btf = Btf::parse(edit.finish()).unwrap();
        let root = TypeId(1 + (seed as u32 % btf.len()));
        let cut = select(&btf, &reachable(&btf, [root]).unwrap(), &[]).unwrap();
        let after = Btf::parse(cut.bytes()).unwrap();
        after.check_references().unwrap();
        assert_eq!(describe(&btf, root, 5), describe(&after, cut.id(root), 5), "seed {seed}");
    }
}

/// The same types have the same faults, whatever their byte order and in whatever order they stand.
#[test]
fn the_check_does_not_depend_on_the_encoding() {
    for seed in 0..SEEDS {
        let mut edit = Edit::new(Endian::Little);
        written(&plans(seed, 20), &mut edit);
        let little = check(&Btf::parse(edit.encode(Endian::Little)).unwrap());
        let big = check(&Btf::parse(edit.encode(Endian::Big)).unwrap());
        assert_eq!(little, big, "seed {seed}");
    }
}

#[test]
fn what_the_builder_finishes_has_no_faults() {
    let (mut done, mut types) = (0, 0);
    for seed in 0..SEEDS {
        let mut builder = Builder::new(Endian::Little);
        sound(&mut Random::new(seed + 1), 60, |plan| builder.add(|ty| plan.write(ty)).ok().map(|id| id.0));
        types += builder.len();
        let Ok(bytes) = builder.finish() else { continue };
        done += 1;
        let btf = Btf::parse(bytes).unwrap();
        let faults = |btf: &Btf| check(btf).into_iter().filter(|found| found.what.refused().until.is_none()).count();
        assert_eq!(faults(&btf), 0, "seed {seed}");
        assert_eq!(faults(&Btf::parse(dedup(&btf).unwrap().bytes()).unwrap()), 0, "seed {seed}");
        // For the oldest kernels.
        let oldest = Btf::parse(downgrade(&btf, |_| false).unwrap()).unwrap();
        let left: Vec<_> =
            check(&oldest).into_iter().filter(|found| found.what.refused().by(Release::new(5, 10))).collect();
        assert!(left.is_empty(), "seed {seed}: {left:?}");
    }
    assert!(done > SEEDS / 2 && types > 5000, "{done} {types}");
}
