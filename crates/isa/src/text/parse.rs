//! Text to instructions.

use alloc::{collections::BTreeMap, vec::Vec};

use super::{
    Dialect, Error, ErrorKind, Errors, Lexer, Mistake, Statement, Symbols, Syntax, Token, TokenKind,
    fix::{self, Fix},
};
use crate::{Insn, InsnIdx, Opcode};

/// How many errors are collected.
const MAX_ERRORS: usize = 100;

/// Parses a stream of instructions.
///
/// One statement stands on a line (or before a `;`, where that does not begin a comment). Jumps go to a label (`name:`)
/// or by a number of slots (`+3`), or to a slot (`@3`); a label that is a number may stand often and is named by `1b` or `1f`.
///
/// # Errors
/// All of them, in the order of the lines.
///
/// ```
/// use skep_isa::text::{Dialect, parse};
///
/// let insns = parse(Dialect::Llvm, "again:\n  r1 += 1\n  if r1 < 10 goto again\n  exit")?;
/// assert_eq!(insns[1].off, -2);
/// assert_eq!(insns, parse(Dialect::Gnu, "add %r1,1\njlt %r1,10,-2\nexit")?);
/// # Ok::<(), skep_isa::text::Errors>(())
/// ```
pub fn parse(dialect: Dialect, source: &str) -> Result<Vec<Insn>, Errors> {
    parse_with(dialect, source, &())
}

/// Parses a stream of instructions whose names refer to more than labels.
///
/// # Errors
/// All of them, in the order of the lines.
pub fn parse_with(dialect: Dialect, source: &str, symbols: &dyn Symbols) -> Result<Vec<Insn>, Errors> {
    let mut parser = Parser::new(dialect, source);
    let (mut lexer, mut tokens) = (Lexer::new(dialect, source), Vec::new());
    while parser.errors.len() < MAX_ERRORS {
        match lexer.statement(&mut tokens) {
            Ok(true) => parser.statement(&tokens),
            Ok(false) => break,
            Err((at, kind)) => parser.errors.push((at, kind)),
        }
    }
    let Parser { mut insns, labels, fixes, mut errors, .. } = parser;
    if errors.len() < MAX_ERRORS {
        fix::resolve(&mut insns, &fixes, &labels, symbols, &mut errors);
    }
    if errors.is_empty() { Ok(insns) } else { Err(place(source, errors)) }
}

struct Parser<'s> {
    syntax: Syntax,
    source: &'s str,
    slot: u32,
    insns: Vec<Insn>,
    labels: BTreeMap<&'s str, Vec<(InsnIdx, usize)>>,
    fixes: Vec<Fix<'s>>,
    errors: Vec<(usize, ErrorKind)>,
}

impl<'s> Parser<'s> {
    fn new(dialect: Dialect, source: &'s str) -> Self {
        Self {
            syntax: Syntax::of(dialect),
            source,
            slot: 0,
            insns: Vec::new(),
            labels: BTreeMap::new(),
            fixes: Vec::new(),
            errors: Vec::new(),
        }
    }

    fn statement(&mut self, mut tokens: &[Token<'s>]) {
        let kernel = self.syntax.dialect() == Dialect::Kernel;
        while let [name, colon, rest @ ..] = tokens
            && colon.text == ":"
            && name.kind != TokenKind::Sign
        {
            // The kernel numbers its lines.
            if !(kernel && name.kind == TokenKind::Number) {
                self.label(name);
            }
            tokens = rest;
        }
        // `int f(struct ctx *ctx):` begins a function in the kernel's dumps.
        if tokens.is_empty() || (kernel && tokens.last().is_some_and(|last| last.text == ":")) {
            return;
        }
        match self.syntax.read(tokens, &mut ()) {
            Ok(statement) => self.insn(tokens, statement),
            Err(Mistake { at, kind }) => self.errors.push((at, kind)),
        }
    }

    fn label(&mut self, name: &Token<'s>) {
        let places = self.labels.entry(name.text).or_default();
        if let (Some(&(_, at)), false) = (places.first(), name.kind == TokenKind::Number) {
            let line = line_of(self.source, at).0;
            self.errors.push((name.at, ErrorKind::Twice { label: name.text.into(), line }));
        } else {
            places.push((InsnIdx(self.slot), name.at));
        }
    }

    fn insn(&mut self, tokens: &[Token<'s>], Statement { insn, name }: Statement<'s>) {
        if let Some(name) = name {
            self.fixes.push(Fix { insn: self.insns.len(), slot: InsnIdx(self.slot), name });
        }
        // The conformance suite jumps to the first exit without a label.
        if insn.code == Opcode::EXIT && self.syntax.dialect() == Dialect::Ubpf {
            let start = tokens.first().map_or(0, |token| token.at);
            self.labels.entry("exit").or_default().push((InsnIdx(self.slot), start));
        }
        self.slot = self.slot.saturating_add(insn.slots());
        self.insns.push(insn);
    }
}

/// Gives errors their lines, in order.
fn place(source: &str, mut errors: Vec<(usize, ErrorKind)>) -> Errors {
    errors.sort_by_key(|(at, _)| *at);
    errors.truncate(MAX_ERRORS);
    let placed = errors.into_iter().map(|(at, kind)| {
        let (line, column) = line_of(source, at);
        Error { line, column, kind }
    });
    Errors(placed.collect())
}

/// The line and the column of a byte.
fn line_of(source: &str, at: usize) -> (u32, u32) {
    let before = source.get(..at).unwrap_or(source);
    let line = before.bytes().filter(|&b| b == b'\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}
