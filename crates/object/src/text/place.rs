//! Where something stands in the files that were read.

use alloc::{sync::Arc, vec::Vec};
use core::{cell::OnceCell, ops::Deref};

use memchr::memchr_iter;

use crate::{Site, SourcePosition};

/// A place: a file, and a byte in it. Lines are counted only if somebody wants to know.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Loc {
    file: u32,
    at: u32,
}

/// A file that was read.
#[derive(Clone, Debug)]
pub(super) struct SourceFile<'s> {
    pub name: Arc<str>,
    pub text: Text<'s>,
    /// Where its lines end, once somebody wanted to know.
    ends: OnceCell<Vec<u32>>,
}

/// The text of a file.
#[derive(Clone, Debug)]
pub(super) enum Text<'s> {
    /// The source.
    Given(&'s str),
    /// A file that another one includes.
    Included(Arc<str>),
}

/// A text that is read, and where it comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'t> {
    pub text: &'t str,
    origin: Origin,
}

#[derive(Clone, Copy, Debug)]
enum Origin {
    /// A piece of a file, from a byte on.
    File(u32, usize),
    /// All of it stands for something at one place.
    Fixed(Loc),
}

impl Loc {
    /// Nowhere.
    pub const NONE: Self = Self { file: u32::MAX, at: 0 };
}

impl Default for Loc {
    fn default() -> Self {
        Self::NONE
    }
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Given(text) => text,
            Self::Included(text) => text,
        }
    }
}

impl<'t> Part<'t> {
    /// A file.
    pub fn of_file(text: &'t str, file: u32) -> Self {
        Self { text, origin: Origin::File(file, 0) }
    }

    /// What a macro became.
    pub fn expanded(text: &'t str, at: Loc) -> Self {
        Self { text, origin: Origin::Fixed(at) }
    }

    /// A piece of it that begins at a byte.
    pub fn piece<'p>(&self, text: &'p str, at: usize) -> Part<'p> {
        let origin = match self.origin {
            Origin::File(file, start) => Origin::File(file, start + at),
            fixed => fixed,
        };
        Part { text, origin }
    }

    /// The place of a byte.
    pub fn loc(&self, at: usize) -> Loc {
        match self.origin {
            Origin::File(file, start) => Loc { file, at: u32::try_from(start + at).unwrap_or(u32::MAX) },
            Origin::Fixed(loc) => loc,
        }
    }
}

impl<'s> SourceFile<'s> {
    pub fn new(name: Arc<str>, text: Text<'s>) -> Self {
        Self { name, text, ends: OnceCell::new() }
    }

    /// The line and the column of a byte, both from 1, and the text of the line.
    pub fn position(&self, at: u32) -> (u32, u32, &str) {
        let ends = self.ends.get_or_init(|| memchr_iter(b'\n', self.text.as_bytes()).map(|end| end as u32).collect());
        let before = ends.partition_point(|end| *end < at);
        let start = before.checked_sub(1).and_then(|line| ends.get(line)).map_or(0, |end| *end as usize + 1);
        let end = ends.get(before).map_or(self.text.len(), |end| *end as usize);
        let line = self.text.get(start..end).unwrap_or_default();
        let ahead = self.text.get(start..at as usize).unwrap_or(line);
        (before as u32 + 1, ahead.chars().count() as u32 + 1, line.strip_suffix('\r').unwrap_or(line))
    }
}

/// The file, line and column of a place, and the text of the line.
pub(super) fn position<'f>(files: &'f [SourceFile<'_>], loc: Loc) -> Option<(&'f SourceFile<'f>, u32, u32, &'f str)> {
    let file = file_of(files, loc)?;
    let (line, column, text) = file.position(loc.at);
    Some((file, line, column, text))
}

/// The file of a place.
pub(super) fn file_of<'f>(files: &'f [SourceFile<'_>], loc: Loc) -> Option<&'f SourceFile<'f>> {
    files.get(loc.file as usize)
}

/// A place as errors name it; without one, the first file.
pub(super) fn site(files: &[SourceFile<'_>], loc: Loc) -> Site {
    let Some((file, line, column, text)) = position(files, loc) else {
        return files.first().map_or_else(Site::default, |file| Site::file(&file.name));
    };
    let position = SourcePosition { file: file.name.clone(), line, column, text: text.into() };
    Site::file(&file.name).source(Some(position))
}
