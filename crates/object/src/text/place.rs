//! Where something stands in the files that were read.

use alloc::sync::Arc;

use crate::{Site, SourcePosition};

/// A place: a file, a line and a column, both from 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Loc {
    pub file: u32,
    pub line: u32,
    pub column: u32,
}

/// A file that was read.
#[derive(Clone, Debug)]
pub(super) struct SourceFile {
    pub name: Arc<str>,
    pub text: Arc<str>,
}

/// A text that is read, and where it comes from.
#[derive(Clone, Debug)]
pub(super) struct Part<'t> {
    pub text: &'t str,
    origin: Origin,
    /// The last place that was asked for: its offset, its line, and where the line begins.
    known: (usize, u32, usize),
}

#[derive(Clone, Copy, Debug)]
enum Origin {
    /// Lines of a file.
    File(u32),
    /// All of it stands for something at one place.
    Fixed(Loc),
}

impl<'t> Part<'t> {
    /// Lines of a file; the first is line `line`.
    pub fn of_file(text: &'t str, file: u32, line: u32) -> Self {
        Self { text, origin: Origin::File(file), known: (0, line, 0) }
    }

    /// What a macro became.
    pub fn expanded(text: &'t str, at: Loc) -> Self {
        Self { text, origin: Origin::Fixed(at), known: (0, 1, 0) }
    }

    /// A piece of it that begins at a byte.
    pub fn piece<'p>(&mut self, text: &'p str, at: usize) -> Part<'p> {
        match self.origin {
            Origin::File(file) => Part::of_file(text, file, self.loc(at).line),
            Origin::Fixed(loc) => Part::expanded(text, loc),
        }
    }

    /// The place of a byte.
    pub fn loc(&mut self, at: usize) -> Loc {
        let file = match self.origin {
            Origin::Fixed(loc) => return loc,
            Origin::File(file) => file,
        };
        if at < self.known.0 {
            let back = self.text.get(at..self.known.0).unwrap_or_default();
            let line = self.known.1 - back.bytes().filter(|&b| b == b'\n').count() as u32;
            let start = self.text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
            self.known = (at, line, start);
        }
        let between = self.text.as_bytes().get(self.known.0..at).unwrap_or_default();
        for (i, _) in between.iter().enumerate().filter(|(_, b)| **b == b'\n') {
            self.known.1 += 1;
            self.known.2 = self.known.0 + i + 1;
        }
        self.known.0 = at;
        let before = self.text.get(self.known.2..at).unwrap_or_default();
        Loc { file, line: self.known.1, column: before.chars().count() as u32 + 1 }
    }
}

/// The text of a line, from 1.
pub(super) fn line_of(text: &str, line: u32) -> &str {
    text.lines().nth((line as usize).saturating_sub(1)).unwrap_or_default()
}

/// A place as errors name it.
pub(super) fn site(files: &[SourceFile], loc: Loc) -> Site {
    let Some(file) = files.get(loc.file as usize) else { return Site::default() };
    if loc.line == 0 {
        return Site::file(&file.name);
    }
    let text = line_of(&file.text, loc.line);
    // What follows a tab stands further right on a terminal, but not in the text.
    let position = SourcePosition { file: file.name.clone(), line: loc.line, column: loc.column, text: text.into() };
    Site::file(&file.name).source(Some(position))
}
