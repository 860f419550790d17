//! CO-RE records applied to instructions.
#![allow(clippy::unwrap_used, clippy::panic, clippy::unreachable, reason = "tests may unwrap")]

mod support;

use skep_reloc::{
    Config, Offline, Outcome, Target, Why,
    linker::link,
    miss,
    object::{
        btf::{Btf, Edit, Endian, Int, Member},
        isa::{CoreKind, CoreRecord, Insn},
    },
    relocate,
};
use std::sync::Arc;
use support::*;

fn outcomes(file: &str, release: &str, program: &str) -> Vec<(CoreKind, Outcome)> {
    let relocated = only(&fixture(file), &Target::new(Offline::new(support::release(release))), program);
    let note = |note: &skep_reloc::Note| match &note.why {
        Why::Core(record, outcome) => Some((record.kind, *outcome)),
        _ => None,
    };
    code(&relocated, program).notes.iter().filter_map(note).collect()
}

#[test]
fn all_kinds_are_answered_on_every_release() {
    for release in ["5.10", "6.1", "6.12", "7.2", "7.3"] {
        let found = outcomes("el/core_kinds", release, "kinds");
        let kinds: std::collections::BTreeSet<u32> = found.iter().map(|(kind, _)| kind.0).collect();
        assert_eq!(kinds, (0..13).collect(), "{release}");
        let exist = found.iter().filter(|(kind, _)| *kind == CoreKind::FIELD_EXISTS).map(|(_, outcome)| *outcome);
        assert_eq!(exist.collect::<Vec<_>>(), [Outcome::Number { from: 1, to: 1 }, Outcome::Number { from: 1, to: 0 }]);
    }
}

#[test]
fn numbers_are_those_of_the_release() {
    let kernel = support::release("6.1");
    let task = kernel.find_kind("task_struct", skep_reloc::object::btf::Kind::STRUCT).unwrap();
    let found = outcomes("el/core_kinds", "6.1", "kinds");
    let (_, outcome) = found.iter().find(|(kind, _)| *kind == CoreKind::TYPE_ID_TARGET).unwrap();
    assert!(matches!(outcome, Outcome::Number { to, .. } if *to == u64::from(task.0)));
}

#[test]
fn what_no_kernel_has_becomes_a_call_that_is_refused() {
    let linked = fixture("el/bad/core_absent");
    let relocated = relocate(&linked, &Target::new(Offline::new(support::release("6.1"))), &Config::new()).unwrap();
    let program = relocated.program("absent_member").unwrap();
    assert_eq!(faults(&relocated, "absent_member"), ["attach-target-absent"], "CO-RE alone fails nothing");
    assert_eq!(program.section.target.as_ref(), "sched_switch");
    let absent = outcomes_of_poison(&linked);
    assert_eq!(absent, [(0x85, 0, 195_896_080)]);
}

#[test]
fn what_is_absent_can_be_explained() {
    let linked = fixture("el/bad/core_absent");
    let target = Target::new(Offline::new(support::release("6.1")));
    let function = linked.funcs().iter().find(|f| &*f.name == "misspelt_member").unwrap();
    let records = function.insns.iter().filter_map(|insn| insn.meta.core());
    let said: Vec<_> = records.filter_map(|record| miss(&linked, &target, record)).collect();
    assert_eq!(said.len(), 1, "the other member is there");
    assert_eq!(said[0].to_string(), "this kernel's `struct task_struct` has no member `pidd`");
    assert_eq!(said[0].hint().unwrap(), "did you mean `pid`?");
}

/// The instructions in place of absent members, from a program without a hook.
fn outcomes_of_poison(linked: &skep_reloc::Linked) -> Vec<(u8, u8, i32)> {
    let function = linked.funcs().iter().find(|f| &*f.name == "absent_member").unwrap();
    let mut object = object("socket", function.insns.clone(), vec![]);
    object.btf = linked.btf().cloned();
    let linked = link([object]).unwrap();
    let relocated = only(&linked, &Target::new(Offline::new(support::release("6.1"))), "main");
    let code = code(&relocated, "main");
    let absent = code.notes.iter().filter(|note| matches!(note.why, Why::Core(_, Outcome::Absent)));
    absent.map(|note| code.slots[note.insn.at()]).map(|slot| (slot.code.0, slot.regs, slot.imm)).collect()
}

/// Types with one struct of one member.
fn types(size: u32, encoding: u8, bit_offset: u32) -> Arc<Btf> {
    let mut edit = Edit::new(Endian::Little);
    let ty = edit.add().int(Int { name: "number", size, bits: (size * 8) as u8, offset: 0, encoding });
    edit.add().structure("s", 1 << 20, &[Member { name: "x", ty, bit_offset, bit_size: 0 }]);
    Arc::new(Btf::parse(edit.finish()).unwrap())
}

/// One instruction with a record about `s.x`, relocated for a kernel; what it became, or the code of the error.
fn one(insn: Insn, kind: CoreKind, local: Arc<Btf>, kernel: Arc<Btf>) -> Result<(u8, i16, i32), &'static str> {
    let mut insn = insn;
    let type_id = local.find_kind("s", skep_reloc::object::btf::Kind::STRUCT).unwrap();
    insn.facts_mut().core = Some(CoreRecord { type_id, kind, access: "0:0".into() });
    let mut object = object("socket", vec![insn, exit()], vec![]);
    object.btf = Some(local);
    let relocated = only(&link([object]).unwrap(), &Target::new(Offline::new(kernel)), "main");
    match &relocated.program("main").unwrap().code {
        Ok(code) => Ok((code.slots[0].code.0, code.slots[0].off, code.slots[0].imm)),
        Err(errors) => Err(errors.iter().next().unwrap().code()),
    }
}

#[test]
fn offsets_and_widths_of_loads_follow_the_kernel() {
    let offset = CoreKind::FIELD_BYTE_OFFSET;
    let local = || types(8, 0, 64);
    let load = |code| insn(code, 1, 2, 8, 0);
    assert_eq!(one(load(0x79), offset, local(), types(8, 0, 256)), Ok((0x79, 32, 0)));
    assert_eq!(one(load(0x79), offset, local(), types(4, 0, 256)), Ok((0x61, 32, 0)));
    assert_eq!(one(load(0x79), offset, local(), types(2, 0, 0)), Ok((0x69, 0, 0)));
    assert_eq!(one(load(0x79), offset, local(), types(1, 0, 0)), Ok((0x71, 0, 0)));
    // A signed integer cannot just be read narrower.
    assert_eq!(one(load(0x79), offset, local(), types(4, 1, 0)), Ok((0x85, 0, 195_896_080)));
    assert_eq!(one(load(0x61), offset, local(), types(4, 0, 0)), Err("core-patch"), "it does not load 8 bytes");
    assert_eq!(one(load(0x79), offset, local(), types(8, 0, 1 << 20)), Err("core-patch"), "too far");
    assert_eq!(one(insn(0x79, 1, 2, 16, 0), offset, local(), types(8, 0, 0)), Err("core-patch"), "another offset");
    assert_eq!(one(exit(), offset, local(), types(8, 0, 0)), Err("core-patch"), "nothing to hold it");
    assert_eq!(one(insn(0xb7, 1, 0, 0, 8), offset, local(), types(8, 0, 1 << 20)), Ok((0xb7, 0, 1 << 17)));
}

#[test]
fn a_record_that_makes_no_sense_is_an_error_of_its_program() {
    let local = types(8, 0, 0);
    assert_eq!(one(insn(0xb7, 1, 0, 0, 8), CoreKind(99), local.clone(), local), Err("core-bad-kind"));
}
