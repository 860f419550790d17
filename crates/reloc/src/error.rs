//! What can go wrong between an object and a kernel.

use alloc::{borrow::Cow, format, string::String};
use core::fmt;

use skep_linker::object::{Diagnostic, Located};

use crate::Unavailable;

/// An error of relocation.
pub type Error = Located<Kind>;

/// The kinds of errors of relocation.
#[derive(Debug)]
#[non_exhaustive]
pub enum Kind {
    /// The target lacks a fact that is needed.
    Unavailable(Unavailable),
    /// No program has a name that was asked for.
    NoSuchProgram {
        /// The name.
        name: String,
        /// The nearest name there is.
        nearest: Option<String>,
    },
}

impl Diagnostic for Kind {
    fn code(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "target-unavailable",
            Self::NoSuchProgram { .. } => "no-such-program",
        }
    }

    fn help(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::NoSuchProgram { nearest: Some(nearest), .. } => Some(format!("did you mean `{nearest}`?").into()),
            _ => None,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable(error) => error.fmt(f),
            Self::NoSuchProgram { name, .. } => write!(f, "no program is named `{name}`"),
        }
    }
}
