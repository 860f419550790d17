//! What can go wrong between a file and a running program.

use std::{borrow::Cow, fmt, path::PathBuf};

use crate::{Rejection, linker, object, reloc, sys};
use object::Located;

/// An error of any stage, with its place.
pub type Error = Located<Kind>;

/// The kinds of errors. Those of the stages before the kernel are carried as they are.
#[derive(Debug)]
#[non_exhaustive]
pub enum Kind {
    /// The object cannot be read.
    Object(object::Kind),
    /// The object contradicts itself.
    Linker(linker::Kind),
    /// The object does not fit this kernel.
    Relocate(reloc::Kind),
    /// A file cannot be read.
    File(PathBuf, std::io::Error),
    /// The object's byte order is not this machine's.
    ByteOrder(object::btf::Endian),
    /// The process lacks a capability.
    MissingCapability {
        /// The capability, such as `CAP_BPF`.
        capability: &'static str,
        /// What it is needed for.
        action: String,
        /// What the kernel said.
        error: sys::Error,
    },
    /// The kernel refused the object's BTF.
    Btf {
        /// What it said.
        error: sys::Error,
        /// Its log.
        log: String,
    },
    /// The kernel refused to create a map.
    MapCreate {
        /// The map's type and sizes, in words.
        map: String,
        /// What it said.
        error: sys::Error,
        /// What is known about why.
        reason: Option<Cow<'static, str>>,
    },
    /// A program needs a map that could not be created.
    MapFailed {
        /// The map.
        map: String,
        /// What is wrong with it.
        error: String,
    },
    /// What a map should hold could not be written to it.
    MapContents {
        /// What: `its value`, `slot 3`.
        what: String,
        /// Why.
        error: sys::Error,
    },
    /// A map that is pinned already differs from the one the object declares.
    PinMismatch {
        /// Where it is pinned.
        path: PathBuf,
        /// What differs: `value size`.
        attribute: &'static str,
        /// How it is in the pinned map.
        pinned: String,
        /// How the object declares it.
        declared: String,
    },
    /// Something cannot be pinned, or what is pinned cannot be opened.
    Pin(PathBuf, sys::Error),
    /// The verifier refused a program.
    Verifier(Box<Rejection>),
    /// The kernel refused a program without a log.
    ProgramLoad {
        /// What it said.
        error: sys::Error,
        /// What is known about why.
        reason: Option<String>,
    },
    /// Something that this version does not load.
    Unsupported(&'static str),
    /// There is no such thing in the object.
    Missing {
        /// What it would be.
        what: Thing,
        /// Its name.
        name: String,
        /// The nearest name there is.
        nearest: Option<String>,
    },
    /// There is such a thing, but it was not loaded.
    NotLoaded(Thing, String),
    /// Bytes do not have the size of what they are for.
    Size {
        /// What they are for: `key`, `value`, `variable`.
        what: &'static str,
        /// Its size in bytes.
        size: usize,
        /// The number of bytes given.
        given: usize,
    },
    /// A variable cannot be written any more.
    Constant(String),
    /// An operation on a map failed.
    Map {
        /// The operation.
        operation: &'static str,
        /// Why.
        error: sys::Error,
    },
    /// A section does not say where its program is to be attached.
    NoHook(String),
    /// The section says how, but the caller must say where.
    NoPlace {
        /// The sort of hook.
        hook: &'static str,
        /// What is needed: `a network interface`.
        needs: &'static str,
    },
    /// A program of this type cannot be attached to this hook.
    WrongHook {
        /// The hook.
        hook: &'static str,
        /// The program's type.
        program: String,
    },
    /// The place to attach to does not exist.
    NoTarget {
        /// What it would be: `tracepoint`.
        what: &'static str,
        /// Its name.
        name: String,
        /// The nearest name there is.
        nearest: Option<String>,
    },
    /// The kernel refused to attach a program.
    Attach {
        /// The hook, such as `tracepoint sched:sched_process_exec`.
        hook: String,
        /// Why.
        error: sys::Error,
        /// What is known about why.
        reason: Option<Cow<'static, str>>,
    },
    /// A link of this sort cannot do this.
    NotForLink {
        /// What was asked of it.
        operation: &'static str,
        /// What it is.
        link: String,
    },
    /// A call into the kernel failed.
    Kernel {
        /// What was to be done.
        action: String,
        /// Why it was not.
        error: sys::Error,
    },
    /// A fact about this host could not be had.
    Host(reloc::Unavailable),
}

/// A thing that has a name in an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each names itself")]
pub enum Thing {
    Program,
    Map,
    Variable,
}

impl Thing {
    pub(crate) fn missing(self) -> &'static str {
        match self {
            Self::Program => "no-such-program",
            Self::Map => "no-such-map",
            Self::Variable => "no-such-variable",
        }
    }
}

impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Program => "program",
            Self::Map => "map",
            Self::Variable => "variable",
        })
    }
}
