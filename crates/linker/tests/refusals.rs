//! What cannot be linked, all of it at once, each with its place.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use skep_linker::{
    Options, Undefined, link_with,
    object::{Diagnostic, MapKind, btf::Endian},
};
use support::{codes, fixture};

fn refused(objects: Vec<skep_linker::object::Object>) -> Vec<(&'static str, String)> {
    let options = Options { undefined: Undefined::Error, ..Options::default() };
    let errors = link_with(objects, &options).unwrap_err();
    assert!(errors.iter().all(|e| e.kind().help().is_some()));
    errors.iter().map(|e| (e.code(), e.to_string())).collect()
}

#[test]
fn all_that_is_undefined_is_named_with_its_line() {
    let found = refused(vec![fixture("main")]);
    let names = ["bump", "limit", "records", "table", "last_record", "visit"];
    assert_eq!(found.len(), names.len(), "{found:?}");
    for ((code, said), name) in found.iter().zip(names) {
        assert_eq!(*code, "link-undefined");
        assert!(said.contains(&format!("`{name}`")) && said.contains("main.bpf.c:"), "{said}");
    }
}

#[test]
fn a_name_that_comes_close_is_offered() {
    let mut library = fixture("library");
    library.funcs.iter_mut().filter(|f| &*f.name == "bump").for_each(|f| f.name = "bumps".into());
    let options = Options { undefined: Undefined::Error, ..Options::default() };
    let errors = link_with(vec![fixture("main"), library, fixture("visit")], &options).unwrap_err();
    let [error] = &errors.iter().collect::<Vec<_>>()[..] else { panic!("{errors}") };
    assert!(error.help().unwrap().starts_with("did you mean `bumps` (a function)?"), "{:?}", error.help());
}

#[test]
fn declarations_that_differ_are_compared_field_by_field() {
    let found = refused(vec![fixture("main"), fixture("other_types")]);
    let text = found.iter().map(|(_, said)| said.as_str()).collect::<Vec<_>>().join("\n");
    for expected in [
        "`max_entries`: 32 here, 64 there",
        "`value.hits`: u64 at byte 8 here, u32 at byte 4 there",
        "3 parameters here, 2 parameters there",
        "`visit` is a variable here, and a function in",
        "unsigned long long here, int there",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
    assert!(found.iter().any(|(code, _)| *code == "link-clash"));
    assert!(found.iter().filter(|(code, _)| *code == "link-mismatch").count() >= 4);
}

#[test]
fn licences_types_and_byte_orders_agree() {
    let found = refused(vec![fixture("main"), fixture("no_types")]);
    assert_eq!(found.iter().map(|f| f.0).collect::<Vec<_>>(), ["link-no-btf", "link-license"]);
    assert!(found[0].1.contains("no_types.bpf.o") && found[1].1.contains("\"MIT\""), "{found:?}");
    let mut big = fixture("library");
    big.endian = Endian::Big;
    big.version = 0x50a00;
    let mut little = fixture("visit");
    little.version = 0x60100;
    let found = refused(vec![little, big]);
    assert_eq!(found.iter().map(|f| f.0).collect::<Vec<_>>(), ["link-byte-order", "link-version"]);
    assert!(found[1].1.contains("5.10.0") && found[1].1.contains("6.1.0"), "{found:?}");
}

#[test]
fn two_strong_definitions_are_one_too_many() {
    let found = refused(vec![fixture("library"), support::file(fixture("library"), "again.bpf.o")]);
    assert!(found.iter().all(|(code, _)| *code == "link-duplicate"));
    assert_eq!(found.len(), 6, "{found:?}");
    assert!(found[0].1.contains("also in again.bpf.o"), "{}", found[0].1);
}

#[test]
fn names_of_options_exist() {
    let options = Options { keep: vec!["unusd".into()], export: vec!["nothing*".into()], ..Options::default() };
    let errors = link_with(vec![fixture("main"), fixture("visit")], &options).unwrap_err();
    assert_eq!(codes(&errors), ["link-no-such-name"; 2]);
    assert_eq!(errors.iter().next().unwrap().help().unwrap(), "did you mean `unused`?");
}

#[test]
fn what_no_map_can_hold_is_refused() {
    let mut objects = vec![fixture("weak"), fixture("strings")];
    for object in &mut objects {
        let mut data = object.maps.iter_mut().filter(|m| matches!(m.kind, MapKind::Data { .. }));
        data.next().unwrap().def.value_size = u32::MAX;
    }
    assert_eq!(refused(objects)[0].0, "link-too-large");
}
