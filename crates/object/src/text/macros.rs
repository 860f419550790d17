//! Macros, repetitions, conditions, and other files.

use alloc::{borrow::ToOwned, string::String, sync::Arc, vec::Vec};

use skep_isa::text::quoted;

use super::{
    Loaded,
    assembler::Assembler,
    error::{Fault, Kind},
    lex::{Cursor, Tok, is_word},
    place::{Loc, Part, SourceFile, Text, file_of},
    statement::{extent, line_end},
};

/// How deep macros, repetitions and files stand in each other.
const MAX_DEPTH: u32 = 64;
/// How deep files do.
const MAX_INCLUDED: u32 = 32;
/// How long all of them are together, in bytes.
const MAX_EXPANDED: usize = 64 << 20;

/// What each of them counts, besides its text.
const EACH: usize = 32;

/// A macro.
#[derive(Debug)]
pub(super) struct Macro {
    params: Vec<Param>,
    body: String,
}

#[derive(Debug)]
struct Param {
    name: String,
    default: Option<String>,
    required: bool,
    rest: bool,
}

/// A condition that is open.
#[derive(Clone, Copy, Debug)]
pub(super) struct Condition {
    pub active: bool,
    /// Whether a branch was taken.
    taken: bool,
    /// Whether what is around it is read.
    outer: bool,
    /// Whether `.else` was there.
    last: bool,
    pub loc: Loc,
}

impl Assembler<'_> {
    /// `.macro`, `.rept`, `.irp` and `.irpc`, with what they hold; the byte behind.
    pub fn repetition(&mut self, part: &Part<'_>, at: usize, name: &str, mut cursor: Cursor<'_>, next: usize) -> usize {
        let text = part.text;
        let (close, opens): (&str, &[&str]) =
            if name == "macro" { (".endm", &[".macro"]) } else { (".endr", &[".rept", ".irp", ".irpc"]) };
        let Some((end, behind)) = body(text, next, close, opens) else {
            let loc = part.loc(at);
            self.error(loc, Kind::Macro(alloc::format!("`.{name}` has no `{close}`").into()));
            return text.len();
        };
        let inner = text.get(next..end).unwrap_or_default();
        let done = match name {
            "macro" => self.define_macro(&mut cursor, inner),
            "rept" => self.repeat(part, &mut cursor, inner, next),
            _ => self.iterate(part, &mut cursor, inner, name == "irpc"),
        };
        self.say(part, done);
        behind
    }

    fn define_macro(&mut self, cursor: &mut Cursor<'_>, inner: &str) -> Result<(), Fault> {
        let at = cursor.at;
        let name = cursor.name("the name of the macro")?.to_owned();
        let _ = cursor.eat(",");
        let mut params: Vec<Param> = Vec::new();
        while !cursor.is_done() {
            let param = cursor.name("the name of an argument")?.to_owned();
            let mut made = Param { name: param, default: None, required: false, rest: false };
            if cursor.eat(":") {
                match cursor.name("`req` or `vararg`")? {
                    "req" => made.required = true,
                    "vararg" => made.rest = true,
                    _ => return Err(cursor.unexpected("`req` or `vararg`")),
                }
            }
            if cursor.eat("=") {
                made.default = Some(argument(cursor, true));
            }
            params.push(made);
            let _ = cursor.eat(",");
        }
        if self.macros.contains_key(&name) {
            return Err(Fault::new(at, Kind::Redefined { name, line: 0 }));
        }
        self.meaning += 1;
        self.macros.insert(name, Arc::new(Macro { params, body: inner.to_owned() }));
        Ok(())
    }

    fn repeat(&mut self, part: &Part<'_>, cursor: &mut Cursor<'_>, inner: &str, start: usize) -> Result<(), Fault> {
        cursor.skip();
        let at = cursor.at;
        let count = self.number_in(cursor)?;
        cursor.done()?;
        for _ in 0..count.max(0) {
            if self.errors.len() >= super::assembler::MAX_ERRORS {
                break;
            }
            let piece = part.piece(inner, start);
            self.within(inner.len() + 1, |this| this.run(&piece)).map_err(|kind| Fault::new(at, kind))?;
        }
        Ok(())
    }

    fn iterate(&mut self, part: &Part<'_>, cursor: &mut Cursor<'_>, inner: &str, letters: bool) -> Result<(), Fault> {
        cursor.skip();
        let at = cursor.at;
        let name = cursor.name("a name")?.to_owned();
        let _ = cursor.eat(",");
        let mut values = Vec::new();
        while !cursor.is_done() {
            values.push(argument(cursor, true));
            let _ = cursor.eat(",");
        }
        if letters {
            values = values.concat().chars().map(String::from).collect();
        }
        let loc = part.loc(at);
        for value in values {
            let replaced = self.substitute(inner, &[(&name, &value)]).map_err(|kind| Fault::new(at, kind))?;
            let piece = Part::expanded(&replaced, loc);
            self.within(replaced.len() + 1, |this| this.run(&piece)).map_err(|kind| Fault::new(at, kind))?;
        }
        Ok(())
    }

    /// Expands a macro; the byte behind its arguments.
    pub fn expand(&mut self, part: &Part<'_>, at: usize, len: usize, of: &Macro) -> usize {
        let (end, next) = extent(part.text, at, self.dialect, self.body.is_some());
        let mut cursor = Cursor::new(part.text, at + len, end);
        let loc = part.loc(at);
        let done = self.call_macro(&mut cursor, of, loc);
        self.say(part, done);
        next
    }

    fn call_macro(&mut self, cursor: &mut Cursor<'_>, of: &Macro, loc: Loc) -> Result<(), Fault> {
        let start = cursor.at;
        let mut given: Vec<Option<String>> = Vec::new();
        given.resize(of.params.len(), None);
        let mut position = 0;
        while !cursor.is_done() {
            cursor.skip();
            let at = cursor.at;
            let named = named_argument(cursor, of);
            let place = named.unwrap_or(position);
            let Some(param) = of.params.get(place) else {
                let text = alloc::format!("the macro has {} arguments, and here are more", of.params.len());
                return Err(Fault::new(at, Kind::Macro(text.into())));
            };
            let value = if param.rest {
                let rest = cursor.rest().trim().to_owned();
                cursor.at = cursor.end;
                rest
            } else {
                argument(cursor, false)
            };
            if !value.is_empty() {
                given[place] = Some(value);
            }
            position = place + 1;
            let _ = cursor.eat(",");
        }
        let mut values = Vec::with_capacity(given.len());
        for (param, given) in of.params.iter().zip(given) {
            let value = given.or_else(|| param.default.clone());
            if param.required && value.is_none() {
                let text = alloc::format!("the macro needs its argument `{}`", param.name);
                return Err(Fault::new(start, Kind::Macro(text.into())));
            }
            values.push((&*param.name, value.unwrap_or_default()));
        }
        let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, &**value)).collect();
        let text = self.substitute(&of.body, &values).map_err(|kind| Fault::new(start, kind))?;
        self.expansions += 1;
        let piece = Part::expanded(&text, loc);
        let conditions = self.conditions.len();
        let done = self.within(text.len() + 1, |this| this.run(&piece));
        self.leaving = false;
        self.conditions.truncate(conditions);
        done.map_err(|kind| Fault::new(start, kind))
    }

    /// Puts values in the place of names.
    fn substitute(&self, text: &str, values: &[(&str, &str)]) -> Result<String, Kind> {
        let (mut out, mut rest) = (String::with_capacity(text.len()), text);
        while let Some(at) = rest.find('\\') {
            out.push_str(&rest[..at]);
            let after = &rest[at + 1..];
            if let Some(behind) = after.strip_prefix("()") {
                rest = behind;
            } else if let Some(behind) = after.strip_prefix('@') {
                out.push_str(&alloc::format!("{}", self.expansions));
                rest = behind;
            } else {
                let len = after.bytes().take_while(|&b| is_word(b) && b != b'.').count();
                match values.iter().find(|(name, _)| *name == &after[..len]).filter(|_| len > 0) {
                    Some((_, value)) => {
                        out.push_str(value);
                        rest = &after[len..];
                    }
                    None => {
                        out.push('\\');
                        rest = after;
                    }
                }
            }
            if out.len() > MAX_EXPANDED {
                return Err(Kind::Limit("macros become more than 64 MiB of text"));
            }
        }
        out.push_str(rest);
        Ok(out)
    }

    /// Reads what something became, one level deeper.
    fn within(&mut self, len: usize, read: impl FnOnce(&mut Self)) -> Result<(), Kind> {
        self.expanded = self.expanded.saturating_add(len + EACH);
        if self.expanded > MAX_EXPANDED {
            return Err(Kind::Limit("macros, repetitions and files are more than 64 MiB of text"));
        }
        if self.depth >= MAX_DEPTH {
            return Err(Kind::Limit("macros, repetitions and files stand in each other more than 64 times"));
        }
        self.depth += 1;
        read(self);
        self.depth -= 1;
        Ok(())
    }

    /// `.if` and what belongs to it.
    pub fn condition(&mut self, part: &Part<'_>, at: usize, name: &str, cursor: &mut Cursor<'_>) -> Result<(), Fault> {
        let loc = part.loc(at);
        let lone = || Fault::new(at, Kind::Macro(alloc::format!("`.{name}` without `.if`").into()));
        match name {
            "else" | "elseif" => {
                let Some(&condition) = self.conditions.last() else { return Err(lone()) };
                if condition.last {
                    return Err(Fault::new(at, Kind::Macro(alloc::format!("`.{name}` behind `.else`").into())));
                }
                let holds = condition.outer && !condition.taken && (name == "else" || self.number_in(cursor)? != 0);
                if let Some(open) = self.conditions.last_mut() {
                    (open.active, open.taken, open.last) = (holds, condition.taken || holds, name == "else");
                }
            }
            "endif" => {
                self.conditions.pop().ok_or_else(lone)?;
            }
            _ => {
                let outer = self.conditions.last().is_none_or(|condition| condition.active);
                let holds = outer && self.holds(name, cursor)?;
                if self.conditions.len() >= 1024 {
                    return Err(Fault::new(at, Kind::Limit("more than 1024 conditions in each other")));
                }
                self.conditions.push(Condition { active: holds, taken: holds, outer, last: false, loc });
            }
        }
        Ok(())
    }

    fn holds(&mut self, name: &str, cursor: &mut Cursor<'_>) -> Result<bool, Fault> {
        Ok(match name {
            "if" => self.number_in(cursor)? != 0,
            "ifb" | "ifnb" => {
                let blank = cursor.rest().trim().is_empty();
                blank == (name == "ifb")
            }
            _ => {
                let of = cursor.name("a name")?.to_owned();
                self.is_defined_name(&of) == (name == "ifdef")
            }
        })
    }

    /// A statement that is not read, because a condition does not hold; the byte behind it.
    pub fn skipped(&mut self, part: &Part<'_>, at: usize) -> usize {
        let text = part.text;
        let end = line_end(text.as_bytes(), at);
        let line = text.get(at..end).unwrap_or_default();
        let len = line.bytes().take_while(|&b| is_word(b)).count();
        match &line[..len] {
            name @ (".if" | ".ifdef" | ".ifndef" | ".ifb" | ".ifnb" | ".else" | ".elseif" | ".endif") => {
                let (stop, next) = extent(text, at, self.dialect, false);
                let mut cursor = Cursor::new(text, at + len, stop);
                let done = self.condition(part, at, &name[1..], &mut cursor);
                self.say(part, done);
                next
            }
            _ => end + 1,
        }
    }

    /// `.include "file"`.
    pub fn include(&mut self, part: &Part<'_>, cursor: &mut Cursor<'_>) -> Result<(), Fault> {
        cursor.skip();
        let at = cursor.at;
        let name = String::from_utf8_lossy(&cursor.string()?).into_owned();
        cursor.done()?;
        if self.included >= MAX_INCLUDED {
            return Err(Fault::new(at, Kind::Limit("files include each other more than 32 deep")));
        }
        let loc = part.loc(at);
        let loaded = self.load(&name, loc).map_err(|kind| Fault::new(at, kind))?;
        let text: Arc<str> = match String::from_utf8(loaded.bytes) {
            Ok(text) => text.into(),
            Err(_) => {
                let reason = "it is no text (UTF-8)".to_owned();
                return Err(Fault::new(at, Kind::Include { name, reason }));
            }
        };
        let file = self.files.len() as u32;
        self.files.push(SourceFile::new(loaded.name.into(), Text::Included(text.clone())));
        let first = self.types.len() + 1;
        let inner = Part::of_file(&text, file);
        self.included += 1;
        let done = self.within(text.len() + 1, |this| this.run(&inner));
        self.included -= 1;
        if self.included == 0 {
            self.types.borrowed.push(first..self.types.len() + 1);
        }
        done.map_err(|kind| Fault::new(at, kind))
    }

    pub fn load(&mut self, name: &str, loc: Loc) -> Result<Loaded, Kind> {
        let from = file_of(&self.files, loc).map_or("", |file| &*file.name);
        let loader = self.options.loader;
        let loaded = loader.load(name, from).map_err(|reason| Kind::Include { name: name.to_owned(), reason })?;
        self.expanded = self.expanded.saturating_add(loaded.bytes.len());
        if self.expanded > MAX_EXPANDED {
            return Err(Kind::Limit("macros, repetitions and files are more than 64 MiB of text"));
        }
        Ok(loaded)
    }
}

/// `name=value`: the position of the name; the cursor stands at the value.
fn named_argument(cursor: &mut Cursor<'_>, of: &Macro) -> Option<usize> {
    let mut ahead = *cursor;
    let Ok(Tok::Name(name)) = ahead.next() else { return None };
    let place = of.params.iter().position(|param| param.name == name)?;
    if !ahead.eat("=") || ahead.rest().starts_with('=') {
        return None;
    }
    *cursor = ahead;
    Some(place)
}

/// One argument: up to a comma outside of parentheses, or to a blank between two words if `blanks` says so.
fn argument(cursor: &mut Cursor<'_>, blanks: bool) -> String {
    cursor.skip();
    let rest = cursor.rest();
    let bytes = rest.as_bytes();
    let (mut at, mut depth) = (0, 0u32);
    while let Some(&b) = bytes.get(at) {
        match b {
            b'"' => {
                at += quoted(&rest[at..]).unwrap_or(1);
                continue;
            }
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => break,
            b' ' | b'\t' if depth == 0 && blanks => break,
            _ => {}
        }
        at += 1;
    }
    cursor.at += at;
    rest[..at].trim().to_owned()
}

/// Where a body ends, and where the statement behind its end begins.
fn body(text: &str, start: usize, close: &str, opens: &[&str]) -> Option<(usize, usize)> {
    let (mut at, mut depth) = (start, 1u32);
    while at < text.len() {
        let end = line_end(text.as_bytes(), at);
        let line = &text[at..end];
        let trimmed = line.trim_start();
        let word = &trimmed[..trimmed.bytes().take_while(|&b| is_word(b)).count()];
        if opens.contains(&word) {
            depth += 1;
        } else if word == close {
            depth -= 1;
            if depth == 0 {
                return Some((at, end));
            }
        }
        at = end + 1;
    }
    None
}
