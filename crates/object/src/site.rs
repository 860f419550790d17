//! Where something is, as far as it is known.

use alloc::sync::Arc;
use core::fmt;

use skep_btf::Btf;
use skep_isa::{InsnIdx, SourceLine};

use crate::Function;

/// A place in an object. Every part may be unknown; what is known is printed from the outside in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Site {
    /// The file.
    pub file: Option<Arc<str>>,
    /// The section within the file.
    pub section: Option<Arc<str>>,
    /// The symbol: a program, function, map or variable.
    pub symbol: Option<Arc<str>>,
    /// The slot within the symbol's function.
    pub insn: Option<InsnIdx>,
    /// The line of source.
    pub source: Option<SourcePosition>,
}

/// A line of source code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourcePosition {
    /// The file's name as the compiler saw it.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1; 0 if unknown.
    pub column: u32,
    /// The text of the line.
    pub text: Arc<str>,
}

impl SourcePosition {
    /// The line that a record names; none if it names nothing.
    pub fn of(btf: &Btf, line: SourceLine) -> Option<Self> {
        if line.is_none() {
            return None;
        }
        let (file, text) = (btf.string(line.file)?, btf.string(line.text).unwrap_or_default());
        Some(Self { file: file.into(), line: line.line(), column: line.column(), text: text.into() })
    }
}

impl Function {
    /// The line of source that a slot came from: the nearest line that begins at it or before it.
    pub fn source_at(&self, btf: &Btf, slot: InsnIdx) -> Option<SourcePosition> {
        let (mut at, mut nearest) = (0u32, None);
        for insn in self.insns.iter() {
            if at > slot.0 {
                break;
            }
            if !insn.line.is_none() {
                nearest = Some(insn.line);
            }
            at = at.saturating_add(insn.slots());
        }
        SourcePosition::of(btf, nearest?)
    }
}

impl Site {
    /// A place in a file.
    pub fn file(file: &Arc<str>) -> Self {
        Self { file: Some(file.clone()), ..Self::default() }
    }

    /// The same place, in a section.
    pub fn section(mut self, section: impl Into<Arc<str>>) -> Self {
        self.section = Some(section.into());
        self
    }

    /// The same place, at a symbol.
    pub fn symbol(mut self, symbol: impl Into<Arc<str>>) -> Self {
        self.symbol = Some(symbol.into());
        self
    }

    /// The same place, at a slot.
    pub fn insn(mut self, insn: InsnIdx) -> Self {
        self.insn = Some(insn);
        self
    }

    /// The same place, with its line of source.
    pub fn source(mut self, source: Option<SourcePosition>) -> Self {
        self.source = source;
        self
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        let mut part = |f: &mut fmt::Formatter<'_>, text: fmt::Arguments<'_>, next| {
            f.write_str(core::mem::replace(&mut separator, next))?;
            f.write_fmt(text)
        };
        if let Some(file) = &self.file {
            part(f, format_args!("{file}"), ": ")?;
        }
        if let Some(section) = &self.section {
            part(f, format_args!("section {section}"), ", ")?;
        }
        if let Some(symbol) = &self.symbol {
            part(f, format_args!("{symbol}"), ", ")?;
        }
        if let Some(insn) = self.insn {
            part(f, format_args!("insn {insn}"), " ")?;
        }
        match &self.source {
            Some(SourcePosition { file, line, .. }) => {
                let space = if separator.is_empty() { "" } else { " " };
                write!(f, "{space}({file}:{line})")
            }
            None => Ok(()),
        }
    }
}
