//! Why a record cannot be answered at all.

use alloc::{boxed::Box, string::String};
use core::fmt;

use crate::{TypeId, core::CoreKind};

/// A record that cannot be answered. That a kernel lacks a field is not one: that is an [`Answer`](super::Answer).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What the record is about, as in `struct task_struct (0:5)`.
    pub record: Box<str>,
    /// The question.
    pub question: CoreKind,
    /// The local root type.
    pub type_id: TypeId,
    /// What is wrong.
    pub kind: ErrorKind,
}

/// Which BTF a fault lies in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// The object's.
    Local,
    /// The kernel's or a module's.
    Target,
}

/// The kinds of faults.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A question that is not one of the 13.
    Kind,
    /// The access string is not well formed, or does not suit the local type.
    Access(&'static str),
    /// The root type has no name to search by.
    Anonymous,
    /// There is no kernel BTF to search.
    NoTarget,
    /// A type is missing, circular or without a size.
    Btf {
        /// Where.
        side: Side,
        /// What.
        error: crate::Error,
    },
    /// A type is nested deeper than 32 or 64 levels, or takes more work to compare than any real one.
    TooDeep(Side),
    /// A field lies farther from the beginning than 512 MiB, or is larger than 4 GiB.
    TooLarge(Side),
    /// A bitfield that no load of up to 8 bytes covers.
    Bitfield(Side),
    /// Only the offset, size and existence of an array's element can be asked for.
    Element,
    /// Two types of the kernel match, and give different numbers.
    Ambiguous {
        /// What the first gives, as in `struct a (12): 8`.
        first: String,
        /// What the second gives.
        second: String,
    },
}

impl ErrorKind {
    pub(super) fn local(error: crate::Error) -> Self {
        Self::Btf { side: Side::Local, error }
    }

    pub(super) fn target(error: crate::Error) -> Self {
        Self::Btf { side: Side::Target, error }
    }
}

impl Error {
    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        match self.kind {
            ErrorKind::Kind => "core-bad-kind",
            ErrorKind::Access(_) => "core-bad-access",
            ErrorKind::Anonymous => "core-anonymous",
            ErrorKind::NoTarget => "core-no-target",
            ErrorKind::Btf { .. } => "core-bad-type",
            ErrorKind::TooDeep(_) => "core-too-deep",
            ErrorKind::TooLarge(_) => "core-too-large",
            ErrorKind::Bitfield(_) => "core-bitfield",
            ErrorKind::Element => "core-element",
            ErrorKind::Ambiguous { .. } => "core-ambiguous",
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Local => "the object's BTF",
            Self::Target => "the kernel's BTF",
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}: ", self.question, self.record)?;
        match &self.kind {
            ErrorKind::Kind => f.write_str("not a CO-RE question that is known; a newer skep may know it"),
            ErrorKind::Access(why) => write!(f, "the access string is wrong: {why}"),
            ErrorKind::Anonymous => f.write_str("the root type has no name, so no kernel type can be found for it"),
            ErrorKind::NoTarget => f.write_str("there is no kernel BTF; give one of the kernel that is meant"),
            ErrorKind::Btf { side, error } => write!(f, "in {side}: {error}"),
            ErrorKind::TooDeep(side) => write!(f, "in {side}: the type is nested too deeply"),
            ErrorKind::TooLarge(side) => write!(f, "in {side}: the field is too large or too far from the beginning"),
            ErrorKind::Bitfield(side) => write!(f, "in {side}: no load of 8 bytes or less covers the bitfield"),
            ErrorKind::Element => f.write_str("of an array's element only the offset, size and existence can be asked"),
            ErrorKind::Ambiguous { first, second } => {
                write!(f, "several kernel types match and disagree: {first}, but {second}")
            }
        }
    }
}

impl core::error::Error for Error {}
