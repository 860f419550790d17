//! Ids of types that only modules have, with the BTF object they are ids in.
#![allow(clippy::unwrap_used, clippy::panic, clippy::unreachable, reason = "tests may unwrap")]

mod support;

use std::sync::Arc;

use skep_reloc::{
    Kernel, Module, ModuleIdx, Offline, Relocated, Slot, Target, Unavailable,
    linker::link,
    object::{
        Object,
        btf::{Btf, Edit, Endian, Int, Kind, Member, TypeId},
        isa::{CoreKind, CoreRecord, Insn, InsnIdx},
        uapi::Feature,
    },
};
use support::*;

/// A kernel whose modules have BTF objects, and one of whose modules cannot be read.
struct Loaded(Offline, Vec<Module>);

impl Kernel for Loaded {
    fn endian(&self) -> Endian {
        self.0.endian()
    }
    fn page_size(&self) -> u32 {
        4096
    }
    fn possible_cpus(&self) -> u32 {
        1
    }
    fn version(&self) -> u32 {
        0
    }
    fn has(&self, feature: Feature) -> bool {
        self.0.has(feature)
    }
    fn vmlinux(&self) -> Result<&Arc<Btf>, Unavailable> {
        self.0.vmlinux()
    }
    fn modules(&self) -> &[Module] {
        &self.1
    }
    fn module_btf(&self, module: ModuleIdx) -> Result<&Arc<Btf>, Unavailable> {
        match module.0.checked_sub(1) {
            None => Err(Unavailable { what: "BTF of module broken".into(), why: "it is".into() }),
            Some(at) => self.0.module_btf(ModuleIdx(at)),
        }
    }
    fn symbols(&self, _: &[&str]) -> Result<Vec<Vec<u64>>, Unavailable> {
        Ok(vec![])
    }
    fn config(&self) -> Result<&str, Unavailable> {
        self.0.config()
    }
}

/// A small kernel, a module that cannot be read, and one with a struct of its own.
fn target() -> (Target, TypeId) {
    let vmlinux = kernel_types();
    let mut edit = Edit::split(&vmlinux);
    let own = edit.add().structure("nf_conn", 8, &[]);
    let module = Arc::new(Btf::parse_split(edit.finish(), vmlinux.clone()).unwrap());
    let modules = [("broken", 41), ("nf_conntrack", 42)].map(|(name, btf_id)| Module { name: name.into(), btf_id });
    (Target::new(Loaded(Offline::new(vmlinux).with_module("nf_conntrack", module), modules.into())), own)
}

/// Asks for the id of a type of the kernel.
fn asks(insn: Insn, name: &str) -> Relocated {
    let mut edit = Edit::new(Endian::Little);
    let int = edit.add().int(Int { name: "int", size: 4, bits: 32, offset: 0, encoding: 1 });
    edit.add().structure(name, 4, &[Member { name: "x", ty: int, bit_offset: 0, bit_size: 0 }]);
    let local = Arc::new(Btf::parse(edit.finish()).unwrap());
    let type_id = local.find_kind(name, Kind::STRUCT).unwrap();
    let mut insn = insn;
    insn.facts_mut().core = Some(CoreRecord { type_id, kind: CoreKind::TYPE_ID_TARGET, access: "0".into() });
    let object = Object { btf: Some(local), ..object("socket", vec![insn, exit()], vec![]) };
    only(&link([object]).unwrap(), &target().0, "main")
}

/// Both halves of the first instruction, and what is to be put into them.
fn halves(relocated: &Relocated) -> (i32, i32, Vec<(InsnIdx, Slot)>) {
    let code = code(relocated, "main");
    (code.slots[0].imm, code.slots[1].imm, code.fds.clone())
}

fn wide() -> Insn {
    insn(0x18, 1, 0, 0, 0)
}

#[test]
fn the_upper_half_takes_a_descriptor_of_the_module_s_types() {
    let relocated = asks(wide(), "nf_conn");
    let id = target().1.0 as i32;
    assert_eq!(halves(&relocated), (id, 0, vec![(InsnIdx(1), Slot::TypeBtf(ModuleIdx(1)))]));
    assert_eq!(&*relocated.modules[1].name, "nf_conntrack", "the loader finds it by its position");
}

#[test]
fn or_the_id_of_the_object_where_the_flavour_says_so() {
    let relocated = asks(wide(), "nf_conn___btf_id");
    assert_eq!(halves(&relocated), (target().1.0 as i32, 42, vec![]));
    assert!(relocated.modules.is_empty(), "nothing has to be opened");
}

#[test]
fn types_of_the_kernel_itself_are_ids_alone() {
    for name in ["task_struct", "task_struct___btf_id"] {
        let id = kernel_types().find_kind("task_struct", Kind::STRUCT).unwrap().0 as i32;
        assert_eq!(halves(&asks(wide(), name)), (id, 0, vec![]));
    }
    assert_eq!(halves(&asks(wide(), "not_anywhere")), (0, 0, vec![]), "no type has the id 0");
}

#[test]
fn narrow_instructions_hold_the_id_alone() {
    let relocated = asks(insn(0xb7, 1, 0, 0, 0), "nf_conn");
    let code = code(&relocated, "main");
    assert_eq!((code.slots[0].imm, code.fds.len()), (target().1.0 as i32, 0));
}
