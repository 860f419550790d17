//! CO-RE: what a program's instruction must hold on the kernel it is about to run on.
//!
//! A compiler leaves a [`Record`] for each instruction that depends on a kernel type: a root type in the object's BTF,
//! the way from there to a field (`0:1:2`), and a question ([`CoreKind`]). The [`Matcher`] finds the types of the same
//! name in a kernel's BTF, walks the same way by *name*, and gives the [`Answer`]: the number that the instruction holds
//! now, the one it must hold, or that the kernel has no such thing.
//!
//! [`Matcher::resolve_all`] answers all records of an object in one go; [`Matcher::miss`] says what came closest when the kernel has no such thing.
//!
//! Everything here is a pure function of two BTFs. The instruction itself is the caller's. The rules are libbpf's, so
//! that an object that works there gives the same instructions here:
//!
//! - Types are candidates if they are of the same kind and have the same [`essential`] name: what follows a `___` is a
//!   flavour, ignored. Modules are searched only if the kernel itself has no candidate.
//! - Fields are found by name, through anonymous structs and unions, and must be of compatible types.
//! - Several candidates may match if all of them give the same number. A candidate that did not match while another
//!   one did is dropped for later records with the same root type, so records are to be asked in their order.

mod access;
mod answer;
mod batch;
mod candidates;
mod compat;
mod error;
mod matcher;
mod matching;
mod minimum;
mod miss;
mod name;
mod spec;
mod walk;

pub use answer::{Answer, Sizes, Target};
pub use candidates::{Candidate, Module, Source, Targets};
pub use compat::{declarations_are_compatible, types_are_compatible};
pub use error::{Error, ErrorKind, Side};
pub use matcher::Matcher;
pub use matching::types_match;
pub use minimum::Minimum;
pub use miss::Miss;
pub use name::essential;
pub use skep_uapi::btf::CoreKind;
pub use spec::{Spec, Step};

use crate::TypeId;

/// What a compiler wrote down about an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[doc(alias = "bpf_core_relo")]
pub struct Record<'a> {
    /// The local root type, in the object's BTF.
    pub type_id: TypeId,
    /// What is asked.
    pub kind: CoreKind,
    /// The way from the root to the field (`0:1:2`), the position of an enum's value, or `0`.
    pub access: &'a str,
}
