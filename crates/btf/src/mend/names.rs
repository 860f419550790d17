//! Names of other languages as identifiers of C.

use alloc::{
    borrow::Cow,
    format,
    string::{String, ToString},
};

use hashbrown::{HashMap, HashSet};

/// The longest name in bytes. Kernels before 6.1 take no more than 127.
const LONGEST: usize = 120;

/// Whether a name is one that every kernel takes.
pub(super) fn is_identifier(name: &str) -> bool {
    let bytes = name.as_bytes();
    name.len() <= LONGEST && bytes.first().is_some_and(|b| !b.is_ascii_digit()) && bytes.iter().all(is_word)
}

fn is_word(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.')
}

/// The name of a member, a value or a parameter.
pub(super) fn element(name: &str, mend: bool) -> Cow<'_, str> {
    if !mend || name.is_empty() || is_identifier(name) { name.into() } else { identifier(name).into() }
}

/// Names given so far.
pub(super) struct Names {
    given: HashMap<String, String>,
    taken: HashSet<String>,
}

impl Names {
    pub fn new() -> Self {
        Self { given: HashMap::new(), taken: HashSet::new() }
    }

    /// Keeps a name from being given.
    pub fn reserve(&mut self, name: &str) {
        self.taken.get_or_insert_with(name, str::to_string);
    }

    /// A name as an identifier; the same for the same name, another for each other one.
    pub fn name<'a>(&mut self, name: &'a str) -> Cow<'a, str> {
        if name.is_empty() || is_identifier(name) {
            return name.into();
        }
        if let Some(known) = self.given.get(name) {
            return known.clone().into();
        }
        let plain = identifier(name);
        let numbered = (2..).map(|i: u32| format!("{plain}_{i}"));
        let mut names = core::iter::once(plain.clone()).chain(numbered);
        let chosen = names.find(|name| !self.taken.contains(name)).unwrap_or(plain);
        self.taken.insert(chosen.clone());
        self.given.insert(name.into(), chosen.clone());
        chosen.into()
    }
}

/// A name as an identifier: `&` and `*` as words, paths without their modules, `_` for everything else that stands between
/// words. What is too long ends with a hash of the whole.
pub(super) fn identifier(name: &str) -> String {
    let mut out = String::new();
    let mut rest = name;
    let mut push = |word: &str| {
        if !out.is_empty() && !out.ends_with('_') {
            out.push('_');
        }
        out.push_str(word);
    };
    while let Some(first) = rest.chars().next() {
        let len = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))).unwrap_or(rest.len());
        let (word, len) = match len {
            0 => symbol(first, rest),
            // A module, or the type that something is part of: what counts comes behind it.
            len if rest.get(len..).is_some_and(|after| after.starts_with("::")) => ("", len + 2),
            len => (rest.get(..len).unwrap_or_default(), len),
        };
        if !word.is_empty() {
            push(word);
        }
        rest = rest.get(len..).unwrap_or_default();
    }
    if out.is_empty() {
        out.push_str("unnamed");
    }
    if out.starts_with(|c: char| c.is_ascii_digit()) {
        out.insert(0, '_');
    }
    if out.len() > LONGEST {
        out.truncate(LONGEST - 9);
        out += &format!("_{:08x}", hash(name));
    }
    out
}

/// The word for something that is no letter, and its length in bytes.
fn symbol(first: char, rest: &str) -> (&'static str, usize) {
    match first {
        '&' if rest.starts_with("&mut ") => ("ref", 5),
        '&' => ("ref", 1),
        '*' if rest.starts_with("*const ") => ("ptr", 7),
        '*' if rest.starts_with("*mut ") => ("ptr", 5),
        '(' if rest.starts_with("()") => ("unit", 2),
        _ => ("", first.len_utf8()),
    }
}

/// FNV-1a: the same everywhere.
fn hash(name: &str) -> u32 {
    name.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_rust_become_identifiers_that_tell_them_apart() {
        for (name, expected) in [
            ("Option<u32>", "Option_u32"),
            ("Option<core::num::nonzero::NonZero<u32>>", "Option_NonZero_u32"),
            ("&str", "ref_str"),
            ("&mut [u8]", "ref_u8"),
            ("*const str", "ptr_str"),
            ("(u8, u32)", "u8_u32"),
            ("Result<(), u8>", "Result_unit_u8"),
            ("{closure_env#0}", "closure_env_0"),
            ("Späti", "Sp_ti"),
            ("8bit", "_8bit"),
            ("→", "unnamed"),
        ] {
            assert_eq!(identifier(name), expected);
        }
        let mut names = Names::new();
        names.reserve("Gen_u32");
        assert_eq!(names.name("Gen<u32>"), "Gen_u32_2");
        assert_eq!(names.name("Gen<[u32]>"), "Gen_u32_3");
        assert_eq!(names.name("Gen<u32>"), "Gen_u32_2");
        assert_eq!(names.name("Gen_u32"), "Gen_u32");
        let long = identifier(&"Wrapper<".repeat(100));
        assert_eq!(long.len(), LONGEST);
        assert!(is_identifier(&long) && long != identifier(&"Wrapper<".repeat(101)));
    }
}
