//! Types by name, in each of the ways in which they are looked up.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;

use skep_btf::{Btf, Edit, Endian, Kind, TypeId, core::essential};

/// Declarations with these names, in this order.
fn declare<'a>(names: impl IntoIterator<Item = &'a str>) -> Btf {
    let mut edit = Edit::new(Endian::Little);
    for name in names {
        match name {
            "" => edit.add().ptr(TypeId::VOID),
            name => edit.add().fwd(name, false),
        };
    }
    Btf::parse(edit.finish()).unwrap()
}

/// Asks for names one by one, often enough that every way is taken, and many at once: all must give what a plain search
/// gives.
fn agree(bytes: &Btf, names: &[&str]) {
    let fresh = || Btf::parse(bytes.bytes().clone()).unwrap();
    let plain = |name: &str| bytes.ids().filter(|&id| bytes.name(id) == name).collect::<Vec<_>>();
    let flavours = |name: &str| bytes.ids().filter(|&id| essential(bytes.name(id)) == name).collect::<BTreeSet<_>>();
    let (first, found) = (fresh(), fresh().find_many(names));
    for (i, &name) in names.iter().enumerate() {
        let expected = plain(name);
        let flavoured = flavours(name);
        assert!(first.find_all(name).eq(expected.iter().copied()), "{name} looked up as number {i}");
        assert!(found.named(i).map(|(id, _)| id).eq(expected.iter().copied()), "{name} among many");
        assert!(found.named(i).all(|(id, kind)| bytes.kind(id) == Some(kind)));
        assert_eq!(first.find_essential(name).collect::<BTreeSet<_>>(), flavoured, "{name}");
        assert_eq!(found.essential(i).map(|(id, _)| id).collect::<BTreeSet<_>>(), flavoured, "{name}");
    }
    assert_eq!(found.essential(names.len()).count(), 0);
}

#[test]
fn names_of_every_length_and_with_flavours() {
    let all = [
        "zebra",
        "a",
        "",
        "a___b",
        "ab",
        "abc",
        "abcd",
        "abcde",
        "abcdef",
        "abcdefg",
        "abcdefgh",
        "abcdefghi",
        "a",
        "",
        "abcde___x",
        "abcdef___y",
        "abcdefg___z",
        "abcdefgh___1",
        "abcdefghi___2",
        "abcdefgh___",
        "abcdefgh____3",
        "abcdefg_",
        "abcd___ef___gh",
        "u8",
        "u8___old",
        "u64",
        "é___é",
        "last",
    ];
    let btf = declare(all);
    for few in [1, 2, 3, all.len()] {
        for names in all.chunks(few) {
            let plain: Vec<&str> =
                names.iter().copied().filter(|name| essential(name) == *name && !name.is_empty()).collect();
            agree(&btf, &plain);
        }
    }
    agree(&btf, &["missing", "b", "abcdefgi", "abcdefghij", "zebr", "zebraa", "lastly"]);
    // With an index.
    let plain: Vec<&str> = all.iter().copied().filter(|name| essential(name) == *name && !name.is_empty()).collect();
    agree(&btf, &plain.repeat(40));
    for _ in 0..3 {
        for name in all.iter().filter(|name| !name.is_empty()) {
            assert!(btf.find_all(name).eq(btf.ids().filter(|&id| btf.name(id) == *name)), "{name}");
        }
    }
    assert_eq!(btf.find_many(&["", "a"]).named(0).count(), 0);
    assert_eq!(btf.find_all("").count(), 0);
    assert_eq!((btf.find_kind("u8", Kind::FWD), btf.find_kind("u8", Kind::INT)), (Some(TypeId(24)), None));
}

#[test]
fn sorted_names_and_names_that_only_look_sorted() {
    let names: Vec<String> = (0..3000).map(|i| format!("name_{:05}{}", i / 2, ["", "___x"][i % 2])).collect();
    let mut sorted: Vec<&str> = ["", "", ""].into_iter().chain(names.iter().map(String::as_str)).collect();
    let some: Vec<&str> = names.iter().step_by(98).map(String::as_str).chain(["name_", "", "z"]).collect();
    let some: Vec<&str> = some.into_iter().filter(|name| !name.is_empty()).collect();
    agree(&declare(sorted.iter().copied()), &some);
    // Two types that no sample meets, out of order.
    sorted.swap(1501, 1804);
    let (early, late) = (sorted[1804], sorted[1501]);
    let btf = declare(sorted.iter().copied());
    assert_eq!(btf.find_many(&[early, late]).first(0, Kind::FWD), Some(TypeId(1805)));
    assert_eq!(btf.find_many(&[early, late]).first(1, Kind::FWD), Some(TypeId(1502)));
    assert_eq!(btf.find_kind(early, Kind::FWD), Some(TypeId(1805)));
    for _ in 0..6 {
        assert_eq!((btf.find_kind(late, Kind::FWD), btf.find_kind("missing", Kind::FWD)), (Some(TypeId(1502)), None));
    }
}

#[test]
fn threads_share_what_one_found_out() {
    let names: Vec<String> = (0..500).map(|i| format!("type_{}", i * 7919 % 500)).collect();
    let btf = declare(names.iter().map(String::as_str));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for (i, name) in (1..).zip(&names) {
                    assert_eq!(btf.find_kind(name, Kind::FWD), Some(TypeId(i)));
                }
            });
        }
    });
}

#[test]
fn kernels() {
    let mut files: Vec<_> =
        std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/btf")).unwrap().collect();
    files.sort_by_key(|file| file.as_ref().unwrap().path());
    let mut paths: Vec<_> = files
        .into_iter()
        .map(|file| file.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "btf"))
        .collect();
    assert!(!paths.is_empty());
    paths.push("/sys/kernel/btf/vmlinux".into());
    for path in paths {
        let Ok(bytes) = std::fs::read(&path) else {
            println!("skipped: there is no {}", path.display());
            continue;
        };
        let btf = Btf::parse(bytes).unwrap();
        let step = (btf.len() as usize / 16).max(1);
        let some: Vec<&str> = btf.ids().step_by(step).map(|id| btf.name(id)).filter(|name| !name.is_empty()).collect();
        agree(&btf, &[some.as_slice(), &["task_struct", "no_such_type", "u8"]].concat());
        // Tools write longer headers with nothing in them.
        let (ours, theirs) = (Edit::of(&btf).finish(), btf.bytes().as_ref());
        assert!(ours[24..] == theirs[theirs[4] as usize..], "{} is written as it was", path.display());
    }
}
