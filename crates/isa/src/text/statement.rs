//! One statement.

use alloc::vec::Vec;

use super::{
    Dialect, ErrorKind, Expected, Token,
    grammar::{self, Grammar, Leaf},
    matching::{self, Failure, Filled, Part},
    near::nearest,
};
use crate::{
    Insn, Opcode, Reg,
    opcode::{Class, pseudo},
    table::Row,
};

/// The syntax of one dialect, for readers that know more than instructions: it reads one statement at a time.
///
/// The first use in a process builds it from the table; after that it costs nothing to have.
///
/// ```
/// use skep_isa::text::{Dialect, Lexer, Role, Syntax};
///
/// let (mut lexer, mut tokens) = (Lexer::new(Dialect::Llvm, "r1 += 4\ncall work"), Vec::new());
/// let syntax = Syntax::of(Dialect::Llvm);
/// lexer.statement(&mut tokens).unwrap();
/// assert_eq!(syntax.read(&tokens, &mut ()).unwrap().insn.imm, 4);
/// lexer.statement(&mut tokens).unwrap();
/// let call = syntax.read(&tokens, &mut ()).unwrap().name.unwrap();
/// assert_eq!((call.text, call.role), ("work", Role::Call));
/// ```
#[derive(Clone, Copy)]
pub struct Syntax(&'static Grammar);

/// An instruction as one statement says it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Statement<'s> {
    /// The instruction. What its name stands for is still 0.
    pub insn: Insn,
    /// The name it jumps to, calls or loads, if it has one. It may as well be that of a constant.
    pub name: Option<Name<'s>>,
}

/// A name in a statement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Name<'s> {
    /// As it stands in the source, quotes and escapes included; see [`unquoted`](super::unquoted).
    pub text: &'s str,
    /// Where it stands in the source, in bytes.
    pub at: usize,
    /// The bytes to be added to what it names (`name+8`).
    pub plus: i64,
    /// What it is for.
    pub role: Role,
    /// Whether a number follows that says the same, as the kernel writes it: `call name#7`.
    pub numbered: bool,
}

/// What a name in a statement is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Role {
    /// A jump by the 16-bit offset goes there.
    Jump16,
    /// A jump by the 32-bit immediate goes there.
    Jump32,
    /// It is called.
    Call,
    /// Its address is loaded, 64 bits wide.
    Load,
}

/// What is wrong with a statement, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Mistake {
    /// The place in the source, in bytes.
    pub at: usize,
    /// What is wrong.
    pub kind: ErrorKind,
}

/// Reads what stands for a number and is none: constants, expressions, operators of the language around. `()` reads
/// nothing.
pub trait Operands {
    /// The value that begins with the first of these tokens, which are the rest of the statement, and how many of them it
    /// takes; `None` if it is not for this trait to read. It is asked only if the statement cannot be read without, never
    /// for a register, and may be asked more than once about one place.
    fn number(&mut self, tokens: &[Token<'_>]) -> Option<(i64, usize)>;
}

impl Operands for () {
    fn number(&mut self, _: &[Token<'_>]) -> Option<(i64, usize)> {
        None
    }
}

impl Syntax {
    /// The syntax of a dialect.
    pub fn of(dialect: Dialect) -> Self {
        Self(grammar::of(dialect))
    }

    /// The dialect.
    pub fn dialect(self) -> Dialect {
        self.0.dialect
    }

    /// Reads a statement. Labels before it and the end of its line are not part of it.
    ///
    /// # Errors
    /// What is wrong with it, as far as it can be read.
    pub fn read<'s>(self, tokens: &[Token<'s>], operands: &mut dyn Operands) -> Result<Statement<'s>, Mistake> {
        let read = match matching::read(self.0, tokens) {
            Some(read) => Ok(read),
            None => matching::read_with(self.0, tokens, operands),
        };
        let (leaf, filled) = read.map_err(|failure| explain(self.0, tokens, failure))?;
        let start = || tokens.first().map_or(0, |token| token.at);
        let insn = build(self.0.dialect, leaf, &filled).map_err(|kind| Mistake { at: start(), kind })?;
        let name = filled.name.and_then(|(at, plus)| name(tokens.get(at)?, plus, leaf, &filled));
        Ok(Statement { insn, name })
    }

    /// The instruction of a statement, if it is one and names nothing.
    pub(super) fn plain(self, tokens: &[Token<'_>]) -> Option<Insn> {
        let (leaf, filled) = matching::read(self.0, tokens)?;
        // Only what is called has a number behind its name.
        let named = filled.name.is_some() && !matches!(leaf, Leaf::Call);
        build(self.0.dialect, leaf, &filled).ok().filter(|_| !named)
    }
}

fn name<'s>(token: &Token<'s>, plus: i64, leaf: Leaf, filled: &Filled) -> Option<Name<'s>> {
    let role = match leaf {
        Leaf::Row(Row { code: Opcode::JA32, .. }) => Role::Jump32,
        Leaf::Row(Row { code: Opcode::CALL, .. }) | Leaf::Call => Role::Call,
        Leaf::Row(_) => Role::Jump16,
        Leaf::Load => Role::Load,
        Leaf::Unknown | Leaf::UnknownWide => return None,
    };
    let numbered = matches!(leaf, Leaf::Call) && filled.part(Part::Imm).is_some();
    Some(Name { text: token.text, at: token.at, plus, role, numbered })
}

fn explain(grammar: &Grammar, tokens: &[Token<'_>], failure: Failure) -> Mistake {
    let token = tokens.get(failure.at);
    let end = tokens.last().map_or(0, |last| last.at + last.text.len());
    let at = token.map_or(end, |token| token.at);
    if let Some(kind) = failure.kind {
        return Mistake { at, kind };
    }
    let found = token.map_or("", |token| token.text);
    let nodes = || failure.nodes.iter().filter_map(|&node| grammar.node(node));
    let words = || nodes().flat_map(|node| node.words.iter().map(|word| word.text));
    let near = nearest(found, words().chain(helpers(&failure.nodes, grammar))).map(Into::into);
    let mut expected = Vec::new();
    let slots = nodes().flat_map(|node| node.slots.iter().map(|(slot, _)| Expected::of(*slot)));
    let ends = nodes().filter(|node| node.leaf.is_some()).map(|_| Expected::End);
    for what in slots.chain(words().map(Expected::Word)).chain(ends) {
        if expected.len() < 8 && !expected.contains(&what) {
            expected.push(what);
        }
    }
    let others = Dialect::ALL.into_iter().filter(|other| *other != grammar.dialect);
    let dialect = { others }.find(|other| matching::read(grammar::of(*other), tokens).is_some());
    let found = found.chars().take(80).collect();
    Mistake { at, kind: ErrorKind::Unexpected { found, expected, near, dialect } }
}

/// The names of helpers, if one may stand here.
fn helpers(nodes: &[usize], grammar: &Grammar) -> impl Iterator<Item = &'static str> + use<> {
    let asked = nodes.iter().filter_map(|&node| grammar.node(node)).flat_map(|node| &node.slots);
    let mut asked = asked.map(|(slot, _)| Expected::of(*slot));
    let any = asked.any(|what| what == Expected::Operand("a helper"));
    skep_uapi::Helper::ROWS.iter().take(if any { usize::MAX } else { 0 }).map(|row| row.name)
}

/// The instruction of a statement; names stay open.
fn build(dialect: Dialect, leaf: Leaf, operands: &Filled) -> Result<Insn, ErrorKind> {
    let reg = |part| Reg(operands.or_zero(part) as u8);
    let (dst, src) = (reg(Part::Dst), reg(Part::Src));
    let off = operands.or_zero(Part::Off);
    let imm = operands.or_zero(Part::Imm);
    match leaf {
        Leaf::Row(row) => {
            let off = i16::try_from(off).map_err(|_| too_far(row, off, true))?;
            Ok(row.insn(dst, src, off, immediate(dialect, row, operands)?))
        }
        // What they are is decided when the name is known.
        Leaf::Call => Ok(Insn::new(Opcode::CALL, Reg(0), pseudo::KFUNC_CALL, 0, (imm as i32).into())),
        Leaf::Load => Ok(Insn::new(Opcode::LD_IMM64, dst, Reg(0), 0, 0)),
        Leaf::Unknown | Leaf::UnknownWide => {
            let code = Opcode(operands.or_zero(Part::Code) as u8);
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

fn immediate(dialect: Dialect, row: &Row, operands: &Filled) -> Result<i64, ErrorKind> {
    let imm = operands.or_zero(Part::Imm);
    if row.code == Opcode::LD_IMM64 {
        let low = operands.part(Part::Low).map_or(imm, |low| i64::from(low as u32));
        return Ok(low | operands.part(Part::High).map_or(0, |high| high << 32));
    }
    if let (Some(to), Some(from)) = (operands.part(Part::To), operands.part(Part::From)) {
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
