//! The functions of a program, one after the other.
#![allow(clippy::unwrap_used, clippy::panic, clippy::unreachable, reason = "tests may unwrap")]

mod support;

use skep_reloc::{
    Config, Target,
    linker::link,
    object::isa::{FuncIdx, InsnIdx, Ref, opcode::pseudo},
    relocate,
};
use support::*;

/// The names of a program's functions in their order, by the BTF of its func info.
fn names(file: &str, program: &str) -> Vec<String> {
    let linked = fixture(file);
    let relocated = only(&linked, &Target::new(kernel()), program);
    let btf = linked.btf().unwrap();
    code(&relocated, program).func_info.iter().map(|info| btf.name(info.type_id).to_string()).collect()
}

#[test]
fn functions_follow_in_the_order_of_their_first_use() {
    for dir in ["el", "eb", "clang14"] {
        let all = ["uses_all", "deeper", "triple", "global_function", "weak_function", "hidden_function"];
        assert_eq!(names(&format!("{dir}/subprograms"), "uses_all"), all, "{dir}");
        assert_eq!(names(&format!("{dir}/subprograms"), "uses_one"), ["uses_one", "triple"], "{dir}");
        assert_eq!(names(&format!("{dir}/subprograms"), "uses_none"), ["uses_none"], "{dir}");
    }
}

#[test]
fn every_call_lands_on_the_beginning_of_a_function() {
    let linked = fixture("el/subprograms");
    let relocated = relocate(&linked, &Target::new(kernel()), &Config::new()).unwrap();
    for program in &relocated.programs {
        let code = program.code.as_ref().unwrap();
        let starts: Vec<i32> = code.func_info.iter().map(|info| info.insn.0 as i32).collect();
        assert_eq!(starts[0], 0);
        assert!(starts.is_sorted());
        let calls = (0..).zip(&code.slots).filter(|(_, slot)| slot.code.0 == 0x85 && slot.src() == pseudo::CALL);
        for (at, slot) in calls {
            assert!(starts.contains(&(at + 1 + slot.imm)), "{} slot {at}", program.name);
        }
    }
}

#[test]
fn lines_begin_at_slot_0_and_at_each_function_and_rise() {
    let linked = fixture("el/subprograms");
    let relocated = relocate(&linked, &Target::new(kernel()), &Config::new()).unwrap();
    for program in &relocated.programs {
        let code = program.code.as_ref().unwrap();
        let lines: Vec<InsnIdx> = code.line_info.iter().map(|info| info.insn).collect();
        assert!(lines.windows(2).all(|w| w[0] < w[1]));
        assert!(code.func_info.iter().all(|info| lines.contains(&info.insn)));
    }
}

#[test]
fn addresses_of_functions_are_distances_too() {
    let linked = fixture("el/callbacks");
    let relocated = only(&linked, &Target::new(kernel()), "loops");
    let code = code(&relocated, "loops");
    let wide = |slot: &skep_reloc::object::isa::Raw| slot.code.0 == 0x18 && slot.src() == pseudo::FUNC;
    let at = code.slots.iter().position(wide).unwrap();
    assert_eq!(at as i32 + 1 + code.slots[at].imm, code.func_info[1].insn.0 as i32);
    assert_eq!(linked.btf().unwrap().name(code.func_info[1].type_id), "add_index");
}

#[test]
fn functions_that_call_each_other_are_written_once() {
    let call = |func| {
        let mut insn = insn(0x85, 0, 1, 0, -1);
        insn.facts_mut().reference = Some(Ref::Func { func: FuncIdx(func), at: InsnIdx(0) });
        insn
    };
    let a = function("a", 1, vec![call(2), exit()]);
    let b = function("b", 1, vec![call(1), call(2), exit()]);
    let linked = link([object("socket", vec![call(2), call(1), exit()], vec![a, b])]).unwrap();
    let relocated = only(&linked, &Target::new(kernel()), "main");
    // main 0..3, b 3..6, a 6..8.
    let imms: Vec<i32> = code(&relocated, "main").slots.iter().map(|slot| slot.imm).collect();
    assert_eq!(imms, [2, 4, 0, 2, -2, 0, -4, 0]);
    assert!(code(&relocated, "main").func_info.is_empty(), "functions without types have no info");
}

#[test]
fn deep_chains_of_calls_need_no_deep_stack() {
    let call = |func| {
        let mut insn = insn(0x85, 0, 1, 0, -1);
        insn.facts_mut().reference = Some(Ref::Func { func: FuncIdx(func), at: InsnIdx(0) });
        insn
    };
    let count = 50_000;
    let others =
        (1..=count).map(|i| function(&format!("f{i}"), 1, vec![if i < count { call(i + 1) } else { exit() }, exit()]));
    let linked = link([object("socket", vec![call(1), exit()], others.collect())]).unwrap();
    let relocated = only(&linked, &Target::new(kernel()), "main");
    assert_eq!(code(&relocated, "main").slots.len(), 2 * (count as usize + 1));
}

#[test]
fn types_of_c_keep_their_ids_though_parameters_get_names() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/o/el/bad/unnamed_argument.bpf.o");
    let object = skep_reloc::object::elf::read("unnamed.bpf.o", &std::fs::read(path).unwrap()).unwrap();
    let ids: Vec<_> = object.funcs.iter().map(|func| func.type_id).collect();
    let types = object.btf.as_ref().unwrap().len();
    let linked = skep_reloc::linker::link([object]).unwrap();
    assert_eq!(linked.btf().unwrap().len(), types);
    assert!(linked.funcs().iter().map(|func| func.type_id).eq(ids));
}
