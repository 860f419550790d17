//! The object model of BPF, and how it is read from ELF.
//!
//! An [`Object`] is what a file says, no more: the same bytes give the same object on every host and for both byte
//! orders. Instructions are decoded and carry their metadata; sections are classified; maps, variables, externs and
//! programs stand in tables that refer to each other by typed positions. Nothing here knows a kernel.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod debug;
mod diagnostic;
pub mod elf;
mod error;
mod error_text;
mod hold;
mod jump_table;
mod map;
mod model;
mod names;
pub mod pattern;
pub mod section_def;
mod section_table;
mod site;
pub mod text;
mod undefined;

pub use debug::{DebugRef, DebugSection, DebugTarget};
pub use diagnostic::{Diagnostic, Errors, Located};
pub use error::{Error, Kind, Missing, Near};
pub use jump_table::JumpTable;
pub use map::{DataRef, DataSection, Init, Map, MapDef, MapKind, MapType, Merge, Pinning};
pub use model::{
    Extern, ExternKind, Function, Ignored, Linkage, Object, Program, SectionIdx, StructOps, StructOpsRef, Variable,
    Visibility,
};
pub use section_def::{Attach, SectionDef, SectionFlags, SectionName};
pub use section_table::SECTIONS;
pub use site::{Site, SourcePosition};
pub use skep_btf as btf;
pub use skep_btf::Endian;
pub use skep_btf::nearest;
pub use skep_isa as isa;
pub use skep_uapi as uapi;
