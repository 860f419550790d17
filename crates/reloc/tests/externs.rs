//! What the kernel provides.
#![allow(clippy::unwrap_used, clippy::panic, clippy::unreachable, reason = "tests may unwrap")]

mod support;

use std::sync::atomic::Ordering;

use skep_reloc::{
    Config, Contents, ModuleIdx, Offline, Provided, Slot, Target, Why,
    linker::link,
    object::{
        Extern, ExternKind, Object, Visibility,
        btf::{Btf, Edit, Endian, Int, Kind, Param, Type, TypeId},
        isa::{ExternIdx, Insn, Ref, opcode::pseudo},
    },
    relocate,
};
use std::sync::Arc;
use support::*;

const OPTIONS: &str = "# a comment\nCONFIG_HZ=250\nCONFIG_BPF_SYSCALL=y\nCONFIG_CC_VERSION_TEXT=\"gcc (Debian 14.2.0-19) 14.2.0\"\nCONFIG_NET=m\n";

/// The values of the fixture's variables by name, from its `.kconfig` map.
fn values(kernel: Offline, config: &Config) -> impl Fn(&str, usize) -> Vec<u8> + use<> {
    let linked = fixture("el/externs");
    let relocated = relocate(&linked, &Target::new(kernel), config).unwrap();
    let map = relocated.map(".kconfig").unwrap();
    let Contents::Value { data, frozen: true } = relocated.maps[map.at()].contents.clone() else { unreachable!() };
    assert_eq!(&*relocated.maps[map.at()].kernel_name, "externs.kconfig");
    move |name, size| {
        let ext = linked.externs().iter().find(|ext| &*ext.name == name).unwrap();
        let ExternKind::Kconfig { offset, .. } = ext.kind else { unreachable!() };
        data[offset as usize..][..size].to_vec()
    }
}

#[test]
fn options_get_the_kernel_s_values() {
    let values = values(kernel().with_config(OPTIONS).with_version(6 << 16 | 12 << 8 | 3), &Config::new());
    assert_eq!(values("CONFIG_HZ", 8), 250u64.to_le_bytes());
    assert_eq!(values("CONFIG_BPF_SYSCALL", 1), [1]);
    assert_eq!(values("CONFIG_NET", 4), 2u32.to_le_bytes());
    assert_eq!(values("CONFIG_NOT_AN_OPTION", 4), [0; 4]);
    assert_eq!(values("CONFIG_CC_VERSION_TEXT", 24), *b"gcc (Debian 14.2.0-19) \0", "cut to the array");
    assert_eq!(values("LINUX_KERNEL_VERSION", 4), 0x06_0c_03_u32.to_le_bytes());
}

#[test]
fn the_caller_s_options_come_first() {
    let config = Config::new().kconfig("CONFIG_HZ=0x3e8\nCONFIG_NET=n\n");
    let values = values(kernel().with_config(OPTIONS), &config);
    assert_eq!(values("CONFIG_HZ", 8), 1000u64.to_le_bytes());
    assert_eq!(values("CONFIG_NET", 4), [0; 4]);
    assert_eq!(values("CONFIG_BPF_SYSCALL", 1), [1]);
}

#[test]
fn options_that_do_not_suit_fail_the_programs_that_read_them() {
    for (options, code) in [
        ("CONFIG_HZ=250\n", "extern-absent"),
        ("CONFIG_HZ=250\nCONFIG_BPF_SYSCALL=m\n", "kconfig-value"),
        ("CONFIG_HZ=y\nCONFIG_BPF_SYSCALL=y\n", "kconfig-value"),
        ("CONFIG_HZ=abc\nCONFIG_BPF_SYSCALL=y\n", "kconfig-value"),
        ("CONFIG_HZ=\"250\"\nCONFIG_BPF_SYSCALL=y\n", "kconfig-value"),
        ("CONFIG_HZ=250\nCONFIG_BPF_SYSCALL=1\n", "kconfig-value"),
    ] {
        let target = Target::new(kernel().with_config(options));
        let relocated = relocate(&fixture("el/externs"), &target, &Config::new()).unwrap();
        assert_eq!(faults(&relocated, "kconfig"), [code], "{options}");
    }
    let relocated = relocate(&fixture("el/externs"), &Target::new(kernel()), &Config::new()).unwrap();
    assert_eq!(faults(&relocated, "kconfig"), ["target-unavailable"; 2], "each option that has to be there");
}

#[test]
fn symbols_are_asked_for_once_and_together() {
    let mut kernel = Fake::new(kernel());
    kernel.symbols.insert("schedule", vec![0xffff_ffff_8160_0000, 0xffff_ffff_8160_0000]);
    let asked = kernel.asked.clone();
    let relocated = only(&fixture("el/externs"), &Target::new(kernel), "ksyms");
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    let code = code(&relocated, "ksyms");
    let loaded = |name: &str| {
        let is = |note: &&skep_reloc::Note| matches!(&note.why, Why::Extern(found, _) if &**found == name);
        let at = code.notes.iter().find(is).unwrap().insn.at();
        (code.slots[at].src(), code.slots[at].imm as u32, code.slots[at + 1].imm as u32)
    };
    assert_eq!(loaded("schedule"), (pseudo::HELPER, 0x8160_0000, 0xffff_ffff));
    assert_eq!(loaded("not_a_symbol"), (pseudo::HELPER, 0, 0));
    let runqueues = kernel_types().find_kind("runqueues", Kind::VAR).unwrap();
    assert_eq!(loaded("runqueues"), (pseudo::BTF_ID, runqueues.0, 0));
}

#[test]
fn symbols_that_are_not_one_place_are_refused() {
    let mut fake = Fake::new(kernel());
    fake.symbols.insert("schedule", vec![1, 2]);
    assert_eq!(faults(&only(&fixture("el/externs"), &Target::new(fake), "ksyms"), "ksyms"), ["ksym-ambiguous"]);
    let none = Fake::new(kernel());
    assert_eq!(faults(&only(&fixture("el/externs"), &Target::new(none), "ksyms"), "ksyms"), ["extern-absent"]);
    let offline = only(&fixture("el/externs"), &Target::new(kernel()), "ksyms");
    assert_eq!(faults(&offline, "ksyms"), ["target-unavailable"]);
}

#[test]
fn nothing_is_asked_that_no_wanted_program_needs() {
    let fake = Fake::new(kernel().with_config(OPTIONS));
    let asked = fake.asked.clone();
    let relocated = only(&fixture("el/externs"), &Target::new(fake), "kconfig");
    code(&relocated, "kconfig");
    assert_eq!(asked.load(Ordering::Relaxed), 0);
    assert!(relocated.fd_array.is_empty());
}

#[test]
fn kernel_functions_come_from_the_kernel_or_a_module_or_not_at_all() {
    // Only what the fixture needs of tp_btf/task_newtask.
    let with_hook = |base: &Btf| {
        let mut edit = Edit::of(base);
        edit.add().typedef("btf_trace_task_newtask", TypeId(1));
        Arc::new(Btf::parse(edit.finish()).unwrap())
    };
    let vmlinux = with_hook(&kernel_types());
    let module = module_types(&vmlinux);
    let kernel = Offline::new(vmlinux.clone()).with_module("some_module", module.clone());
    let relocated = only(&fixture("el/externs"), &Target::new(kernel), "kfuncs");
    let code = code(&relocated, "kfuncs");
    let notes = |name: &str| -> Vec<_> {
        let is = |note: &&skep_reloc::Note| matches!(&note.why, Why::Extern(found, _) if &**found == name);
        code.notes.iter().filter(is).map(|note| (code.slots[note.insn.at()], note)).collect()
    };
    let acquire = module.find_own("bpf_task_acquire", Kind::FUNC).unwrap();
    for (slot, note) in notes("bpf_task_acquire") {
        assert_eq!(slot.imm as u32, acquire.0);
        let Why::Extern(_, provided) = &note.why else { unreachable!() };
        assert_eq!(*provided, Provided::Type { id: acquire, module: Some("some_module".into()) });
        match slot.code.0 {
            0x85 => assert_eq!((slot.src(), slot.off), (pseudo::KFUNC_CALL, 1)),
            _ => assert_eq!(slot.src(), pseudo::BTF_ID),
        }
    }
    assert_eq!(relocated.fd_array, [ModuleIdx(0)]);
    assert!(code.fds.iter().any(|(_, slot)| *slot == Slot::ModuleBtf(ModuleIdx(0))));
    let release = vmlinux.find_kind("bpf_task_release", Kind::FUNC).unwrap();
    assert!(notes("bpf_task_release").iter().all(|(slot, _)| slot.imm as u32 == release.0 && slot.off == 0));
    // kconfig variables count first, then symbols by name: 6, then bpf_task_acquire, bpf_task_release, …
    let absent: Vec<i32> =
        notes("not_a_function").iter().filter(|(slot, _)| slot.code.0 == 0x85).map(|(slot, _)| slot.imm).collect();
    assert_eq!(absent, [2_002_000_008]);
}

/// A program that calls a kernel function of the fixture's types, strong.
fn calls(name: &str, like: &str) -> Object {
    let mut call: Insn = insn(0x85, 0, 2, 0, -1);
    call.facts_mut().reference = Some(Ref::Extern(ExternIdx(0)));
    let mut object = object("socket", vec![call.clone(), call, exit()], vec![]);
    let linked = fixture("el/externs");
    let type_id = linked.externs().iter().find(|ext| &*ext.name == like).unwrap().type_id;
    object.btf = linked.btf().cloned();
    let visibility = Visibility::Default;
    object.externs = vec![Extern { name: name.into(), kind: ExternKind::Kfunc, weak: false, visibility, type_id }];
    object
}

#[test]
fn functions_that_have_to_be_there_are_named_once_with_what_came_close() {
    let relocated = only(&link([calls("vfs_raed", "bpf_task_release")]).unwrap(), &Target::new(kernel()), "main");
    assert_eq!(faults(&relocated, "main"), ["extern-absent"]);
    let (said, help) = first_fault(&relocated, "main");
    assert!(said.contains("insn 0: this kernel has no kernel function `vfs_raed`"), "{said}");
    assert_eq!(help, "did you mean `vfs_read`?");
}

#[test]
fn flavours_of_functions_and_wrong_types() {
    let target = Target::new(kernel());
    let relocated = only(&link([calls("bpf_task_release___v2", "bpf_task_release")]).unwrap(), &target, "main");
    code(&relocated, "main");
    let relocated = only(&link([calls("vfs_read", "bpf_task_release")]).unwrap(), &target, "main");
    assert_eq!(faults(&relocated, "main"), ["extern-type"]);
}

#[test]
fn a_reference_must_suit_its_instruction() {
    let mut mov = insn(0xb7, 1, 0, 0, 0);
    mov.facts_mut().reference = Some(Ref::Extern(ExternIdx(0)));
    let mut object = calls("bpf_task_release", "bpf_task_release");
    object.funcs[0].insns = vec![mov, exit()];
    object.funcs[0].slots = 2;
    match link([object]) {
        Ok(linked) => assert_eq!(faults(&only(&linked, &Target::new(kernel()), "main"), "main"), ["reference-invalid"]),
        Err(errors) => assert_eq!(errors.iter().next().unwrap().code(), "link-bad-reference"),
    }
}

#[test]
fn externs_become_variables_of_the_object_s_own_btf() {
    let relocated = relocate(&fixture("el/externs"), &Target::new(kernel()), &Config::new()).unwrap();
    let btf = Btf::parse(relocated.btf.unwrap()).unwrap();
    let Some(Type::Datasec(ksyms)) = btf.get(btf.find_kind(".ksyms", Kind::DATASEC).unwrap()) else { unreachable!() };
    let vars: Vec<_> = ksyms.vars().collect();
    assert_eq!(ksyms.size, 4 * vars.len() as u32);
    for (i, var) in (0..).zip(&vars) {
        assert_eq!((var.offset, var.size), (4 * i, 4));
        let Some(Type::Var(ty)) = btf.get(var.ty) else { panic!("functions are no variables") };
        assert_eq!(ty.linkage, 1);
        assert!(matches!(btf.get(ty.ty), Some(Type::Int(int)) if int.bits == 32));
    }
    assert_eq!(vars.iter().filter(|var| btf.name(var.ty) == "dummy_ksym").count(), 3);
    let Some(Type::Func(func)) = btf.get(btf.find_kind("not_a_function", Kind::FUNC).unwrap()) else { unreachable!() };
    let Some(Type::FuncProto(proto)) = btf.get(func.proto) else { unreachable!() };
    assert!(proto.params().all(|param| !param.name.is_empty()));
    assert_eq!(func.linkage, 1);
}

/// A program that calls a function, declared with these names of parameters, on a kernel that has others.
fn call(declared: (&str, &[&str]), kernel_has: &[(&str, &[&str])], weak: bool) -> Result<i32, &'static str> {
    call_after(declared, kernel_has, weak, vec![])
}

/// The same, after other instructions.
fn call_after(
    declared: (&str, &[&str]),
    kernel_has: &[(&str, &[&str])],
    weak: bool,
    before: Vec<Insn>,
) -> Result<i32, &'static str> {
    let add = |edit: &mut Edit, name: &str, params: &[&str]| {
        let int = edit.add().int(Int { name: "int", size: 4, bits: 32, offset: 0, encoding: 1 });
        let params: Vec<Param<'_>> = params.iter().map(|name| Param { name, ty: int }).collect();
        let proto = edit.add().func_proto(int, &params);
        edit.add().func(name, proto, 2)
    };
    let mut local = Edit::new(Endian::Little);
    let type_id = add(&mut local, declared.0, declared.1);
    let mut kernel = Edit::new(Endian::Little);
    for (name, params) in kernel_has {
        add(&mut kernel, name, params);
    }
    let kernel = Arc::new(Btf::parse(kernel.finish()).unwrap());
    let ext =
        Extern { name: declared.0.into(), kind: ExternKind::Kfunc, weak, visibility: Visibility::Default, type_id };
    let mut call = insn(0x85, 0, 2, 0, 0);
    call.facts_mut().reference = Some(Ref::Extern(ExternIdx(0)));
    let btf = Some(Arc::new(Btf::parse(local.finish()).unwrap()));
    let at = before.iter().map(|insn| insn.slots() as usize).sum::<usize>();
    let insns = before.into_iter().chain([call, exit()]).collect();
    let object = Object { externs: vec![ext], btf, ..object("socket", insns, vec![]) };
    let relocated = only(&link([object]).unwrap(), &Target::new(Offline::new(kernel.clone())), "main");
    let id = match &relocated.program("main").unwrap().code {
        Ok(code) => code.slots[at].imm,
        Err(errors) => return Err(errors.iter().next().unwrap().code()),
    };
    Ok(if id < 1000 { kernel.name(TypeId(id as u32)).len() as i32 } else { -1 })
}

#[test]
fn functions_with_hidden_parameters_are_found_under_both_names() {
    let plain = ("bpf_wq_set", &["wq", "flags"][..]);
    let full = ("bpf_wq_set_impl", &["wq", "flags", "aux__prog"][..]);
    let (short, long) = (plain.0.len() as i32, full.0.len() as i32);
    // New kernels have both; each declaration finds its own.
    assert_eq!(call(plain, &[plain, full], false), Ok(short));
    assert_eq!(call(full, &[plain, full], false), Ok(long));
    // A new declaration on an old kernel, and an old one on a kernel without the old name.
    assert_eq!(call(plain, &[full], false), Ok(long));
    assert_eq!(call(full, &[plain], false), Ok(short));
    // The same name, with the parameter and without.
    assert_eq!(call(plain, &[(plain.0, full.1)], false), Ok(short));
    assert_eq!(call((plain.0, full.1), &[plain, full], false), Ok(short));
    // More parameters that are not hidden are another function.
    let other = (plain.0, &["wq", "flags", "more"][..]);
    assert_eq!(call(plain, &[other], false), Err("extern-type"));
    assert_eq!(call(plain, &[other], true), Ok(-1), "an optional one is as good as absent");
    assert_eq!(call(plain, &[("bpf_other", full.1)], false), Err("extern-absent"));
}

#[test]
fn an_optional_function_has_another_name_only_where_nobody_asks_for_it() {
    let (plain, full) = (("bpf_wq_set", &["wq"][..]), ("bpf_wq_set_impl", &["wq", "aux__prog"][..]));
    assert_eq!(call(plain, &[full], true), Ok(full.0.len() as i32), "else the call would be refused");
    let mut asks = insn(0x18, 1, 0, 0, 0);
    asks.facts_mut().reference = Some(Ref::Extern(ExternIdx(0)));
    assert_eq!(call_after(plain, &[full], true, vec![asks.clone()]), Ok(-1), "it knows what to do without");
    assert_eq!(call_after(plain, &[full], false, vec![asks]), Ok(full.0.len() as i32));
}

/// A kernel that counts what it is asked for.
struct Counting {
    offline: Offline,
    modules: Vec<skep_reloc::Module>,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    symbols: std::sync::atomic::AtomicU32,
    config: std::sync::atomic::AtomicU32,
    listed: std::sync::atomic::AtomicU32,
    opened: std::sync::atomic::AtomicU32,
    vmlinux: std::sync::atomic::AtomicU32,
}

impl Counting {
    /// The small kernel, the first of whose modules cannot be read.
    fn target() -> (Target, Arc<Counts>) {
        let offline = kernel().with_config(OPTIONS).with_version(6 << 16);
        let named = |name: &str| skep_reloc::Module { name: name.into(), btf_id: 1 };
        let counts = Arc::<Counts>::default();
        let modules = vec![named("broken"), named("some_module")];
        (Target::new(Self { offline, modules, counts: counts.clone() }), counts)
    }
}

impl skep_reloc::Kernel for Counting {
    fn endian(&self) -> Endian {
        Endian::Little
    }
    fn page_size(&self) -> u32 {
        4096
    }
    fn possible_cpus(&self) -> u32 {
        1
    }
    fn version(&self) -> u32 {
        self.offline.version()
    }
    fn has(&self, feature: skep_reloc::object::uapi::Feature) -> bool {
        self.offline.has(feature)
    }
    fn vmlinux(&self) -> Result<&Arc<Btf>, skep_reloc::Unavailable> {
        self.counts.vmlinux.fetch_add(1, Ordering::Relaxed);
        self.offline.vmlinux()
    }
    fn modules(&self) -> &[skep_reloc::Module] {
        self.counts.listed.fetch_add(1, Ordering::Relaxed);
        &self.modules
    }
    fn module_btf(&self, module: ModuleIdx) -> Result<&Arc<Btf>, skep_reloc::Unavailable> {
        self.counts.opened.fetch_add(1, Ordering::Relaxed);
        match module.0 {
            0 => Err(skep_reloc::Unavailable { what: "BTF of module broken".into(), why: "it is".into() }),
            at => self.offline.module_btf(ModuleIdx(at - 1)),
        }
    }
    fn symbols(&self, names: &[&str]) -> Result<Vec<Vec<u64>>, skep_reloc::Unavailable> {
        self.counts.symbols.fetch_add(1, Ordering::Relaxed);
        Ok(names.iter().map(|_| vec![0xffff_ffff_8100_0000]).collect())
    }
    fn config(&self) -> Result<&str, skep_reloc::Unavailable> {
        self.counts.config.fetch_add(1, Ordering::Relaxed);
        self.offline.config()
    }
}

#[test]
fn what_no_selected_program_needs_is_not_asked_for() {
    let linked = fixture("el/externs");
    let asked = |program: &str| {
        let (target, counts) = Counting::target();
        let relocated = only(&linked, &target, program);
        let get = |count: &std::sync::atomic::AtomicU32| count.load(Ordering::Relaxed);
        let counted = [get(&counts.symbols), get(&counts.config), get(&counts.opened)];
        (counted, faults(&relocated, program))
    };
    // Only options, only symbols, only functions: each at most once.
    assert_eq!(asked("kconfig"), ([0, 1, 0], vec![]));
    assert_eq!(asked("ksyms"), ([1, 0, 0], vec![]));
    let (functions, faults) = asked("kfuncs");
    assert_eq!((functions[0], functions[1]), (0, 0));
    assert!(functions[2] >= 2, "one function is in no kernel and one in a module: all modules are looked at");
    assert_eq!(faults, ["attach-target-absent"], "the module that cannot be read harms nothing: {faults:?}");
}

#[test]
fn modules_are_not_listed_where_the_kernel_has_everything() {
    let (target, counts) = Counting::target();
    let object = Object { ..object("fentry/vfs_read", vec![exit()], vec![]) };
    let relocated = only(&link([object]).unwrap(), &target, "main");
    assert!(faults(&relocated, "main").is_empty());
    assert_eq!((counts.listed.load(Ordering::Relaxed), counts.opened.load(Ordering::Relaxed)), (0, 0));
}
