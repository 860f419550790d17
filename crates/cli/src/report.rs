//! Errors as a person or a program reads them.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde_json::{Value, json};
use skep::object::{Diagnostic, Errors, Located, Site};

/// An error, ready to be shown.
#[derive(Debug)]
pub struct Report {
    /// The stable code.
    pub code: &'static str,
    /// What happened.
    pub message: String,
    /// Where.
    pub site: Site,
    /// More about it, a paragraph each.
    pub notes: Vec<String>,
    /// What to do.
    pub help: Option<String>,
}

/// Why a command fails: its exit status, and all that went wrong.
#[derive(Debug)]
pub struct Failure {
    /// The exit status.
    pub status: u8,
    /// The errors; empty if all has been said already.
    pub reports: Vec<Report>,
}

/// Exit statuses, as `--help` lists them.
pub mod status {
    /// The kernel refused a program.
    pub const REFUSED: u8 = 1;
    /// Wrong usage.
    pub const USAGE: u8 = 2;
    /// Unusable input.
    pub const INPUT: u8 = 3;
    /// The object does not fit the kernel.
    pub const TARGET: u8 = 4;
    /// A privilege is missing.
    pub const PRIVILEGE: u8 = 5;
    /// A program could not be attached.
    pub const ATTACH: u8 = 6;
}

impl Report {
    /// An error without a place in an object.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), site: Site::default(), notes: Vec::new(), help: None }
    }

    /// The same, about a file.
    pub fn file(mut self, file: &str) -> Self {
        self.site.file = Some(file.into());
        self
    }

    /// The same, with advice.
    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// As text, with the line of source where it is known.
    pub fn text(&self, colours: bool) -> String {
        let title = Level::ERROR.primary_title(&self.message).id(self.code);
        let mut group = Group::with_title(title);
        let mut site = self.site.clone();
        let span;
        // A line without an instruction is only where something begins: naming it is enough.
        let shown = self
            .site
            .source
            .as_ref()
            .filter(|source| (site.insn.is_some() || site.section.is_none()) && !source.text.trim().is_empty());
        if let Some(source) = shown {
            site.source = None;
            let start = (source.column.saturating_sub(1) as usize).min(source.text.len());
            let start = (0..=start).rev().find(|&i| source.text.is_char_boundary(i)).unwrap_or(0);
            span = start..word_end(&source.text, start);
            group = group.element(
                Snippet::source(&*source.text)
                    .line_start(source.line as usize)
                    .path(&*source.file)
                    .annotation(AnnotationKind::Primary.span(span)),
            );
        }
        let place = site.to_string();
        // The snippet names the file.
        let said = shown.is_some() && site == Site { file: site.file.clone(), ..Site::default() };
        if !place.is_empty() && !said {
            group = group.element(Level::NOTE.with_name("in").message(place));
        }
        for note in &self.notes {
            group = group.element(Level::NOTE.message(note));
        }
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help));
        }
        let renderer = if colours { Renderer::styled() } else { Renderer::plain() };
        renderer.render(&[group])
    }

    /// As JSON.
    pub fn json(&self) -> Value {
        let source = self
            .site
            .source
            .as_ref()
            .map(|s| json!({ "file": &*s.file, "line": s.line, "column": s.column, "text": &*s.text }));
        json!({
            "error": self.code,
            "message": self.message,
            "file": self.site.file.as_deref(),
            "section": self.site.section.as_deref(),
            "symbol": self.site.symbol.as_deref(),
            "insn": self.site.insn.map(|i| i.0),
            "source": source,
            "notes": self.notes,
            "help": self.help,
        })
    }
}

/// Where the word that begins at `start` ends: what an arrow points at when only its first column is known.
fn word_end(text: &str, start: usize) -> usize {
    let (start, rest) = match text[start..].strip_prefix(['.', '%', '"']) {
        Some(rest) if !rest.is_empty() => (start + 1, rest),
        _ => (start, &text[start..]),
    };
    let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    start + word.max(rest.chars().next().map_or(0, char::len_utf8))
}

impl<K: Diagnostic> From<&Located<K>> for Report {
    fn from(error: &Located<K>) -> Self {
        Self {
            code: error.code(),
            message: error.kind().to_string(),
            site: error.site().clone(),
            notes: Vec::new(),
            help: error.help().map(Into::into),
        }
    }
}

impl Failure {
    /// One error.
    pub fn new(status: u8, report: Report) -> Self {
        Self { status, reports: vec![report] }
    }

    /// The same, with advice on its first error.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        if let Some(report) = self.reports.first_mut() {
            report.help = Some(help.into());
        }
        self
    }

    /// What each of several things became, or all that is wrong with any of them.
    pub fn collect<T>(results: impl IntoIterator<Item = Result<T, Self>>) -> Result<Vec<T>, Self> {
        let (mut good, mut bad) = (Vec::new(), None::<Self>);
        for result in results {
            match (result, &mut bad) {
                (Ok(one), _) => good.push(one),
                (Err(failure), Some(bad)) => bad.reports.extend(failure.reports),
                (Err(failure), None) => bad = Some(failure),
            }
        }
        bad.map_or(Ok(good), Err)
    }

    /// All of a stage's errors.
    pub fn of<K: Diagnostic>(status: u8, errors: &Errors<K>) -> Self {
        Self { status, reports: errors.iter().map(Report::from).collect() }
    }
}
