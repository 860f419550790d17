//! Changes, as they are told.

use alloc::{boxed::Box, vec::Vec};
use core::fmt;

use crate::{Kind, TypeId};

/// What became of a type with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its kind; ENUM for both forms of an enum.
    pub kind: Kind,
    /// Its name.
    pub name: Box<str>,
    /// Its id in the old BTF; none if it is new.
    pub old: Option<TypeId>,
    /// Its id in the new one; none if it is gone.
    pub new: Option<TypeId>,
    /// What changed in it, if it is in both.
    pub changes: Vec<Change>,
}

/// One change in a type.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// Its size in bytes.
    Size {
        /// Before.
        old: u64,
        /// Now.
        new: u64,
    },
    /// A member: new, gone, moved, or of another type.
    Member {
        /// Its name; behind those of the members it lies in, if their types have no names.
        name: Box<str>,
        /// What it was; none if it is new.
        old: Option<Part>,
        /// What it is; none if it is gone.
        new: Option<Part>,
    },
    /// A member with another name.
    Renamed {
        /// Its name before.
        old: Box<str>,
        /// Its name now.
        new: Box<str>,
        /// What it is, then and now.
        part: Part,
    },
    /// A value of an enum: new, gone, or another number.
    Value {
        /// Its name.
        name: Box<str>,
        /// Its number before; none if it is new.
        old: Option<i128>,
        /// Its number now; none if it is gone.
        new: Option<i128>,
    },
    /// What a typedef stands for, the type of a variable, the prototype of a function, the sign of an integer.
    Type {
        /// Before.
        old: Box<str>,
        /// Now.
        new: Box<str>,
    },
}

/// A member's place and type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its type, as C spells it.
    pub ty: Box<str>,
    /// Its offset in bits from the beginning of the type.
    pub bit_offset: u64,
    /// Its width in bits, for a bitfield; else 0.
    pub bit_size: u8,
}

impl fmt::Display for Difference {
    /// The type in C: `struct task_struct`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.name(), self.name)
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.ty, self.bit_offset / 8)?;
        match (self.bit_offset % 8, self.bit_size) {
            (0, 0) => Ok(()),
            (bit, 0) => write!(f, ".{bit}"),
            (bit, size) => write!(f, ".{bit}:{size}"),
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Size { old, new } => write!(f, "size {old} → {new}"),
            Self::Member { name, old: None, new: Some(new) } => write!(f, "+ {name}: {new}"),
            Self::Member { name, old: Some(old), new: None } => write!(f, "- {name}: {old}"),
            Self::Member { name, old: Some(old), new: Some(new) } if old.ty == new.ty => {
                let at = |part: &Part| Part { ty: Box::default(), ..part.clone() };
                write!(f, "~ {name}:{} → {}", at(old), alloc::format!("{}", at(new)).trim_start_matches(" at "))
            }
            Self::Member { name, old: Some(old), new: Some(new) } => write!(f, "~ {name}: {old} → {new}"),
            Self::Member { name, .. } => f.write_str(name),
            Self::Renamed { old, new, part } => write!(f, "~ {old} → {new}: {part}"),
            Self::Value { name, old: None, new: Some(new) } => write!(f, "+ {name} = {new}"),
            Self::Value { name, old: Some(old), new: None } => write!(f, "- {name} = {old}"),
            Self::Value { name, old: Some(old), new: Some(new) } => write!(f, "~ {name} = {old} → {new}"),
            Self::Value { name, .. } => f.write_str(name),
            Self::Type { old, new } => write!(f, "~ {old} → {new}"),
        }
    }
}
