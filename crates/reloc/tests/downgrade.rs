//! What older kernels get instead.
#![allow(clippy::unwrap_used, clippy::panic, clippy::unreachable, reason = "tests may unwrap")]

mod support;

use skep_reloc::{
    Config, Target, Why,
    linker::link,
    object::{
        Linkage, Visibility,
        btf::{Btf, Edit, Endian, Int, Kind as BtfKind, Param, SecVar, Type, TypeId},
        isa::{FuncIdx, InsnIdx, Ref},
        uapi::Feature,
    },
    relocate,
};
use std::sync::Arc;
use support::*;

fn lacking(lacks: &[Feature]) -> Target {
    Target::new(Fake { lacks: lacks.to_vec(), ..Fake::new(kernel()) })
}

#[test]
fn late_helpers_are_replaced() {
    let calls = [112, 113, 114, 115, 6].map(|number| insn(0x85, 0, 0, 0, number));
    let linked = link([object("socket", calls.into_iter().chain([exit()]).collect(), vec![])]).unwrap();
    let imms = |target: &Target| {
        let relocated = only(&linked, target, "main");
        let code = code(&relocated, "main");
        let notes = code.notes.iter().filter(|note| matches!(note.why, Why::Helper(..))).count();
        (code.slots.iter().map(|slot| slot.imm).collect::<Vec<_>>(), notes)
    };
    assert_eq!(imms(&lacking(&[Feature::ProbeReadKernel])), (vec![4, 4, 45, 45, 6, 0], 4));
    assert_eq!(imms(&lacking(&[])), (vec![112, 113, 114, 115, 6, 0], 0));
}

#[test]
fn types_are_rewritten_and_infos_left_out() {
    let linked = fixture("el/tags");
    let whole = relocate(&linked, &lacking(&[]), &Config::new()).unwrap();
    assert_eq!(
        whole.btf.unwrap().as_ref(),
        linked.btf().unwrap().bytes().as_ref(),
        "nothing to rewrite, nothing copied"
    );
    let old = relocate(&linked, &lacking(&[Feature::BtfDeclTag, Feature::BtfTypeTag]), &Config::new()).unwrap();
    let btf = Btf::parse(old.btf.unwrap()).unwrap();
    assert!(!btf.ids().any(|id| matches!(btf.kind(id), Some(BtfKind::DECL_TAG | BtfKind::TYPE_TAG))));
    for lacks in [Feature::Btf, Feature::BtfFunc] {
        let older = relocate(&linked, &lacking(&[lacks]), &Config::new()).unwrap();
        assert_eq!(older.btf.is_none(), lacks == Feature::Btf);
        for program in &older.programs {
            let code = program.code.as_ref().unwrap();
            assert!(code.func_info.is_empty() && code.line_info.is_empty());
        }
    }
}

/// A program with a declaration tag that names its exception callback.
fn throws(tags: &[&str], callback: &str) -> skep_reloc::Linked {
    link([throwing(tags, callback)]).unwrap()
}

fn throwing(tags: &[&str], callback: &str) -> skep_reloc::object::Object {
    let mut edit = Edit::new(Endian::Little);
    let proto = edit.add().func_proto(Default::default(), &[]);
    let main = edit.add().func("main", proto, 1);
    for tag in tags {
        edit.add().decl_tag(&format!("exception_callback:{tag}"), main, -1, false);
    }
    let mut object = object("socket", vec![exit()], vec![function(callback, 1, vec![exit(), exit()])]);
    object.btf = Some(Arc::new(Btf::parse(edit.finish()).unwrap()));
    object.funcs[0].type_id = main;
    object
}

#[test]
fn exception_callbacks_follow_the_program() {
    let slots = |linked: &skep_reloc::Linked, target: &Target| code(&only(linked, target, "main"), "main").slots.len();
    assert_eq!(slots(&throws(&["handler"], "handler"), &lacking(&[])), 3);
    assert_eq!(slots(&throws(&[], "handler"), &lacking(&[])), 1);
    assert_eq!(slots(&throws(&["handler"], "handler"), &lacking(&[Feature::BtfDeclTag])), 1);
}

#[test]
fn a_callback_is_one_global_function_that_is_seen() {
    let wrong = |linked: &skep_reloc::Linked| {
        let relocated = only(linked, &lacking(&[]), "main");
        let help = first_fault(&relocated, "main").1;
        (faults(&relocated, "main")[0], help)
    };
    assert_eq!(wrong(&throws(&["handler", "handler"], "handler")).0, "tag-ambiguous");
    assert_eq!(wrong(&throws(&[""], "handler")).0, "tag-empty");
    let (code, help) = wrong(&throws(&["handlr"], "handler"));
    assert_eq!((code, help.as_str()), ("tag-absent", "did you mean `handler`?"));
    let with = |change: fn(&mut skep_reloc::object::Object)| {
        let mut object = throwing(&["handler"], "handler");
        change(&mut object);
        wrong(&link([object]).unwrap()).0
    };
    assert_eq!(with(|object| object.funcs[1].linkage = Linkage::Local), "tag-hidden");
    assert_eq!(with(|object| object.funcs[1].visibility = Visibility::Hidden), "tag-hidden");
    let twice = |object: &mut skep_reloc::object::Object| {
        let mut again = object.funcs[1].clone();
        again.linkage = Linkage::Local;
        object.funcs.push(again);
    };
    assert_eq!(with(twice), "tag-ambiguous");
    // On a function that the program calls.
    let on_called = |object: &mut skep_reloc::object::Object| {
        let mut call = insn(0x85, 0, 1, 0, -1);
        call.facts_mut().reference = Some(Ref::Func { func: FuncIdx(1), at: InsnIdx(0) });
        object.funcs[0].insns.insert(0, call);
        object.funcs[0].slots += 1;
        object.funcs[1].type_id = object.funcs[0].type_id;
        object.funcs[0].type_id = Default::default();
    };
    assert_eq!(with(on_called), "tag-misplaced");
}

#[test]
fn an_immediate_that_does_not_fit_is_an_error_in_its_place() {
    let linked = link([object("socket", vec![insn(0xb7, 0, 0, 0, 1 << 40), exit()], vec![])]).unwrap();
    let relocated = only(&linked, &lacking(&[]), "main");
    assert_eq!(faults(&relocated, "main"), ["insn-imm-too-wide"]);
    assert!(first_fault(&relocated, "main").0.contains("insn 0"));
}

#[test]
fn functions_of_no_program_are_not_looked_at() {
    let mut call = insn(0x85, 0, 1, 0, -1);
    call.facts_mut().reference = Some(Ref::Func { func: FuncIdx(1), at: InsnIdx(0) });
    let bad = function("bad", 1, vec![insn(0xb7, 0, 0, 0, 1 << 40), exit()]);
    let linked = link([object("socket", vec![exit()], vec![bad.clone()])]).unwrap();
    code(&only(&linked, &lacking(&[]), "main"), "main");
    let linked = link([object("socket", vec![call, exit()], vec![bad])]).unwrap();
    let relocated = only(&linked, &lacking(&[]), "main");
    assert!(first_fault(&relocated, "main").0.contains("bad, insn 0"), "the function is named");
}

#[test]
fn undefined_functions_fail_their_programs() {
    let relocated = relocate(&fixture("el/bad/undefined_function"), &lacking(&[]), &Config::new()).unwrap();
    assert_eq!(faults(&relocated, "calls_one").len(), 1);
    assert_eq!(faults(&relocated, "calls_both").len(), 2);
    assert!(faults(&relocated, "calls_none").is_empty());
}

#[test]
fn a_missing_feature_says_since_when() {
    let relocated = only(&fixture("el/data"), &lacking(&[Feature::GlobalData]), "sum");
    assert_eq!(faults(&relocated, "sum"), ["feature-missing"], "once, though there are many variables");
    let (said, help) = first_fault(&relocated, "sum");
    assert!(said.contains("this kernel lacks direct access to the value of an array map"), "{said}");
    assert!(said.contains("data.bpf.c:"), "{said}");
    assert_eq!(help, "it needs Linux 5.2 or later");
}

#[test]
fn types_that_do_not_hold_together_fail_the_whole() {
    let mut edit = Edit::new(Endian::Little);
    edit.add().datasec(".kconfig", 4, &[SecVar { ty: TypeId(77), offset: 0, size: 4 }]);
    let mut object = object("socket", vec![exit()], vec![]);
    object.btf = Some(Arc::new(Btf::parse(edit.finish()).unwrap()));
    let errors = relocate(&link([object]).unwrap(), &lacking(&[]), &Config::new()).unwrap_err();
    assert_eq!(errors.iter().map(|error| error.code()).collect::<Vec<_>>(), ["btf-no-such-type"]);
}

/// A program that calls `sub(ctx: *anything)`, tagged as the context.
fn tagged(section: &str, pointee: &str) -> skep_reloc::Linked {
    let mut edit = Edit::new(Endian::Little);
    let int = edit.add().int(Int { name: "int", size: 4, bits: 32, offset: 0, encoding: 1 });
    let target = if pointee == "void" { TypeId::VOID } else { edit.add().structure(pointee, 0, &[]) };
    let pointer = edit.add().ptr(target);
    let proto = edit.add().func_proto(int, &[Param { name: "ctx", ty: pointer }, Param { name: "n", ty: int }]);
    let (main, sub) = (edit.add().func("main", proto, 1), edit.add().func("sub", proto, 1));
    edit.add().decl_tag("arg:ctx", sub, 0, false);
    let mut call = insn(0x85, 0, 1, 0, -1);
    call.facts_mut().reference = Some(Ref::Func { func: FuncIdx(1), at: InsnIdx(0) });
    let mut object = object(section, vec![call, exit()], vec![function("sub", 1, vec![exit()])]);
    object.btf = Some(Arc::new(Btf::parse(edit.finish()).unwrap()));
    (object.funcs[0].type_id, object.funcs[1].type_id) = (main, sub);
    link([object]).unwrap()
}

/// What the first argument of `sub` points to, as the kernel is told.
fn context(linked: &skep_reloc::Linked, target: &Target) -> String {
    let relocated = only(linked, target, "main");
    let btf = Btf::parse(relocated.btf.clone().unwrap()).unwrap();
    let info = code(&relocated, "main").func_info[1];
    let Some(Type::Func(func)) = btf.get(info.type_id) else { panic!("{info:?}") };
    let Some(Type::FuncProto(proto)) = btf.get(func.proto) else { panic!("{func:?}") };
    let Some(Type::Ptr(target)) = btf.get(proto.params().next().unwrap().ty) else { panic!("{proto:?}") };
    assert_eq!((func.name, proto.len), ("sub", 2));
    btf.name(target).to_string()
}

#[test]
fn contexts_by_tag_are_declared_as_older_kernels_want_them() {
    let older = lacking(&[Feature::ArgCtxTag]);
    assert_eq!(context(&tagged("tc", "void"), &older), "__sk_buff");
    assert_eq!(context(&tagged("xdp", "void"), &older), "xdp_md");
    assert_eq!(context(&tagged("kprobe/f", "pt_regs"), &older), "bpf_user_pt_regs_t");
    assert_eq!(context(&tagged("tc", "void"), &lacking(&[])), "", "a kernel that knows the tag gets it as it is");
    assert_eq!(context(&tagged("tc", "other"), &older), "other", "that is for the verifier to refuse");
    assert_eq!(context(&tagged("iter/task", "void"), &older), "", "there is no struct for it");
}
