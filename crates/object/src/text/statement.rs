//! One statement after the other.

use alloc::string::String;

use memchr::memchr;
use skep_isa::text::{Dialect, quoted, unquoted};

use super::{
    assembler::{Assembler, Body, MAX_ERRORS},
    error::{Fault, Kind},
    lex::{Cursor, is_word},
    place::{Loc, Part},
    seen::{Line, Seen},
    symbols::{NUMBERS, Where},
};

impl Assembler<'_> {
    /// Reads a text to its end.
    pub fn run(&mut self, part: &Part<'_>) {
        let text = part.text;
        let mut seen = Seen::of(text.len());
        let mut at = 0;
        while self.errors.len() < MAX_ERRORS && !self.leaving {
            at = blank(text, at, self.dialect);
            if at >= text.len() {
                return;
            }
            at = self.statement(part, at, &mut seen).max(at + 1);
        }
    }

    /// Says what is left open at the end of the file.
    pub fn close(&mut self) {
        if let Some(Body { loc, .. }) = self.body {
            self.error(loc, Kind::Unterminated("the body of a function"));
        }
        if let Some(condition) = self.conditions.last() {
            let loc = condition.loc;
            self.error(loc, Kind::Unterminated("a condition (`.if` without `.endif`)"));
        }
    }

    /// Reads the statement that begins at a byte; the byte behind it.
    fn statement<'t>(&mut self, part: &Part<'t>, at: usize, seen: &mut Seen<'t>) -> usize {
        let text = part.text;
        let bytes = text.as_bytes();
        let first = bytes.get(at).copied().unwrap_or(0);
        if self.conditions.last().is_some_and(|condition| !condition.active) {
            return self.skipped(part, at);
        }
        let line = if first == b'.' { None } else { Line::at(text, at) };
        if let Some(line) = line
            && let Some((known, name)) = seen.find(line, self.meaning)
        {
            let done = self.write_known(part, at, known, name);
            self.say(part, done);
            return at + line.text.len();
        }
        match first {
            b'}' => {
                self.end_body(part, at);
                return at + 1;
            }
            b'"' => {
                if let Some(len) = quoted(&text[at..])
                    && bytes.get(at + len) == Some(&b':')
                {
                    let name = unquoted(&text[at..at + len]);
                    self.label(part, at, &name);
                    return at + len + 1;
                }
            }
            _ if is_word(first) => {
                let len = bytes[at..].iter().take_while(|&&b| is_word(b)).count();
                let word = &text[at..at + len];
                match bytes.get(at + len) {
                    Some(b':') => {
                        self.label(part, at, word);
                        return at + len + 1;
                    }
                    _ if first == b'.' => return self.directive(part, at, word),
                    _ => {}
                }
                if !is_register(word)
                    && let Some(end) = self.named(part, at, word)
                {
                    return end;
                }
            }
            _ => {}
        }
        let (end, next) = extent(text, at, self.dialect, self.body.is_some());
        let line = line.filter(|line| {
            let stop = at + line.text.len();
            next == stop || next == stop + 1
        });
        self.instruction(part, at, end, line, seen);
        next
    }

    /// A statement that begins with a name and is no instruction: a macro, a constant, a declaration.
    fn named(&mut self, part: &Part<'_>, at: usize, word: &str) -> Option<usize> {
        if self.macros.is_empty() && matches!(word, "if" | "goto" | "gotol" | "call" | "exit" | "lock" | "callx") {
            return None;
        }
        if !self.macros.is_empty()
            && let Some(found) = self.macros.get(word).cloned()
        {
            return Some(self.expand(part, at, word.len(), &found));
        }
        let text = part.text;
        let behind = text.as_bytes()[at + word.len()..].trim_ascii_start();
        if matches!(behind, [b'=', second, ..] if *second != b'=') && !self.is_mnemonic(word) {
            return Some(self.assignment(part, at, word));
        }
        if self.body.is_none() && self.begins_declaration(word, behind.first().copied()) {
            return Some(self.declaration(part, at));
        }
        None
    }

    /// Whether a word with `=` behind it is not the name of a constant.
    fn is_mnemonic(&self, word: &str) -> bool {
        is_register(word) || (self.dialect == Dialect::Gnu && word == "fp")
    }

    /// `NAME = EXPRESSION`.
    fn assignment(&mut self, part: &Part<'_>, at: usize, word: &str) -> usize {
        let (end, next) = extent(part.text, at, self.dialect, self.body.is_some());
        let mut cursor = Cursor::new(part.text, at + word.len(), end);
        let _ = cursor.eat("=");
        if let Err(Fault { at, kind }) = self.set(part, word, &mut cursor, false) {
            let loc = part.loc(at);
            self.error(loc, kind);
        }
        next
    }

    fn label(&mut self, part: &Part<'_>, at: usize, name: &str) {
        let number = name.bytes().all(|b| b.is_ascii_digit());
        if number && self.dialect == Dialect::Kernel {
            // The number of an instruction in a dump.
            return;
        }
        let loc = part.loc(at);
        let section = self.here();
        let offset = self.image.here(section);
        let numbered;
        let (scope, name): (u32, &str) = if number {
            numbered = self.symbols.next_number(name);
            (NUMBERS, &numbered)
        } else {
            (self.scope, name)
        };
        self.define(scope, name, Where::Section { section, offset }, loc);
        if self.body.is_some()
            && scope != 0
            && let Some(id) = self.symbols.find_own(scope, name)
            && let Some(symbol) = self.symbols.get_mut(id)
        {
            symbol.private = true;
        }
    }

    /// Ends the body of a function.
    fn end_body(&mut self, part: &Part<'_>, at: usize) {
        let Some(body) = self.body.take() else {
            let loc = part.loc(at);
            return self.error(loc, Kind::Unexpected { found: "}".into(), expected: "a statement".into() });
        };
        let end = self.section.map_or(0, |section| self.image.here(section));
        if let Some(symbol) = self.symbols.get_mut(body.symbol) {
            symbol.size = Some(end.saturating_sub(body.start));
        }
        if end == body.start {
            self.error(body.loc, Kind::Declaration("the function has no instruction"));
        }
        (self.section, self.scope) = (Some(body.outside), 0);
    }

    /// Gives a symbol its place.
    pub fn define(&mut self, scope: u32, name: &str, place: Where, loc: Loc) {
        let id = self.symbols.intern(scope, name, loc);
        let Some(symbol) = self.symbols.get_mut(id) else { return };
        if symbol.is_defined() {
            let line = symbol.loc;
            let line = self.line(line);
            return self.error(loc, Kind::Redefined { name: String::from(name), line });
        }
        symbol.place = place;
        symbol.loc = loc;
    }
}

/// Whether a word is a register.
pub(super) fn is_register(word: &str) -> bool {
    let digits = word.strip_prefix(['r', 'w']).unwrap_or_default();
    !digits.is_empty() && digits.len() <= 2 && digits.bytes().all(|b| b.is_ascii_digit())
}

/// The next byte that is not blank and in no comment.
fn blank(text: &str, mut at: usize, dialect: Dialect) -> usize {
    let bytes = text.as_bytes();
    loop {
        match bytes.get(at) {
            Some(b' ' | b'\t' | b'\r' | b'\n') => at += 1,
            Some(b';') if dialect == Dialect::Kernel => at = line_end(bytes, at),
            Some(b';') => at += 1,
            Some(b'#') => at = line_end(bytes, at),
            Some(b'/') if bytes.get(at + 1) == Some(&b'/') => at = line_end(bytes, at),
            Some(b'/') if bytes.get(at + 1) == Some(&b'*') => at = comment_end(text, at),
            _ => return at,
        }
    }
}

pub(super) fn line_end(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    memchr(b'\n', rest).map_or(bytes.len(), |len| at + len)
}

fn comment_end(text: &str, at: usize) -> usize {
    text[at..].find("*/").map_or(text.len(), |len| at + len + 2)
}

/// Where a statement ends, and where the next one may begin.
pub(super) fn extent(text: &str, at: usize, dialect: Dialect, braces: bool) -> (usize, usize) {
    let bytes = text.as_bytes();
    let mut end = at;
    while let Some(&b) = bytes.get(end) {
        if !STOPS[usize::from(b)] {
            end += 1;
            continue;
        }
        match b {
            b'\n' => return (end, end + 1),
            b';' if dialect == Dialect::Kernel => return (end, line_end(bytes, end)),
            b';' => return (end, end + 1),
            b'#' if dialect != Dialect::Kernel => return (end, line_end(bytes, end)),
            b'}' if braces => return (end, end),
            b'/' if bytes.get(end + 1) == Some(&b'/') => return (end, line_end(bytes, end)),
            b'/' if bytes.get(end + 1) == Some(&b'*') => end = comment_end(text, end),
            b'"' => end += quoted(&text[end..]).unwrap_or(1),
            b'\'' => {
                let escaped = bytes.get(end + 1) == Some(&b'\\');
                let len = if escaped { 3 } else { 2 };
                end += if bytes.get(end + len) == Some(&b'\'') { len + 1 } else { 1 };
            }
            _ => end += 1,
        }
    }
    (end.min(bytes.len()), bytes.len())
}

/// The bytes that may end a statement.
const STOPS: [bool; 256] = {
    let mut stops = [false; 256];
    let signs = b"\n;#}/\"'";
    let mut at = 0;
    while at < signs.len() {
        stops[signs[at] as usize] = true;
        at += 1;
    }
    stops
};
