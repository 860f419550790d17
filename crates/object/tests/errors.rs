//! What bad files get: the code, the place and the advice.

#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use skep_object::{Errors, Kind, Object, elf};
use support::{bytes, read};

fn fail(bytes: &[u8]) -> Errors<Kind> {
    elf::read("a.bpf.o", bytes).unwrap_err()
}

/// The only error: code, message with place, advice.
fn only(result: Result<Object, Errors<Kind>>) -> (&'static str, String, String) {
    let mut errors = result.unwrap_err().into_iter();
    let error = errors.next().unwrap();
    assert!(errors.next().is_none());
    (error.code(), error.to_string(), error.help().unwrap_or_default().into_owned())
}

fn exec() -> Vec<u8> {
    bytes("examples/exec.bpf.o")
}

/// The first example with a 16-bit field of the file header changed.
fn with_field(at: usize, value: u16) -> Vec<u8> {
    let mut bytes = exec();
    bytes[at..at + 2].copy_from_slice(&value.to_le_bytes());
    bytes
}

#[test]
fn what_is_not_an_object_is_said_to_be_what_it_is() {
    let expect = |bytes: &[u8], code: &str, words: &str| {
        let (found, message, help) = only(elf::read("a.bpf.o", bytes));
        assert_eq!(found, code);
        assert!(format!("{message} {help}").contains(words), "{message} {help}");
        assert!(message.starts_with("a.bpf.o: "));
    };
    expect(b"", "elf-magic", "empty");
    expect(b"#include <vmlinux.h>\n", "elf-magic", "C source");
    expect(b"!<arch>\nfoo", "elf-magic", "ar x");
    expect(b"\x7fELF", "elf-truncated", "the file header needs 64 bytes, it has 4");
    expect(&exec()[..1000], "elf-truncated", "section header table");
    expect(&with_field(18, 62), "elf-machine", "made for x86-64");
    expect(&with_field(16, 2), "elf-not-relocatable", "an executable");
    expect(&with_field(16, 3), "elf-not-relocatable", "shared library");
    let mut bytes = exec();
    bytes[4] = 1;
    expect(&bytes, "elf-32-bit", "-target bpf");
}

/// Changes the type of the sections with a given type.
fn with_section_type(from: u32, to: u32) -> Vec<u8> {
    let mut bytes = exec();
    let table = u64::from_le_bytes(bytes[40..48].try_into().unwrap()) as usize;
    for header in bytes[table..].chunks_exact_mut(64) {
        if header[4..8] == from.to_le_bytes() {
            header[4..8].copy_from_slice(&to.to_le_bytes());
        }
    }
    bytes
}

#[test]
fn the_symbol_table_is_needed_once() {
    let (code, message, help) = only(elf::read("a.bpf.o", &with_section_type(2, 1)));
    assert_eq!(code, "elf-no-symbols");
    assert!(message.contains("stripped") && help.contains("llvm-strip -g"));
    assert_eq!(fail(&with_section_type(3, 2)).iter().next().unwrap().code(), "elf-symbol-tables");
}

#[test]
fn old_compilers_leave_the_machine_out() {
    assert!(elf::read("a.bpf.o", &with_field(18, 0)).is_ok());
}

#[test]
fn maps_need_types() {
    let (code, message, help) = only(elf::read("a.bpf.o", &bytes("fixtures/o/el/bad/no_btf.bpf.o")));
    assert_eq!(code, "btf-missing");
    assert!(message.contains("section .maps") && help.contains("-g"), "{message} {help}");
}

#[test]
fn a_misspelt_attribute_is_known_by_its_neighbour() {
    let (code, message, help) = only(elf::read("a.bpf.o", &bytes("fixtures/o/el/bad/map_definition.bpf.o")));
    assert_eq!((code, &*help), ("map-attribute", "did you mean `max_entries`?"));
    assert_eq!(message, "a.bpf.o: section .maps, misspelt: unknown attribute `max_entires`");
}

#[test]
fn undefined_functions_fail_where_they_are_called() {
    let mut object = read("fixtures/o/el/bad/undefined_function.bpf.o");
    assert!(object.refused.is_empty(), "another object may define it");
    object.refuse_undefined();
    assert!(object.externs.iter().all(|e| !e.kind.is_of_objects()));
    let found: Vec<_> = object.refused.iter().map(|e| (e.code(), e.site().symbol.as_deref().unwrap())).collect();
    let expected = ["through", "calls_one", "calls_both"].map(|name| ("undefined-function", name));
    assert_eq!(found, expected);
    let error = &object.refused[0];
    let source = error.site().source.as_ref().unwrap();
    assert!(
        source.file.ends_with("undefined_function.bpf.c") && source.line > 0 && source.text.contains("not_defined")
    );
    assert!(error.to_string().contains("undefined function `not_defined`"), "{error}");
    assert!(error.help().unwrap().contains("__ksym"));
}

#[test]
fn a_map_that_is_only_declared_is_missed_where_it_is_used() {
    let mut object = read("fixtures/o/el/bad/undefined_map.bpf.o");
    object.refuse_undefined();
    let [error] = &*object.refused else { panic!("{:?}", object.refused) };
    assert_eq!((error.code(), error.site().symbol.as_deref()), ("undefined-map", Some("lookup")));
    assert!(error.to_string().contains("undefined map `elsewhere`"), "{error}");
}

#[test]
fn a_static_function_among_programs_is_a_subprogram() {
    let object = read("fixtures/o/el/bad/static_in_section.bpf.o");
    let programs: Vec<_> = object.programs.iter().map(|p| &*object.funcs[p.func.at()].name).collect();
    assert!(object.funcs.len() > programs.len(), "{programs:?}");
    assert!(object.refused.is_empty());
}

#[test]
fn an_unknown_section_is_the_program_s_affair() {
    let object = read("fixtures/o/el/bad/unknown_section.bpf.o");
    let unknown: Vec<_> = object.programs.iter().filter(|p| p.section.def.is_none()).collect();
    assert_eq!(unknown.len(), 2);
    let suggested = unknown.iter().map(|p| skep_object::section_def::suggest(&p.section.full)).collect::<Vec<_>>();
    assert!(suggested.contains(&Some("tracepoint")) && suggested.contains(&Some("kprobe")), "{suggested:?}");
}
