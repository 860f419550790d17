//! What programs attach to.
#![allow(clippy::unwrap_used, clippy::panic, clippy::unreachable, reason = "tests may unwrap")]

mod support;

use skep_reloc::{
    Config, ModuleIdx, Selection, Target,
    linker::link,
    object::{
        btf::Kind,
        uapi::{AttachType, Feature, ProgFlags, ProgType},
    },
    relocate,
};
use support::*;

/// An object with one program in a section.
fn program(section: &str) -> skep_reloc::Relocated {
    let linked = link([object(section, vec![exit()], vec![])]).unwrap();
    relocate(&linked, &Target::new(kernel()), &Config::new()).unwrap()
}

#[test]
fn hooks_are_found_by_the_name_that_stands_for_them() {
    let vmlinux = kernel_types();
    for (section, kind, name) in [
        ("tp_btf/sched_switch", Kind::TYPEDEF, "btf_trace_sched_switch"),
        ("fentry/do_unlinkat", Kind::FUNC, "do_unlinkat"),
        ("fexit/vmlinux:do_unlinkat", Kind::FUNC, "do_unlinkat"),
        ("fmod_ret/security_file_open", Kind::FUNC, "security_file_open"),
        ("lsm.s/file_open", Kind::FUNC, "bpf_lsm_file_open"),
        ("iter/task", Kind::FUNC, "bpf_iter_task"),
    ] {
        let relocated = program(section);
        let attach_to = relocated.program("main").unwrap().attach_to.clone().unwrap();
        assert_eq!((attach_to.type_id, attach_to.module), (vmlinux.find_kind(name, kind).unwrap(), None), "{section}");
    }
}

#[test]
fn modules_are_searched_when_the_kernel_has_no_such_function() {
    let module = module_types(&kernel_types());
    for section in ["fentry/in_module_only", "fentry/some-module:in_module_only"] {
        let attach_to = program(section).program("main").unwrap().attach_to.clone().unwrap();
        assert_eq!(attach_to.module, Some(ModuleIdx(0)), "{section}");
        assert_eq!(Some(attach_to.type_id), module.find_kind("in_module_only", Kind::FUNC));
    }
}

#[test]
fn an_absent_hook_is_named_with_the_one_that_was_meant() {
    for (section, code, message, help) in [
        ("fentry/do_unlinkatt", "attach-target-absent", "function `do_unlinkatt`", "did you mean `do_unlinkat`?"),
        ("tp_btf/sched_swich", "attach-target-absent", "tracepoint `sched_swich`", "did you mean `sched_switch`?"),
        ("iter/tasks", "attach-target-absent", "iterator `tasks`", "did you mean `task`?"),
        ("lsm/file_opne", "attach-target-absent", "LSM hook `file_opne`", "did you mean `file_open`?"),
        ("fentry/some_module:f", "attach-target-absent", "module `some_module` has no function `f`", "inlined"),
        ("fentry/some_modul:f", "no-such-module", "no module `some_modul`", "did you mean `some_module`?"),
        ("fentry", "attach-target-missing", "does not say what to attach to", "SEC(\"fentry/do_unlinkat\")"),
        ("freplace/f", "unsupported", "replace a function", ""),
        ("tracepiont/a/b", "section-unknown", "`tracepiont/a/b`", "tracepoint"),
    ] {
        let relocated = program(section);
        assert_eq!(faults(&relocated, "main"), [code], "{section}");
        let (said, hint) = first_fault(&relocated, "main");
        assert!(said.contains(message), "{section}: {said}");
        assert!(hint.contains(help), "{section}: {hint}");
    }
}

#[test]
fn one_program_s_hook_fails_no_other() {
    let linked = fixture("el/bad/unknown_section");
    let relocated = relocate(&linked, &Target::new(kernel()), &Config::new()).unwrap();
    assert_eq!(faults(&relocated, "misspelt"), ["section-unknown"]);
    assert_eq!(faults(&relocated, "swapped"), ["section-unknown"]);
    assert!(faults(&relocated, "good").is_empty());
}

#[test]
fn types_and_flags_come_from_the_section() {
    let main = |section: &str, lacks: &[Feature]| {
        let linked = link([object(section, vec![exit()], vec![])]).unwrap();
        let kernel = Fake { lacks: lacks.to_vec(), ..Fake::new(kernel()) };
        let relocated = relocate(&linked, &Target::new(kernel), &Config::new()).unwrap();
        let program = relocated.program("main").unwrap();
        (program.prog_type, program.attach_type, program.flags)
    };
    assert_eq!(main("xdp.frags", &[]), (ProgType::XDP, Some(AttachType::XDP), ProgFlags::XDP_HAS_FRAGS));
    assert_eq!(main("xdp", &[Feature::ExpectedAttachType]), (ProgType::XDP, None, ProgFlags(0)));
    let lsm = (ProgType::LSM, Some(AttachType::LSM_MAC), ProgFlags::SLEEPABLE);
    assert_eq!(main("lsm.s/file_open", &[Feature::ExpectedAttachType]), lsm);
    assert_eq!(main("usdt", &[]).1, Some(AttachType::TRACE_UPROBE_MULTI));
    assert_eq!(main("usdt", &[Feature::UprobeMulti]).1, None);
}

#[test]
fn a_program_that_does_not_exist_is_said_to_be_missing() {
    let linked = fixture("el/subprograms");
    let config = Config::new().select(Selection::Only(vec!["uses_al".into(), "zzz".into(), "uses_one".into()]));
    let errors = relocate(&linked, &Target::new(kernel()), &config).unwrap_err();
    let said: Vec<_> = errors.iter().map(|e| (e.code(), e.help().map(String::from))).collect();
    assert_eq!(said, [("no-such-program", Some("did you mean `uses_all`?".into())), ("no-such-program", None)]);
}

#[test]
fn programs_are_chosen_by_name_by_default_or_all() {
    let linked = fixture("el/optional");
    let names = |selection| {
        let relocated = relocate(&linked, &Target::new(kernel()), &Config::new().select(selection)).unwrap();
        relocated.programs.iter().map(|p| p.name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(Selection::Autoload), ["always"]);
    assert_eq!(names(Selection::All), ["always", "when_asked", "never_loads"]);
    assert_eq!(names(Selection::Only(vec!["when_asked".into()])), ["when_asked"]);
}
