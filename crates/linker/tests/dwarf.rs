//! Debug information after linking: read by gimli and compared with lines in BTF, and by llvm-dwarfdump where that is
//! installed.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::{Command, ExitCode},
};

use gimli::{Dwarf, EndianSlice, RunTimeEndian, SectionId};
use libtest_mimic::{Arguments, Failed, Trial};
use skep_linker::{
    Options, Output, link_with,
    object::{DebugTarget, Endian, Object, elf},
};

/// A place in code: function and offset in bytes.
type Place = (u32, u64);

fn fixture(endian: &str, name: &str) -> Object {
    let path = format!("fixtures/o/{endian}/link/{name}.bpf.o");
    let whole = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(&path);
    elf::read_with_debug(&path, &&*fs::read(whole).unwrap()).unwrap()
}

fn linked(endian: &str, names: &[&str], gc: bool) -> Output {
    let options = Options { gc_sections: gc, output: Some("linked.bpf.o".into()), ..Options::default() };
    link_with(names.iter().map(|name| fixture(endian, name)).collect(), &options).unwrap()
}

/// Written and read.
fn again(object: &Object) -> Object {
    elf::read_with_debug("linked.bpf.o", &&*elf::write(object).unwrap()).unwrap()
}

/// The sections, with addresses that say which function is meant.
fn addressed(object: &Object) -> BTreeMap<String, Vec<u8>> {
    let mut sections = BTreeMap::new();
    for section in &object.debug {
        let mut data = section.data.clone();
        for r in &section.refs {
            let number = match r.to {
                DebugTarget::Debug { offset, .. } => offset,
                DebugTarget::Func { func, offset } => (u64::from(func.0) + 1) << 32 | offset,
                _ => 0,
            };
            let bytes = match (object.endian, r.size) {
                (Endian::Little, 4) => (number as u32).to_le_bytes().to_vec(),
                (Endian::Big, 4) => (number as u32).to_be_bytes().to_vec(),
                (Endian::Little, _) => number.to_le_bytes().to_vec(),
                (Endian::Big, _) => number.to_be_bytes().to_vec(),
            };
            data[r.offset as usize..][..bytes.len()].copy_from_slice(&bytes);
        }
        assert!(sections.insert(section.name.to_string(), data).is_none(), "one section of each name");
    }
    sections
}

/// A place from an address: one behind the end of a function is the next one's, if that follows in the section.
fn place(object: &Object, address: u64) -> Place {
    let (mut func, mut offset) = ((address >> 32) as usize - 1, address & 0xffff_ffff);
    while offset >= u64::from(object.funcs[func].slots) * 8 && func + 1 < object.funcs.len() {
        offset -= u64::from(object.funcs[func].slots) * 8;
        func += 1;
    }
    (func as u32, offset)
}

type Lines = BTreeMap<Place, Vec<u64>>;
type Functions = BTreeMap<Place, (String, u64)>;

/// The lines that the line tables give, and the functions that units describe, by where they begin.
fn described(object: &Object) -> (Lines, Functions) {
    let sections = addressed(object);
    let order = if object.endian == Endian::Big { RunTimeEndian::Big } else { RunTimeEndian::Little };
    let load = |id: SectionId| {
        let data = sections.get(id.name()).map_or(&[][..], |data| data);
        Ok::<_, gimli::Error>(EndianSlice::new(data, order))
    };
    let dwarf = Dwarf::load(load).unwrap();
    let (mut lines, mut functions) = (BTreeMap::new(), BTreeMap::new());
    let mut units = dwarf.units();
    while let Some(header) = units.next().unwrap() {
        let unit = dwarf.unit(header).unwrap();
        let mut rows = unit.line_program.clone().unwrap().rows();
        while let Some((_, row)) = rows.next_row().unwrap() {
            if !row.end_sequence() {
                let rows: &mut Vec<u64> = lines.entry(place(object, row.address())).or_default();
                rows.push(row.line().map_or(0, |line| line.get()));
            }
        }
        let mut entries = unit.entries();
        while let Some(entry) = entries.next_dfs().unwrap() {
            let ranges = dwarf.die_ranges(&unit, entry).unwrap();
            if entry.tag() != gimli::DW_TAG_subprogram {
                continue;
            }
            let name = entry
                .attr_value(gimli::DW_AT_name)
                .map(|value| dwarf.attr_string(&unit, value).unwrap().to_string_lossy().into_owned());
            let mut ranges = ranges;
            while let Some(range) = ranges.next().unwrap() {
                if range.end > range.begin {
                    functions.insert(place(object, range.begin), (name.clone().unwrap(), range.end - range.begin));
                }
            }
        }
    }
    (lines, functions)
}

/// Line tables and functions agree with the code and with the lines in BTF.
fn checked(output: &Output) {
    for object in [&output.object, &again(&output.object)] {
        let (lines, functions) = described(object);
        let expected: BTreeMap<Place, (String, u64)> =
            (0..).zip(&object.funcs).map(|(i, f)| ((i, 0), (f.name.to_string(), u64::from(f.slots) * 8))).collect();
        assert_eq!(functions, expected);
        let mut compared = 0;
        for (i, func) in (0..).zip(&object.funcs) {
            let mut slot = 0;
            for insn in &func.insns {
                if !insn.line.is_none() {
                    let line = u64::from(insn.line.line_col >> 10);
                    let (at, rows) = lines.range(..=(i, u64::from(slot) * 8)).next_back().unwrap();
                    // A function begins with its name in BTF, and with its brace in line tables.
                    let agrees = at.0 == i && rows.iter().any(|row| slot == 0 || *row == line || *row == 0);
                    assert!(agrees, "{} {slot}: {rows:?} at {at:?}, not {line}", func.name);
                    compared += 1;
                }
                slot += insn.slots();
            }
        }
        assert!(compared > 20, "{compared}");
    }
}

fn all_stays() -> Result<(), Failed> {
    for endian in ["el", "eb"] {
        let output = linked(endian, &["traced_more", "traced"], false);
        assert!(output.object.funcs.iter().any(|f| &*f.name == "traced_unused"));
        checked(&output);
        checked(&linked(endian, &["traced", "traced_more"], false));
    }
    Ok(())
}

fn what_goes_leaves_no_gap() -> Result<(), Failed> {
    for endian in ["el", "eb"] {
        for names in [["traced", "traced_more"], ["traced_more", "traced"]] {
            let output = linked(endian, &names, true);
            assert!(output.object.funcs.iter().all(|f| &*f.name != "traced_unused"));
            assert!(output.report.dropped.iter().all(|d| d.what != "debug information"));
            checked(&output);
        }
    }
    Ok(())
}

fn steps_are_like_one() -> Result<(), Failed> {
    let first = again(&linked("el", &["traced"], false).object);
    let all = link_with(vec![first, fixture("el", "traced_more")], &Options::default()).unwrap();
    checked(&all);
    Ok(())
}

fn strings_are_there_once() -> Result<(), Failed> {
    let object = linked("el", &["traced", "traced_more"], false).object;
    let section = object.debug.iter().find(|s| &*s.name == ".debug_str").unwrap();
    let all: Vec<_> = section.data.split(|&byte| byte == 0).filter(|text| !text.is_empty()).collect();
    assert_eq!(all.len(), all.iter().collect::<BTreeSet<_>>().len());
    Ok(())
}

fn it_is_left_out_unless_asked_for() -> Result<(), Failed> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/o/el/link/traced.bpf.o");
    let object = elf::read("traced.bpf.o", &fs::read(path).unwrap()).unwrap();
    assert!(object.debug.is_empty());
    Ok(())
}

/// Debug information that is broken costs itself and nothing else.
fn what_cannot_be_read_goes() -> Result<(), Failed> {
    let mut broken = fixture("el", "traced");
    let info = broken.debug.iter_mut().find(|s| &*s.name == ".debug_info").unwrap();
    info.data.truncate(40);
    let options = Options { gc_sections: true, ..Options::default() };
    let output = link_with(vec![broken, fixture("el", "traced_more")], &options).unwrap();
    assert!(
        output.report.dropped.iter().any(|d| d.what == "debug information" && d.site.to_string().contains("traced"))
    );
    let mut at = 0;
    // Any byte of it may be anything.
    while at < 4000 {
        let mut broken = fixture("el", "traced");
        for section in &mut broken.debug {
            if let Some(byte) = section.data.get_mut(at % 997) {
                *byte = byte.wrapping_add(at as u8 | 1);
            }
        }
        let _ = link_with(vec![broken, fixture("el", "traced_more")], &options);
        at += 13;
    }
    Ok(())
}

const DUMP: [&str; 2] = ["llvm-dwarfdump-22", "llvm-dwarfdump"];

fn is_there(tool: &str) -> bool {
    Command::new(tool).arg("--version").output().is_ok_and(|output| output.status.success())
}

fn verified(tool: &str) -> Result<(), Failed> {
    for (endian, gc) in [("el", false), ("el", true), ("eb", true)] {
        let output = linked(endian, &["traced", "traced_more"], gc);
        let file = std::env::temp_dir().join(format!("skep-dwarf-{}-{endian}-{gc}.o", std::process::id()));
        fs::write(&file, elf::write(&output.object).unwrap())?;
        let found = Command::new(tool).arg("--verify").arg(&file).output();
        fs::remove_file(&file)?;
        let found = found?;
        let said = String::from_utf8_lossy(&found.stdout).into_owned();
        assert!(found.status.success() && said.contains("No errors."), "{said}");
    }
    Ok(())
}

fn main() -> ExitCode {
    let tool = DUMP.into_iter().find(|tool| is_there(tool));
    let name = match tool {
        Some(_) => "llvm_dwarfdump_finds_no_error",
        None => "llvm_dwarfdump_finds_no_error (ignored: llvm-dwarfdump is not installed)",
    };
    let trials = vec![
        Trial::test("all_stays", all_stays),
        Trial::test("what_goes_leaves_no_gap", what_goes_leaves_no_gap),
        Trial::test("steps_are_like_one", steps_are_like_one),
        Trial::test("strings_are_there_once", strings_are_there_once),
        Trial::test("it_is_left_out_unless_asked_for", it_is_left_out_unless_asked_for),
        Trial::test("what_cannot_be_read_goes", what_cannot_be_read_goes),
        Trial::test(name, move || verified(tool.unwrap_or_default())).with_ignored_flag(tool.is_none()),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
