//! Why text is not a value of a type.

use alloc::string::String;
use core::fmt;

use crate::ErrorKind;

/// Text that is not a value of its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The way to the part that is wrong, as in `cfg.ports[2]`; empty for the whole.
    pub path: String,
    /// The type of that part, as C spells it.
    pub ty: String,
    /// What is wrong.
    pub kind: FaultKind,
}

/// The kinds of faults.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// Something other than what this type is written as.
    NotA {
        /// The text.
        text: String,
        /// How it is written.
        written: &'static str,
    },
    /// A number that the type cannot hold.
    Range {
        /// The number.
        text: String,
        /// The least one.
        min: i128,
        /// The greatest one.
        max: u128,
    },
    /// A name that is not one of the enum's.
    Enumerator {
        /// The name.
        name: String,
        /// The one that comes closest.
        nearest: Option<String>,
    },
    /// A name that is not a member's.
    Member {
        /// The name.
        name: String,
        /// The one that comes closest.
        nearest: Option<String>,
    },
    /// More bytes or elements than there is room for.
    TooMany {
        /// How many.
        count: u64,
        /// How many fit.
        max: u64,
    },
    /// Something is missing between the parts.
    Expected(&'static str),
    /// Values of this type cannot be written as text.
    Unsupported,
    /// The type itself is broken.
    Type(crate::Error),
}

impl From<crate::Error> for FaultKind {
    fn from(error: crate::Error) -> Self {
        match error.kind {
            ErrorKind::NoSuchMember(missing) => Self::Member { name: missing.member, nearest: missing.nearest },
            _ => Self::Type(error),
        }
    }
}

impl Fault {
    /// The stable code of this fault.
    pub fn code(&self) -> &'static str {
        match self.kind {
            FaultKind::NotA { .. } => "value-not-of-type",
            FaultKind::Range { .. } => "value-out-of-range",
            FaultKind::Enumerator { .. } => "value-no-enumerator",
            FaultKind::Member { .. } => "value-no-member",
            FaultKind::TooMany { .. } => "value-too-long",
            FaultKind::Expected(_) => "value-syntax",
            FaultKind::Unsupported => "value-unsupported",
            FaultKind::Type(_) => "value-bad-type",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, ty, kind } = self;
        if !path.is_empty() {
            write!(f, "`{path}`: ")?;
        }
        let nearest = match kind {
            FaultKind::NotA { text, written } => return write!(f, "`{text}` is not a `{ty}`: write {written}"),
            FaultKind::Range { text, min, max } => {
                return write!(f, "{text} does not fit `{ty}`: it holds {min} to {max}");
            }
            FaultKind::TooMany { count, max } => return write!(f, "`{ty}` has room for {max}, not for {count}"),
            FaultKind::Expected(what) => return write!(f, "{what} is expected in a `{ty}`"),
            FaultKind::Unsupported => return write!(f, "a `{ty}` cannot be written as text"),
            FaultKind::Type(error) => return write!(f, "{error}"),
            FaultKind::Enumerator { name, nearest } => {
                write!(f, "`{ty}` has no value `{name}`")?;
                nearest
            }
            FaultKind::Member { name, nearest } => {
                write!(f, "`{ty}` has no member `{name}`")?;
                nearest
            }
        };
        nearest.as_ref().map_or(Ok(()), |nearest| write!(f, "; did you mean `{nearest}`?"))
    }
}

impl core::error::Error for Fault {}
