//! What can be wrong with an object.

use alloc::{borrow::Cow, string::String};
use core::fmt;

use crate::{Diagnostic, Located};

/// An error in an object.
pub type Error = Located<Kind>;

/// The kinds of errors in an object.
#[derive(Debug)]
#[non_exhaustive]
pub enum Kind {
    /// The bytes are not ELF, or not ELF that holds together.
    NotElf(String),
    /// The BTF of the object cannot be read.
    Btf(skep_btf::Error),
}

impl Diagnostic for Kind {
    fn code(&self) -> &'static str {
        match self {
            Self::NotElf(_) => "elf-invalid",
            Self::Btf(error) => error.code(),
        }
    }

    fn help(&self) -> Option<Cow<'_, str>> {
        None
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotElf(why) => write!(f, "not a usable ELF file: {why}"),
            Self::Btf(error) => error.fmt(f),
        }
    }
}
