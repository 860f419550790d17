//! The shape of every error from here on to the right: a kind, and the place where it happened.

use alloc::{borrow::Cow, boxed::Box, vec, vec::Vec};
use core::fmt;

use crate::Site;

/// What a kind of error says of itself, besides its `Display` (one line, without the place).
pub trait Diagnostic: fmt::Display {
    /// The stable code, such as `core-no-candidate`.
    fn code(&self) -> &'static str;

    /// What to do about it, if that is known.
    fn help(&self) -> Option<Cow<'_, str>> {
        None
    }
}

/// An error: what happened, and where. One word wide.
#[derive(Debug)]
pub struct Located<K>(Box<(Site, K)>);

impl<K> Located<K> {
    /// An error at a place.
    pub fn new(site: Site, kind: K) -> Self {
        Self(Box::new((site, kind)))
    }

    /// Where it happened.
    pub fn site(&self) -> &Site {
        &self.0.0
    }

    /// What happened.
    pub fn kind(&self) -> &K {
        &self.0.1
    }

    /// Place and kind by themselves.
    pub fn into_parts(self) -> (Site, K) {
        *self.0
    }
}

impl<K: Diagnostic> Located<K> {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.kind().code()
    }

    /// What to do about it, if that is known.
    pub fn help(&self) -> Option<Cow<'_, str>> {
        self.kind().help()
    }
}

impl<K: fmt::Display> fmt::Display for Located<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self.site() == Site::default() { self.kind().fmt(f) } else { write!(f, "{}: {}", self.site(), self.kind()) }
    }
}

impl<K: fmt::Display + fmt::Debug> core::error::Error for Located<K> {}

/// One or more errors: passes collect what they find instead of stopping at the first.
#[derive(Debug)]
pub struct Errors<K>(Vec<Located<K>>);

impl<K> Errors<K> {
    /// The errors collected, if there are any.
    ///
    /// # Errors
    /// The collection itself, unless it is empty.
    pub fn check(errors: Vec<Located<K>>) -> Result<(), Self> {
        if errors.is_empty() { Ok(()) } else { Err(Self(errors)) }
    }

    /// Several errors.
    pub fn of(errors: Vec<Located<K>>) -> Self {
        Self(errors)
    }

    /// The errors, in the order in which they were found.
    pub fn iter(&self) -> core::slice::Iter<'_, Located<K>> {
        self.0.iter()
    }
}

impl<K> From<Located<K>> for Errors<K> {
    fn from(error: Located<K>) -> Self {
        Self(vec![error])
    }
}

impl<K> IntoIterator for Errors<K> {
    type Item = Located<K>;
    type IntoIter = vec::IntoIter<Located<K>>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a, K> IntoIterator for &'a Errors<K> {
    type Item = &'a Located<K>;
    type IntoIter = core::slice::Iter<'a, Located<K>>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<K: fmt::Display> fmt::Display for Errors<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, error) in self.iter().enumerate() {
            write!(f, "{}{error}", if i == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

impl<K: fmt::Display + fmt::Debug> core::error::Error for Errors<K> {}
