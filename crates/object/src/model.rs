//! The tables of an object.

use alloc::{sync::Arc, vec::Vec};

use skep_btf::{Btf, Endian, TypeId};
use skep_isa::{FuncIdx, Insn, InsnIdx, MapIdx};

use crate::{DebugSection, Error, JumpTable, Map, SectionName, Site};

/// A position in the ELF section header table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct SectionIdx(pub u32);

/// What a BPF object file says.
#[derive(Clone, Debug)]
pub struct Object {
    /// The name of the file, for messages.
    pub file: Arc<str>,
    /// The name of the object: the file's without directory and extensions. Names of data maps begin with it.
    pub name: Arc<str>,
    /// Its byte order.
    pub endian: Endian,
    /// The licence of its programs, empty if it states none.
    pub license: Arc<str>,
    /// The kernel version some old programs ask for.
    pub version: u32,
    /// The names of sections, by [`SectionIdx`]; empty for those that nothing of the object is in.
    pub sections: Vec<Arc<str>>,
    /// All functions: entry programs and subprograms, sorted by section and offset.
    pub funcs: Vec<Function>,
    /// The entry programs, in the same order.
    pub programs: Vec<Program>,
    /// All maps: declared ones by their place in `.maps`, then data sections in order of sections, then `.kconfig`, then
    /// variables of struct_ops sections.
    pub maps: Vec<Map>,
    /// Global variables.
    pub vars: Vec<Variable>,
    /// What the kernel or another object is to provide.
    pub externs: Vec<Extern>,
    /// Its types, DATASECs complete with sizes and offsets.
    pub btf: Option<Arc<Btf>>,
    /// Tables of places that computed jumps lead to.
    pub jump_tables: Vec<JumpTable>,
    /// What single instructions refer to in vain (`Ref::Refused`): a variable that cannot be reached and, once the object
    /// is linked, an undefined function. Fatal to the programs with such an instruction, and to no other.
    pub refused: Vec<Arc<Error>>,
    /// Debug information, if it was asked for.
    pub debug: Vec<DebugSection>,
    /// What was left out of the object when it was read, and why.
    pub ignored: Vec<Ignored>,
}

/// Something that was left out of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignored {
    /// The section, or what in it.
    pub site: Site,
    /// Why.
    pub reason: &'static str,
}

/// A function.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its name.
    pub name: Arc<str>,
    /// Its section.
    pub section: SectionIdx,
    /// Its first slot within the section.
    pub start: InsnIdx,
    /// Its size in slots.
    pub slots: u32,
    /// Its instructions.
    pub insns: Vec<Insn>,
    /// Who can refer to it.
    pub linkage: Linkage,
    /// Whether it is seen outside of what it is linked into.
    pub visibility: Visibility,
    /// Its FUNC in BTF; 0 if it has none.
    pub type_id: TypeId,
}

/// Who can refer to a symbol (ELF binding).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Linkage {
    /// Its own object alone.
    Local,
    /// Every object.
    Global,
    /// Every object; another definition takes its place.
    Weak,
}

/// Whether a symbol is seen outside (ELF visibility).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// It is.
    Default,
    /// It is not: hidden or internal.
    Hidden,
}

/// An entry program: a function that the kernel calls.
#[derive(Clone, Debug)]
pub struct Program {
    /// Its function.
    pub func: FuncIdx,
    /// What the section's name says.
    pub section: SectionName,
    /// Whether it is loaded unless asked otherwise; `SEC("?…")` says no. Programs that struct_ops variables name go by
    /// those.
    pub autoload: bool,
}

/// A global variable.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Its name.
    pub name: Arc<str>,
    /// The map that holds it.
    pub map: MapIdx,
    /// Its offset in bytes into the map's value.
    pub offset: u32,
    /// Its size in bytes.
    pub size: u32,
    /// Its type; 0 without BTF.
    pub type_id: TypeId,
    /// Who can refer to it.
    pub linkage: Linkage,
    /// Whether it is seen outside of what it is linked into.
    pub visibility: Visibility,
    /// The texts of the declaration tags on it.
    pub tags: Vec<Arc<str>>,
}

/// Something that the object uses and does not define: the kernel or another object is to provide it.
#[derive(Clone, Debug)]
pub struct Extern {
    /// Its name.
    pub name: Arc<str>,
    /// What it is.
    pub kind: ExternKind,
    /// Whether the object can do without.
    pub weak: bool,
    /// Whether what it is linked with keeps it to itself.
    pub visibility: Visibility,
    /// Its VAR or FUNC in BTF; 0 if another object is to define it and BTF does not declare it.
    pub type_id: TypeId,
}

/// The sort of an extern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExternKind {
    /// A value of the kernel's configuration.
    Kconfig {
        /// The map that holds it.
        map: MapIdx,
        /// Its offset in bytes into the map's value.
        offset: u32,
    },
    /// The address of a kernel symbol, without a type (`extern const void x __ksym`).
    Ksym,
    /// A kernel variable with its type.
    TypedKsym,
    /// A kernel function.
    Kfunc,
    /// A function that another object defines.
    Func,
    /// A variable that another object defines. What is added to its address stands in the instruction's `imm`.
    Var,
    /// A map that another object defines.
    Map,
}

impl ExternKind {
    /// Whether another object is to define it, and not the kernel.
    pub const fn is_of_objects(self) -> bool {
        matches!(self, Self::Func | Self::Var | Self::Map)
    }
}

/// A variable of a `.struct_ops` section.
#[derive(Clone, Debug)]
pub struct StructOps {
    /// The struct's type in the object's BTF.
    pub type_id: TypeId,
    /// Its contents.
    pub data: Arc<[u8]>,
    /// The members that name functions.
    pub refs: Vec<StructOpsRef>,
    /// Whether it is attached through a link (`.struct_ops.link`).
    pub link: bool,
    /// Whether it is created unless asked otherwise; `?.struct_ops` says no.
    pub autocreate: bool,
}

/// A member of a struct_ops variable that names a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StructOpsRef {
    /// The offset in bytes of the member.
    pub offset: u32,
    /// The function.
    pub func: FuncIdx,
}

impl Object {
    /// The name of a section; empty if there is no such section.
    pub fn section(&self, section: SectionIdx) -> &str {
        self.sections.get(section.0 as usize).map_or("", |name| name)
    }

    /// The place of a function.
    pub fn site_of(&self, func: FuncIdx) -> Site {
        match self.funcs.get(func.at()) {
            Some(f) => Site::file(&self.file).section(self.section(f.section)).symbol(f.name.clone()),
            None => Site::file(&self.file),
        }
    }
}
