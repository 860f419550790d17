//! Text to instructions.

use alloc::{collections::BTreeMap, vec::Vec};

use super::{
    Dialect, Error, ErrorKind, Errors, Expected, Symbols,
    fix::{self, Fix},
    grammar::{Grammar, Leaf},
    lex::{Kind, Lexer, Token},
    matching::{Failure, Matching, Operands},
    near::nearest,
};
use crate::{
    Insn, InsnIdx, Opcode, Reg,
    opcode::{Class, pseudo},
    table::Row,
};

/// How many errors are collected.
const MAX_ERRORS: usize = 100;

/// Parses a stream of instructions.
///
/// One statement stands on a line (or before a `;`, where that does not begin a comment). Jumps go to a label (`name:`)
/// or by a number of slots (`+3`); a label that is a number may stand often and is named by `1b` or `1f`.
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

/// Parses one instruction that stands alone.
pub(super) fn one(grammar: &Grammar, tokens: &[Token<'_>]) -> Option<Insn> {
    let mut matching = Matching { grammar, tokens, failure: Failure::default() };
    let (leaf, operands) = matching.walk(0, 0, Operands::default())?;
    // Only what is called has a number behind its name.
    let named = operands.name.is_some() && !matches!(leaf, Leaf::Call);
    build(grammar.dialect, leaf, &operands).ok().filter(|_| !named)
}

struct Parser<'s> {
    grammar: Grammar,
    /// The other dialects, once something could not be read.
    others: Vec<Grammar>,
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
            grammar: Grammar::new(dialect),
            others: Vec::new(),
            source,
            slot: 0,
            insns: Vec::new(),
            labels: BTreeMap::new(),
            fixes: Vec::new(),
            errors: Vec::new(),
        }
    }

    fn statement(&mut self, mut tokens: &[Token<'s>]) {
        let kernel = self.grammar.dialect == Dialect::Kernel;
        while let [name, colon, rest @ ..] = tokens
            && colon.text == ":"
            && name.kind != Kind::Sign
        {
            // The kernel numbers its lines.
            if !(kernel && name.kind == Kind::Number) {
                self.label(name);
            }
            tokens = rest;
        }
        // `int f(struct ctx *ctx):` begins a function in the kernel's dumps.
        if tokens.is_empty() || (kernel && tokens.last().is_some_and(|last| last.text == ":")) {
            return;
        }
        let mut matching = Matching { grammar: &self.grammar, tokens, failure: Failure::default() };
        match matching.walk(0, 0, Operands::default()) {
            Some((leaf, operands)) => self.insn(tokens, leaf, &operands),
            None => {
                let failure = matching.failure;
                let error = self.explain(tokens, failure);
                self.errors.push(error);
            }
        }
    }

    fn label(&mut self, name: &Token<'s>) {
        let places = self.labels.entry(name.text).or_default();
        if let (Some(&(_, at)), false) = (places.first(), name.kind == Kind::Number) {
            let line = line_of(self.source, at).0;
            self.errors.push((name.at, ErrorKind::Twice { label: name.text.into(), line }));
        } else {
            places.push((InsnIdx(self.slot), name.at));
        }
    }

    fn insn(&mut self, tokens: &[Token<'s>], leaf: Leaf, operands: &Operands) {
        let start = tokens.first().map_or(0, |token| token.at);
        let insn = match build(self.grammar.dialect, leaf, operands) {
            Ok(insn) => insn,
            Err(kind) => return self.errors.push((start, kind)),
        };
        if let Some((token, off)) = operands.name
            && let Some(token) = tokens.get(token)
        {
            // In a dump the number stands behind the name of a kernel function.
            let numbered = matches!(leaf, Leaf::Call) && operands.imm.is_some();
            let (at, slot) = (self.insns.len(), InsnIdx(self.slot));
            self.fixes.push(Fix { insn: at, slot, name: token.text, at: token.at, off, numbered });
        }
        // The conformance suite jumps to the first exit without a label.
        if insn.code == Opcode::EXIT && self.grammar.dialect == Dialect::Ubpf {
            self.labels.entry("exit").or_default().push((InsnIdx(self.slot), start));
        }
        self.slot = self.slot.saturating_add(insn.slots());
        self.insns.push(insn);
    }

    fn explain(&mut self, tokens: &[Token<'s>], failure: Failure) -> (usize, ErrorKind) {
        let token = tokens.get(failure.at);
        let end = tokens.last().map_or(0, |last| last.at + last.text.len());
        let at = token.map_or(end, |token| token.at);
        if let Some(kind) = failure.kind {
            return (at, kind);
        }
        let found = token.map_or("", |token| token.text);
        let nodes = || failure.nodes.iter().filter_map(|&node| self.grammar.node(node));
        let words = || nodes().flat_map(|node| node.words.iter().map(|(word, _)| *word));
        let near = nearest(found, words().chain(helpers(&failure.nodes, &self.grammar))).map(Into::into);
        let mut expected = Vec::new();
        let slots = nodes().flat_map(|node| node.slots.iter().map(|(slot, _)| Expected::of(*slot)));
        let ends = nodes().filter(|node| node.leaf.is_some()).map(|_| Expected::End);
        for what in slots.chain(words().map(Expected::Word)).chain(ends) {
            if expected.len() < 8 && !expected.contains(&what) {
                expected.push(what);
            }
        }
        let dialect = self.dialect_of(tokens);
        let found = found.chars().take(80).collect();
        (at, ErrorKind::Unexpected { found, expected, near, dialect })
    }
}

impl<'s> Parser<'s> {
    /// The other dialect in which a statement can be read.
    fn dialect_of(&mut self, tokens: &[Token<'s>]) -> Option<Dialect> {
        if self.others.is_empty() {
            let others = Dialect::ALL.into_iter().filter(|other| *other != self.grammar.dialect);
            self.others = others.map(Grammar::new).collect();
        }
        let reads = |grammar: &&Grammar| {
            let mut matching = Matching { grammar, tokens, failure: Failure::default() };
            matching.walk(0, 0, Operands::default()).is_some()
        };
        self.others.iter().find(reads).map(|grammar| grammar.dialect)
    }
}

/// The names of helpers, if one may stand here.
fn helpers(nodes: &[usize], grammar: &Grammar) -> impl Iterator<Item = &'static str> + use<> {
    let asked = nodes.iter().filter_map(|&node| grammar.node(node)).flat_map(|node| &node.slots);
    let mut asked = asked.map(|(slot, _)| Expected::of(*slot));
    let any = asked.any(|what| what == Expected::Operand("a helper"));
    skep_uapi::Helper::ROWS.iter().take(if any { usize::MAX } else { 0 }).map(|row| row.name)
}

/// The instruction of a statement; names stay open.
fn build(dialect: Dialect, leaf: Leaf, operands: &Operands) -> Result<Insn, ErrorKind> {
    let reg = |number: Option<i64>| Reg(number.unwrap_or(0) as u8);
    let (dst, src) = (reg(operands.dst), reg(operands.src));
    let off = operands.off.unwrap_or(0);
    let imm = operands.imm.unwrap_or(0);
    match leaf {
        Leaf::Row(row) => {
            let off = i16::try_from(off).map_err(|_| too_far(row, off, true))?;
            Ok(row.insn(dst, src, off, immediate(dialect, row, operands)?))
        }
        // What they are is decided when the name is known.
        Leaf::Call => Ok(Insn::new(Opcode::CALL, Reg(0), pseudo::KFUNC_CALL, 0, (imm as i32).into())),
        Leaf::Load => Ok(Insn::new(Opcode::LD_IMM64, dst, Reg(0), 0, 0)),
        Leaf::Unknown | Leaf::UnknownWide => {
            let code = Opcode(operands.code.unwrap_or(0) as u8);
            let wide = matches!(leaf, Leaf::UnknownWide);
            let imm = if wide { imm } else { i64::from(imm as i32) };
            let mut insn = Insn::new(code, dst, src, off as i16, imm);
            if code == Opcode::LD_IMM64 && !wide {
                insn.facts_mut().lone = true;
            } else if wide && code != Opcode::LD_IMM64 {
                return Err(ErrorKind::Unexpected {
                    found: "ll".into(),
                    expected: [Expected::End].into(),
                    near: None,
                    dialect: None,
                });
            }
            Ok(insn)
        }
    }
}

fn immediate(dialect: Dialect, row: &Row, operands: &Operands) -> Result<i64, ErrorKind> {
    let imm = operands.imm.unwrap_or(0);
    if row.code == Opcode::LD_IMM64 {
        let low = operands.low.map_or(imm, |low| i64::from(low as u32));
        return Ok(low | operands.high.map_or(0, |high| high << 32));
    }
    if let (Some(to), Some(from)) = (operands.to, operands.from) {
        return Ok(((to << 16 | from) as i32).into());
    }
    if row.code == Opcode::JA32 {
        return i32::try_from(imm).map(i64::from).map_err(|_| too_far(row, imm, false));
    }
    // Above 0x7fffffff the number would mean another one where it is extended to 64 bits.
    let extended =
        matches!(row.code.class(), Class::ALU64 | Class::JMP) && row.code != Opcode::CALL || row.code.0 == 0x7a;
    if extended && dialect != Dialect::Kernel && imm > i32::MAX.into() {
        let number = alloc::format!("{imm:#x}");
        return Err(ErrorKind::Range { number, min: i32::MIN.into(), max: i32::MAX.into() });
    }
    Ok((imm as i32).into())
}

fn too_far(row: &Row, slots: i64, short: bool) -> ErrorKind {
    let target = alloc::format!("{slots:+}");
    ErrorKind::TooFar { target, slots, short, always: row.code == Opcode::JA }
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
