//! Texts in quotes, and what backslashes mean in them.

use alloc::{borrow::Cow, string::String, vec::Vec};
use core::fmt::{self, Write};

/// The length in bytes of a text in double quotes that `rest` begins with, with both of them; none if it does not end in its
/// line. A backslash takes the next byte along.
pub fn quoted(rest: &str) -> Option<usize> {
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

/// The byte of an escape that begins with a backslash, and how many bytes it takes; none for what is no escape.
pub fn escape(text: &str) -> Option<(u8, usize)> {
    let bytes = text.as_bytes();
    Some(match *bytes.get(1)? {
        b'n' => (b'\n', 2),
        b't' => (b'\t', 2),
        b'r' => (b'\r', 2),
        b'b' => (8, 2),
        b'f' => (12, 2),
        b'v' => (11, 2),
        b'a' => (7, 2),
        b'e' => (27, 2),
        b'x' => {
            let digits = bytes[2..].iter().take(2).take_while(|b| b.is_ascii_hexdigit()).count();
            (u8::from_str_radix(text.get(2..2 + digits)?, 16).ok()?, 2 + digits)
        }
        b'0'..=b'7' => {
            let digits = bytes[1..].iter().take(3).take_while(|b| matches!(b, b'0'..=b'7')).count();
            let value = u32::from_str_radix(text.get(1..1 + digits)?, 8).ok()?;
            (value as u8, 1 + digits)
        }
        other if other.is_ascii() => (other, 2),
        _ => return None,
    })
}

/// The bytes of what stood in quotes.
///
/// # Errors
/// The offset of an escape that is none, and what there is instead.
pub fn unescape(text: &str) -> Result<Vec<u8>, (usize, &'static str)> {
    let (mut out, mut at) = (Vec::with_capacity(text.len()), 0);
    while let Some(&b) = text.as_bytes().get(at) {
        if b != b'\\' {
            out.push(b);
            at += 1;
            continue;
        }
        let found = text.get(at..).and_then(escape);
        let (byte, len) = found.ok_or((at, "an escape that is none: use \\n \\t \\r \\0 \\\\ \\\" \\xHH \\NNN"))?;
        out.push(byte);
        at += len;
    }
    Ok(out)
}

/// A name without its quotes, its escapes resolved; as it stands if it is in none, or an escape is wrong.
pub fn unquoted(text: &str) -> Cow<'_, str> {
    let Some(inner) = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) else { return text.into() };
    match unescape(inner) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned().into(),
        Err(_) => inner.into(),
    }
}

/// A text in quotes, as [`unescape`] reads it.
pub struct Quoted<'a>(pub &'a [u8]);

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
    fn what_is_written_is_read_again() {
        for bytes in [&b"a\x00\x011\xff\xc3\xa9"[..], b"\"\\\n\t\r", b"", b"\\004"] {
            let text = Quoted(bytes).to_string();
            assert_eq!(quoted(&text), Some(text.len()));
            assert_eq!(unescape(&text[1..text.len() - 1]).unwrap(), bytes, "{text}");
        }
        assert_eq!(Quoted(b"a\x00\x011\xff\xc3\xa9").to_string(), "\"a\\000\\0011\\377\u{e9}\"");
        assert_eq!(unquoted("\"a\\0011\""), "a\u{1}1");
    }

    #[test]
    fn escapes() {
        assert_eq!(unescape("a\\n\\x41\\101\\0").unwrap(), b"a\nAA\0");
        assert!(unescape("\\").is_err());
    }
}
