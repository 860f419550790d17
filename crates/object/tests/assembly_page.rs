//! Every example of `docs/assembly.md`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::{fs, path::Path};

use skep_object::{Diagnostic, Errors, text};

struct Example {
    line: usize,
    error: Option<String>,
    text: String,
}

fn examples() -> Vec<Example> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/assembly.md");
    let page = fs::read_to_string(page).unwrap();
    let (mut found, mut open) = (Vec::new(), None::<Example>);
    for (at, line) in page.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) if info.split(' ').next() == Some("asm") => {
                let error = info.strip_prefix("asm error ").map(str::to_owned);
                open = Some(Example { line: at + 2, error, text: String::new() });
            }
            (Some(_), Some("")) => found.extend(open.take()),
            (Some(example), _) => {
                example.text.push_str(line);
                example.text.push('\n');
            }
            _ => {}
        }
    }
    found
}

fn said<K: Diagnostic>(errors: &Errors<K>) -> String {
    errors.iter().map(|error| format!("  {} [{}]\n", error, error.code())).collect()
}

#[test]
fn every_example_is_assembled() {
    let all = examples();
    assert!(all.len() > 20, "{} examples", all.len());
    let mut failed = String::new();
    for Example { line, error, text } in all {
        let read = text::read("page.s", &text, &text::Options::default());
        match (read, error) {
            (Ok(_), None) => {}
            (Err(errors), Some(code)) if errors.iter().any(|error| error.code() == code) => {}
            (Ok(_), Some(code)) => failed += &format!("line {line}: no error, {code} is expected\n"),
            (Err(errors), _) => failed += &format!("line {line}:\n{}", said(&errors)),
        }
    }
    assert!(failed.is_empty(), "\n{failed}");
}

#[test]
fn an_address_of_a_local_symbol_keeps_its_place() {
    let source = "static u64 first = 1;\nstatic u64 second = 2;\nu64 *where = &second;\nu64 *behind = asm { .quad second + 8 };\n";
    let object = text::read("t.s", source, &text::Options::default()).map_err(|errors| said(&errors));
    let object = object.unwrap_or_else(|errors| panic!("{errors}"));
    let refs = object.maps.iter().find_map(|map| match &map.kind {
        skep_object::MapKind::Data { refs, .. } if !refs.is_empty() => Some(refs.clone()),
        _ => None,
    });
    let offsets: Vec<_> = refs.into_iter().flatten().map(|at| (at.offset, at.to)).collect();
    let map = skep_object::isa::MapIdx(0);
    let to = |off| skep_object::isa::Ref::Value { map, off };
    assert_eq!(offsets, [(16, to(8)), (24, to(16))]);
}
