//! What is printed of an object is assembled to the same object: its sections with their bytes, its relocations, symbols,
//! types and records.
//!
//! `LISTING_CORPUS=DIR:DIR… cargo test --release -p skep-object --test listing -- --nocapture` does so with all objects of some folders,
//! and prints what differs and how often.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use object::{
    Object as _, ObjectSection as _, ObjectSymbol as _, RelocationTarget,
    read::elf::{ElfFile64, SectionHeader as _},
};
use skep_object::{
    btf::{self, Btf, ext::Ext},
    text::{
        self, Dialect,
        print::{Jumps, Options, Text},
    },
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn objects(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(objects(&path))
        } else if path.extension().is_some_and(|e| e == "o") {
            found.push(path)
        }
    }
    found.sort();
    found
}

/// What an object says, in lines that can be compared; relocations of local symbols by their sections.
fn facts(bytes: &[u8]) -> BTreeSet<String> {
    let file = ElfFile64::<object::Endianness>::parse(bytes).unwrap();
    let mut facts = BTreeSet::new();
    let section_name = |index| file.section_by_index(index).unwrap().name().unwrap().to_string();
    for section in file.sections() {
        let (name, data) = (section.name().unwrap(), section.uncompressed_data().unwrap());
        let kind = section.elf_section_header().sh_type(file.endian()).0;
        let left_out = name.starts_with(".debug") || name.starts_with(".rel") || [".BTF", ".BTF.ext"].contains(&name);
        if left_out || ![1, 7, 8].contains(&kind) || section.size() == 0 {
            continue;
        }
        let mut data = data.to_vec();
        let flags = section.elf_section_header().sh_flags(file.endian()).0;
        facts.insert(format!(
            "section {name}: type {kind} flags {flags:#x} align {} size {}",
            section.align(),
            section.size()
        ));
        for (offset, reloc) in section.relocations() {
            let object::RelocationFlags::Elf { r_type } = reloc.flags() else { panic!() };
            let RelocationTarget::Symbol(symbol) = reloc.target() else { panic!() };
            let symbol = file.symbol_by_index(symbol).unwrap();
            // What is added stands in the immediate of an instruction, in slots less one for calls, or in the data.
            let (at, size) = if [1, 10].contains(&r_type.0) {
                (offset as usize + 4, 4)
            } else {
                (offset as usize, if r_type.0 == 2 { 8 } else { 4 })
            };
            let mut added = [0; 8];
            added[..size].copy_from_slice(&data[at..at + size]);
            if file.endian() == object::Endianness::Big {
                added[..size].reverse();
            }
            let added = if size == 4 {
                i64::from(i32::from_le_bytes(added[..4].try_into().unwrap()))
            } else {
                i64::from_le_bytes(added)
            };
            let added = if r_type.0 == 10 { (added + 1) * 8 } else { added };
            data[at..at + size].fill(0);
            let target = match symbol.section_index() {
                Some(section) if !symbol.is_global() => {
                    format!("{} + {:#x}", section_name(section), symbol.address() as i64 + added)
                }
                _ => format!("`{}` + {added:#x}", symbol.name().unwrap()),
            };
            facts.insert(format!("relocation {name} + {offset:#x}: type {} to {target}", r_type.0));
        }
        for (at, line) in data.chunks(8).enumerate() {
            facts.insert(format!("bytes {name} + {:#x}: {line:02x?}", at * 8));
        }
    }
    for symbol in file.symbols() {
        let kind = symbol.elf_symbol().st_type().0;
        // Symbols of sections, of files, and of blocks of functions are not kept.
        if [3, 4].contains(&kind) || symbol.name() == Ok("") || symbol.name().is_ok_and(|name| name.starts_with("LBB"))
        {
            continue;
        }
        let section = symbol.section_index().map(section_name);
        let (binding, other) = (symbol.elf_symbol().st_bind().0, symbol.elf_symbol().st_other);
        facts.insert(format!(
            "symbol {} in {section:?} at {:#x}, size {}, type {kind}, binding {binding}, visibility {other}",
            symbol.name().unwrap(),
            symbol.address(),
            symbol.size(),
        ));
    }
    types(&file, &mut facts);
    facts
}

fn types(file: &ElfFile64<'_>, facts: &mut BTreeSet<String>) {
    let data = |name| file.section_by_name(name).map(|section| section.data().unwrap().to_vec());
    let Some(btf) = data(".BTF").map(|data| Btf::parse(data).unwrap()) else { return };
    let mut text = String::new();
    btf::list::text(&mut text, &btf, btf.ids()).unwrap();
    let mut head = String::new();
    for line in text.lines() {
        if line.starts_with('[') {
            head = line.into();
        }
        facts.insert(format!("type {head} {line}"));
    }
    let Some(ext) = data(".BTF.ext").map(|data| Ext::parse(data).unwrap()) else { return };
    let string = |at| btf.string(at).unwrap_or_default();
    for group in ext.func_info() {
        facts.extend(group.records().map(|r| format!("func {} {:#x} {}", string(group.name), r.insn_off, r.type_id.0)));
    }
    for group in ext.line_info() {
        facts.extend(group.records().map(|r| {
            let (file, text) = (string(r.file), string(r.text));
            format!("line {} {:#x} {file:?} {text:?} {:#x}", string(group.name), r.insn_off, r.line_col)
        }));
    }
    for group in ext.core() {
        facts.extend(group.records().map(|r| {
            format!("core {} {:#x} {} {:?} {}", string(group.name), r.insn_off, r.type_id.0, r.kind, string(r.access))
        }));
    }
}

/// With jumps written in some way.
fn options(dialect: Dialect, jumps: Jumps) -> Options {
    Options::new().dialect(dialect).jumps(jumps)
}

/// What an object and its listing, assembled, say differently. An error if it cannot be assembled at all.
fn differences(path: &Path, options: Options) -> Result<Vec<String>, String> {
    let bytes = fs::read(path).unwrap();
    let listing =
        Text::open(&path.to_string_lossy(), &bytes.as_slice(), options).map_err(|e| e.to_string())?.to_string();
    let assembled = text::assemble("listing.s", &listing, &text::Options::default()).map_err(|errors| {
        let first = errors.iter().next().unwrap();
        let line = first.site().source.as_ref().map_or(0, |source| source.line);
        let lines: Vec<_> = listing.lines().collect();
        format!("{first}: {:?}", lines.get(line as usize - 1))
    })?;
    let (before, after) = (facts(&bytes), facts(&assembled.elf));
    let lost = before.difference(&after).map(|fact| format!("- {fact}"));
    Ok(lost.chain(after.difference(&before).map(|fact| format!("+ {fact}"))).collect())
}

#[test]
fn listings_of_fixtures_are_the_objects() {
    let files = objects(&root().join("fixtures/o")).into_iter().chain(objects(&root().join("examples")));
    let mut count = 0;
    for (at, path) in files.enumerate() {
        // Each object in one dialect, and each dialect with many objects.
        for dialect in [Dialect::Llvm, Dialect::ALL[at % 4]].into_iter().take(1 + usize::from(at % 4 != 0)) {
            // Labels more often than numbers, which are less to go wrong with.
            let jumps = [Jumps::Labels, Jumps::Relative, Jumps::Labels, Jumps::Absolute, Jumps::Labels][at % 5];
            match differences(&path, options(dialect, jumps)) {
                Ok(found) if found.is_empty() => count += 1,
                Ok(found) => panic!("{} {dialect}: {found:#?}", path.display()),
                Err(error) => panic!("{} {dialect}: {error}", path.display()),
            }
        }
    }
    assert!(count > 100, "{count}");
}

/// The listing of what a text is assembled to, and that of the listing.
fn listed_twice(source: &str) -> [String; 2] {
    let listed = |source: &str| {
        let assembled = text::assemble("t.s", source, &text::Options::default()).unwrap();
        Text::open("t.o", &assembled.elf.as_slice(), Options::new()).unwrap().to_string()
    };
    let first = listed(source);
    let second = listed(&first);
    [first, second]
}

#[test]
fn sections_of_one_name_stay_apart() {
    let source = ".data\n.quad 1\n.section .data,\"awR\",@progbits,unique,7\n.quad 2\n\
                  .section .data,\"aM\",@progbits,8,unique,1\n.quad 3, .data@7 + 8, .data\n";
    let [first, second] = listed_twice(source);
    assert_eq!(first, second);
    for text in
        ["\"awR\",@progbits,unique,2\n", "\"aM\",@progbits,8,unique,3\n", ".quad .data@2 + 8\n", ".quad .data\n"]
    {
        assert!(first.contains(text), "{text}: {first}");
    }
}

#[test]
fn local_symbols_of_one_name_keep_it() {
    let function = |label: &str| format!("    .type {label},@function\n{label}:\n    r0 = 0\n    exit\n");
    let mut source = format!(".text\n{}{}{}", function("step"), function("step@2"), function("c"));
    source += ".rename step@2, \"step\"\n.rename c, \"step\"\n.data\n.quad step, step@2 + 8, c\n";
    let [first, second] = listed_twice(&source);
    assert_eq!(first, second);
    for text in ["step:\n", "step@2:\n", "step@3:\n", ".rename step@3,\"step\"\n", ".quad step@2 + 8"] {
        assert!(first.contains(text), "{text}: {first}");
    }
    let elf = text::assemble("t.s", &first, &text::Options::default()).unwrap().elf;
    let file = ElfFile64::<object::Endianness>::parse(elf.as_slice()).unwrap();
    assert_eq!(file.symbols().filter(|symbol| symbol.name() == Ok("step")).count(), 3);
}

#[test]
fn names_with_any_signs_are_found_again() {
    let source = ".text\n.type \"g\\001\",@function\n\"g\\001\":\nr0 = 0\ngoto \"g\\001\"\ncall \"g\\001\"\nr1 = \"g\\001\" ll\n.data\n\"a\\001\\\"b\":\n.quad 1\n.type \"a\\001\\\"b\", @object\n.size \"a\\001\\\"b\", 8\n.quad \"a\\001\\\"b\"\n";
    let [first, second] = listed_twice(source);
    assert_eq!(first, second);
    assert!(first.contains("_0:\n") || first.contains(".L0:\n"), "{first}");
    assert_eq!(first.matches("%func(\"g\\001\")").count(), 2, "{first}");
    assert!(first.contains(".quad \"a\\001\\\"b\"\n"), "{first}");
}

#[test]
fn listings_of_a_corpus_are_the_objects() {
    let Ok(folders) = std::env::var("LISTING_CORPUS") else { return };
    let (mut kinds, mut same, mut all): (BTreeMap<String, (usize, String)>, usize, usize) = (BTreeMap::new(), 0, 0);
    for path in folders.split(':').flat_map(|dir| objects(Path::new(dir))) {
        all += 1;
        let found = differences(&path, Options::new()).unwrap_or_else(|error| vec![format!("! {error}")]);
        same += usize::from(found.is_empty());
        for fact in &found {
            let kind: String =
                fact.split(' ').take(if fact.starts_with('!') { 20 } else { 2 }).collect::<Vec<_>>().join(" ");
            let entry = kinds.entry(kind).or_default();
            entry.0 += 1;
            entry.1 = format!("{}: {fact}", path.display());
        }
        if !found.is_empty() {
            println!(
                "{}: {} differences, such as {}",
                path.display(),
                found.len(),
                found[0].chars().take(240).collect::<String>()
            );
        }
    }
    println!("{same} of {all} are the same");
    for (kind, (count, example)) in &kinds {
        println!("{count} × {kind}: {}", example.chars().take(300).collect::<String>());
    }
}

#[test]
fn names_with_bytes_of_any_sort_are_read_as_they_are_printed() {
    let name = r#""a\002\\0\303\251""#;
    let source = format!(".section .data,\"aw\",@progbits\n.globl {name}\n{name}:\n.quad {name}\n");
    let first = text::assemble("any.s", &source, &text::Options::default()).unwrap();
    let shown = Text::open("any.o", &&first.elf[..], Options::new()).unwrap().to_string();
    assert!(shown.contains(".quad \"a\\002\\\\0é\""), "{shown}");
    let file = ElfFile64::<object::Endianness>::parse(&first.elf[..]).unwrap();
    let names: Vec<_> =
        file.symbols().filter_map(|symbol| symbol.name().ok()).filter(|name| name.contains('a')).collect();
    assert_eq!(names, ["a\u{2}\\0é"]);
    let second = text::assemble("any.s", &shown, &text::Options::default()).unwrap();
    assert_eq!(first.elf, second.elf);
}
