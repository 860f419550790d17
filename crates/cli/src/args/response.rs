//! Files of arguments: `@FILE`, as linkers read them.

use std::{ffi::OsString, fs};

/// Files can name files, so deep.
const DEPTH: u32 = 8;

/// The arguments with each `@FILE` replaced by what the file says: words, in which quotes of both sorts keep spaces and a
/// backslash keeps the next character. What cannot be read stays as it is.
pub fn expanded(arguments: Vec<OsString>) -> Vec<OsString> {
    let mut out = Vec::with_capacity(arguments.len());
    arguments.into_iter().for_each(|argument| expand(argument, DEPTH, &mut out));
    out
}

fn expand(argument: OsString, depth: u32, out: &mut Vec<OsString>) {
    let file = argument.to_str().and_then(|text| text.strip_prefix('@')).filter(|_| depth != 0);
    match file.and_then(|file| fs::read_to_string(file).ok()) {
        Some(text) => words(&text).into_iter().for_each(|word| expand(word.into(), depth - 1, out)),
        None => out.push(argument),
    }
}

fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quote): (Vec<String>, Option<String>, Option<char>) = (Vec::new(), None, None);
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (_, '\\') => word.get_or_insert_default().extend(chars.next()),
            (Some(end), _) if c == end => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, _) if c.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn quotes_and_backslashes_keep_what_is_in_them() {
        assert_eq!(words("a.o\n  'b c.o' \"d'e\".o f\\ g \\\\ ''\n"), ["a.o", "b c.o", "d'e.o", "f g", "\\", ""]);
    }
}
