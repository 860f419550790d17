//! How objects are linked.

use alloc::{string::String, sync::Arc, vec::Vec};

/// How objects are linked. The default keeps everything and leaves to the caller what nobody defines.
#[derive(Clone, Debug)]
pub struct Options {
    /// The name of the file to be; none takes the first object's.
    pub output: Option<Arc<str>>,
    /// What happens to what no object defines.
    pub undefined: Undefined,
    /// Whether what nothing refers to is left out.
    pub gc_sections: bool,
    /// Functions, maps, variables and sections that stay although nothing refers to them; `*` stands for any characters.
    pub keep: Vec<String>,
    /// Whether functions that are not exported become static, so that the verifier checks them with their callers.
    pub internalize: bool,
    /// The functions that are exported; `*` stands for any characters.
    pub export: Vec<String>,
    /// Functions that may stay undefined: they get a body that returns a number, for another program to replace.
    pub replaceable: Vec<Replaceable>,
    /// Whether equal constants and strings of sections made for it become one.
    pub merge_constants: bool,
}

/// What happens to what no object defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undefined {
    /// Programs that use it fail, others do not.
    Refuse,
    /// Linking fails.
    Error,
    /// It stays an extern, for a later link.
    Keep,
}

/// A function that gets a default body if no object defines it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaceable {
    /// Its name.
    pub name: String,
    /// What the default returns.
    pub value: i32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            output: None,
            undefined: Undefined::Refuse,
            gc_sections: false,
            keep: Vec::new(),
            internalize: false,
            export: Vec::new(),
            replaceable: Vec::new(),
            merge_constants: true,
        }
    }
}

impl Options {
    /// Whether a single object comes out as it goes in.
    pub(crate) fn changes_nothing(&self) -> bool {
        self.output.is_none()
            && self.undefined == Undefined::Refuse
            && !self.gc_sections
            && !self.internalize
            && self.replaceable.is_empty()
    }
}

/// Whether a name matches one of some patterns, in which `*` stands for any characters.
pub(crate) fn matches(patterns: &[String], name: &str) -> bool {
    patterns.iter().any(|pattern| glob(pattern.as_bytes(), name.as_bytes()))
}

/// Linear in the name for each star: when the rest does not fit, the last star takes one character more.
fn glob(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n, mut star) = (0, 0, None);
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(c) if *c == name[n] => (p, n) = (p + 1, n + 1),
            _ => match star {
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    (p, n) = (at + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|c| *c == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, name, expected) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("*", "", true),
            ("a*c", "abc", true),
            ("a*c*", "abcbd", true),
            ("a*d", "abc", false),
            ("*.ro*", ".rodata", true),
            ("", "a", false),
        ] {
            assert_eq!(glob(pattern.as_bytes(), name.as_bytes()), expected, "{pattern} {name}");
        }
    }
}
