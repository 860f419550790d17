//! Text to tokens, one statement at a time.

use alloc::vec::Vec;

use super::{Dialect, ErrorKind, quote::quoted};

/// A token of a statement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Token<'s> {
    /// Its text, as it stands in the source.
    pub text: &'s str,
    /// Bytes from the beginning of the source.
    pub at: usize,
    /// What it is.
    pub kind: TokenKind,
    key: Key,
}

/// The first eight bytes of a token, so that most comparisons are one of numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Key(u64);

/// The sort of a [`Token`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TokenKind {
    /// A name, a mnemonic, a register.
    Word,
    /// What begins with a digit.
    Number,
    /// What is in quotes, with them.
    Quoted,
    /// A sign or an operator, such as `+` or `s>>=`.
    Sign,
}

impl Key {
    pub fn of(text: &str) -> Self {
        let bytes = text.bytes().take(8).enumerate();
        Self(bytes.fold(0, |key, (at, b)| key | u64::from(b) << (at * 8)))
    }

    /// A hash whose low bits differ for most keys that do.
    pub const fn hash(self) -> usize {
        (self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as usize
    }

    /// The key of the first `len` of some bytes.
    #[inline]
    fn first(bytes: &[u8], len: usize) -> Self {
        match bytes.first_chunk() {
            Some(&whole) if len < 8 => Self(u64::from_le_bytes(whole) & ((1 << (len * 8)) - 1)),
            Some(&whole) => Self(u64::from_le_bytes(whole)),
            None => {
                let bytes = bytes.iter().take(len).enumerate();
                Self(bytes.fold(0, |key, (at, b)| key | u64::from(*b) << (at * 8)))
            }
        }
    }
}

impl<'s> Token<'s> {
    /// A token made elsewhere; `at` is where it stands in its source.
    pub fn new(text: &'s str, kind: TokenKind, at: usize) -> Self {
        Self { text, at, kind, key: Key::of(text) }
    }

    pub(super) const fn key(&self) -> Key {
        self.key
    }
}

/// The tokens that a statement may have; the longest instruction has 23.
const MAX_TOKENS: usize = 64;

/// Cuts a source into statements, and these into [`Token`]s.
#[derive(Clone, Debug)]
pub struct Lexer<'s> {
    source: &'s str,
    at: usize,
    dialect: Dialect,
}

impl<'s> Lexer<'s> {
    /// The dialect decides what begins a comment and what separates statements.
    pub const fn new(dialect: Dialect, source: &'s str) -> Self {
        Self { source, at: 0, dialect }
    }

    fn rest(&self) -> &'s str {
        self.source.get(self.at..).unwrap_or_default()
    }

    /// Reads the tokens of the next statement; false at the end of the source. A statement that cannot be read is passed
    /// over to its end.
    ///
    /// # Errors
    /// Something that is not closed, or more tokens than any instruction has; with its place.
    pub fn statement(&mut self, out: &mut Vec<Token<'s>>) -> Result<bool, (usize, ErrorKind)> {
        out.clear();
        let bytes = self.source.as_bytes();
        while let Some(&first) = bytes.get(self.at) {
            match first {
                b'\n' => {
                    self.at += 1;
                    return Ok(true);
                }
                b' ' | b'\t' | b'\r' => self.at += 1,
                b';' if self.dialect != Dialect::Kernel => {
                    self.at += 1;
                    return Ok(true);
                }
                b'/' | b'#' | b';' if self.is_comment() => self.skip_line(),
                b'/' if self.rest().starts_with("/*") && self.dialect != Dialect::Kernel => {
                    let at = self.at;
                    let end = self.rest().find("*/");
                    self.at = end.map_or(self.source.len(), |end| at + end + 2);
                    if end.is_none() {
                        return Err((at, ErrorKind::Unterminated { what: "comment" }));
                    }
                }
                _ => self.push(out)?,
            }
        }
        Ok(!out.is_empty())
    }

    fn push(&mut self, out: &mut Vec<Token<'s>>) -> Result<(), (usize, ErrorKind)> {
        let at = self.at;
        let Some(token) = self.token() else {
            self.skip_line();
            return Err((at, ErrorKind::Unterminated { what: "name in quotes" }));
        };
        if out.len() == MAX_TOKENS {
            self.skip_line();
            return Err((at, ErrorKind::TooLong));
        }
        self.at += token.text.len();
        out.push(token);
        Ok(())
    }

    fn is_comment(&self) -> bool {
        let rest = self.rest();
        match self.dialect {
            Dialect::Kernel => rest.starts_with(';'),
            _ => rest.starts_with('#') || rest.starts_with("//"),
        }
    }

    fn skip_line(&mut self) {
        self.at += self.rest().find('\n').unwrap_or(self.rest().len());
    }

    fn token(&self) -> Option<Token<'s>> {
        let rest = self.rest();
        let (kind, len) = measure(rest)?;
        Some(Token { text: rest.get(..len)?, at: self.at, kind, key: Key::first(rest.as_bytes(), len) })
    }
}

/// The kind and the length of the first token of a text that is not empty; `None` if a quote is not closed.
#[inline]
fn measure(rest: &str) -> Option<(TokenKind, usize)> {
    let bytes = rest.as_bytes();
    let run = || bytes.iter().position(|&b| !IS_WORD[usize::from(b)]).unwrap_or(bytes.len());
    let first = *bytes.first()?;
    Some(match first {
        // `s>>=`, `s/=`, `s<`: the s belongs to the operator.
        b's' if matches!(bytes.get(1), Some(b'<' | b'>' | b'/' | b'%')) => {
            (TokenKind::Sign, 1 + operator(bytes.get(1..)?))
        }
        b'"' => (TokenKind::Quoted, quoted(rest)?),
        b'0'..=b'9' => (TokenKind::Number, run()),
        _ if IS_WORD[usize::from(first)] => (TokenKind::Word, run()),
        _ if first.is_ascii() => (TokenKind::Sign, operator(bytes)),
        _ => (TokenKind::Word, rest.chars().next()?.len_utf8()),
    })
}

/// Which bytes words are made of.
const IS_WORD: [bool; 256] = {
    let (mut is_word, mut b) = ([false; 256], 0);
    while b < 256 {
        is_word[b] = (b as u8).is_ascii_alphanumeric() || matches!(b as u8, b'_' | b'.' | b'$' | b'@');
        b += 1;
    }
    is_word
};

/// The length of an operator: one sign, and what makes it longer.
fn operator(bytes: &[u8]) -> usize {
    match bytes {
        [b'<', b'<', b'=', ..] | [b'>', b'>', b'=', ..] => 3,
        [b'+' | b'-' | b'*' | b'/' | b'%' | b'|' | b'&' | b'^' | b'<' | b'>' | b'=' | b'!', b'=', ..] => 2,
        _ => 1,
    }
}

/// The tokens of a piece of the syntax of an instruction.
pub(super) fn words(text: &'static str) -> impl Iterator<Item = &'static str> {
    let mut rest = text;
    core::iter::from_fn(move || {
        rest = rest.trim_start();
        let (_, len) = measure(rest)?;
        let (word, after) = rest.split_at_checked(len)?;
        rest = after;
        Some(word)
    })
}
