//! Operands that no dialect knows: references, CO-RE, expressions.

use alloc::{borrow::ToOwned, string::ToString};

use skep_btf::nearest;
use skep_isa::text::{Operands, Token, TokenKind};
use skep_uapi::Helper;

use super::{
    assembler::{Assembler, CoreAt},
    error::{Fault, Kind},
    expr::{self, Value},
    late::Claim,
    lex::{Cursor, Tok},
    lookup::Lookup,
    symbols::SymId,
};

/// What an operand refers to.
#[derive(Clone, Debug)]
pub(super) enum Operand {
    /// A symbol.
    Symbol { name: &'static str, symbol: SymId, addend: i64, claim: Claim },
    /// A helper.
    Helper(u32),
    /// A number that depends on the kernel.
    Core(CoreAt),
}

/// What was found while the operands of a statement were read.
#[derive(Clone, Debug, Default)]
pub(super) struct Noted {
    pub operand: Option<Operand>,
    /// Where it stands in the statement.
    pub at: usize,
    /// Whether a label was asked for that comes later.
    pub late: bool,
    /// Whether anything was read that is no plain number.
    pub asked: bool,
}

/// The operands there are, and what they need.
pub(super) const NAMES: [(&str, Claim); 8] = [
    ("map", Claim::Map),
    ("value", Claim::Value),
    ("func", Claim::Func),
    ("ksym", Claim::Ksym),
    ("kfunc", Claim::Kfunc),
    ("kconfig", Claim::Kconfig),
    ("sym", Claim::Any),
    ("helper", Claim::Any),
];

/// Reads operands for the syntax of a dialect.
pub(super) struct Reader<'r, 'o, 't> {
    pub assembler: &'r mut Assembler<'o>,
    pub text: &'t str,
    /// Where the statement begins in the text.
    pub base: usize,
    pub end: usize,
    pub noted: &'r mut Noted,
    /// The error that went furthest.
    pub fault: Option<Fault>,
}

impl Operands for Reader<'_, '_, '_> {
    fn number(&mut self, tokens: &[Token<'_>]) -> Option<(i64, usize)> {
        let first = tokens.first()?;
        if !self.is_mine(tokens) {
            return None;
        }
        self.noted.asked = true;
        let mut cursor = Cursor::new(self.text, self.base + first.at, self.end);
        let read = match first.text {
            "%" => self.named(&mut cursor, first.at),
            _ => self.expression(&mut cursor, first.at),
        };
        match read {
            Ok(value) => {
                let end = cursor.at - self.base;
                Some((value, tokens.iter().take_while(|token| token.at < end).count()))
            }
            Err(fault) => {
                if self.fault.as_ref().is_none_or(|known| known.at <= fault.at) {
                    self.fault = Some(fault);
                }
                None
            }
        }
    }
}

impl Reader<'_, '_, '_> {
    /// Whether tokens begin something that is for this reader.
    fn is_mine(&self, tokens: &[Token<'_>]) -> bool {
        let [first, rest @ ..] = tokens else { return false };
        let second = rest.first().map_or("", |token| token.text);
        match (first.kind, first.text) {
            (TokenKind::Sign, "%") => rest.get(1).is_some_and(|token| token.text == "("),
            (TokenKind::Sign, "(" | "-" | "+" | "~" | "!" | "'") => true,
            (TokenKind::Number, text) => {
                // Plain numbers are read without asking; a distance to a numbered label is none.
                !text.ends_with(['b', 'f']) || text.starts_with("0x") || matches!(second, "-")
            }
            (TokenKind::Word, "sizeof" | "offsetof" | "_Alignof" | "alignof") => second == "(",
            (TokenKind::Word, text) => self.assembler.constant(text).is_some() || second == "-",
            _ => false,
        }
    }

    fn expression(&mut self, cursor: &mut Cursor<'_>, at: usize) -> Result<i64, Fault> {
        // `+ FIRST - SLOT` is an offset with its sign, `+%core(…)` one as well.
        let mut ahead = *cursor;
        let sign = ahead.next()?;
        if matches!(sign, Tok::Sign("+" | "-")) && ahead.is("%") {
            *cursor = ahead;
            let value = self.named(cursor, at)?;
            return Ok(if sign == Tok::Sign("-") { value.wrapping_neg() } else { value });
        }
        let start = cursor.at;
        let mut lookup = Lookup::of_operand(self.assembler);
        let value = expr::operand(cursor, &mut lookup)?;
        let late = lookup.late;
        self.noted.late |= late;
        match value {
            Value { number, symbol: None, minus: None } => Ok(number),
            Value { number, symbol: Some(symbol), minus: None } => {
                self.noted.at = at;
                self.noted.operand = Some(Operand::Symbol { name: "sym", symbol, addend: number, claim: Claim::Any });
                Ok(0)
            }
            _ => Err(Fault::new(start, Kind::Expression("the value is not known here"))),
        }
    }

    /// `%name(…)`.
    fn named(&mut self, cursor: &mut Cursor<'_>, at: usize) -> Result<i64, Fault> {
        cursor.expect("%")?;
        cursor.skip();
        let place = cursor.at;
        let name = cursor.name("the name of an operand")?;
        if name == "core" {
            let (core, value) = self.assembler.core_operand(cursor)?;
            (self.noted.operand, self.noted.at) = (Some(Operand::Core(core)), at);
            return Ok(value);
        }
        let Some(&(name, claim)) = NAMES.iter().find(|(known, _)| *known == name) else {
            let near = nearest(name, NAMES.iter().map(|(name, _)| *name).chain(["core"]));
            let near = NAMES.iter().map(|(name, _)| *name).chain(["core"]).find(|name| Some(*name) == near);
            return Err(Fault::new(place, Kind::UnknownOperand { name: name.to_owned(), near }));
        };
        cursor.expect("(")?;
        if name == "helper" {
            cursor.skip();
            let place = cursor.at;
            let helper = cursor.name("the name of a helper")?;
            let Some(id) = Helper::from_name(helper) else {
                let near = nearest(helper, Helper::ROWS.iter().map(|row| row.name)).map(ToString::to_string);
                return Err(Fault::new(place, Kind::Symbol { name: helper.to_owned(), near }));
            };
            cursor.expect(")")?;
            (self.noted.operand, self.noted.at) = (Some(Operand::Helper(id.0)), at);
            return Ok(id.0.into());
        }
        cursor.skip();
        let place = cursor.at;
        let value = expr::expression(cursor, &mut Lookup::of_reference(self.assembler))?;
        cursor.expect(")")?;
        let Value { number, symbol: Some(symbol), minus: None } = value else {
            return Err(Fault::new(place, Kind::Expression("a symbol is needed here, and bytes from its beginning")));
        };
        if number != 0 && !matches!(claim, Claim::Value | Claim::Func | Claim::Any) {
            return Err(Fault::new(place, Kind::Expression("this operand has no offset")));
        }
        if i32::try_from(number).is_err() && u32::try_from(number).is_err() {
            return Err(Fault::new(place, Kind::Range { value: number, bits: 32 }));
        }
        self.noted.at = at;
        self.noted.operand = Some(Operand::Symbol { name, symbol, addend: number, claim });
        Ok(0)
    }
}
