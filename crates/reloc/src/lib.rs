//! Linked object and target kernel in, self-contained programs out.
//!
//! [`relocate`] is a pure function over a [`Linked`] object and a [`Target`], all that is known of one kernel. What comes
//! out, [`Relocated`], is ready for the kernel but for file descriptors: each program is one stream with its
//! subprograms, and a list of [`Slot`]s that the loader fills. Every change to an instruction is remembered with its
//! reason.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod addresses;
mod arena;
mod arg_ctx;
mod assemble;
mod attach;
pub mod check;
mod config;
mod core;
mod downgrade;
mod edges;
mod error;
mod explain;
mod externs;
mod kconfig;
mod kfunc;
mod lookup;
mod maps;
mod offline;
mod place;
mod program;
mod reach;
mod relocate;
mod relocated;
mod select;
mod struct_ops;
mod target;
mod types;

pub use crate::core::miss;
pub use arena::{ArenaAddress, ArenaData};
pub use config::{Config, Selection};
pub use edges::TagFault;
pub use error::{Error, Kind};
pub use explain::{Choice, Reason, explain};
pub use maps::takes_types;
pub use offline::Offline;
pub use relocate::{Programs, relocate, relocate_each};
pub use relocated::{
    AttachTo, Code, Contents, FuncInfo, Jumps, LineInfo, MapSpec, Note, Outcome, Program, Provided, Relocated, Slot,
    Table, Why,
};
pub use skep_linker as linker;
pub use skep_linker::{Linked, object};
pub use target::{Kernel, Module, ModuleIdx, Target, Unavailable};
pub use types::settled;
