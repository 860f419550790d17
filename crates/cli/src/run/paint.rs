//! An event's line as a person reads it: fields in columns, names faint, enums in colour.

use crate::output::{FAINT, NAME, styled};

/// Wider fields than this do not push the rest of later lines to the right.
const WIDEST: usize = 32;

/// The columns of one buffer's events so far.
#[derive(Debug, Default)]
pub struct Painter {
    widths: Vec<usize>,
}

impl Painter {
    /// A line of `name=value` fields, aligned with the lines before and painted.
    pub fn paint(&mut self, line: &str) -> String {
        if line.contains('\n') {
            return line.to_owned();
        }
        let fields = fields(line);
        self.widths.resize(fields.len().max(self.widths.len()), 0);
        let mut out = String::with_capacity(line.len() * 2);
        for (i, field) in fields.iter().enumerate() {
            let width = field.chars().count();
            colour(field, &mut out);
            if i + 1 < fields.len() {
                if width <= WIDEST {
                    self.widths[i] = self.widths[i].max(width);
                }
                out.extend(std::iter::repeat_n(' ', self.widths[i].saturating_sub(width) + 1));
            }
        }
        out
    }
}

/// The fields of a line: what stands between spaces that are in no text and no braces.
fn fields(line: &str) -> Vec<&str> {
    let (mut fields, mut begin, mut depth) = (Vec::new(), 0, 0u32);
    let mut quotes = Quotes::default();
    for (at, c) in line.char_indices() {
        let outside = quotes.is_outside(c);
        match c {
            '{' | '[' if outside => depth += 1,
            '}' | ']' if outside => depth = depth.saturating_sub(1),
            ' ' if outside && depth == 0 => {
                fields.push(&line[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    fields.push(&line[begin..]);
    fields
}

/// Appends a field: the names in it faint, the names of values in colour.
fn colour(field: &str, out: &mut String) {
    let mut quotes = Quotes::default();
    let mut word = String::new();
    for c in field.chars() {
        if quotes.is_outside(c) && (c.is_alphanumeric() || c == '_') {
            word.push(c);
            continue;
        }
        match (word.is_empty(), c) {
            (false, '=') => {
                out.push_str(&styled(FAINT, format!("{word}=")));
                word.clear();
                continue;
            }
            (false, _) => out.push_str(&value(&word)),
            (true, _) => {}
        }
        word.clear();
        out.push(c);
    }
    out.push_str(&value(&word));
}

/// A bare word that begins as a name does is one of an enum.
fn value(word: &str) -> String {
    match word {
        "true" | "false" => word.to_owned(),
        _ if word.starts_with(|c: char| c.is_alphabetic() || c == '_') => styled(NAME, word),
        _ => word.to_owned(),
    }
}

/// Whether one is within quotes.
#[derive(Default)]
struct Quotes {
    within: Option<char>,
    escaped: bool,
}

impl Quotes {
    /// Takes the next character; whether it stands outside of quotes, which themselves do not.
    fn is_outside(&mut self, c: char) -> bool {
        let escaped = self.escaped;
        self.escaped = c == '\\' && !escaped;
        match self.within {
            None if c == '"' || c == '\'' => self.within = Some(c),
            None => return true,
            Some(quote) if c == quote && !escaped => self.within = None,
            Some(_) => {}
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn fields_stand_below_each_other() {
        let mut painter = Painter::default();
        assert_eq!(plain(&painter.paint("pid=12345 comm=\"a b\" n=1")), "pid=12345 comm=\"a b\" n=1");
        assert_eq!(plain(&painter.paint("pid=7 comm=\"x\" n=2")), "pid=7     comm=\"x\"   n=2");
    }

    #[test]
    fn text_and_braces_hold_together() {
        assert_eq!(fields(r#"a="x \" y=1" b={c=1 d=2} e=3"#), [r#"a="x \" y=1""#, "b={c=1 d=2}", "e=3"]);
    }

    #[test]
    fn names_are_faint_and_enums_are_not_text() {
        let painted = Painter::default().paint("kind=EXEC comm=\"EXEC=1\" ok=true");
        assert_eq!(
            painted,
            format!(
                "{}{} {}\"EXEC=1\" {}true",
                styled(FAINT, "kind="),
                styled(NAME, "EXEC"),
                styled(FAINT, "comm="),
                styled(FAINT, "ok=")
            )
        );
    }
}
