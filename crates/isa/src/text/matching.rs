//! One statement against the syntax.

use alloc::{string::String, vec::Vec};

use skep_uapi::Helper;

use super::{
    Dialect, ErrorKind,
    grammar::{Grammar, Leaf},
    lex::{Kind, Token},
    slot::Slot,
};

/// The operands of a statement.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Operands {
    pub dst: Option<i64>,
    pub src: Option<i64>,
    pub off: Option<i64>,
    pub imm: Option<i64>,
    pub low: Option<i64>,
    pub high: Option<i64>,
    pub to: Option<i64>,
    pub from: Option<i64>,
    pub code: Option<i64>,
    /// The token that names what is jumped to, called or loaded, and the bytes after it.
    pub name: Option<(usize, i64)>,
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

pub(super) struct Matching<'g, 's> {
    pub grammar: &'g Grammar,
    pub tokens: &'g [Token<'s>],
    pub failure: Failure,
}

impl Matching<'_, '_> {
    /// Matches all tokens. The depth is that of the tree, the length of the longest instruction.
    pub fn walk(&mut self, node: usize, at: usize, operands: Operands) -> Option<(Leaf, Operands)> {
        let here = self.grammar.node(node)?;
        match self.tokens.get(at) {
            None => {
                if let Some(leaf) = here.leaf {
                    return Some((leaf, operands));
                }
            }
            Some(token) if token.kind != Kind::Quoted => {
                if let Ok(found) = here.words.binary_search_by_key(&token.text, |(word, _)| word)
                    && let Some(done) = self.walk(here.words[found].1, at + 1, operands)
                {
                    return Some(done);
                }
            }
            Some(_) => {}
        }
        for &(slot, next) in &here.slots {
            let mut filled = operands;
            if let Some(after) = self.fill(slot, at, &mut filled)
                && let Some(done) = self.walk(next, after, filled)
            {
                return Some(done);
            }
            if matches!(slot, Slot::Off | Slot::Disp | Slot::PlusImm) {
                let mut without = operands;
                let field = if slot == Slot::PlusImm { &mut without.imm } else { &mut without.off };
                field.get_or_insert(0);
                if let Some(done) = self.walk(next, at, without) {
                    return Some(done);
                }
            }
        }
        self.failure.note(at, node);
        None
    }

    /// Reads an operand; the token after it.
    fn fill(&mut self, slot: Slot, at: usize, to: &mut Operands) -> Option<usize> {
        const I16: (i64, i64) = (i16::MIN as i64, i16::MAX as i64);
        const ANY32: (i64, i64) = (i32::MIN as i64, u32::MAX as i64);
        match slot {
            Slot::Rd => self.register(b'r', at, &mut to.dst),
            Slot::Rs => self.register(b'r', at, &mut to.src),
            Slot::Wd => self.register(b'w', at, &mut to.dst),
            Slot::Ws => self.register(b'w', at, &mut to.src),
            Slot::Off | Slot::Disp => {
                self.sign(at)?;
                // Older assemblers write `+-8`.
                let twice =
                    matches!(self.tokens.get(at..at + 2), Some([plus, minus]) if (plus.text, minus.text) == ("+", "-"));
                self.number(at + usize::from(twice), I16, &mut to.off)
            }
            Slot::PlusImm => {
                self.sign(at)?;
                self.number(at, ANY32, &mut to.imm)
            }
            Slot::OffNumber => self.number(at, I16, &mut to.off),
            Slot::To16 | Slot::Pc16 => {
                let after = self.distance(at, &mut to.off);
                after.or_else(|| self.name(at, false, &mut to.name))
            }
            Slot::To32 | Slot::Pc32 => {
                let after = self.distance(at, &mut to.imm);
                after.or_else(|| self.name(at, false, &mut to.name))
            }
            Slot::Imm | Slot::Number | Slot::Hex => self.number(at, ANY32, &mut to.imm),
            Slot::Imm64 | Slot::Hex64 => self.number(at, (i64::MIN, i64::MAX), &mut to.imm),
            Slot::Low | Slot::LowUnsigned => self.number(at, ANY32, &mut to.low),
            Slot::High | Slot::HighUnsigned => self.number(at, ANY32, &mut to.high),
            Slot::Rel => {
                self.sign(at)?;
                let mut value = None;
                let after = self.number(at, ANY32, &mut value)?;
                (to.low, to.imm) = (value, value);
                Some(after)
            }
            Slot::ToSpace => self.number(at, (0, 0xffff), &mut to.to),
            Slot::FromSpace => self.number(at, (0, 0xffff), &mut to.from),
            Slot::Code => self.number(at, (0, 0xff), &mut to.code),
            Slot::Helper => match self.helper(at) {
                Some(id) => set(&mut to.imm, id).then_some(at + 1),
                None => self.number(at, ANY32, &mut to.imm),
            },
            Slot::Known => {
                let known = self.helper(at).is_some() || self.tokens.get(at)?.text == "unknown";
                let hash = self.tokens.get(at + 1)?.text == "#";
                if known && hash { self.number(at + 2, ANY32, &mut to.imm) } else { None }
            }
            Slot::Symbol => self.name(at, true, &mut to.name),
            Slot::Note => (self.tokens.get(at)?.kind != Kind::Sign).then_some(at + 1),
        }
    }

    fn sign(&self, at: usize) -> Option<()> {
        matches!(self.tokens.get(at)?.text, "+" | "-").then_some(())
    }

    fn helper(&self, at: usize) -> Option<i64> {
        let token = self.tokens.get(at).filter(|token| token.kind == Kind::Word)?;
        Helper::from_name(token.text).map(|helper| helper.0.into())
    }

    fn register(&mut self, prefix: u8, at: usize, to: &mut Option<i64>) -> Option<usize> {
        let text = self.tokens.get(at)?.text;
        let number = match text.as_bytes() {
            b"fp" if self.grammar.dialect == Dialect::Gnu => 10,
            [first, digit @ b'0'..=b'9'] if *first == prefix => i64::from(digit - b'0'),
            [first, b'1', digit @ b'0'..=b'5'] if *first == prefix => i64::from(10 + digit - b'0'),
            _ => return None,
        };
        if !set(to, number) {
            self.failure.because(at, ErrorKind::Differs { found: text.into() });
            return None;
        }
        Some(at + 1)
    }

    /// A distance, after `pc` or not.
    fn distance(&mut self, at: usize, to: &mut Option<i64>) -> Option<usize> {
        let at = if self.tokens.get(at)?.text == "pc" && self.sign(at + 1).is_some() { at + 1 } else { at };
        // What does not fit is refused when the row is known.
        self.number(at, (i64::MIN, i64::MAX), to)
    }

    /// A number with a sign or without.
    fn number(&mut self, at: usize, range: (i64, i64), to: &mut Option<i64>) -> Option<usize> {
        let first = self.tokens.get(at)?;
        let (negative, digits) = match first.text {
            "-" => (true, at + 1),
            "+" => (false, at + 1),
            _ => (false, at),
        };
        let token = self.tokens.get(digits).filter(|token| token.kind == Kind::Number)?;
        let value = match value(token.text)? {
            Some(value) => {
                let wide = if negative { -i128::from(value) } else { i128::from(value) };
                let whole = range == (i64::MIN, i64::MAX) && !negative;
                // 64 bits may be written with a sign or without.
                if whole { Some(value as i64) } else { i64::try_from(wide).ok() }
            }
            None => None,
        };
        match value.filter(|value| (range.0..=range.1).contains(value)) {
            Some(value) => set(to, value).then_some(digits + 1),
            None => {
                let mut number = String::from(if negative { "-" } else { "" });
                number.extend(token.text.chars().take(40));
                self.failure.because(at, ErrorKind::Range { number, min: range.0, max: range.1 });
                None
            }
        }
    }

    /// A name; where it may, with a number of bytes after it.
    fn name(&mut self, at: usize, plus: bool, to: &mut Option<(usize, i64)>) -> Option<usize> {
        let token = self.tokens.get(at)?;
        if token.kind == Kind::Sign || (token.kind == Kind::Number && value(token.text).is_some()) {
            return None;
        }
        // A register that does not exist is a mistake, not a name.
        let digits = token.text.strip_prefix(['r', 'w']).filter(|digits| !digits.is_empty());
        if plus && digits.is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit())) {
            return None;
        }
        let (mut after, mut off) = (at + 1, Some(0));
        if plus && self.tokens.get(after).is_some_and(|token| token.text == "+") {
            off = None;
            after = self.number(after, (0, u32::MAX.into()), &mut off)?;
        }
        *to = Some((at, off?));
        Some(after)
    }
}

/// Sets an operand; whether it is not another one already.
fn set(to: &mut Option<i64>, value: i64) -> bool {
    *to.get_or_insert(value) == value
}

/// The value of a number as it is written: `None` if it is none, `Some(None)` if it needs more than 64 bits.
fn value(text: &str) -> Option<Option<u64>> {
    let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let (digits, radix) = hex.map_or((text, 10), |digits| (digits, 16));
    if digits.is_empty() || !digits.bytes().all(|b| char::from(b).is_digit(radix)) {
        return None;
    }
    Some(u64::from_str_radix(digits, radix).ok())
}
