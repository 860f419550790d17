//! The parts of a value's text.

use alloc::vec::Vec;
use core::str::Chars;

/// A position in a text.
pub(super) struct Scan<'t> {
    rest: &'t str,
}

impl<'t> Scan<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { rest: text.trim() }
    }

    pub(super) fn is_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    /// Takes a character and the space after it, if it stands here.
    pub(super) fn eat(&mut self, c: char) -> bool {
        let Some(rest) = self.rest.strip_prefix(c) else { return false };
        self.rest = rest.trim_start();
        true
    }

    /// Takes all that is left.
    pub(super) fn all(&mut self) -> &'t str {
        core::mem::take(&mut self.rest)
    }

    /// Takes what stands before the next space, comma or bracket, or between quotes, as JSON writes what is no number.
    pub(super) fn word(&mut self) -> &'t str {
        self.between_quotes().unwrap_or_else(|| self.bare_word())
    }

    /// Takes `null`, if it stands here.
    pub(super) fn null(&mut self) -> bool {
        let Some(rest) = self.rest.strip_prefix("null") else { return false };
        let ends = !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        if ends {
            self.rest = rest.trim_start();
        }
        ends
    }

    /// Takes a symbol, `<tcp_connect+0x10>`, if one stands here.
    pub(super) fn symbol(&mut self) {
        if let Some((_, rest)) = self.rest.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
            self.rest = rest.trim_start();
        }
    }

    /// Takes text between quotes without escapes.
    fn between_quotes(&mut self) -> Option<&'t str> {
        let (word, rest) = self.rest.strip_prefix('"')?.split_once('"')?;
        if word.contains('\\') {
            return None;
        }
        self.rest = rest.trim_start();
        Some(word)
    }

    fn bare_word(&mut self) -> &'t str {
        self.until(|c: char| c.is_whitespace() || matches!(c, ',' | ']' | '}'))
    }

    /// Takes the name of a member, with a dot before it or not, or in quotes.
    pub(super) fn name(&mut self) -> &'t str {
        self.eat('.');
        if let Some(name) = self.between_quotes() {
            return name;
        }
        self.until(|c: char| !(c.is_alphanumeric() || c == '_'))
    }

    fn until(&mut self, stop: impl Fn(char) -> bool) -> &'t str {
        let (word, rest) = self.rest.split_at(self.rest.find(stop).unwrap_or(self.rest.len()));
        self.rest = rest.trim_start();
        word
    }

    /// Takes a character of one byte in single quotes, `'a'` or `'\n'`, if one stands here.
    pub(super) fn character(&mut self) -> Option<u8> {
        let mut chars = self.rest.strip_prefix('\'')?.chars();
        let c = match chars.next()? {
            '\\' => match chars.next()? {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                '0' => '\0',
                c @ ('\\' | '"' | '\'') => c,
                _ => return None,
            },
            '\'' => return None,
            c => c,
        };
        let rest = chars.as_str().strip_prefix('\'')?;
        let byte = u8::try_from(c).ok().filter(u8::is_ascii)?;
        self.rest = rest.trim_start();
        Some(byte)
    }

    /// Takes characters in double quotes, with C's escapes and JSON's. None if they do not end or an escape is not known.
    pub(super) fn quoted(&mut self) -> Option<Vec<u8>> {
        let mut chars = self.rest.strip_prefix('"')?.chars();
        let mut bytes = Vec::new();
        loop {
            match chars.next()? {
                '"' => break,
                '\\' => match chars.next()? {
                    'n' => bytes.push(b'\n'),
                    'r' => bytes.push(b'\r'),
                    't' => bytes.push(b'\t'),
                    '0' => bytes.push(0),
                    'b' => bytes.push(8),
                    'f' => bytes.push(12),
                    '/' => bytes.push(b'/'),
                    'u' => bytes.extend(codepoint(&mut chars)?.encode_utf8(&mut [0; 4]).bytes()),
                    c @ ('\\' | '"' | '\'') => bytes.push(c as u8),
                    'x' => bytes.push(hex(&mut chars, 2)? as u8),
                    _ => return None,
                },
                c => bytes.extend(c.encode_utf8(&mut [0; 4]).bytes()),
            }
        }
        self.rest = chars.as_str().trim_start();
        Some(bytes)
    }
}

/// Takes so many hex digits.
fn hex(chars: &mut Chars<'_>, digits: usize) -> Option<u32> {
    let (hex, rest) = chars.as_str().split_at_checked(digits)?;
    *chars = rest.chars();
    hex.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(hex, 16).ok())?
}

/// Takes what follows `\u`: four digits and, where two such make one character, as in JSON, the other one; or any number
/// in braces.
fn codepoint(chars: &mut Chars<'_>) -> Option<char> {
    if let Some(rest) = chars.as_str().strip_prefix('{') {
        let digits = rest.find('}').filter(|len| (1..=6).contains(len))?;
        *chars = rest.chars();
        let c = char::from_u32(hex(chars, digits)?);
        chars.next();
        return c;
    }
    let first = hex(chars, 4)?;
    if !(0xd800..0xdc00).contains(&first) {
        return char::from_u32(first);
    }
    *chars = chars.as_str().strip_prefix("\\u")?.chars();
    let second = hex(chars, 4)?.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
    char::from_u32(0x10000 + ((first - 0xd800) << 10) + second)
}

#[cfg(test)]
mod tests {
    use super::Scan;

    #[test]
    fn words_names_and_quotes() {
        let mut scan = Scan::new(r#" .a = "x\x41\n\"" , 0x1f]"#);
        assert_eq!(scan.name(), "a");
        assert!(scan.eat('=') && !scan.eat('='));
        assert_eq!(scan.quoted().unwrap(), b"xA\n\"");
        assert!(scan.eat(','));
        assert_eq!(scan.word(), "0x1f");
        assert!(scan.eat(']') && scan.is_end());
        assert_eq!(Scan::new(r#""\u{e9}\u00e9\ud83d\ude00""#).quoted().unwrap(), "éé😀".as_bytes());
        let mut scan = Scan::new(r"'a''\'''\\''\n'','' '");
        assert_eq!(core::array::from_fn(|_| scan.character()), [b'a', b'\'', b'\\', b'\n', b',', b' '].map(Some));
        assert!(["'ab'", "''", "'\u{e9}'", "'a", "a"].iter().all(|bad| Scan::new(bad).character().is_none()));
        for bad in [r#""\ud83d""#, r#""\ud83d\u0041""#, r#""\u{}""#, r#""\u{110000}""#, r#""\u{+1}""#] {
            assert_eq!(Scan::new(bad).quoted(), None, "{bad}");
        }
        for bad in ["\"abc", r#""\q""#, r#""\xé0""#, r#""\x+1""#, "\"\\", "abc"] {
            assert_eq!(Scan::new(bad).quoted(), None, "{bad}");
        }
    }
}
