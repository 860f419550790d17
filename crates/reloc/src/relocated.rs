//! The result: programs and maps as the kernel takes them, but for file descriptors.

use alloc::{sync::Arc, vec::Vec};
use core::fmt;

use skep_linker::object::{
    Errors, Init, MapDef, SectionName, Variable,
    btf::{Bytes, Endian, TypeId},
    isa::{CoreRecord, FuncIdx, Insn, InsnIdx, MapHandle, MapIdx, Raw},
    uapi::{AttachType, ProgFlags, ProgType},
};

use crate::{ArenaData, Error, Kind, Module, ModuleIdx};

/// Programs and maps, relocated for one kernel.
#[derive(Debug)]
pub struct Relocated {
    /// The name of the object.
    pub name: Arc<str>,
    /// The byte order its instructions are to be encoded in.
    pub endian: Endian,
    /// The licence, to be given with each program.
    pub license: Arc<str>,
    /// The kernel version some old programs ask for.
    pub version: u32,
    /// The object's BTF as this kernel takes it: externs settled, kinds that it lacks rewritten.
    pub btf: Option<Bytes>,
    /// All maps, at the positions they have in the linked object.
    pub maps: Vec<MapSpec>,
    /// The programs that were wanted, in the order of the object.
    pub programs: Vec<Program>,
    /// Global variables.
    pub vars: Vec<Variable>,
    /// The modules of the target, by [`ModuleIdx`], if any program needs the BTF of one.
    pub modules: Vec<Module>,
    /// The modules whose BTF file descriptors follow slot 0 of `fd_array`, for calls of their functions.
    pub fd_array: Vec<ModuleIdx>,
}

/// A map as it is to be created.
#[derive(Clone, Debug)]
pub struct MapSpec {
    /// Its name in the object.
    pub name: Arc<str>,
    /// Its name in the kernel: at most 15 bytes.
    pub kernel_name: Arc<str>,
    /// Its attributes as the kernel is to get them: sizes rounded, counts filled in, type ids only where allowed.
    pub def: MapDef,
    /// What it holds before the first program runs.
    pub contents: Contents,
    /// Whether any program that was wanted needs it; others are not created.
    pub needed: bool,
    /// The texts of the declaration tags on its variable.
    pub tags: Vec<Arc<str>>,
    /// The type of its variable or DATASEC in the linked object's BTF.
    pub type_id: TypeId,
    /// The key and value types in the linked object's BTF, also where the kernel is not told.
    pub key_value: (TypeId, TypeId),
    /// The map that instructions hold open in its place; then it is neither created nor filled.
    pub held: Option<MapHandle>,
    /// Why it cannot be created on this kernel; the programs that need it cannot be used.
    pub fault: Option<Arc<Error>>,
}

/// A table of functions, laid out as the kernel has it (`struct_ops`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The value of the map, zero where programs go and beyond the end.
    pub data: Arc<[u8]>,
    /// The size of the value in bytes.
    pub size: u32,
    /// The type of the map's value in the kernel's or the module's BTF.
    #[doc(alias = "btf_vmlinux_value_type_id")]
    pub value_type: TypeId,
    /// The module that has the type; none for the kernel proper.
    pub module: Option<ModuleIdx>,
    /// The programs whose file descriptors go into the value, by offset in bytes.
    pub programs: Vec<(u32, FuncIdx)>,
}

/// What a map holds before the first program runs.
#[derive(Clone, Debug)]
pub enum Contents {
    /// Nothing, or what its slots are initialised with.
    Slots(Vec<(u32, Init)>),
    /// The one value of a map of global variables.
    Value {
        /// The value; shorter than the value size if the rest is zero.
        data: Arc<[u8]>,
        /// Whether it is frozen once written.
        frozen: bool,
    },
    /// The variables of an arena.
    Arena(ArenaData),
    /// A table of functions: written when it is attached.
    Table(Arc<Table>),
}

/// A program.
#[derive(Debug)]
pub struct Program {
    /// Its name.
    pub name: Arc<str>,
    /// Its function in the linked object, which slots of maps refer to.
    pub func: FuncIdx,
    /// Its section.
    pub section: SectionName,
    /// Its type.
    pub prog_type: ProgType,
    /// The attach type it is loaded with; for struct_ops the position of the member.
    pub attach_type: Option<AttachType>,
    /// The flags it is loaded with.
    pub flags: ProgFlags,
    /// The kernel type it attaches to, for types that attach to one.
    pub attach_to: Option<AttachTo>,
    /// Its code, or all that is wrong with it.
    pub code: Result<Code, Errors<Kind>>,
    /// The code of a program with which something is wrong, as far as it goes: for what is said about the rest of it.
    pub(crate) partial: Option<Code>,
}

/// A type of the kernel that a program attaches to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachTo {
    /// Its name, as the section gives it.
    pub name: Arc<str>,
    /// Its BTF id.
    pub type_id: TypeId,
    /// The module that has it; none for the kernel proper.
    pub module: Option<ModuleIdx>,
}

/// The code of one program with its subprograms.
#[derive(Clone, Debug, Default)]
pub struct Code {
    /// Its slots, file descriptors zero.
    pub slots: Vec<Raw>,
    /// Where file descriptors go, in order of slots.
    pub fds: Vec<(InsnIdx, Slot)>,
    /// The maps that instructions hold open, for [`Slot::Held`].
    pub held: Vec<MapHandle>,
    /// Where functions begin and what their types are.
    pub func_info: Vec<FuncInfo>,
    /// Where lines of source begin.
    pub line_info: Vec<LineInfo>,
    /// What was done to which slot and why, in order of slots.
    pub notes: Vec<Note>,
    /// The jump tables, each of which becomes a map of its own.
    pub jumps: Vec<Jumps>,
}

/// A jump table of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
#[doc(alias = "BPF_MAP_TYPE_INSN_ARRAY")]
pub struct Jumps {
    /// Its name in the object.
    pub name: Arc<str>,
    /// The slots that can be jumped to, by position.
    pub targets: Vec<InsnIdx>,
}

/// A place for a file descriptor: the immediate of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// A map's.
    Map(MapIdx),
    /// That of a module's BTF.
    ModuleBtf(ModuleIdx),
    /// That of a module's BTF, for the program to hand on beside the id of a type: it is to stay open as long as the
    /// program is held.
    TypeBtf(ModuleIdx),
    /// That of a map which an instruction holds open, by its position in [`Code::held`].
    Held(u32),
    /// That of the map for a jump table, by its position in [`Code::jumps`].
    Jumps(u32),
}

/// A function in a program (`struct bpf_func_info`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FuncInfo {
    /// Its first slot.
    pub insn: InsnIdx,
    /// Its FUNC.
    pub type_id: TypeId,
}

/// A line of source in a program (`struct bpf_line_info`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineInfo {
    /// Its first slot.
    pub insn: InsnIdx,
    /// Strings and numbers, as the object's BTF has them.
    pub line: skep_linker::object::isa::SourceLine,
}

/// What was done to an instruction.
#[derive(Clone, Debug)]
pub struct Note {
    /// Its slot in the final program.
    pub insn: InsnIdx,
    /// The instruction as it was.
    pub original: Insn,
    /// What was done, and why.
    pub why: Why,
}

/// A reason for a change.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Why {
    /// A CO-RE record, and what became of it.
    Core(CoreRecord, Outcome),
    /// A reference to a map or variable.
    Map(MapIdx),
    /// A reference to a jump table.
    Jumps(Arc<str>),
    /// A call, or the address of a function of the program.
    Func(Arc<str>),
    /// Something the kernel provides, and what it was found as.
    Extern(Arc<str>, Provided),
    /// A helper that this kernel lacks, replaced by another.
    Helper(&'static str, &'static str),
}

/// What became of a CO-RE record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The instruction holds this number now.
    Number {
        /// The number it held.
        from: u64,
        /// The number it holds.
        to: u64,
    },
    /// The kernel has no such field or value: the instruction is now one that the verifier refuses.
    Absent,
    /// The kernel's field has another size, and is of a type that cannot just be read wider or narrower: the instruction
    /// is now one that the verifier refuses.
    Width {
        /// The size in bytes in the object.
        from: u32,
        /// The size in bytes in the kernel.
        to: u32,
    },
}

/// What an extern was found as.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Provided {
    /// A value of the kernel's configuration, in a map.
    Kconfig,
    /// The address of a symbol.
    Address(u64),
    /// A type of the kernel.
    Type {
        /// Its BTF id.
        id: TypeId,
        /// The module that has it; none for the kernel proper.
        module: Option<Arc<str>>,
    },
    /// It does not exist, and the object can do without: an address of 0, or a call that the verifier refuses.
    Nothing,
    /// It exists with another type, and the object can do without: the same.
    OtherType,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number { from, to } if from == to => write!(f, "{to}, as compiled"),
            Self::Number { from, to } => write!(f, "{from} became {to}"),
            Self::Absent => f.write_str("this kernel has no such thing; the instruction must not be reached"),
            Self::Width { from, to } => {
                write!(f, "{from} bytes here, {to} in this kernel; the instruction must not be reached")
            }
        }
    }
}

impl fmt::Display for Provided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kconfig => f.write_str("a value of the kernel's configuration"),
            Self::Address(address) => write!(f, "address {address:#x}"),
            Self::Type { id, module: None } => write!(f, "type {} of vmlinux", id.0),
            Self::Type { id, module: Some(module) } => write!(f, "type {} of module {module}", id.0),
            Self::Nothing => f.write_str("this kernel does not have it, and it is optional"),
            Self::OtherType => f.write_str("this kernel has it with another type, and it is optional"),
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Core(record, outcome) => {
                write!(f, "CO-RE {} of type {} ({}): {outcome}", record.kind, record.type_id.0, record.access)
            }
            Self::Map(map) => write!(f, "map {map}"),
            Self::Jumps(name) => write!(f, "jump table {name}"),
            Self::Func(name) => write!(f, "function {name}"),
            Self::Extern(name, provided) => write!(f, "extern {name}: {provided}"),
            Self::Helper(from, to) => write!(f, "this kernel lacks helper {from}: {to} in its place"),
        }
    }
}

impl Relocated {
    /// The program with a name.
    pub fn program(&self, name: &str) -> Option<&Program> {
        self.programs.iter().find(|p| &*p.name == name)
    }

    /// The position of the map with a name.
    pub fn map(&self, name: &str) -> Option<MapIdx> {
        self.maps.iter().position(|m| &*m.name == name).map(|i| MapIdx(i as u32))
    }
}
