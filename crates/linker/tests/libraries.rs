//! Archives are searched for what is needed.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use std::path::Path;

use skep_linker::{Library, link, object::Object, pull};
use support::{codes, fixture};

fn bytes() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/o/el/link/liblink.a");
    std::fs::read(path).unwrap()
}

fn library() -> Library {
    Library::read("liblink.a", &bytes(), |_| panic!("all members are in it")).unwrap()
}

fn taken(objects: &[Object], undefined: &[&str], whole: bool) -> Vec<(String, String)> {
    let undefined: Vec<String> = undefined.iter().map(ToString::to_string).collect();
    let mut two = vec![library(), library()];
    two.iter_mut().for_each(|library| library.whole = whole);
    let found = pull(objects, two, &undefined).unwrap();
    let why = |w: Option<skep_linker::Wanted>| w.map_or(String::new(), |w| format!("{} by {}", w.symbol, w.by));
    found.into_iter().map(|(object, wanted)| (object.file.to_string(), why(wanted))).collect()
}

#[test]
fn only_what_is_needed_is_taken() {
    let main = fixture("main");
    let file = main.file.clone();
    let found = taken(&[main], &[], false);
    let expected = [
        ("liblink.a(library.bpf.o)".to_string(), format!("bump by {file}")),
        ("liblink.a(visit.bpf.o)".to_string(), format!("visit by {file}")),
    ];
    assert_eq!(found, expected, "each once, although there are two archives");
    assert!(taken(&[fixture("user")], &[], false).is_empty());
    assert!(taken(&[fixture("main"), fixture("library"), fixture("visit")], &[], false).is_empty());
}

#[test]
fn what_a_member_needs_is_taken_too_and_what_is_asked_for() {
    let found = taken(&[fixture("user")], &["unused"], false);
    let expected = [
        ("liblink.a(visit.bpf.o)".to_string(), "unused by the command line".to_string()),
        ("liblink.a(library.bpf.o)".to_string(), "records by liblink.a(visit.bpf.o)".to_string()),
    ];
    assert_eq!(found, expected);
    assert_eq!(taken(&[fixture("user")], &[], true).len(), 4, "all of both");
}

#[test]
fn it_links() {
    let mut objects = vec![fixture("main")];
    let found = pull(&objects, vec![library()], &[]).unwrap();
    objects.extend(found.into_iter().map(|(object, _)| object));
    let linked = link(objects).unwrap();
    assert!(linked.refused().is_empty());
}

#[test]
fn thin_archives_name_files() {
    let mut thin = b"!<thin>\n".to_vec();
    let visit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/o/el/link/visit.bpf.o");
    let visit = std::fs::read(visit).unwrap();
    thin.extend(format!("{:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", "visit.o/", 0, 0, 0, 644, visit.len()).bytes());
    let library = Library::read("thin.a", &thin, |name| {
        assert_eq!(name, "visit.o");
        Ok(visit.clone())
    });
    assert_eq!(pull(&[], vec![library.unwrap()], &["visit".into()]).unwrap().len(), 1);
    let absent = Library::read("thin.a", &thin, |_| Err("no such file".into())).unwrap_err();
    assert_eq!(codes(&absent), ["link-archive"]);
    assert!(absent.to_string().contains("no such file"), "{absent}");
}

#[test]
fn no_bytes_make_it_panic() {
    let whole = bytes();
    for len in (0..whole.len()).step_by(97).chain(0..80) {
        let _ = Library::read("cut.a", &whole[..len], |_| Err("none".into()));
    }
    assert!(Library::is_one(&whole) && !Library::is_one(b"\x7fELF"));
    assert_eq!(codes(&Library::read("cut.a", &whole[..100], |_| Err("none".into())).unwrap_err()), ["link-archive"]);
}
