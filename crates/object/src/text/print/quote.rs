//! Names and texts as an assembler reads them.

use core::fmt::{self, Write};

/// A name; in quotes if it would not be read as one word.
pub(super) struct Name<'a>(pub &'a str);

/// A text in quotes.
pub(super) struct Quoted<'a>(pub &'a [u8]);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if is_word(self.0) { f.write_str(self.0) } else { Quoted(self.0.as_bytes()).fmt(f) }
    }
}

fn is_word(name: &str) -> bool {
    let first = name.bytes().next();
    first.is_some_and(|b| !b.is_ascii_digit())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'$'))
        && name != "."
}

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for chunk in self.0.utf8_chunks() {
            let (mut rest, special) = (chunk.valid(), |c: char| c.is_control() || matches!(c, '"' | '\\'));
            while let Some(at) = rest.find(special) {
                let (plain, tail) = rest.split_at(at);
                f.write_str(plain)?;
                let mut chars = tail.chars();
                match chars.next() {
                    Some('\n') => f.write_str("\\n")?,
                    Some('\t') => f.write_str("\\t")?,
                    Some('\r') => f.write_str("\\r")?,
                    Some(c @ ('"' | '\\')) => write!(f, "\\{c}")?,
                    Some(c) => {
                        let mut bytes = [0; 4];
                        c.encode_utf8(&mut bytes).bytes().try_for_each(|b| octal(f, b))?;
                    }
                    None => {}
                }
                rest = chars.as_str();
            }
            f.write_str(rest)?;
            chunk.invalid().iter().try_for_each(|&b| octal(f, b))?;
        }
        f.write_char('"')
    }
}

/// Three digits, so that what follows is no part of it.
fn octal(f: &mut fmt::Formatter<'_>, byte: u8) -> fmt::Result {
    write!(f, "\\{byte:03o}")
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn what_is_no_word_is_quoted() {
        for (name, text) in [
            ("f", "f"),
            (".Lx$1", ".Lx$1"),
            ("tp/sched", "\"tp/sched\""),
            ("1f", "\"1f\""),
            ("", "\"\""),
            ("a\"b\\\n", "\"a\\\"b\\\\\\n\""),
        ] {
            assert_eq!(Name(name).to_string(), text);
        }
        assert_eq!(Quoted(b"a\x00\x011\xff\xc3\xa9").to_string(), "\"a\\000\\0011\\377\u{e9}\"");
    }
}
