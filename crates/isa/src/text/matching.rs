//! One statement against the syntax.

use alloc::{string::String, vec::Vec};

use super::{
    Dialect, ErrorKind, Operands,
    grammar::{Grammar, Leaf},
    lex::{Token, TokenKind},
    slot::Slot,
};

/// What of an instruction an operand says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Part {
    Dst,
    Src,
    Off,
    Imm,
    Low,
    High,
    To,
    From,
    Code,
}

/// The operands of a statement.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Filled {
    values: [i64; 9],
    /// Which of the values are there, a bit each.
    known: u16,
    /// The token that names what is jumped to, called or loaded, and the bytes after it.
    pub name: Option<(usize, i64)>,
}

impl Filled {
    /// The value of a part, if the statement has it.
    pub fn part(&self, part: Part) -> Option<i64> {
        (self.known & 1 << part as u16 != 0).then_some(self.values[part as usize])
    }

    /// The value of a part; 0 if the statement does not have it.
    pub fn or_zero(&self, part: Part) -> i64 {
        self.part(part).unwrap_or(0)
    }

    /// Sets a part; whether it is not another value already.
    fn set(&mut self, part: Part, value: i64) -> bool {
        if let Some(known) = self.part(part) {
            return known == value;
        }
        self.replace(part, value);
        true
    }

    fn replace(&mut self, part: Part, value: i64) {
        self.values[part as usize] = value;
        self.known |= 1 << part as u16;
    }
}

/// Where a statement went wrong, as far as it could be read.
#[derive(Default)]
pub(super) struct Failure {
    pub at: usize,
    pub nodes: Vec<usize>,
    pub kind: Option<ErrorKind>,
}

impl Failure {
    fn note(&mut self, at: usize, node: usize) {
        if at > self.at {
            *self = Self { at, ..Self::default() };
        }
        if at == self.at && !self.nodes.contains(&node) {
            self.nodes.push(node);
        }
    }

    fn because(&mut self, at: usize, kind: ErrorKind) {
        if at >= self.at {
            *self = Self { at, kind: Some(kind), ..Self::default() };
        }
    }
}

pub(super) struct Matching<'g, 's, 'o> {
    grammar: &'g Grammar,
    tokens: &'g [Token<'s>],
    filled: Filled,
    /// Asked for what is no plain number.
    operands: Option<&'o mut dyn Operands>,
    /// What went wrong, if somebody wants to know.
    failure: Option<Failure>,
}

/// The statement that all tokens make.
pub(super) fn read(grammar: &Grammar, tokens: &[Token<'_>]) -> Option<(Leaf, Filled)> {
    let filled = Filled::default();
    let mut matching = Matching { grammar, tokens, filled, operands: None, failure: None };
    matching.walk(0, 0).map(|leaf| (leaf, matching.filled))
}

/// The same, with an answer for what is no plain number; and what is wrong if they make none.
pub(super) fn read_with(
    grammar: &Grammar,
    tokens: &[Token<'_>],
    operands: &mut dyn Operands,
) -> Result<(Leaf, Filled), Failure> {
    let (filled, failure) = (Filled::default(), Some(Failure::default()));
    let mut matching = Matching { grammar, tokens, filled, operands: Some(operands), failure };
    match matching.walk(0, 0) {
        Some(leaf) => Ok((leaf, matching.filled)),
        None => Err(matching.failure.unwrap_or_default()),
    }
}

const I16: (i64, i64) = (i16::MIN as i64, i16::MAX as i64);
const ANY32: (i64, i64) = (i32::MIN as i64, u32::MAX as i64);
const ANY64: (i64, i64) = (i64::MIN, i64::MAX);

impl Matching<'_, '_, '_> {
    /// Matches all tokens. The depth is that of the tree, the length of the longest instruction.
    fn walk(&mut self, node: usize, at: usize) -> Option<Leaf> {
        let here = self.grammar.node(node)?;
        match self.tokens.get(at) {
            None => {
                if here.leaf.is_some() {
                    return here.leaf;
                }
            }
            Some(token) if token.kind != TokenKind::Quoted => {
                if let Some(next) = here.after(token)
                    && let Some(done) = self.walk(next, at + 1)
                {
                    return Some(done);
                }
                // `r1` for `%r1`.
                if is_register(token.text)
                    && let Some(next) = here.percent()
                    && let Some(done) = self.walk(next, at)
                {
                    return Some(done);
                }
            }
            Some(_) => {}
        }
        for &(slot, next) in &here.slots {
            let (known, name) = (self.filled.known, self.filled.name);
            if let Some(after) = self.fill(slot, at)
                && let Some(done) = self.walk(next, after)
            {
                return Some(done);
            }
            (self.filled.known, self.filled.name) = (known, name);
            if matches!(slot, Slot::Off | Slot::Disp | Slot::PlusImm) {
                let part = if slot == Slot::PlusImm { Part::Imm } else { Part::Off };
                if self.filled.part(part).is_none() {
                    self.filled.replace(part, 0);
                }
                if let Some(done) = self.walk(next, at) {
                    return Some(done);
                }
                self.filled.known = known;
            }
        }
        if let Some(failure) = &mut self.failure {
            failure.note(at, node);
        }
        None
    }

    fn because(&mut self, at: usize, kind: impl FnOnce() -> ErrorKind) {
        if let Some(failure) = &mut self.failure {
            failure.because(at, kind());
        }
    }

    /// Reads an operand; the token after it.
    fn fill(&mut self, slot: Slot, at: usize) -> Option<usize> {
        match slot {
            Slot::Rd => self.register(b'r', at, Part::Dst),
            Slot::Rs => self.register(b'r', at, Part::Src),
            Slot::Wd => self.register(b'w', at, Part::Dst),
            Slot::Ws => self.register(b'w', at, Part::Src),
            Slot::Off | Slot::Disp => {
                self.sign(at)?;
                // Older assemblers write `+-8`.
                let twice =
                    matches!(self.tokens.get(at..at + 2), Some([plus, minus]) if (plus.text, minus.text) == ("+", "-"));
                self.number(at + usize::from(twice), I16, Part::Off)
            }
            Slot::PlusImm => {
                self.sign(at)?;
                self.number(at, ANY32, Part::Imm)
            }
            Slot::OffNumber => self.number(at, I16, Part::Off),
            Slot::To16 | Slot::Pc16 => self.distance(at, Part::Off).or_else(|| self.name(at, false)),
            Slot::To32 | Slot::Pc32 => self.distance(at, Part::Imm).or_else(|| self.name(at, false)),
            Slot::Imm | Slot::Number | Slot::Hex => self.number(at, ANY32, Part::Imm),
            Slot::Imm64 | Slot::Hex64 => self.number(at, ANY64, Part::Imm),
            Slot::Low | Slot::LowUnsigned => self.number(at, ANY32, Part::Low),
            Slot::High | Slot::HighUnsigned => self.number(at, ANY32, Part::High),
            Slot::Rel => {
                self.sign(at)?;
                let (value, after) = self.value(at, ANY32)?;
                self.filled.replace(Part::Low, value);
                self.filled.replace(Part::Imm, value);
                Some(after)
            }
            Slot::ToSpace => self.number(at, (0, 0xffff), Part::To),
            Slot::FromSpace => self.number(at, (0, 0xffff), Part::From),
            Slot::Code => self.number(at, (0, 0xff), Part::Code),
            Slot::Helper => match self.helper(at) {
                Some(id) => self.filled.set(Part::Imm, id).then_some(at + 1),
                None => self.number(at, ANY32, Part::Imm),
            },
            Slot::Known => {
                let known = self.helper(at).is_some() || self.tokens.get(at)?.text == "unknown";
                let hash = self.tokens.get(at + 1)?.text == "#";
                if known && hash { self.number(at + 2, ANY32, Part::Imm) } else { None }
            }
            Slot::Symbol => self.name(at, true),
            Slot::Note => (self.tokens.get(at)?.kind != TokenKind::Sign).then_some(at + 1),
        }
    }

    fn sign(&self, at: usize) -> Option<()> {
        matches!(self.tokens.get(at)?.text, "+" | "-").then_some(())
    }

    fn helper(&self, at: usize) -> Option<i64> {
        let token = self.tokens.get(at).filter(|token| token.kind == TokenKind::Word)?;
        self.grammar.helper(token.text)
    }

    fn register(&mut self, prefix: u8, at: usize, part: Part) -> Option<usize> {
        let text = self.tokens.get(at)?.text;
        let number = match text.as_bytes() {
            b"fp" if self.grammar.dialect == Dialect::Gnu => 10,
            [first, digit @ b'0'..=b'9'] if *first == prefix => i64::from(digit - b'0'),
            [first, b'1', digit @ b'0'..=b'5'] if *first == prefix => i64::from(10 + digit - b'0'),
            _ => return None,
        };
        if !self.filled.set(part, number) {
            self.because(at, || ErrorKind::Differs { found: text.into() });
            return None;
        }
        Some(at + 1)
    }

    /// A distance, after `pc` or not.
    fn distance(&mut self, at: usize, part: Part) -> Option<usize> {
        let at = if self.tokens.get(at)?.text == "pc" && self.sign(at + 1).is_some() { at + 1 } else { at };
        // What does not fit is refused when the row is known.
        self.number(at, ANY64, part)
    }

    fn number(&mut self, at: usize, range: (i64, i64), part: Part) -> Option<usize> {
        let (value, after) = self.value(at, range)?;
        self.filled.set(part, value).then_some(after)
    }

    /// A number with a sign or without, and the token after it.
    fn value(&mut self, at: usize, range: (i64, i64)) -> Option<(i64, usize)> {
        if let Some(found) = self.asked(at, range) {
            return found;
        }
        let first = self.tokens.get(at)?;
        let (negative, digits) = match first.text {
            "-" => (true, at + 1),
            "+" => (false, at + 1),
            _ => (false, at),
        };
        let token = self.tokens.get(digits).filter(|token| token.kind == TokenKind::Number)?;
        let value = match number(token.text)? {
            // 64 bits may be written with a sign or without.
            Some(value) if range == ANY64 && !negative => Some(value as i64),
            Some(value) if negative => 0i64.checked_sub_unsigned(value),
            Some(value) => i64::try_from(value).ok(),
            None => None,
        };
        match value.filter(|value| (range.0..=range.1).contains(value)) {
            Some(value) => Some((value, digits + 1)),
            None => {
                let mut number = String::from(if negative { "-" } else { "" });
                number.extend(token.text.chars().take(40));
                self.because(at, || ErrorKind::Range { number, min: range.0, max: range.1 });
                None
            }
        }
    }

    /// What the caller says of the tokens from `at` on; `None` if it has nothing to say.
    fn asked(&mut self, at: usize, range: (i64, i64)) -> Option<Option<(i64, usize)>> {
        let operands = self.operands.as_mut()?;
        let tokens = self.tokens.get(at..)?;
        if tokens.first().is_none_or(|first| is_register(first.text)) {
            return None;
        }
        let (value, count) = operands.number(tokens)?;
        if (range.0..=range.1).contains(&value) {
            return Some(Some((value, at + count.max(1))));
        }
        let number = alloc::format!("{value}");
        self.because(at, || ErrorKind::Range { number, min: range.0, max: range.1 });
        Some(None)
    }

    /// A name; where it may, with a number of bytes after it.
    fn name(&mut self, at: usize, plus: bool) -> Option<usize> {
        let token = self.tokens.get(at)?;
        if token.kind == TokenKind::Sign || (token.kind == TokenKind::Number && number(token.text).is_some()) {
            return None;
        }
        // A register that does not exist is a mistake, not a name.
        if plus && is_register(token.text) {
            return None;
        }
        let (mut after, mut off) = (at + 1, 0);
        if plus && self.tokens.get(after).is_some_and(|token| token.text == "+") {
            (off, after) = self.value(after, (0, u32::MAX.into()))?;
        }
        self.filled.name = Some((at, off));
        Some(after)
    }
}

/// Whether this reads like a register, one that exists or not.
fn is_register(text: &str) -> bool {
    let digits = text.strip_prefix(['r', 'w']).filter(|digits| !digits.is_empty());
    digits.is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
}

/// The value of a number as it is written: `None` if it is none, `Some(None)` if it needs more than 64 bits.
pub(super) fn number(text: &str) -> Option<Option<u64>> {
    let (digits, radix) = match text.as_bytes() {
        [b'0', b'x' | b'X', digits @ ..] => (digits, 16),
        digits => (digits, 10),
    };
    let mut value = if digits.is_empty() { return None } else { Some(0u64) };
    for &b in digits {
        let digit = char::from(b).to_digit(radix)?;
        value = value.and_then(|value| value.checked_mul(radix.into())?.checked_add(digit.into()));
    }
    Some(value)
}
