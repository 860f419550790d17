//! What can be wrong with objects that are to become one.

use alloc::{borrow::Cow, sync::Arc, vec::Vec};
use core::fmt;

use skep_object::{Diagnostic, Located, isa::InsnIdx};

/// An error of linking.
pub type Error = Located<Kind>;

/// A table of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is a field of an object")]
pub enum Table {
    Functions,
    Maps,
    Externs,
    JumpTables,
    Refusals,
}

/// The kinds of errors of linking.
#[derive(Debug)]
#[non_exhaustive]
pub enum Kind {
    /// There is no object.
    Nothing,
    /// There is more than one object.
    Several(Vec<Arc<str>>),
    /// A position does not exist in its table.
    Dangling {
        /// The table.
        table: Table,
        /// The position.
        idx: u32,
        /// The number of entries.
        len: usize,
    },
    /// An instruction refers to something that its operation cannot refer to.
    BadReference {
        /// What the instruction would have to be.
        expected: &'static str,
    },
    /// A call or an address leads outside of the function.
    Target {
        /// The function.
        func: Arc<str>,
        /// The slot within it.
        at: InsnIdx,
        /// Its size in slots.
        slots: u32,
    },
    /// A call of a function of the program does not say which.
    UnresolvedCall,
    /// A symbol is defined twice.
    Duplicate(&'static str),
}

impl Diagnostic for Kind {
    fn code(&self) -> &'static str {
        match self {
            Self::Nothing => "link-nothing",
            Self::Several(_) => "link-several",
            Self::Dangling { .. } => "link-dangling",
            Self::BadReference { .. } => "link-bad-reference",
            Self::Target { .. } => "link-target",
            Self::UnresolvedCall => "link-unresolved-call",
            Self::Duplicate(_) => "link-duplicate",
        }
    }

    fn help(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(match self {
            Self::Nothing => "name at least one object",
            Self::Several(_) => {
                "link them into one object first (`bpftool gen object out.o a.o b.o`), or load each by itself"
            }
            Self::Duplicate(_) => "rename one of the two, or make it static",
            Self::Dangling { .. } | Self::BadReference { .. } | Self::Target { .. } | Self::UnresolvedCall => {
                "the object contradicts itself: compile it again, and if it was changed by a tool, look there"
            }
        }))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("there is no object to link"),
            Self::Several(files) => {
                write!(f, "linking several objects is not supported yet: {} were given (", files.len())?;
                for (i, file) in files.iter().enumerate() {
                    write!(f, "{}{file}", if i == 0 { "" } else { ", " })?;
                }
                f.write_str(")")
            }
            Self::Dangling { table, idx, len } => {
                let name = match table {
                    Table::Functions => "function",
                    Table::Maps => "map",
                    Table::Externs => "extern",
                    Table::JumpTables => "jump table",
                    Table::Refusals => "refusal",
                };
                write!(f, "it refers to {name} {idx}, but there are {len}")
            }
            Self::BadReference { expected } => write!(f, "what it refers to needs {expected}"),
            Self::Target { func, at, slots } => {
                write!(f, "it leads to slot {at} of `{func}`, which is not an instruction of its {slots} slots")
            }
            Self::UnresolvedCall => f.write_str("a call of a function of the program does not say which function"),
            Self::Duplicate(what) => write!(f, "this {what} is defined twice"),
        }
    }
}
