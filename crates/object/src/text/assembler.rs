//! What is known while a source file is read.

use alloc::{borrow::ToOwned, string::String, sync::Arc, vec::Vec};

use hashbrown::HashMap;
use skep_btf::core::CoreKind;
use skep_isa::text::{Dialect, Syntax};

use super::{
    Assembled, Options,
    define::VarAt,
    error::Kind,
    image::Image,
    late::{Fix, Late},
    macros::{Condition, Macro},
    place::{Loc, Part, SourceFile, Text, position, site},
    symbols::{SymId, Symbols},
    types::{self, Types},
};
use crate::{Errors, Located};

/// How many errors are collected.
pub(super) const MAX_ERRORS: usize = 100;

/// A function in braces that is being read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Body {
    pub symbol: SymId,
    pub start: u64,
    /// The section outside of it.
    pub outside: u32,
    /// Where its brace is.
    pub loc: Loc,
}

/// A line of source of an instruction.
#[derive(Clone, Copy, Debug)]
pub(super) struct LineAt {
    pub section: u32,
    pub offset: u32,
    pub source: LineSource,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum LineSource {
    /// A place in the files that were read.
    Here(Loc),
    /// A position in the list of lines that were given.
    Given(u32),
}

/// A CO-RE record.
#[derive(Clone, Debug)]
pub(super) struct CoreAt {
    pub section: u32,
    pub offset: u32,
    pub kind: CoreKind,
    pub ty: types::Id,
    pub access: String,
    /// Whether the instruction is to hold the id of the type.
    pub id: bool,
}

/// A line that is given, not where the text stands.
#[derive(Clone, Debug)]
pub(super) struct GivenLine {
    pub file: String,
    pub text: String,
    pub line: u32,
    pub column: u32,
}

/// What is known while a source file is read.
pub(super) struct Assembler<'o> {
    pub options: &'o Options<'o>,
    pub dialect: Dialect,
    pub syntax: Syntax,
    pub files: Vec<SourceFile<'o>>,
    pub errors: Vec<(Loc, Kind)>,
    pub warnings: Vec<(Loc, String)>,
    pub image: Image,
    pub symbols: Symbols,
    pub types: Types,
    /// The section that statements go to; none before the first.
    pub section: Option<u32>,
    pub previous: Option<u32>,
    pub pushed: Vec<(Option<u32>, Option<u32>)>,
    /// The scope of labels.
    pub scope: u32,
    pub body: Option<Body>,
    /// The names that were given a number.
    pub constants: HashMap<String, i64>,
    pub conditions: Vec<Condition>,
    pub macros: HashMap<String, Arc<Macro>>,
    /// Counts what changes the meaning of a statement: macros and dialects.
    pub meaning: u32,
    /// How deep files, macros and repetitions stand in each other.
    pub depth: u32,
    /// How deep files do.
    pub included: u32,
    /// How many bytes macros and repetitions became.
    pub expanded: usize,
    /// How many macros were expanded.
    pub expansions: u32,
    /// Whether the macro that is being expanded is to be left.
    pub leaving: bool,
    pub fixes: Vec<Fix>,
    pub late: Vec<Late>,
    /// Whether what could not be known at first is read again.
    pub again: Option<(u32, u64)>,
    pub lines: Vec<LineAt>,
    pub given: Vec<GivenLine>,
    /// What `.lines` said.
    pub lines_on: Option<bool>,
    /// What the next instruction has.
    pub next_line: Option<u32>,
    pub next_core: Option<CoreAt>,
    pub cores: Vec<CoreAt>,
    /// Where functions of a block of types begin: section, offset, type.
    pub given_funcs: Vec<(u32, u32, types::Id)>,
    pub vars: Vec<VarAt>,
    /// Whether there was a declaration as in C.
    pub declared: bool,
    /// Whether one of them could not be read, so that its names are not known.
    pub broken: bool,
    /// The compiler's name for the source (`.file`).
    pub file_symbol: Option<String>,
    /// Calls of helpers by name, which a function of the file may have: section, offset, the helper.
    pub helper_calls: Vec<(u32, u64, u32)>,
    /// Where `.` is, if not at the end of the section.
    pub dot: Option<(u32, u64)>,
    /// Counts what needs a name of its own.
    pub unique: u32,
}

impl<'o> Assembler<'o> {
    pub fn new(file: &str, source: &'o str, options: &'o Options<'o>) -> Self {
        Self {
            options,
            dialect: options.dialect,
            syntax: Syntax::of(options.dialect),
            files: [SourceFile::new(file.into(), Text::Given(source))].into(),
            errors: Vec::new(),
            warnings: Vec::new(),
            image: Image::new(options.endian),
            symbols: Symbols::of(source.len()),
            types: Types::default(),
            section: None,
            previous: None,
            pushed: Vec::new(),
            scope: 0,
            body: None,
            constants: HashMap::new(),
            conditions: Vec::new(),
            macros: HashMap::new(),
            meaning: 0,
            depth: 0,
            included: 0,
            expanded: 0,
            expansions: 0,
            leaving: false,
            fixes: Vec::new(),
            late: Vec::new(),
            again: None,
            lines: Vec::new(),
            given: Vec::new(),
            lines_on: None,
            next_line: None,
            next_core: None,
            cores: Vec::new(),
            given_funcs: Vec::new(),
            vars: Vec::new(),
            declared: false,
            broken: false,
            file_symbol: None,
            helper_calls: Vec::new(),
            dot: None,
            unique: 0,
        }
    }

    /// Reads the source, and all that it includes.
    pub fn assemble(mut self, source: &'o str) -> Result<Assembled, Errors<Kind>> {
        if u32::try_from(source.len()).is_err() {
            self.error(Loc::NONE, Kind::Limit("a file of more than 4 GiB"));
        } else {
            self.run(&Part::of_file(source, 0));
        }
        self.close();
        let elf = self.finish();
        self.errors.sort_by_key(|(loc, _)| *loc);
        self.errors.truncate(MAX_ERRORS);
        let errors = self.errors.drain(..).map(|(loc, kind)| Located::new(site(&self.files, loc), kind));
        Errors::check(errors.collect())?;
        let mut defined: Vec<(Arc<str>, _)> = Vec::new();
        if self.symbols.table.len() < 65536 {
            let named = self.symbols.named().filter(|(_, s)| !s.private && s.is_defined());
            defined.extend(named.map(|(name, s)| (name.into(), site(&self.files, s.loc))));
            defined.sort_by(|a, b| a.0.cmp(&b.0));
        }
        let warnings = self.warnings.drain(..).map(|(loc, text)| (site(&self.files, loc), text)).collect();
        Ok(Assembled { elf, warnings, declared: self.declared, defined, file: self.files[0].name.clone() })
    }

    pub fn error(&mut self, loc: Loc, kind: Kind) {
        if self.errors.len() <= MAX_ERRORS {
            self.errors.push((loc, kind));
        }
    }

    /// The line of a place; 0 if it has none.
    pub fn line(&self, loc: Loc) -> u32 {
        position(&self.files, loc).map_or(0, |(_, line, ..)| line)
    }

    /// The section that statements go to.
    pub fn here(&mut self) -> u32 {
        match self.section {
            Some(section) => section,
            None => {
                let text = self.image.section(".text");
                self.section = Some(text);
                text
            }
        }
    }

    /// Whether lines are recorded.
    pub fn wants_lines(&self) -> bool {
        self.lines_on.unwrap_or(self.declared)
    }

    pub fn unique(&mut self, prefix: &str) -> String {
        self.unique += 1;
        alloc::format!("{prefix}{}", self.unique).as_str().to_owned()
    }
}
