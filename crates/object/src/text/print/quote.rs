//! Names as an assembler reads them.

use core::fmt;

use skep_isa::text::Quoted;

/// A name; in quotes if it would not be read as one word.
pub(super) struct Name<'a>(pub &'a str);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if is_word(self.0) { f.write_str(self.0) } else { Quoted(self.0.as_bytes()).fmt(f) }
    }
}

fn is_word(name: &str) -> bool {
    let first = name.bytes().next();
    first.is_some_and(|b| !b.is_ascii_digit() && b != b'@')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'$' | b'@'))
        && name != "."
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
            ("f@2", "f@2"),
            ("@f", "\"@f\""),
            ("tp/sched", "\"tp/sched\""),
            ("1f", "\"1f\""),
            ("", "\"\""),
            ("a\"b\\\n", "\"a\\\"b\\\\\\n\""),
        ] {
            assert_eq!(Name(name).to_string(), text);
        }
    }
}
