//! What is written is read again as the same object.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

#[path = "support/normal.rs"]
mod normalised;
mod support;

use std::path::{Path, PathBuf};

use normalised::{normal, types};
use skep_object::{MapKind, Object, elf};
use support::objects;

/// What differs between an object and what is read when it was written; none if it could not be written.
fn difference(object: &Object) -> Option<Vec<String>> {
    let bytes = match elf::write(object) {
        Ok(bytes) => bytes,
        // Nobody knows what the instruction was to refer to.
        Err(_) if !object.refused.is_empty() => return None,
        // Maps of the old form are not written: libbpf takes them no longer.
        Err(errors) if object.maps.iter().any(|m| matches!(m.kind, MapKind::Declared(_)) && m.type_id.0 == 0) => {
            assert!(errors.iter().all(|e| e.code() == "elf-write"));
            return None;
        }
        Err(errors) => return Some(errors.iter().map(|e| e.to_string()).collect()),
    };
    let again = match elf::read(&object.file, &bytes) {
        Ok(again) => again,
        Err(errors) => return Some(errors.iter().map(|e| e.to_string()).collect()),
    };
    let mut different = Vec::new();
    let mut compare = |what: &str, a: String, b: String| {
        let lines = a.lines().zip(b.lines()).filter(|(a, b)| a != b).take(4);
        different.extend(lines.map(|(a, b)| format!("{what}: {a} / {b}")));
        if a.lines().count() != b.lines().count() {
            different.push(format!("{what}: {} lines / {}", a.lines().count(), b.lines().count()));
        }
    };
    compare("object", format!("{:#?}", normal(object)), format!("{:#?}", normal(&again)));
    let ((a, strings), (b, known)) = (types(object), types(&again));
    // The name of a section may not have been among the strings.
    if a != b || !known.starts_with(&strings) {
        different.push("types".into());
    }
    Some(different)
}

fn check(paths: Vec<PathBuf>) -> usize {
    let (mut written, mut bad) = (0, Vec::new());
    for path in paths {
        let name = path.display().to_string();
        let Ok(object) = elf::read(&name, &std::fs::read(&path).unwrap()) else { continue };
        match difference(&object) {
            None => {}
            Some(different) if different.is_empty() => written += 1,
            Some(different) => bad.push(format!("{name}: {}", different.join("\n    "))),
        }
    }
    assert!(bad.is_empty(), "{} differ:\n{}", bad.len(), bad.join("\n"));
    written
}

#[test]
fn fixtures_of_both_byte_orders_survive() {
    let mut paths = objects("examples");
    ["el", "eb", "el/bad"].iter().for_each(|folder| paths.extend(objects(&format!("fixtures/o/{folder}"))));
    let all = paths.len();
    let written = check(paths);
    assert!(written * 10 > all * 8, "{written} of {all}");
}

/// `SKEP_OBJECTS` names folders of more objects, separated by colons.
#[test]
#[ignore = "needs SKEP_OBJECTS, folders of objects that are not part of the project"]
fn other_objects_survive() {
    let folders = std::env::var("SKEP_OBJECTS").unwrap();
    let mut paths: Vec<PathBuf> = Vec::new();
    for folder in folders.split(':') {
        let entries = std::fs::read_dir(Path::new(folder)).unwrap().map(|e| e.unwrap().path());
        paths.extend(entries.filter(|p| p.extension().is_some_and(|e| e == "o")));
    }
    paths.sort();
    let all = paths.len();
    println!("{} of {all} written and read again", check(paths));
}

#[test]
fn what_nobody_can_name_is_not_written() {
    let mut object = support::read("fixtures/o/el/bad/undefined_function.bpf.o");
    object.refuse_undefined();
    let errors = elf::write(&object).unwrap_err();
    assert_eq!(errors.iter().map(|e| e.code()).collect::<Vec<_>>(), ["elf-write"; 3]);
    let first = errors.iter().next().unwrap().to_string();
    assert!(first.contains("through") && first.contains("undefined function `not_defined`"), "{first}");
}
