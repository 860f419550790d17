//! Objects from ELF files.
//!
//! # How references are spelled
//! The reader takes every relocation, and every call within a section, into the instruction's
//! [`Ref`](skep_isa::Ref); the number that stood in the file is folded into it and `imm` is 0:
//!
//! | reference | instruction | source register | where the addend went |
//! |---|---|---|---|
//! | `Map` | wide load | `pseudo::MAP_FD` | there is none |
//! | `Value` | wide load | `pseudo::MAP_VALUE` | `off` of the reference |
//! | `JumpTable` | wide load | `pseudo::MAP_VALUE` | there is none |
//! | `Func` | call | `pseudo::CALL` | `func` and `at` of the reference |
//! | `Func` | wide load | `pseudo::FUNC` | `func` and `at` of the reference |
//! | `Extern` | call | `pseudo::KFUNC_CALL` | there is none |
//! | `Extern` | wide load | 0 | there is none |
//! | `Extern` of another object | call | `pseudo::CALL` | `imm`, in slots |
//! | `Extern` of another object | wide load | 0 | `imm`, in bytes |
//!
//! # Functions
//! Every symbol of type FUNC in an executable section is one. Those of `.text` and `.text.*` are subprograms; so are local
//! ones of other sections, unless the section's name is that of programs and nothing refers to them. The others are entry
//! programs. Code that no symbol names (what a strong definition left of
//! a weak one) is not part of the object.

use alloc::{string::String, sync::Arc};

use crate::{Errors, Kind, Object};

mod code;
mod complete;
mod cursor;
mod data_refs;
mod debug;
mod declared;
mod externs;
pub(crate) mod file;
mod info;
mod jump_tables;
mod legacy_maps;
pub(crate) mod map_def;
mod maps;
mod reader;
mod relocs;
mod role;
mod slots;
mod source;
mod struct_ops;
mod types;
mod vars;
mod write;

pub use externs::kconfig_layout;
pub use map_def::{attributes, declaration, declared};
pub use write::write;

use file::File;
use reader::Reader;
pub use source::Source;

/// Reads a relocatable ELF file of either byte order. `file` is its name for messages, and names the object.
///
/// # Errors
/// Everything that is wrong with the file, not only the first thing.
#[doc(alias = "bpf_object__open")]
#[doc(alias = "bpf_object__open_mem")]
pub fn read(file: &str, bytes: &[u8]) -> Result<Object, Errors<Kind>> {
    read_from(file, &bytes)
}

/// As [`read`], from a source that gives the bytes as they are needed.
///
/// # Errors
/// As [`read`]; what the source does not have counts as truncated.
pub fn read_from(file: &str, source: &dyn Source) -> Result<Object, Errors<Kind>> {
    read_object(file, source, false)
}

/// As [`read_from`], with debug information, which is large and which no loader needs.
///
/// # Errors
/// As [`read_from`].
pub fn read_with_debug(file: &str, source: &dyn Source) -> Result<Object, Errors<Kind>> {
    read_object(file, source, true)
}

fn read_object(file: &str, source: &dyn Source, debug: bool) -> Result<Object, Errors<Kind>> {
    let file = File::open(file.into(), source)?;
    let mut reader = Reader::new(file)?;
    reader.read_code();
    reader.read_declared_maps();
    reader.read_legacy_maps();
    reader.read_data_maps();
    reader.read_externs();
    reader.read_struct_ops();
    reader.read_info();
    reader.read_relocations();
    reader.read_data_refs();
    reader.read_slots();
    reader.read_local_calls();
    if debug {
        reader.read_debug();
    }
    reader.finish()
}

/// The name of an object: its file's without directory and extensions.
fn object_name(file: &str) -> Arc<str> {
    let base = file.rsplit('/').next().unwrap_or(file);
    base.split('.').next().unwrap_or(base).into()
}

/// The text up to the first NUL.
fn text(data: &[u8], limit: usize) -> Arc<str> {
    let end = data.iter().position(|&b| b == 0).unwrap_or(data.len()).min(limit);
    String::from_utf8_lossy(&data[..end]).as_ref().into()
}

type Names<'a> = hashbrown::HashMap<&'a str, usize>;
