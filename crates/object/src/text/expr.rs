//! Expressions: all operators of C, on 64 bits.

use alloc::{borrow::ToOwned, string::String};

use skep_isa::text::unescape;

use super::{
    error::{Fault, Kind},
    lex::{Cursor, Tok},
    symbols::SymId,
};

/// How deep parentheses and operators go.
const MAX_DEPTH: u32 = 64;

/// The value of an expression: a number, or one that is counted from a symbol.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Value {
    pub number: i64,
    /// What is added.
    pub symbol: Option<SymId>,
    /// What is subtracted and is not known yet.
    pub minus: Option<SymId>,
}

impl Value {
    pub const fn of(number: i64) -> Self {
        Self { number, symbol: None, minus: None }
    }

    pub const fn is_number(self) -> bool {
        self.symbol.is_none() && self.minus.is_none()
    }

    /// The number.
    pub fn number(self) -> Result<i64, Kind> {
        if self.is_number() { Ok(self.number) } else { Err(Kind::Expression("the value is not known here")) }
    }
}

/// What names in an expression are.
pub(super) trait Scope {
    /// The value of a name, or of the number of a label with its direction.
    fn value(&mut self, name: &str) -> Result<Value, Kind>;

    /// The value of an operand that looks like a call: `sizeof(…)`; the cursor stands behind the name. None if it is not
    /// known.
    fn call(&mut self, name: &str, cursor: &mut Cursor<'_>) -> Option<Result<Value, Fault>>;

    /// The distance of two symbols of one section, if it is known.
    fn distance(&self, from: SymId, to: SymId) -> Option<i64>;
}

/// How strongly an operator binds its two sides.
fn strength(sign: &str) -> Option<u32> {
    Some(match sign {
        "||" => 1,
        "&&" => 2,
        "|" => 3,
        "^" => 4,
        "&" => 5,
        "==" | "!=" => 6,
        "<" | ">" | "<=" | ">=" => 7,
        "<<" | ">>" => 8,
        "+" | "-" => 9,
        "*" | "/" | "%" => 10,
        _ => return None,
    })
}

/// Whether an operator decides something: outside of parentheses, in an instruction, that is for the instruction to do.
const fn decides(strength: u32) -> bool {
    matches!(strength, 1 | 2 | 6 | 7)
}

/// Reads an expression as far as it goes.
pub(super) fn expression(cursor: &mut Cursor<'_>, scope: &mut dyn Scope) -> Result<Value, Fault> {
    Reader { cursor, scope, depth: 0, tight: false }.choice()
}

/// The same in an instruction, where comparisons belong to it unless they stand in parentheses.
pub(super) fn operand(cursor: &mut Cursor<'_>, scope: &mut dyn Scope) -> Result<Value, Fault> {
    Reader { cursor, scope, depth: 0, tight: true }.choice()
}

struct Reader<'c, 't, 's> {
    cursor: &'c mut Cursor<'t>,
    scope: &'s mut dyn Scope,
    depth: u32,
    /// Whether comparisons are not for this reader.
    tight: bool,
}

impl Reader<'_, '_, '_> {
    fn choice(&mut self) -> Result<Value, Fault> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Fault::new(self.cursor.at, Kind::Limit("an expression that goes deeper than 64")));
        }
        let condition = self.binary(0)?;
        if self.tight || !self.cursor.eat("?") {
            self.depth -= 1;
            return Ok(condition);
        }
        let at = self.cursor.at;
        let yes = self.choice()?;
        self.cursor.expect(":")?;
        let no = self.choice()?;
        self.depth -= 1;
        let holds = condition.number().map_err(|kind| Fault::new(at, kind))? != 0;
        Ok(if holds { yes } else { no })
    }

    /// Operators that bind at least so strongly.
    fn binary(&mut self, least: u32) -> Result<Value, Fault> {
        let mut left = self.unary()?;
        loop {
            let mut ahead = *self.cursor;
            let Ok(Tok::Sign(operator)) = ahead.next() else { return Ok(left) };
            let Some(strength) = strength(operator).filter(|found| *found >= least) else { return Ok(left) };
            // `+=` and its like belong to an instruction.
            let changes = ahead.rest().starts_with('=') && !decides(strength);
            if changes || (self.tight && decides(strength)) {
                return Ok(left);
            }
            let at = self.cursor.at;
            *self.cursor = ahead;
            let right = self.binary(strength + 1)?;
            left = self.apply(operator, left, right).map_err(|kind| Fault::new(at, kind))?;
        }
    }

    fn unary(&mut self) -> Result<Value, Fault> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Fault::new(self.cursor.at, Kind::Limit("an expression that goes deeper than 64")));
        }
        let at = self.cursor.at;
        let sign = match self.cursor.peek()? {
            Tok::Sign(sign @ ("-" | "+" | "~" | "!")) => sign,
            _ => {
                let value = self.primary()?;
                self.depth -= 1;
                return Ok(value);
            }
        };
        let _ = self.cursor.next();
        let value = self.unary()?;
        self.depth -= 1;
        let number = value.number().map_err(|kind| Fault::new(at, kind))?;
        Ok(Value::of(match sign {
            "-" => number.wrapping_neg(),
            "~" => !number,
            "!" => (number == 0).into(),
            _ => number,
        }))
    }

    fn primary(&mut self) -> Result<Value, Fault> {
        self.cursor.skip();
        let at = self.cursor.at;
        match self.cursor.next()? {
            Tok::Number(value) => Ok(Value::of(value as i64)),
            Tok::Sign("(") => {
                let tight = core::mem::replace(&mut self.tight, false);
                let value = self.choice()?;
                self.tight = tight;
                self.cursor.expect(")")?;
                Ok(value)
            }
            Tok::Name(name) => {
                if self.cursor.is("(")
                    && let Some(value) = self.scope.call(name, self.cursor)
                {
                    return value;
                }
                self.scope.value(name).map_err(|kind| Fault::new(at, kind))
            }
            Tok::Local(name) => self.scope.value(name).map_err(|kind| Fault::new(at, kind)),
            Tok::Text(text) => {
                let name = unescape(text).map_err(|(off, why)| Fault::new(at + 1 + off, Kind::Expression(why)))?;
                self.scope.value(&String::from_utf8_lossy(&name)).map_err(|kind| Fault::new(at, kind))
            }
            Tok::Sign(_) | Tok::End => {
                self.cursor.at = at;
                Err(self.cursor.unexpected("a number or a name"))
            }
        }
    }

    fn apply(&self, operator: &str, left: Value, right: Value) -> Result<Value, Kind> {
        match operator {
            "+" if right.is_number() => {
                return Ok(Value { number: left.number.wrapping_add(right.number), ..left });
            }
            "+" if left.is_number() => {
                return Ok(Value { number: left.number.wrapping_add(right.number), ..right });
            }
            "-" if right.is_number() => {
                return Ok(Value { number: left.number.wrapping_sub(right.number), ..left });
            }
            "-" => {
                let number = left.number.wrapping_sub(right.number);
                return match (left.symbol, left.minus, right.symbol, right.minus) {
                    (Some(to), None, Some(from), None) if from == to => Ok(Value::of(number)),
                    (Some(to), None, Some(from), None) => Ok(match self.scope.distance(from, to) {
                        Some(distance) => Value::of(number.wrapping_add(distance)),
                        None => Value { number, symbol: Some(to), minus: Some(from) },
                    }),
                    (None, None, Some(from), None) => Ok(Value { number, symbol: None, minus: Some(from) }),
                    _ => Err(Kind::Expression("only the difference of two labels is a number")),
                };
            }
            "+" => return Err(Kind::Expression("two addresses cannot be added")),
            _ => {}
        }
        let (left, right) = (left.number()?, right.number()?);
        let flag = |holds: bool| Ok(i64::from(holds));
        let result = match operator {
            "*" => Ok(left.wrapping_mul(right)),
            "/" | "%" if right == 0 => Err(Kind::Expression("a division by zero")),
            "/" => Ok(left.wrapping_div(right)),
            "%" => Ok(left.wrapping_rem(right)),
            "<<" | ">>" if !(0..64).contains(&right) => Err(Kind::Expression("a shift by less than 0 or more than 63")),
            "<<" => Ok(left.wrapping_shl(right as u32)),
            ">>" => Ok(left.wrapping_shr(right as u32)),
            "&" => Ok(left & right),
            "|" => Ok(left | right),
            "^" => Ok(left ^ right),
            "==" => flag(left == right),
            "!=" => flag(left != right),
            "<" => flag(left < right),
            ">" => flag(left > right),
            "<=" => flag(left <= right),
            ">=" => flag(left >= right),
            "&&" => flag(left != 0 && right != 0),
            "||" => flag(left != 0 || right != 0),
            other => return Err(Kind::Unexpected { found: other.to_owned(), expected: "an operator".into() }),
        };
        result.map(Value::of)
    }
}
