//! BTF, the types of programs and kernels: read, index, build, match (CO-RE), downgrade and print.
//!
//! A [`Btf`] is a view over bytes: opening it checks once that every type fits and has a name that exists, and remembers
//! where each type begins; a type is decoded when it is looked at, borrowing its names from the bytes. Split BTF (a
//! module's over the kernel's) is a `Btf` with a base; type ids and string offsets continue where the base ends.
//!
//! - By name: [`Btf::find`], `btf.find::<Struct>("task_struct")`, and from there to members and what they are made of:
//!   [`typed`]. Ids by name: [`Btf::find_kind`] and its like one name at a time, [`Btf::find_many`] all that are needed in one pass.
//! - Into a type: [`Btf::at`], [`Btf::path`], [`Btf::size`], [`Btf::resolve`]; as C: [`Btf::spelled`], as a header: [`c`],
//!   as a listing: [`list`]; its bytes: [`value`].
//! - To change and to write: [`Edit`]; for kernels that know less: [`downgrade`]; with equal types made
//!   one: [`dedup`].
//! - Types of programs in Rust, made what kernels take: [`mend`].
//! - About instructions: [`ext`]; what a kernel's types mean for them: [`core`].
//!
//! ```
//! use skep_btf::{Btf, Edit, Endian, Int, Kind, Member};
//!
//! let mut edit = Edit::new(Endian::Little);
//! let int = edit.add().int(Int { name: "int", size: 4, bits: 32, offset: 0, encoding: 1 });
//! let pid = Member { name: "pid", ty: int, bit_offset: 64, bit_size: 0 };
//! edit.add().structure("task", 12, &[pid]);
//!
//! let btf = Btf::parse(edit.finish())?;
//! let task = btf.find_kind("task", Kind::STRUCT).ok_or("not found")?;
//! assert_eq!(btf.path(task, "pid")?.bit_offset, 64);
//! assert_eq!(btf.spelled(task), "struct task");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! This crate does no I/O and knows no kernel: what a running kernel has is handed to it as bytes.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod align;
mod btf;
mod build;
mod builder;
mod bytes;
pub mod c;
pub mod check;
pub mod core;
mod decode;
mod dedup;
pub mod diff;
mod display;
mod distill;
mod downgrade;
mod edit;
mod elems;
mod error;
pub mod ext;
mod head;
mod header;
mod join;
mod kind;
mod lanes;
pub mod list;
mod matches;
pub mod mend;
mod merge;
mod names;
mod near;
mod patch;
mod path;
mod pointer;
mod reach;
mod relocate;
mod rewritten;
pub mod rust;
mod search;
mod select;
mod shape;
mod split;
mod starts;
mod texts;
pub mod typed;
mod types;
mod users;
pub mod value;
mod view;

pub use btf::Btf;
pub use build::Writer;
pub use builder::Builder;
pub use bytes::Bytes;
pub use dedup::{Deduped, dedup, dedup_keeping};
pub use distill::{Distilled, distill, relocate};
pub use downgrade::downgrade;
pub use edit::Edit;
pub use error::{Error, ErrorKind, NoSuchMember, NoSuchName};
pub use join::{Join, Joined};
pub use kind::{Kind, KindRow};
pub use matches::Matches;
pub use merge::Appended;
pub use near::nearest;
pub use patch::Patch;
pub use path::Place;
pub use reach::reachable;
pub use rewritten::Rewritten;
pub use search::Found;
pub use select::{by_name, select};
pub use skep_uapi::{
    Endian,
    btf::{StrOff, TypeId},
};
pub use split::needs_base;
pub use types::{Array, Composite, Datasec, Enum, Func, FuncProto, Int, Member, Param, SecVar, Type, Value, Var};
pub use users::{User, Users};
