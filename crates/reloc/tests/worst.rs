//! Objects that ask for much: the result and the reports stay in proportion.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may unwrap")]

mod support;

use skep_reloc::{
    Config, Target,
    linker::link,
    object::{
        Object, Program, SectionName,
        isa::{FuncIdx, Insn, InsnIdx, Ref, opcode::pseudo},
    },
    relocate,
};
use support::{exit, faults, first_fault, function, insn, kernel, object};

fn call(func: u32) -> Insn {
    let mut call = insn(0x85, 0, pseudo::CALL.0, 0, 0);
    call.facts_mut().reference = Some(Ref::Func { func: FuncIdx(func), at: InsnIdx(0) });
    call
}

/// More programs, all of the same instructions.
fn add_programs(object: &mut Object, section: &str, count: u32, insns: &[Insn]) {
    let section = SectionName::parse(section);
    for i in 0..count {
        let func = FuncIdx(object.funcs.len() as u32);
        object.funcs.push(function(&format!("p{i}"), 0, insns.to_vec()));
        object.programs.push(Program { func, section: section.clone(), autoload: true });
    }
}

#[test]
fn a_chain_of_ten_thousand_functions_is_one_stream() {
    const FUNCS: u32 = 10_000;
    let name = |i: u32| format!("f{i}");
    let mut others: Vec<_> = (1..FUNCS).map(|i| function(&name(i), 1, vec![call(i + 1), exit()])).collect();
    others.push(function("last", 1, vec![insn(0xb7, 0, 0, 0, 0), exit()]));
    let linked = link([object("xdp", vec![call(1), exit()], others)]).unwrap();
    let relocated = relocate(&linked, &Target::new(kernel()), &Config::new()).unwrap();
    let slots = &relocated.programs[0].code.as_ref().unwrap().slots;
    assert_eq!(slots.len() as u32, 2 * (FUNCS + 1));
    // Each calls the one that follows it directly.
    assert!(slots.iter().step_by(2).take(FUNCS as usize).all(|slot| slot.imm == 1));
}

#[test]
fn programs_that_share_a_large_function_have_a_limit_together() {
    const SIZE: usize = 1_000_000;
    let large = function("large", 1, [vec![insn(0xb7, 0, 0, 0, 0); SIZE - 1], vec![exit()]].concat());
    let mut object = object("xdp", vec![call(1), exit()], vec![large]);
    add_programs(&mut object, "xdp", 30, &[call(1), exit()]);
    let linked = link([object]).unwrap();
    let relocated = relocate(&linked, &Target::new(kernel()), &Config::new()).unwrap();
    let sizes = relocated.programs.iter().filter_map(|p| Some(p.code.as_ref().ok()?.slots.len()));
    assert_eq!(sizes.collect::<Vec<_>>(), [SIZE + 2; 8]);
    assert_eq!(faults(&relocated, "p29"), ["unsupported"]);
    // By itself each of them can be had.
    let alone = support::only(&linked, &Target::new(kernel()), "p29");
    assert_eq!(support::code(&alone, "p29").slots.len(), SIZE + 2);
}

#[test]
fn a_program_with_thousands_of_errors_reports_some() {
    let mut bad = insn(0xb7, 1, 0, 0, 0);
    bad.imm = 1 << 40;
    let linked = link([object("xdp", [vec![bad; 50_000], vec![exit()]].concat(), Vec::new())]).unwrap();
    let relocated = relocate(&linked, &Target::new(kernel()), &Config::new()).unwrap();
    assert_eq!(faults(&relocated, "main").len(), 64);
}

#[test]
fn what_was_meant_is_searched_for_a_few_times_only() {
    let mut object = object("fentry/vfs_raed", vec![exit()], Vec::new());
    add_programs(&mut object, "fentry/vfs_raed", 99, &[exit()]);
    let linked = link([object]).unwrap();
    let relocated = relocate(&linked, &Target::new(kernel()), &Config::new()).unwrap();
    let meant = |name: &str| {
        let (message, help) = first_fault(&relocated, name);
        message.contains("vfs_read") || help.contains("vfs_read")
    };
    assert!(meant("main"));
    let found = relocated.programs.iter().filter(|p| meant(&p.name)).count();
    assert_eq!(found, 32);
}
