//! Objects and kernels for tests.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    clippy::unreachable,
    reason = "each test file uses a part; tests may unwrap"
)]

use std::{
    collections::HashMap,
    fs,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use skep_reloc::{
    Code, Config, Kernel, Linked, Module, ModuleIdx, Offline, Relocated, Selection, Target, Unavailable,
    linker::link,
    object::{
        self, Function, Linkage, Object, Program, SectionIdx, SectionName, Visibility,
        btf::{Btf, Edit, Endian, Int, Member, Param, TypeId},
        isa::{FuncIdx, Insn, InsnIdx, Opcode, Reg},
        uapi::Feature,
    },
    relocate,
};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/");

/// An object of the fixtures, by its path below `fixtures/o/`, linked.
pub fn fixture(name: &str) -> Linked {
    let path = format!("{FIXTURES}o/{name}.bpf.o");
    let object = object::elf::read(&format!("{name}.bpf.o"), &fs::read(path).unwrap()).unwrap();
    link([object]).unwrap()
}

/// The types of a release, as far as the CO-RE fixtures look at them.
pub fn release(name: &str) -> Arc<Btf> {
    Arc::new(Btf::parse(fs::read(format!("{FIXTURES}btf/{name}.min.btf")).unwrap()).unwrap())
}

/// A kernel of which more is known than types.
pub struct Fake {
    pub offline: Offline,
    pub symbols: HashMap<&'static str, Vec<u64>>,
    /// How often symbols were asked for.
    pub asked: Arc<AtomicU32>,
    pub lacks: Vec<Feature>,
}

impl Fake {
    pub fn new(offline: Offline) -> Self {
        Self { offline, symbols: HashMap::new(), asked: Arc::default(), lacks: Vec::new() }
    }
}

impl Kernel for Fake {
    fn endian(&self) -> Endian {
        self.offline.endian()
    }
    fn page_size(&self) -> u32 {
        4096
    }
    fn possible_cpus(&self) -> u32 {
        6
    }
    fn version(&self) -> u32 {
        self.offline.version()
    }
    fn has(&self, feature: Feature) -> bool {
        !self.lacks.contains(&feature) && self.offline.has(feature)
    }
    fn vmlinux(&self) -> Result<&Arc<Btf>, Unavailable> {
        self.offline.vmlinux()
    }
    fn modules(&self) -> &[Module] {
        self.offline.modules()
    }
    fn module_btf(&self, module: ModuleIdx) -> Result<&Arc<Btf>, Unavailable> {
        self.offline.module_btf(module)
    }
    fn symbols(&self, names: &[&str]) -> Result<Vec<Vec<u64>>, Unavailable> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        Ok(names.iter().map(|name| self.symbols.get(name).cloned().unwrap_or_default()).collect())
    }
    fn config(&self) -> Result<&str, Unavailable> {
        self.offline.config()
    }
}

/// Types of a small kernel: hooks of every sort, a variable, functions.
pub fn kernel_types() -> Arc<Btf> {
    let mut edit = Edit::new(Endian::Little);
    let int = edit.add().int(Int { name: "int", size: 4, bits: 32, offset: 0, encoding: 1 });
    let pid = Member { name: "pid", ty: int, bit_offset: 64, bit_size: 0 };
    let task = edit.add().structure("task_struct", 16, &[pid]);
    let task_ptr = edit.add().ptr(task);
    let rq = edit.add().structure("rq", 4, &[Member { name: "nr", ty: int, bit_offset: 0, bit_size: 0 }]);
    edit.add().var("runqueues", rq, 1);
    let nothing = edit.add().func_proto(TypeId::VOID, &[]);
    for name in ["do_unlinkat", "bpf_iter_task", "bpf_lsm_file_open", "security_file_open", "vfs_read"] {
        edit.add().func(name, nothing, 0);
    }
    edit.add().typedef("btf_trace_sched_switch", int);
    let release = edit.add().func_proto(TypeId::VOID, &[Param { name: "task", ty: task_ptr }]);
    edit.add().func("bpf_task_release", release, 1);
    Arc::new(Btf::parse(edit.finish()).unwrap())
}

/// A module's types: a function that the object knows, one that nothing but it has.
pub fn module_types(base: &Arc<Btf>) -> Arc<Btf> {
    let mut edit = Edit::split(base);
    let task = base.find_kind("task_struct", object::btf::Kind::STRUCT).unwrap();
    let task = edit.add().ptr(task);
    let acquire = edit.add().func_proto(task, &[Param { name: "task", ty: task }]);
    edit.add().func("bpf_task_acquire", acquire, 1);
    edit.add().func("in_module_only", acquire, 1);
    Arc::new(Btf::parse_split(edit.finish(), base.clone()).unwrap())
}

/// The small kernel with a module.
pub fn kernel() -> Offline {
    let vmlinux = kernel_types();
    let module = module_types(&vmlinux);
    Offline::new(vmlinux).with_module("some_module", module)
}

pub fn only(linked: &Linked, target: &Target, program: &str) -> Relocated {
    relocate(linked, target, &Config::new().select(Selection::Only(vec![program.into()]))).unwrap()
}

/// The code of a program that has nothing wrong with it.
pub fn code<'a>(relocated: &'a Relocated, program: &str) -> &'a Code {
    relocated.program(program).unwrap().code.as_ref().unwrap_or_else(|errors| panic!("{errors}"))
}

/// The codes of all that is wrong with a program.
pub fn faults(relocated: &Relocated, program: &str) -> Vec<&'static str> {
    let Err(errors) = &relocated.program(program).unwrap().code else { return Vec::new() };
    errors.iter().map(|error| error.code()).collect()
}

/// The message of the first thing that is wrong with a program, and what it says to do.
pub fn first_fault(relocated: &Relocated, program: &str) -> (String, String) {
    let errors = relocated.program(program).unwrap().code.as_ref().unwrap_err();
    let error = errors.iter().next().unwrap();
    (error.to_string(), error.help().map(String::from).unwrap_or_default())
}

pub fn insn(code: u8, dst: u8, src: u8, off: i16, imm: i64) -> Insn {
    Insn::new(Opcode(code), Reg(dst), Reg(src), off, imm)
}

/// A function of an object made by hand.
pub fn function(name: &str, section: u32, insns: Vec<Insn>) -> Function {
    Function {
        name: name.into(),
        section: SectionIdx(section),
        start: InsnIdx(0),
        slots: insns.iter().map(Insn::slots).sum(),
        insns,
        linkage: Linkage::Global,
        visibility: Visibility::Default,
        type_id: TypeId::VOID,
    }
}

/// An object made by hand: the first function is the program, in `section`; the others are in `.text`.
pub fn object(section: &str, insns: Vec<Insn>, others: Vec<Function>) -> Object {
    let name = SectionName::parse(section);
    Object {
        file: "hand.bpf.o".into(),
        name: "hand".into(),
        endian: Endian::Little,
        license: "GPL".into(),
        version: 0,
        sections: vec![name.full.clone(), ".text".into()],
        funcs: [function("main", 0, insns)].into_iter().chain(others).collect(),
        programs: vec![Program { func: FuncIdx(0), section: name, autoload: true }],
        maps: Vec::new(),
        vars: Vec::new(),
        externs: Vec::new(),
        btf: None,
        jump_tables: Vec::new(),
        refused: Vec::new(),
        debug: Vec::new(),
        ignored: Vec::new(),
    }
}

pub const EXIT: (u8, u8, u8, i16, i64) = (0x95, 0, 0, 0, 0);

pub fn exit() -> Insn {
    insn(EXIT.0, EXIT.1, EXIT.2, EXIT.3, EXIT.4)
}
