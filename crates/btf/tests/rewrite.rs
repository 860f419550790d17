//! Types selected, moved and put together, and the records about instructions that follow them.
#![allow(clippy::unwrap_used, reason = "tests")]

mod canon;
mod sample;

use std::{collections::BTreeSet, sync::Arc};

use canon::describe;
use skep_btf::{
    Btf, Edit, Endian, ErrorKind, Kind, Rewritten, StrOff, TypeId, by_name, dedup_keeping,
    ext::{self, Ext},
    needs_base, reachable, select,
};

const FIXTURES: [&str; 3] = ["fixtures/o/el/types.bpf.o", "fixtures/o/eb/maps.bpf.o", "examples/exec.bpf.o"];

fn fixture(path: &str) -> Btf {
    Btf::parse(sample::section(path, ".BTF")).unwrap()
}

/// Each old type that is left looks as it did.
fn assert_same(btf: &Btf, new: &Rewritten) -> Btf {
    let after = Btf::parse(new.bytes()).unwrap();
    for id in btf.ids().filter(|&id| new.id(id).0 != 0) {
        assert_eq!(describe(btf, id, 3), describe(&after, new.id(id), 3), "{id:?}");
    }
    after
}

#[test]
fn a_permutation_and_back() {
    for path in FIXTURES {
        let btf = fixture(path);
        let order: Vec<TypeId> = btf.ids().collect::<Vec<_>>().into_iter().rev().collect();
        let after = assert_same(&btf, &select(&btf, &order, &[]).unwrap());
        let back = select(&after, &after.ids().collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>(), &[]).unwrap();
        let back = assert_same(&after, &back);
        assert!(btf.ids().all(|id| describe(&btf, id, 2) == describe(&back, id, 2)));
    }
}

#[test]
fn sorted_as_kernels_sort() {
    for path in FIXTURES {
        let btf = fixture(path);
        let after = assert_same(&btf, &select(&btf, &by_name(&btf), &[]).unwrap());
        let names: Vec<&str> = after.ids().map(|id| after.name(id)).collect();
        assert!(names.is_sorted(), "{names:?}");
        assert_eq!(after.len(), btf.len());
        for id in after.ids().filter(|&id| !after.name(id).is_empty()) {
            assert!(after.find_kind(after.name(id), after.kind(id).unwrap()).is_some());
        }
    }
}

#[test]
fn what_is_reachable_stays_with_its_tags() {
    let edit = sample::every_kind();
    let btf = Btf::parse(edit.finish()).unwrap();
    let ids = reachable(&btf, [TypeId(4)]).unwrap();
    assert_eq!(ids, [TypeId(1), TypeId(4), TypeId(17)], "the struct, its int, the tag on it");
    let after = assert_same(&btf, &select(&btf, &ids, &[]).unwrap());
    assert_eq!(
        after.ids().map(|id| after.kind(id).unwrap()).collect::<Vec<_>>(),
        [Kind::INT, Kind::STRUCT, Kind::DECL_TAG]
    );
    assert!(
        !after.bytes().as_ref().windows(4).any(|text| text == b"e64\0"),
        "strings of what is left out are left out"
    );

    let missing = select(&btf, &[TypeId(4)], &[]).unwrap_err();
    assert_eq!((missing.kind, missing.type_id), (ErrorKind::NoSuchType(TypeId(1)), Some(TypeId(4))));
    let twice = select(&btf, &[TypeId(1), TypeId(1)], &[]).unwrap_err();
    assert_eq!(twice.kind, ErrorKind::NoSuchType(TypeId(1)));
    assert_eq!(reachable(&btf, [TypeId(99)]).unwrap_err().kind, ErrorKind::NoSuchType(TypeId(99)));
}

#[test]
fn several_become_one_whatever_their_byte_order() {
    let mut edit = Edit::new(Endian::Little);
    let mut all = Vec::new();
    for path in FIXTURES {
        let btf = fixture(path);
        let appended = edit.append(&btf).unwrap();
        assert_eq!(appended.ids().count(), btf.len() as usize);
        assert_eq!((appended.id(TypeId(0)), appended.id(TypeId(u32::MAX))), (TypeId(0), TypeId(0)));
        all.push((btf, appended));
    }
    let merged = Btf::parse(edit.finish()).unwrap();
    merged.check_references().unwrap();
    for (btf, appended) in &all {
        for id in btf.ids() {
            assert_eq!(describe(btf, id, 3), describe(&merged, appended.id(id), 3));
        }
    }
    // A string that a type's name ends stays shared; one broken type leaves nothing behind.
    let before = edit.len();
    let mut broken = Edit::new(Endian::Big);
    let int = broken.add().int(sample::INT);
    broken.add().ptr(TypeId(int.0 + 7));
    let error = edit.append(&Btf::parse(broken.finish()).unwrap()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::NoSuchType(TypeId(8)));
    assert_eq!(edit.len(), before);
}

#[test]
fn split_types_know_that_they_are() {
    let base = fixture(FIXTURES[0]);
    assert!(!needs_base(base.bytes().as_ref()) && !needs_base(b"nothing"));
    let mut split = Edit::split(&base);
    let to = split.add().ptr(base.ids().last().unwrap());
    split.add().typedef("to_last", to);
    let bytes = split.finish();
    assert!(needs_base(&bytes));
    let right = Btf::parse_split(bytes.clone(), Arc::new(base)).unwrap();
    right.check_references().unwrap();
    let order = by_name(&right);
    let moved = select(&right, &order, &[]).unwrap();
    assert_eq!(moved.id(to), to);
    let wrong = Btf::parse_split(bytes, Arc::new(fixture(FIXTURES[2]))).unwrap();
    assert!(wrong.len() == 2 && wrong.check_references().is_err());
}

#[test]
fn remapped_references_and_names() {
    let mut edit = sample::every_kind();
    let name = edit.string("renamed");
    edit.remap(|id| if id == TypeId(1) { TypeId(16) } else { id }, |_| name).unwrap();
    let btf = Btf::parse(edit.finish()).unwrap();
    assert_eq!(btf.spelled(TypeId(8)), "renamed");
    assert_eq!(btf.resolve(TypeId(8)).unwrap().0, TypeId(16));
}

#[test]
fn records_written_as_they_were_read() {
    for (endian, header, longer) in
        [(Endian::Little, 32, 0), (Endian::Big, 32, 0), (Endian::Little, 32, 3), (Endian::Big, 24, 1)]
    {
        let bytes = sample::ext(endian, header, longer);
        let edit = ext::Edit::of(&Ext::parse(bytes.clone()).unwrap());
        edit.check_order().unwrap();
        assert_eq!(edit.encode(endian), bytes, "{header} {longer}");
        let other = if endian == Endian::Big { Endian::Little } else { Endian::Big };
        assert_eq!(ext::Edit::of(&Ext::parse(edit.encode(other)).unwrap()), edit);
    }
    for path in FIXTURES {
        let bytes = sample::section(path, ".BTF.ext");
        let ext = Ext::parse(bytes.clone()).unwrap();
        assert_eq!(ext::Edit::of(&ext).encode(ext.endian()), bytes, "{path}");
    }
}

#[test]
fn records_follow_deduplication() {
    let btf = fixture(FIXTURES[2]);
    let ext = Ext::parse(sample::section(FIXTURES[2], ".BTF.ext")).unwrap();
    let mut edit = ext::Edit::of(&ext);
    let strings: Vec<StrOff> = edit.strings().collect::<BTreeSet<_>>().into_iter().collect();
    let deduped = dedup_keeping(&btf, &strings).unwrap();
    edit.remap(|id| deduped.id(id), |off| deduped.string(off).unwrap());
    let (after, moved) = (Btf::parse(deduped.bytes()).unwrap(), Ext::parse(edit.encode(ext.endian())).unwrap());
    let lines = |btf: &Btf, ext: &Ext| -> Vec<String> {
        let lines = ext.line_info().flat_map(|group| group.records());
        lines.map(|line| format!("{} {}", btf.string(line.file).unwrap(), btf.string(line.text).unwrap())).collect()
    };
    let funcs = |btf: &Btf, ext: &Ext| -> Vec<String> {
        ext.func_info().flat_map(|group| group.records()).map(|func| btf.name(func.type_id).to_owned()).collect()
    };
    assert_eq!(lines(&btf, &ext), lines(&after, &moved));
    assert_eq!(funcs(&btf, &ext), funcs(&after, &moved));
    assert!(!edit.is_empty() && ext::Edit::default().is_empty());
}

#[test]
fn records_out_of_order_are_named() {
    let mut edit = ext::Edit::of(&Ext::parse(sample::ext(Endian::Little, 32, 0)).unwrap());
    edit.func.groups[0].entries.swap(0, 1);
    let error = edit.check_order().unwrap_err();
    assert_eq!((error.code(), error.to_string().contains("byte 0 ")), ("btf-ext-order", true));
}
