//! One or more errors of any stage.

use std::{fmt, vec};

use crate::{
    Error, Kind, linker,
    object::{self, Located, Site},
    reloc,
};

/// One or more errors: every stage collects what it finds. The errors of all stages convert to it, so that `?` carries
/// them through a whole pipeline.
#[derive(Debug)]
pub struct Errors(Vec<Error>);

impl Errors {
    /// The errors collected, if there are any.
    ///
    /// # Errors
    /// The collection itself, unless it is empty.
    pub fn check(errors: Vec<Error>) -> Result<(), Self> {
        if errors.is_empty() { Ok(()) } else { Err(Self(errors)) }
    }

    /// The errors, in the order in which they were found.
    pub fn iter(&self) -> std::slice::Iter<'_, Error> {
        self.0.iter()
    }

    /// The first of them.
    pub fn first(&self) -> Option<&Error> {
        self.0.first()
    }
}

/// An error of a kind, at a place.
pub(crate) fn at(site: &Site, kind: Kind) -> Error {
    Error::new(site.clone(), kind)
}

macro_rules! from_stage {
    ($($stage:ident => $variant:ident),*) => { $(
        impl From<Located<$stage::Kind>> for Errors {
            fn from(error: Located<$stage::Kind>) -> Self {
                let (site, kind) = error.into_parts();
                Self(vec![Error::new(site, Kind::$variant(kind))])
            }
        }

        impl From<object::Errors<$stage::Kind>> for Errors {
            fn from(errors: object::Errors<$stage::Kind>) -> Self {
                Self(errors.into_iter().flat_map(Self::from).collect())
            }
        }
    )* };
}
from_stage!(object => Object, linker => Linker, reloc => Relocate);

impl From<Error> for Errors {
    fn from(error: Error) -> Self {
        Self(vec![error])
    }
}

impl IntoIterator for Errors {
    type Item = Error;
    type IntoIter = vec::IntoIter<Error>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Errors {
    type Item = &'a Error;
    type IntoIter = std::slice::Iter<'a, Error>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, error) in self.iter().enumerate() {
            write!(f, "{}{error}", if i == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

impl std::error::Error for Errors {}
