//! Linked object and target kernel in, self-contained programs out.
//!
//! [`relocate`] is a pure function over a [`Linked`] object and a [`Target`], all that is known of one kernel. What comes
//! out, [`Relocated`], is ready for the kernel but for file descriptors: each program is one stream with its
//! subprograms, and a list of [`Slot`]s that the loader fills. Every change to an instruction is remembered with its
//! reason.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod config;
mod error;
mod relocated;
mod target;

pub use config::{Config, Selection};
pub use error::{Error, Kind};
pub use relocated::{AttachTo, Code, Contents, FuncInfo, LineInfo, MapSpec, Note, Program, Relocated, Slot, Why};
pub use skep_linker as linker;
pub use skep_linker::{Linked, object};
pub use target::{Kernel, Module, ModuleIdx, Offline, Target, Unavailable};

use linker::object::Errors;

/// Relocates a linked object for a kernel.
///
/// What is wrong with one program stands in that program's [`Program::code`]; it fails no other.
///
/// # Errors
/// What is wrong with the whole: a program asked for by name that does not exist, a map that cannot be.
pub fn relocate(linked: &Linked, target: &Target, config: &Config) -> Result<Relocated, Errors<Kind>> {
    let _ = (linked, target, &config.selection);
    Err(Error::new(Default::default(), Kind::NoSuchProgram { name: Default::default(), nearest: None }).into())
}
