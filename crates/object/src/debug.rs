//! Debug information: sections that programs do not need, and what they refer to.

use alloc::{sync::Arc, vec::Vec};

use skep_isa::{FuncIdx, MapIdx};

/// A section of debug information (`.debug_…`), as compilers write it with `-g`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[doc(alias = "DWARF")]
pub struct DebugSection {
    /// Its name.
    pub name: Arc<str>,
    /// Its alignment in bytes.
    pub align: u32,
    /// Whether it consists of strings that end with NUL, of which a linker may keep one of each.
    #[doc(alias = "SHF_STRINGS")]
    pub strings: bool,
    /// Its contents. What stands where something is referred to has no meaning.
    pub data: Vec<u8>,
    /// What it refers to, by offset.
    pub refs: Vec<DebugRef>,
}

/// A place in debug information that holds an address or an offset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DebugRef {
    /// Where, in bytes from the beginning of the section.
    pub offset: u32,
    /// The number of bytes there: 4 or 8.
    pub size: u8,
    /// What it refers to.
    pub to: DebugTarget,
}

/// What debug information refers to. Offsets are in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DebugTarget {
    /// A byte of another section of debug information, by its position.
    Debug {
        /// The position of the section.
        section: u32,
        /// The offset into it.
        offset: u64,
    },
    /// A byte of a function, or its end.
    Func {
        /// The function.
        func: FuncIdx,
        /// The offset into it.
        offset: u64,
    },
    /// A byte of a map's value, or of the variable that declares a map.
    Map {
        /// The map.
        map: MapIdx,
        /// The offset into it.
        offset: u64,
    },
    /// A byte of another section: the licence or the version.
    Section {
        /// The name of the section.
        name: Arc<str>,
        /// The offset into it.
        offset: u64,
    },
    /// What is not there any more, or never was.
    Gone,
}
