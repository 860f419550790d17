//! What can be wrong with an object. What is said about it stands in `error_text`.

use alloc::{borrow::Cow, string::String, sync::Arc};

use skep_isa::Opcode;
use skep_uapi::MapType;

use crate::{Diagnostic, Located};

/// An error in an object.
pub type Error = Located<Kind>;

/// The kinds of errors in an object.
#[derive(Debug)]
#[non_exhaustive]
pub enum Kind {
    /// The bytes do not begin as ELF does.
    Magic {
        /// The first bytes.
        magic: [u8; 8],
        /// The size of the file.
        len: u64,
    },
    /// The bytes are not ELF that holds together.
    NotElf(String),
    /// ELF of 32 bits.
    Class32,
    /// Not for BPF (`e_machine`).
    Machine(u16),
    /// Not an object, but an executable, a library or a core dump (`e_type`).
    NotRelocatable(u16),
    /// The file ends before what it announces.
    Truncated {
        /// What does not fit.
        what: String,
        /// The size the file would need.
        need: u64,
        /// Its size.
        have: u64,
    },
    /// There is no symbol table.
    Stripped,
    /// There is more than one symbol table.
    SymbolTables(usize),
    /// A symbol names a section that is not there.
    SymbolSection {
        /// The symbol's position.
        symbol: u32,
        /// The section's position.
        section: usize,
    },
    /// The BTF of the object cannot be read.
    Btf(skep_btf::Error),
    /// The line, function and CO-RE records cannot be read.
    BtfExt(&'static str),
    /// There is no BTF, and something cannot be understood without it.
    NoBtf(&'static str),
    /// A section says something else than its name promises.
    Section(&'static str),
    /// A function lies outside its section or between two slots.
    FunctionBounds {
        /// Its offset in bytes.
        offset: u64,
        /// Its size in bytes.
        size: u64,
        /// The size of the section in bytes.
        section: u64,
    },
    /// Two functions share instructions without being the same.
    FunctionOverlap(Arc<str>),
    /// A relocation entry points nowhere.
    RelocOffset(u64),
    /// A relocation entry names a symbol that is not there.
    RelocSymbol(u32),
    /// A relocation entry for an instruction that cannot refer to anything.
    RelocInsn(Opcode),
    /// An instruction refers to something that it cannot refer to.
    RelocTarget {
        /// What it refers to.
        target: Arc<str>,
        /// Why that cannot be.
        why: &'static str,
    },
    /// A call or an address that is not the place of an instruction of any function.
    CallTarget {
        /// The section.
        section: Arc<str>,
        /// The offset in bytes.
        offset: i64,
    },
    /// Something is used that no one defines.
    Undefined {
        /// What it is.
        what: Missing,
        /// Its name.
        name: Arc<str>,
        /// Whether it is declared, for all BTF says.
        declared: bool,
        /// A name that comes close.
        near: Option<Near>,
    },
    /// A configuration value of a type that configuration values cannot have.
    KconfigType(Arc<str>),
    /// What declares a map is not a declaration of a map.
    MapDeclaration(&'static str),
    /// A map's declaration has an attribute that is not known.
    MapAttribute {
        /// Its name.
        name: Arc<str>,
        /// A known one that comes close.
        near: Option<&'static str>,
    },
    /// An attribute of a map is not written as it must be.
    MapEncoding {
        /// The attribute.
        name: &'static str,
        /// How it must be written.
        expected: &'static str,
    },
    /// Two attributes of a map contradict each other.
    MapConflict {
        /// What they give.
        what: &'static str,
        /// The first value.
        first: u64,
        /// The second value.
        second: u64,
    },
    /// A map without a kind.
    MapNoType,
    /// `values` in a map that cannot have them.
    MapValues(MapType),
    /// A map's slot is initialised with something that it cannot hold.
    MapInit {
        /// What it is initialised with.
        target: Arc<str>,
        /// What it can hold.
        expected: &'static str,
    },
    /// A variable of a `.struct_ops` section is not usable.
    StructOps(&'static str),
    /// Something in the object has no form in an ELF file.
    Write(Cow<'static, str>),
}

/// What an undefined symbol was to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// It is called.
    Function,
    /// It is declared in `.maps`.
    Map,
    /// It is anything else.
    Variable,
}

/// A name that was perhaps meant, and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Near {
    /// The name.
    pub name: Arc<str>,
    /// What it is, such as "a helper".
    pub what: &'static str,
}

impl Diagnostic for Kind {
    fn code(&self) -> &'static str {
        match self {
            Self::Magic { .. } => "elf-magic",
            Self::NotElf(_) => "elf-invalid",
            Self::Class32 => "elf-32-bit",
            Self::Machine(_) => "elf-machine",
            Self::NotRelocatable(_) => "elf-not-relocatable",
            Self::Truncated { .. } => "elf-truncated",
            Self::Stripped => "elf-no-symbols",
            Self::SymbolTables(_) => "elf-symbol-tables",
            Self::SymbolSection { .. } => "elf-symbol-section",
            Self::Btf(error) => error.code(),
            Self::BtfExt(_) => "btf-ext-invalid",
            Self::NoBtf(_) => "btf-missing",
            Self::Section(_) => "elf-section",
            Self::FunctionBounds { .. } => "elf-function-bounds",
            Self::FunctionOverlap(_) => "elf-function-overlap",
            Self::RelocOffset(_) => "elf-reloc-offset",
            Self::RelocSymbol(_) => "elf-reloc-symbol",
            Self::RelocInsn(_) => "elf-reloc-insn",
            Self::RelocTarget { .. } => "elf-reloc-target",
            Self::CallTarget { .. } => "elf-call-target",
            Self::Undefined { what: Missing::Function, .. } => "undefined-function",
            Self::Undefined { what: Missing::Map, .. } => "undefined-map",
            Self::Undefined { what: Missing::Variable, .. } => "undefined-variable",
            Self::KconfigType(_) => "kconfig-type",
            Self::MapDeclaration(_) => "map-declaration",
            Self::MapAttribute { .. } => "map-attribute",
            Self::MapEncoding { .. } => "map-encoding",
            Self::MapConflict { .. } => "map-conflict",
            Self::MapNoType => "map-no-type",
            Self::MapValues(_) => "map-values",
            Self::MapInit { .. } => "map-init",
            Self::StructOps(_) => "struct-ops",
            Self::Write(_) => "elf-write",
        }
    }

    fn help(&self) -> Option<Cow<'_, str>> {
        self.advice()
    }
}
