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

#[test]
fn statements_end_with_their_line_or_before_it() {
    let assembled = |source: &str| text::assemble("t.s", source, &text::Options::default()).unwrap().elf;
    let lines = "r0 = 1\nr1 = 2\nif r0 == 0 goto a\nr0 = 1\nif r0 == 0 goto b\na:\nr0 = 1\nb:\nexit\n";
    let other =
        "r0 = 1; r1 = 2;if r0 == 0 goto a\n\tr0 = 1 // again\nif r0 == 0 goto b /* there\n is */; a: r0 = 1; b: exit";
    assert_eq!(assembled(lines), assembled(other));
    assert_eq!(assembled(lines), assembled(&lines.replace('\n', "\r\n")));
    assert_eq!(assembled(lines), assembled(&lines.replace('\n', ";")));
}

#[test]
fn the_same_line_means_what_it_means_where_it_stands() {
    let assembled = |source: &str| text::assemble("t.s", source, &text::Options::default()).unwrap().elf;
    // A constant, a macro and a dialect that come later, a label of another body.
    let source = "goto x\nx:\ngoto y\ny:\n.equ z, 5\ngoto z\n.macro exit\nr0 = 7\n.endm\nexit\n.purgem exit\nexit\n.dialect gnu\nexit\n";
    let plain = "goto +0\ngoto +0\ngoto +5\nr0 = 7\nexit\nexit\n";
    let code = |elf: Vec<u8>| elf.windows(48).position(|w| w[0] == 5 && w[2] == 0).map(|at| elf[at..at + 48].to_vec());
    assert_eq!(code(assembled(source)), code(assembled(plain)));
}
