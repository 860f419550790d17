//! What an object finds on a kernel, told without it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::unreachable, reason = "tests may unwrap")]

mod support;

use std::sync::Arc;

use skep_reloc::{
    Offline, Target,
    check::{Basis, Checker, Finding, Known, Report, State, Subject, Verdict, check},
    linker::link,
    object::{
        Extern, ExternKind, Function, Linkage, Map, MapDef, MapKind, Object, SectionIdx, Visibility,
        btf::{Btf, Edit, Endian, Int, Kind, Member, TypeId, Value},
        isa::{CoreKind, CoreRecord, ExternIdx, Insn, MapIdx, Ref},
        uapi::{AttachType, Helper, LinkType, MapFlags, MapType, ProgType, Release, Row},
    },
};
use support::*;

/// Types of a kernel with all numbers that a release has, as far as the tables know.
fn numbered(release: Release) -> Arc<Btf> {
    fn add<T: Copy>(edit: &mut Edit, name: &str, rows: &[Row<T>], release: Release, number: impl Fn(T) -> u32) {
        let known = rows.iter().filter(|row| row.since <= release);
        let mut values: Vec<Value<'_>> =
            known.map(|row| Value { name: row.uapi, value: number(row.value).into() }).collect();
        // What follows the last is no number of its own.
        values.push(Value { name: "__MAX", value: values.len() as u64 });
        edit.add().enumeration(name, 4, false, &values);
    }
    let mut edit = Edit::new(Endian::Little);
    let int = edit.add().int(Int { name: "int", size: 4, bits: 32, offset: 0, encoding: 1 });
    add(&mut edit, "bpf_func_id", Helper::ROWS, release, |v| v.0);
    add(&mut edit, "bpf_map_type", MapType::ROWS, release, |v| v.0);
    add(&mut edit, "bpf_prog_type", ProgType::ROWS, release, |v| v.0);
    add(&mut edit, "bpf_attach_type", AttachType::ROWS, release, |v| v.0);
    add(&mut edit, "bpf_link_type", LinkType::ROWS, release, |v| v.0);
    add(&mut edit, "", MapFlags::ROWS, release, |v| v.0);
    let pid = Member { name: "pid", ty: int, bit_offset: 64, bit_size: 0 };
    edit.add().structure("task_struct", 16, &[pid]);
    edit.add().typedef("btf_trace_sched_switch", int);
    let proto = edit.add().func_proto(TypeId::VOID, &[]);
    for name in ["vfs_unlink", "__x64_sys_openat", "tcp_sendmsg"] {
        edit.add().func(name, proto, 0);
    }
    Arc::new(Btf::parse(edit.finish()).unwrap())
}

fn kernel_of(major: u16, minor: u16) -> Offline {
    Offline::new(numbered(Release::new(major, minor))).with_version(u32::from(major) << 16 | u32::from(minor) << 8)
}

/// The report on an object, on a kernel.
fn on(object: Object, kernel: Offline) -> Report {
    check(&link([object]).unwrap(), &Target::new(kernel))
}

/// Code, state and subject of what the first program lacks.
fn found(report: &Report) -> Vec<(&str, State, Subject)> {
    report.programs[0].findings.iter().map(|f| (f.code, f.state, f.subject)).collect()
}

fn first(report: &Report) -> &Finding {
    &report.programs[0].findings[0]
}

fn helper(number: i64) -> Insn {
    insn(0x85, 0, 0, 0, number)
}

const RINGBUF_OUTPUT: i64 = 130;

#[test]
fn helpers_by_the_kernel_s_own_list_and_by_its_release() {
    let program = || object("socket", vec![helper(RINGBUF_OUTPUT), exit()], vec![]);
    assert!(found(&on(program(), kernel_of(5, 8))).is_empty());
    let report = on(program(), kernel_of(5, 7));
    assert_eq!(found(&report), [("kernel-no-helper", State::Missing, Subject::Helper)]);
    assert_eq!(first(&report).basis, Basis::Btf);
    assert_eq!(first(&report).message, "this kernel has no helper `bpf_ringbuf_output`");
    assert!(first(&report).help.as_ref().unwrap().contains("BPF_FUNC_ringbuf_output"));
    assert_eq!(report.verdict(), Verdict::Missing);
    // Types without the list: the release tells.
    let by_release = |version| on(program(), kernel().with_version(version));
    assert!(found(&by_release(5 << 16 | 8 << 8)).is_empty());
    assert_eq!(first(&by_release(5 << 16 | 7 << 8)).basis, Basis::Release(Release::new(5, 8)));
    let open = by_release(0);
    assert_eq!((open.release, first(&open).state), (Known::Nothing, State::Unknown));
    assert_eq!(first(&open).message, "it is not known whether this kernel has helper `bpf_ringbuf_output`");
    assert_eq!(open.verdict(), Verdict::Unknown);
}

#[test]
fn helpers_that_relocation_replaces_are_not_missed() {
    let program = object("tracepoint", vec![helper(113), exit()], vec![]);
    assert!(found(&on(program, kernel_of(5, 4))).is_empty());
}

#[test]
fn the_release_is_guessed_from_the_numbers_that_a_kernel_knows() {
    let program = || object("socket", vec![insn(0xdb, 1, 2, 0, 0x100), exit()], vec![]);
    let kernel = |major, minor| Offline::new(numbered(Release::new(major, minor)));
    let report = on(program(), kernel(5, 8));
    let (from, before) = (Release::new(5, 8), Some(Release::new(5, 9)));
    assert_eq!(report.release, Known::Between { from, before });
    assert_eq!(report.release.to_string(), "5.8 or later, before 5.9");
    // Load-acquire came with 6.15.
    assert_eq!(found(&report), [("kernel-no-instruction", State::Missing, Subject::Instruction)]);
    assert_eq!(first(&report).basis.to_string(), "by release: since 6.15");
    assert!(found(&on(program(), kernel(7, 2))).is_empty());
}

#[test]
fn instructions_say_how_to_compile_without_them() {
    // A signed division.
    let report = on(object("socket", vec![insn(0x3f, 1, 2, 1, 0), exit()], vec![]), kernel_of(6, 1));
    assert_eq!(first(&report).code, "kernel-no-instruction");
    assert_eq!(first(&report).help.as_deref(), Some("compile it with `-mcpu=v3`"));
    assert!(first(&report).site.insn.is_some());
}

#[test]
fn types_of_programs_and_places() {
    let report = |section: &str, kernel| on(object(section, vec![exit()], vec![]), kernel);
    let missing = |code, subject| vec![(code, State::Missing, subject)];
    assert_eq!(found(&report("syscall", kernel_of(5, 10))), missing("kernel-no-program-type", Subject::Program));
    assert_eq!(found(&report("xdp.frags", kernel_of(5, 10))), missing("kernel-no-section", Subject::Program));
    let multi = report("kprobe.multi/vfs_*", kernel_of(5, 10));
    assert_eq!(found(&multi), missing("kernel-no-attach-type", Subject::Attach));
    assert!(found(&report("kprobe.multi/vfs_*", kernel_of(6, 1))).is_empty());
    let absent = report("kprobe.multi/xfs_*", kernel_of(6, 1));
    assert_eq!(found(&absent), missing("attach-target-absent", Subject::Target));
    // Without the newer place skep attaches it otherwise.
    let tcx = report("tcx/ingress", kernel_of(6, 1));
    assert_eq!(found(&tcx), [("kernel-no-attach-type", State::Guarded, Subject::Attach)]);
    assert_eq!(tcx.programs[0].verdict(), Verdict::Without);
    // The type is there, but not in this build.
    let built = kernel_of(6, 12).with_config("CONFIG_NET=y\n# CONFIG_NETFILTER_BPF_LINK is not set\n");
    let report = report("netfilter", built);
    assert_eq!(first(&report).basis, Basis::Config);
    assert_eq!(
        first(&report).message,
        "this kernel has no programs of type `netfilter`: it was built without CONFIG_NETFILTER_BPF_LINK"
    );
}

#[test]
fn what_programs_attach_to_by_name() {
    let report = |section: &str| on(object(section, vec![exit()], vec![]), kernel_of(6, 12));
    for section in ["kprobe/vfs_unlink", "kretprobe/vfs_unlink+4", "ksyscall/openat", "tp/sched/sched_switch"] {
        assert!(found(&report(section)).is_empty(), "{section}");
    }
    for section in ["raw_tp/sched_switch", "tracepoint/syscalls/sys_enter_openat", "uprobe//bin/sh:main", "kprobe"] {
        assert!(found(&report(section)).is_empty(), "{section}");
    }
    for section in ["kprobe/vfs_unlnik", "ksyscall/opneat", "tp/sched/sched_swich", "raw_tp/sched_swich"] {
        let report = report(section);
        assert_eq!(found(&report), [("attach-target-absent", State::Missing, Subject::Target)], "{section}");
        assert_eq!(first(&report).basis, Basis::Btf);
    }
    assert_eq!(first(&report("kprobe/vfs_unlnik")).help.as_deref(), Some("did you mean `vfs_unlink`?"));
    // A function that has no type may still have a symbol.
    let mut fake = Fake::new(kernel_of(6, 12));
    fake.symbols.insert("entry_SYSCALL_64", vec![0xffff_ffff_8100_0000]);
    let linked = link([object("kprobe/entry_SYSCALL_64", vec![exit()], vec![])]).unwrap();
    assert!(found(&check(&linked, &Target::new(fake))).is_empty());
}

fn map(map_type: MapType, flags: MapFlags) -> Map {
    Map {
        name: "numbers".into(),
        section: SectionIdx(0),
        kind: MapKind::Declared(vec![]),
        def: MapDef { map_type, flags, key_size: 4, value_size: 8, max_entries: 1, ..MapDef::default() },
        type_id: TypeId::VOID,
        linkage: Linkage::Global,
        visibility: Visibility::Default,
        tags: vec![],
    }
}

/// A load of something.
fn load(reference: Ref) -> Insn {
    let mut insn = insn(0x18, 1, 0, 0, 0);
    insn.facts_mut().reference = Some(reference);
    insn
}

#[test]
fn maps_and_their_flags() {
    let with = |map, insns| Object { maps: vec![map], ..object("socket", insns, vec![]) };
    let uses = || vec![load(Ref::Map(MapIdx(0))), exit()];
    let arena = on(with(map(MapType::ARENA, MapFlags(0)), uses()), kernel_of(6, 1));
    assert_eq!(found(&arena), [("kernel-no-map-type", State::Missing, Subject::Map)]);
    assert_eq!(first(&arena).message, "this kernel has no maps of type `arena` (`numbers`)");
    let flagged = on(with(map(MapType::ARRAY, MapFlags::INNER_MAP), uses()), kernel_of(5, 8));
    assert_eq!(found(&flagged), [("kernel-no-map-flag", State::Missing, Subject::MapFlag)]);
    assert_eq!(first(&flagged).basis, Basis::Btf);
    // No program refers to it; it is created all the same.
    let unused = on(with(map(MapType::ARENA, MapFlags(0)), vec![exit()]), kernel_of(6, 1));
    assert!(found(&unused).is_empty());
    assert_eq!(unused.object[0].code, "kernel-no-map-type");
    assert_eq!(unused.verdict(), Verdict::Missing);
}

/// Types of an object: a struct with a member that no kernel has.
fn local() -> Arc<Btf> {
    let mut edit = Edit::new(Endian::Little);
    let int = edit.add().int(Int { name: "int", size: 4, bits: 32, offset: 0, encoding: 1 });
    edit.add().structure("task_struct", 16, &[Member { name: "gone", ty: int, bit_offset: 0, bit_size: 0 }]);
    Arc::new(Btf::parse(edit.finish()).unwrap())
}

/// An instruction with a CO-RE record about the member.
fn asks(insn: Insn, kind: CoreKind) -> Insn {
    let type_id = local().find_kind("task_struct", Kind::STRUCT).unwrap();
    let mut insn = insn;
    insn.facts_mut().core = Some(CoreRecord { type_id, kind, access: "0:0".into() });
    insn
}

#[test]
fn a_program_that_looks_first_can_do_without() {
    let read = || asks(insn(0x61, 2, 1, 0, 0), CoreKind::FIELD_BYTE_OFFSET);
    let program = |insns| Object { btf: Some(local()), ..object("socket", insns, vec![]) };
    let bare = on(program(vec![read(), exit()]), kernel_of(6, 12));
    assert_eq!(found(&bare), [("core-no-field", State::Missing, Subject::Type)]);
    assert_eq!(first(&bare).message, "this kernel's `struct task_struct` has no member `gone`");
    // r3 = exists; if r3 == 0 goto exit; read; a helper that does not exist either.
    let exists = || asks(insn(0xb7, 3, 0, 0, 1), CoreKind::FIELD_EXISTS);
    let guarded = program(vec![exists(), insn(0x15, 3, 0, 2, 0), read(), helper(RINGBUF_OUTPUT), exit()]);
    let guarded = on(guarded, kernel_of(5, 7));
    let states: Vec<_> = guarded.programs[0].findings.iter().map(|f| (f.code, f.state, f.uses)).collect();
    assert_eq!(states, [("kernel-no-helper", State::Guarded, 1), ("core-no-field", State::Guarded, 2)]);
    assert_eq!(guarded.verdict(), Verdict::Without);
    // The branch the other way round.
    let wrong = program(vec![exists(), insn(0x55, 3, 0, 1, 0), read(), exit()]);
    assert_eq!(found(&on(wrong, kernel_of(6, 12)))[0].1, State::Missing);
}

#[test]
fn the_answer_is_followed_through_stack_and_arithmetic() {
    let read = || asks(insn(0x61, 2, 1, 0, 0), CoreKind::FIELD_BYTE_OFFSET);
    let exists = || asks(insn(0xb7, 3, 0, 0, 1), CoreKind::FIELD_EXISTS);
    let program = vec![
        exists(),
        // *(u64 *)(r10 - 8) = r3; call; r4 = *(u64 *)(r10 - 8); r4 <<= 32; r4 += 5
        insn(0x7b, 10, 3, -8, 0),
        helper(5),
        insn(0x79, 4, 10, -8, 0),
        insn(0x67, 4, 0, 0, 32),
        insn(0x07, 4, 0, 0, 5),
        insn(0x15, 4, 0, 1, 5),
        read(),
        exit(),
    ];
    let object = Object { btf: Some(local()), ..object("socket", program, vec![]) };
    assert_eq!(found(&on(object, kernel_of(6, 12))), [("core-no-field", State::Guarded, Subject::Type)]);
}

#[test]
fn functions_are_reached_through_their_calls() {
    let read = || asks(insn(0x61, 2, 1, 0, 0), CoreKind::FIELD_BYTE_OFFSET);
    let mut call = insn(0x85, 0, 1, 0, 0);
    call.facts_mut().reference = Some(Ref::Func { func: skep_reloc::object::isa::FuncIdx(1), at: Default::default() });
    let callee = || Function { linkage: Linkage::Local, ..function("callee", 1, vec![read(), exit()]) };
    let program = |guard: i64| {
        let insns = vec![insn(0xb7, 3, 0, 0, guard), insn(0x15, 3, 0, 1, 0), call.clone(), exit()];
        Object { btf: Some(local()), ..object("socket", insns, vec![callee()]) }
    };
    assert_eq!(found(&on(program(0), kernel_of(6, 12)))[0].1, State::Guarded);
    let reached = on(program(1), kernel_of(6, 12));
    assert_eq!(found(&reached)[0].1, State::Missing);
    assert_eq!(first(&reached).site.symbol.as_deref(), Some("callee"));
}

#[test]
fn weak_functions_may_be_absent_where_they_are_not_called() {
    let ext = |weak| Extern {
        name: "bpf_new_thing".into(),
        kind: ExternKind::Kfunc,
        weak,
        visibility: Visibility::Default,
        type_id: TypeId::VOID,
    };
    let mut call = insn(0x85, 0, 2, 0, 0);
    call.facts_mut().reference = Some(Ref::Extern(ExternIdx(0)));
    let exists = load(Ref::Extern(ExternIdx(0)));
    let with = |weak, insns| Object { externs: vec![ext(weak)], ..object("socket", insns, vec![]) };
    let guarded = on(with(true, vec![exists, insn(0x15, 1, 0, 1, 0), call.clone(), exit()]), kernel_of(6, 12));
    assert_eq!(found(&guarded), [("extern-absent", State::Weak, Subject::Kfunc)]);
    let called = on(with(true, vec![call.clone(), exit()]), kernel_of(6, 12));
    assert_eq!(found(&called), [("extern-absent", State::Missing, Subject::Kfunc)]);
    assert!(first(&called).help.as_ref().unwrap().contains("bpf_ksym_exists(bpf_new_thing)"));
    let strong = on(with(false, vec![call, exit()]), kernel_of(6, 12));
    assert_eq!(found(&strong), [("extern-absent", State::Missing, Subject::Kfunc)]);
}

#[test]
fn options_and_symbols_that_are_not_known_are_not_missing() {
    let linked = fixture("el/externs");
    let report = check(&linked, &Target::new(kernel()));
    let program = |name: &str| report.programs.iter().find(|program| &*program.name == name).unwrap();
    let has = |program: &str, state, text: &str| {
        let findings = &self::find(&report, program).findings;
        assert!(findings.iter().any(|f| f.state == state && f.message.contains(text)), "{findings:#?}");
    };
    has("kconfig", State::Unknown, "`CONFIG_HZ`");
    has("kconfig", State::Weak, "`CONFIG_NOT_AN_OPTION`");
    has("ksyms", State::Unknown, "symbol `schedule`");
    has("kfuncs", State::Weak, "`not_a_function`");
    assert!(!program("kfuncs").autoload);
    let known = kernel()
        .with_version(6 << 16 | 12 << 8)
        .with_config("CONFIG_HZ=250\nCONFIG_BPF_SYSCALL=y\nCONFIG_BPF_EVENTS=y\n");
    let report = check(&linked, &Target::new(known));
    let states: Vec<_> = find(&report, "kconfig").findings.iter().map(|f| f.state).collect();
    assert!(states.iter().all(|state| *state == State::Weak), "{states:?}");
}

fn find<'a>(report: &'a Report, name: &str) -> &'a skep_reloc::check::ProgramReport {
    report.programs.iter().find(|program| &*program.name == name).unwrap()
}

#[test]
fn byte_orders_have_to_agree() {
    let object = Object { endian: Endian::Big, ..object("socket", vec![exit()], vec![]) };
    let report = on(object, kernel_of(6, 12));
    assert_eq!((report.object[0].code, report.verdict()), ("kernel-byte-order", Verdict::Missing));
}

#[test]
fn types_that_were_cut_say_nothing_of_functions() {
    let types = release("6.1");
    let report = on(object("kprobe/vfs_unlink", vec![exit()], vec![]), Offline::new(types));
    let target = report.programs[0].findings.iter().find(|f| f.subject == Subject::Target).unwrap();
    assert_eq!(target.state, State::Unknown);
}

#[test]
fn a_member_of_another_width_is_told() {
    let mut edit = Edit::new(Endian::Little);
    let signed = edit.add().int(Int { name: "long", size: 8, bits: 64, offset: 0, encoding: 1 });
    edit.add().structure("task_struct", 16, &[Member { name: "pid", ty: signed, bit_offset: 0, bit_size: 0 }]);
    let local = Arc::new(Btf::parse(edit.finish()).unwrap());
    let type_id = local.find_kind("task_struct", Kind::STRUCT).unwrap();
    let mut read = insn(0x79, 2, 1, 0, 0);
    read.facts_mut().core = Some(CoreRecord { type_id, kind: CoreKind::FIELD_BYTE_OFFSET, access: "0:0".into() });
    let object = Object { btf: Some(local), ..object("socket", vec![read, exit()], vec![]) };
    let report = on(object, kernel_of(6, 12));
    assert_eq!(found(&report), [("core-field-width", State::Missing, Subject::Type)]);
    assert!(first(&report).message.contains("4 bytes in this kernel, 8 in the program"), "{}", first(&report).message);
}

#[test]
fn one_object_is_gathered_once_for_many_kernels() {
    let linked = link([object("socket", vec![helper(RINGBUF_OUTPUT), exit()], vec![])]).unwrap();
    let checker = Checker::new(&linked);
    let verdicts = [(5, 4), (5, 7), (5, 8), (6, 12)].map(|(major, minor)| {
        std::thread::scope(|scope| {
            scope.spawn(|| checker.check(&Target::new(kernel_of(major, minor))).verdict()).join().unwrap()
        })
    });
    assert_eq!(verdicts, [Verdict::Missing, Verdict::Missing, Verdict::Fits, Verdict::Fits]);
}

#[test]
fn a_jump_out_of_the_program_is_the_verifier_s() {
    let object = object("socket", vec![insn(0x05, 0, 0, 1000, 0), helper(RINGBUF_OUTPUT), exit()], vec![]);
    assert_eq!(found(&on(object, kernel_of(5, 7)))[0].1, State::Missing, "all is taken to be reached");
}
