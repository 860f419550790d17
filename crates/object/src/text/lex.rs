//! Text to tokens, for all that is not an instruction.

use alloc::vec::Vec;

use memchr::memchr;
use skep_isa::text::{escape, quoted, unescape};

use super::error::{Fault, Kind};

/// What a token is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Tok<'t> {
    /// A name.
    Name(&'t str),
    /// A number.
    Number(u64),
    /// A number of a label with its direction: `1b`, `1f`.
    Local(&'t str),
    /// What is in quotes, without them, its escapes as they stand.
    Text(&'t str),
    /// A sign or an operator.
    Sign(&'t str),
    /// The end.
    End,
}

/// A place in a text, and how far it may be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'t> {
    pub text: &'t str,
    /// Where the next token is looked for.
    pub at: usize,
    pub end: usize,
}

impl<'t> Cursor<'t> {
    pub fn new(text: &'t str, at: usize, end: usize) -> Self {
        Self { text, at: at.min(end), end: end.min(text.len()) }
    }

    pub fn rest(&self) -> &'t str {
        self.text.get(self.at..self.end).unwrap_or_default()
    }

    /// Goes over blanks and comments.
    pub fn skip(&mut self) {
        let bytes = self.text.as_bytes().get(..self.end).unwrap_or_default();
        loop {
            match bytes.get(self.at) {
                Some(b) if b.is_ascii_whitespace() => self.at += 1,
                Some(b'#') => self.skip_line(),
                Some(b'/') if bytes.get(self.at + 1) == Some(&b'/') => self.skip_line(),
                Some(b'/') if bytes.get(self.at + 1) == Some(&b'*') => {
                    let rest = self.rest();
                    self.at += rest.find("*/").map_or(rest.len(), |end| end + 2);
                }
                _ => return,
            }
        }
    }

    fn skip_line(&mut self) {
        let rest = self.rest();
        self.at += memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
    }

    /// The next token, and where it begins; it stays the next one.
    pub fn peek(&self) -> Result<Tok<'t>, Fault> {
        let mut ahead = *self;
        ahead.next()
    }

    /// Whether the next token is this sign or name.
    pub fn is(&self, word: &str) -> bool {
        let mut ahead = *self;
        ahead.eat(word)
    }

    /// Takes this sign or name, if it is the next token.
    pub fn eat(&mut self, word: &str) -> bool {
        self.skip();
        let rest = self.rest();
        let whole = match word.as_bytes() {
            [first, ..] if is_word(*first) => !rest.as_bytes().get(word.len()).is_some_and(|b| is_word(*b)),
            _ => sign(rest) == word.len(),
        };
        let found = rest.starts_with(word) && whole;
        if found {
            self.at += word.len();
        }
        found
    }

    /// Takes this sign or name.
    pub fn expect(&mut self, word: &'static str) -> Result<(), Fault> {
        if self.eat(word) { Ok(()) } else { Err(self.unexpected(word)) }
    }

    /// Takes a name; one in quotes as well.
    pub fn name(&mut self, what: &'static str) -> Result<&'t str, Fault> {
        let mut ahead = *self;
        match ahead.next()? {
            Tok::Name(name) => {
                *self = ahead;
                Ok(name)
            }
            Tok::Text(name) if !name.is_empty() => {
                *self = ahead;
                Ok(name)
            }
            _ => Err(self.unexpected(what)),
        }
    }

    /// Takes what is in quotes.
    pub fn string(&mut self) -> Result<Vec<u8>, Fault> {
        match self.peek()? {
            Tok::Text(text) => {
                self.skip();
                let at = self.at + 1;
                let _ = self.next();
                unescape(text).map_err(|(off, why)| Fault::new(at + off, Kind::Expression(why)))
            }
            _ => Err(self.unexpected("a text in quotes")),
        }
    }

    /// The error for the next token, which is not what is expected.
    pub fn unexpected(&self, expected: &'static str) -> Fault {
        let mut ahead = *self;
        ahead.skip();
        let at = ahead.at;
        let found = match ahead.next() {
            Ok(Tok::End) => "",
            _ => self.text.get(at..ahead.at).unwrap_or_default(),
        };
        Fault::new(at, Kind::Unexpected { found: found.chars().take(60).collect(), expected: expected.into() })
    }

    /// Whether nothing is left.
    pub fn is_done(&self) -> bool {
        let mut ahead = *self;
        ahead.skip();
        ahead.at >= ahead.end
    }

    /// Checks that nothing is left.
    pub fn done(&self) -> Result<(), Fault> {
        if self.is_done() { Ok(()) } else { Err(self.unexpected("the end of the line")) }
    }

    /// Takes the next token.
    #[allow(clippy::should_implement_trait, reason = "it can fail, and does not end")]
    pub fn next(&mut self) -> Result<Tok<'t>, Fault> {
        self.skip();
        let (at, rest) = (self.at, self.rest());
        let Some(first) = rest.bytes().next() else { return Ok(Tok::End) };
        let (token, len) = match first {
            b'"' => {
                let len = quoted(rest).ok_or(Fault::new(at, Kind::Unterminated("a text in quotes")))?;
                (Tok::Text(&rest[1..len - 1]), len)
            }
            b'\'' => character(rest).ok_or(Fault::new(at, Kind::Unterminated("a character in quotes")))?,
            b'0'..=b'9' => number(rest).map_err(|kind| Fault::new(at, kind))?,
            _ if is_word(first) => {
                let len = rest.bytes().take_while(|&b| is_word(b)).count();
                (Tok::Name(&rest[..len]), len)
            }
            _ => {
                let len = sign(rest);
                (Tok::Sign(&rest[..len]), len)
            }
        };
        self.at += len;
        Ok(token)
    }
}

/// The length of the sign that a text begins with.
fn sign(rest: &str) -> usize {
    match rest.as_bytes() {
        [b'.', b'.', b'.', ..] => 3,
        [b'<', b'<' | b'=', ..] | [b'>', b'>' | b'=', ..] | [b'=' | b'!', b'=', ..] => 2,
        [b'&', b'&', ..] | [b'|', b'|', ..] | [b'-', b'>', ..] | [b':', b':', ..] => 2,
        _ => rest.chars().next().map_or(1, char::len_utf8),
    }
}

pub(super) const fn is_word(b: u8) -> bool {
    IS_WORD[b as usize]
}

/// The bytes that words are made of.
static IS_WORD: [bool; 256] = {
    let (mut is_word, mut b) = ([false; 256], 0);
    while b < 256 {
        is_word[b] = (b as u8).is_ascii_alphanumeric() || matches!(b as u8, b'_' | b'.' | b'$' | b'@') || b >= 0x80;
        b += 1;
    }
    is_word
};

/// `'c'`, and GNU's `'c` without an end.
fn character(rest: &str) -> Option<(Tok<'_>, usize)> {
    let inner = rest.get(1..)?;
    let (value, len) = if inner.starts_with('\\') { escape(inner)? } else { (*inner.as_bytes().first()?, 1) };
    if inner.as_bytes().get(len) != Some(&b'\'') {
        return None;
    }
    Some((Tok::Number(value.into()), len + 2))
}

fn number(rest: &str) -> Result<(Tok<'_>, usize), Kind> {
    let len = rest.bytes().take_while(|&b| is_word(b) && b != b'.').count();
    let word = &rest[..len];
    let bad = || Kind::Number(word.chars().take(40).collect());
    if let Some(digits) = word.strip_suffix(['b', 'f'])
        && !digits.is_empty()
        && digits.bytes().all(|b| b.is_ascii_digit())
    {
        return Ok((Tok::Local(word), len));
    }
    let lower = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X"));
    let (digits, radix) = if let Some(hex) = lower {
        (hex, 16)
    } else if let Some(binary) = word.strip_prefix("0b").or_else(|| word.strip_prefix("0B")) {
        (binary, 2)
    } else if let Some(octal) = word.strip_prefix("0o") {
        (octal, 8)
    } else if word.len() > 1 && word.starts_with('0') && word.as_bytes()[1].is_ascii_digit() {
        (&word[1..], 8)
    } else {
        (word, 10)
    };
    let digits = digits.trim_end_matches(['u', 'U', 'l', 'L']);
    if digits.is_empty() || digits.starts_with('+') {
        return Err(bad());
    }
    u64::from_str_radix(digits, radix).map(|value| (Tok::Number(value), len)).map_err(|_| bad())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<Tok<'_>> {
        let mut cursor = Cursor::new(text, 0, text.len());
        core::iter::from_fn(|| cursor.next().ok().filter(|token| *token != Tok::End)).collect()
    }

    #[test]
    fn tokens() {
        let expected = [Tok::Name("a.b"), Tok::Sign("<<"), Tok::Number(31), Tok::Local("1f"), Tok::Sign("(")];
        assert_eq!(all("a.b /* x */ << 0x1fUL 1f ( # rest"), expected);
        assert_eq!(all("'a' '\\n' 017 0b11"), [97, 10, 15, 3].map(Tok::Number));
        assert_eq!(all("\"x\\\"y\" z"), [Tok::Text("x\\\"y"), Tok::Name("z")]);
    }
}
