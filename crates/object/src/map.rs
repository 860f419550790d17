//! Maps as an object declares them.

use alloc::{boxed::Box, string::String, sync::Arc, vec::Vec};

use skep_btf::TypeId;
use skep_isa::{FuncIdx, MapIdx, Ref};
use skep_uapi::MapFlags;
pub use skep_uapi::MapType;

use crate::{Linkage, SectionIdx, StructOps, Visibility};

/// A map: declared, or made for a section of global variables.
#[derive(Clone, Debug)]
pub struct Map {
    /// Its name: the variable's, or the section's (`.data.foo`).
    pub name: Arc<str>,
    /// The section that declares it.
    pub section: SectionIdx,
    /// What it is for.
    pub kind: MapKind,
    /// Its attributes, as declared; sizes of data maps are those of the section.
    pub def: MapDef,
    /// The variable in BTF that declares it, or the DATASEC of its variables.
    pub type_id: TypeId,
    /// Who can refer to it; sections of variables are their object's own.
    pub linkage: Linkage,
    /// Whether it is seen outside of what it is linked into.
    pub visibility: Visibility,
    /// The texts of the declaration tags on its variable.
    pub tags: Vec<Arc<str>>,
}

/// What a map is for.
#[derive(Clone, Debug)]
pub enum MapKind {
    /// Declared in `.maps`; with what fills its slots before the first program runs.
    Declared(Vec<(u32, Init)>),
    /// Holds a section of global variables.
    Data {
        /// Which of the three.
        section: DataSection,
        /// The initial contents; empty for `.bss`, whose size is the value size.
        data: Arc<[u8]>,
        /// Whether user space may map it: it has a variable that is not static.
        mmapable: bool,
        /// The alignment of the section in bytes, a power of two.
        align: u32,
        /// What a linker may do with equal contents.
        merge: Option<Merge>,
        /// The addresses in the contents, by offset.
        refs: Vec<DataRef>,
    },
    /// Holds the values of kernel configuration options; filled when the target is known.
    Kconfig,
    /// A variable of a `.struct_ops` section.
    StructOps(Box<StructOps>),
}

/// A section of constants of which a linker keeps one of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "SHF_MERGE")]
pub struct Merge {
    /// The size in bytes of a constant, or of a character.
    pub entry_size: u32,
    /// Whether the constants are strings that end with a character 0.
    #[doc(alias = "SHF_STRINGS")]
    pub strings: bool,
}

/// A place in the contents of a data section that holds an address. The bytes there are what the file says: nobody knows
/// the address before the program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataRef {
    /// Where, in bytes from the beginning of the section.
    pub offset: u32,
    /// The number of bytes of the address: 8 or 4.
    pub size: u8,
    /// What is referred to.
    pub to: Ref,
    /// What is added to the address of an extern, in bytes; 0 for anything else, whose offset is part of the reference.
    pub addend: i64,
}

/// The sort of a data section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataSection {
    /// Writable, with contents: `.data` and `.data.*`.
    Data,
    /// Read-only for programs: `.rodata` and `.rodata.*`.
    Rodata,
    /// Writable, zero: `.bss` and `.bss.*`.
    Bss,
    /// Variables in the arena that the object declares: `.addr_space.1`. There is no map for them alone.
    Arena,
    /// One of each variable for every CPU: `.percpu` and `.percpu.*` (7.3).
    Percpu,
}

/// What fills a slot of a map (`values` in its declaration).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Init {
    /// An inner map.
    Map(MapIdx),
    /// A program.
    Program(FuncIdx),
}

/// The attributes of a map.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MapDef {
    /// The kind.
    pub map_type: MapType,
    /// The size of a key in bytes.
    pub key_size: u32,
    /// The size of a value in bytes.
    pub value_size: u32,
    /// The number of entries; bytes for a ring buffer, pages for an arena.
    pub max_entries: u32,
    /// Flags.
    pub flags: MapFlags,
    /// The NUMA node, if `flags` say so.
    pub numa_node: u32,
    /// An attribute whose meaning depends on the kind.
    pub map_extra: u64,
    /// Whether it is to be shared by name.
    pub pinning: Pinning,
    /// The type of a key; 0 if only the size is known.
    pub key_type: TypeId,
    /// The type of a value; 0 if only the size is known.
    pub value_type: TypeId,
    /// What the maps in this map look like.
    pub inner: Option<Box<MapDef>>,
}

/// Whether a map is shared through the BPF file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Pinning {
    /// It is not.
    #[default]
    None,
    /// By its name, below the pin root.
    #[doc(alias = "LIBBPF_PIN_BY_NAME")]
    ByName,
}

/// The longest name of a map in the kernel, in bytes.
const NAME_LIMIT: usize = 15;
/// At least so many bytes of it are kept for the section's name, even if that is shorter.
const SECTION_RESERVE: usize = 7;

impl Map {
    /// The name the kernel is to know the map by.
    ///
    /// A declared map keeps its own, cut to 15 bytes. A section of variables takes as much of the object's name as fits
    /// before its own (`my_objec.rodata`), unless it has a name of its own (`.rodata.foo`), which then stands alone. Bytes
    /// that the kernel does not allow become `_`.
    #[doc(alias = "BPF_OBJ_NAME_LEN")]
    pub fn kernel_name(&self, object_name: &str) -> String {
        match self.kind {
            MapKind::Declared(_) | MapKind::StructOps(_) => text(self.name.bytes().take(NAME_LIMIT)),
            MapKind::Data { .. } | MapKind::Kconfig => {
                let section = self.name.as_bytes();
                let suffix = section.len().clamp(SECTION_RESERVE, NAME_LIMIT);
                let own_name = section.iter().skip(1).any(|&b| b == b'.');
                let prefix = if own_name { 0 } else { NAME_LIMIT - suffix };
                text(object_name.bytes().take(prefix).chain(section.iter().copied().take(suffix)))
            }
        }
    }
}

fn text(bytes: impl Iterator<Item = u8>) -> String {
    bytes.map(|b| if b.is_ascii_alphanumeric() || b == b'.' { char::from(b) } else { '_' }).collect()
}
