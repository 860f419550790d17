//! Text to tokens, one statement at a time.

use alloc::vec::Vec;

use super::{Dialect, ErrorKind};

/// A token of a statement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Token<'s> {
    pub kind: Kind,
    pub text: &'s str,
    /// Bytes from the beginning of the source.
    pub at: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// A name, a mnemonic, a register.
    Word,
    /// What begins with a digit.
    Number,
    /// What is in quotes, with them.
    Quoted,
    /// A sign or an operator.
    Sign,
}

/// The tokens that a statement may have; the longest instruction has 23.
const MAX_TOKENS: usize = 64;

pub(super) struct Lexer<'s> {
    source: &'s str,
    at: usize,
    dialect: Dialect,
}

impl<'s> Lexer<'s> {
    pub fn new(dialect: Dialect, source: &'s str) -> Self {
        Self { source, at: 0, dialect }
    }

    fn rest(&self) -> &'s str {
        self.source.get(self.at..).unwrap_or_default()
    }

    /// Reads the tokens of the next statement; false at the end of the source. A statement that cannot be read is passed
    /// over to its end.
    pub fn statement(&mut self, out: &mut Vec<Token<'s>>) -> Result<bool, (usize, ErrorKind)> {
        out.clear();
        loop {
            let rest = self.rest();
            let Some(&first) = rest.as_bytes().first() else { return Ok(!out.is_empty()) };
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
                _ if self.is_comment(rest) => self.skip_line(),
                _ if rest.starts_with("/*") && self.dialect != Dialect::Kernel => match rest.find("*/") {
                    Some(end) => self.at += end + 2,
                    None => {
                        let at = self.at;
                        self.at = self.source.len();
                        return Err((at, ErrorKind::Unterminated { what: "comment" }));
                    }
                },
                _ => {
                    let token = self.token(rest);
                    let Some(token) = token else {
                        let at = self.at;
                        self.skip_line();
                        return Err((at, ErrorKind::Unterminated { what: "name in quotes" }));
                    };
                    if out.len() == MAX_TOKENS {
                        self.skip_line();
                        return Err((token.at, ErrorKind::TooLong));
                    }
                    self.at += token.text.len();
                    out.push(token);
                }
            }
        }
    }

    fn is_comment(&self, rest: &str) -> bool {
        match self.dialect {
            Dialect::Kernel => rest.starts_with(';'),
            _ => rest.starts_with('#') || rest.starts_with("//"),
        }
    }

    fn skip_line(&mut self) {
        self.at += self.rest().find('\n').unwrap_or(self.rest().len());
    }

    fn token(&self, rest: &'s str) -> Option<Token<'s>> {
        let (kind, len) = measure(rest)?;
        Some(Token { kind, text: rest.get(..len)?, at: self.at })
    }
}

/// The kind and the length of the first token of a text that is not empty; `None` if a quote is not closed.
fn measure(rest: &str) -> Option<(Kind, usize)> {
    let bytes = rest.as_bytes();
    let run = |from: usize, of: fn(u8) -> bool| bytes.iter().skip(from).take_while(|&&b| of(b)).count() + from;
    let first = *bytes.first()?;
    Some(match first {
        // `s>>=`, `s/=`, `s<`: the s belongs to the operator.
        b's' if matches!(bytes.get(1), Some(b'<' | b'>' | b'/' | b'%')) => (Kind::Sign, 1 + operator(bytes.get(1..)?)),
        b'"' => (Kind::Quoted, closing(rest)?),
        b'0'..=b'9' => (Kind::Number, run(1, is_word)),
        _ if is_word(first) => (Kind::Word, run(1, is_word)),
        _ if first.is_ascii() => (Kind::Sign, operator(bytes)),
        _ => (Kind::Word, rest.chars().next()?.len_utf8()),
    })
}

const fn is_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'$' | b'@')
}

/// The length of an operator: one sign, and what makes it longer.
fn operator(bytes: &[u8]) -> usize {
    match bytes {
        [b'<', b'<', b'=', ..] | [b'>', b'>', b'=', ..] => 3,
        [b'+' | b'-' | b'*' | b'/' | b'%' | b'|' | b'&' | b'^' | b'<' | b'>' | b'=' | b'!', b'=', ..] => 2,
        _ => 1,
    }
}

/// The length of what is in quotes, with them.
fn closing(rest: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, b) in rest.bytes().enumerate().skip(1) {
        match b {
            b'\n' => return None,
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    None
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
