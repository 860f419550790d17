//! The parts of a value's text.

use alloc::vec::Vec;

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
                    'u' => {
                        let hex = chars.as_str().get(..4).filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))?;
                        let c = char::from_u32(u32::from_str_radix(hex, 16).ok()?)?;
                        bytes.extend(c.encode_utf8(&mut [0; 4]).bytes());
                        chars = chars.as_str().get(4..)?.chars();
                    }
                    c @ ('\\' | '"' | '\'') => bytes.push(c as u8),
                    'x' => {
                        let hex = chars.as_str().get(..2).filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))?;
                        bytes.push(u8::from_str_radix(hex, 16).ok()?);
                        chars = chars.as_str().get(2..)?.chars();
                    }
                    _ => return None,
                },
                c => bytes.extend(c.encode_utf8(&mut [0; 4]).bytes()),
            }
        }
        self.rest = chars.as_str().trim_start();
        Some(bytes)
    }
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
        for bad in ["\"abc", r#""\q""#, r#""\xé0""#, r#""\x+1""#, "\"\\", "abc"] {
            assert_eq!(Scan::new(bad).quoted(), None, "{bad}");
        }
    }
}
