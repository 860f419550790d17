//! Directives: statements that begin with a dot.

use skep_btf::nearest;

use super::{
    assembler::Assembler,
    error::{Fault, Kind},
    lex::Cursor,
    place::Part,
    seen::Seen,
    statement::extent,
    words::Words,
};

mod data;
mod record;
mod section;
mod symbol;

pub(super) use symbol::{STT_FUNC, STT_OBJECT};

/// What a directive does, its cursor behind its name.
type Act = fn(&mut Assembler<'_>, &Part<'_>, &mut Cursor<'_>, &str) -> Result<(), Fault>;

/// The directives of one line, by name.
const TABLE: &[(&str, Act)] = &[
    ("2byte", data::number),
    ("4byte", data::number),
    ("8byte", data::number),
    ("addrsig", ignore),
    ("addrsig_sym", ignore),
    ("align", data::align),
    ("ascii", data::text),
    ("asciz", data::text),
    ("balign", data::align),
    ("bss", section::short),
    ("btf_core", record::core),
    ("btf_func", record::func),
    ("btf_line", record::line),
    ("byte", data::number),
    ("comm", symbol::common),
    ("data", section::short),
    ("dialect", section::dialect),
    ("dword", data::number),
    ("end", ignore),
    ("endian", section::endian),
    ("equ", symbol::equate),
    ("equiv", symbol::equate),
    ("err", section::said),
    ("error", section::said),
    ("extern", ignore),
    ("file", section::file),
    ("fill", data::fill),
    ("global", symbol::bind),
    ("globl", symbol::bind),
    ("half", data::number),
    ("hidden", symbol::bind),
    ("hword", data::number),
    ("ident", ignore),
    ("incbin", data::incbin),
    ("int", data::number),
    ("internal", symbol::bind),
    ("lcomm", symbol::common),
    ("license", record::license),
    ("lines", record::lines),
    ("loc", ignore),
    ("local", symbol::bind),
    ("long", data::number),
    ("octa", data::octa),
    ("org", data::org),
    ("p2align", data::align),
    ("popsection", section::pop),
    ("previous", section::previous),
    ("protected", symbol::bind),
    ("purgem", section::purge),
    ("pushsection", section::push),
    ("quad", data::number),
    ("reloc", record::reloc),
    ("rename", symbol::rename),
    ("rodata", section::short),
    ("section", section::section),
    ("set", symbol::equate),
    ("short", data::number),
    ("size", symbol::size),
    ("skip", data::zero),
    ("sleb128", data::leb),
    ("space", data::zero),
    ("string", data::text),
    ("text", section::short),
    ("type", symbol::kind),
    ("uleb128", data::leb),
    ("value", data::number),
    ("version", record::version),
    ("warning", section::said),
    ("weak", symbol::bind),
    ("word", data::number),
    ("xword", data::number),
    ("zero", data::zero),
];

/// Where each of them stands.
static WORDS: Words<256> = Words::new(&{
    let (mut names, mut at) = ([""; TABLE.len()], 0);
    while at < names.len() {
        names[at] = TABLE[at].0;
        at += 1;
    }
    names
});

/// Directives that take more than their line, or decide what is read.
const BLOCKS: &[&str] = &[
    "macro", "endm", "exitm", "rept", "irp", "irpc", "endr", "if", "ifdef", "ifndef", "ifb", "ifnb", "elseif", "else",
    "endif", "include", "btf", "endbtf", "insn",
];

fn ignore(_: &mut Assembler<'_>, _: &Part<'_>, cursor: &mut Cursor<'_>, _: &str) -> Result<(), Fault> {
    cursor.at = cursor.end;
    Ok(())
}

impl Assembler<'_> {
    /// Reads a directive; the byte behind its statement.
    pub fn directive(&mut self, part: &Part<'_>, at: usize, word: &str) -> usize {
        let text = part.text;
        let name = word.strip_prefix('.').unwrap_or(word);
        let (end, next) = extent(text, at, self.dialect, self.body.is_some());
        let mut cursor = Cursor::new(text, at + word.len(), end);
        if let Some((_, act)) = WORDS.find(TABLE, name, |row| row.0) {
            let done = act(self, part, &mut cursor, name).and_then(|()| cursor.done());
            self.say(part, done);
            return next;
        }
        match name {
            "insn" => {
                self.instruction(part, at, end, None, &mut Seen::of(0));
                next
            }
            "include" => {
                let done = self.include(part, &mut cursor);
                self.say(part, done);
                next
            }
            "btf" => self.type_block(part, at, next),
            "macro" | "rept" | "irp" | "irpc" => self.repetition(part, at, name, cursor, next),
            "if" | "ifdef" | "ifndef" | "ifb" | "ifnb" | "elseif" | "else" | "endif" => {
                let done = self.condition(part, at, name, &mut cursor);
                self.say(part, done);
                next
            }
            "exitm" => {
                self.leaving = self.depth > 0;
                next
            }
            _ if name.starts_with("cfi_") => next,
            "endm" | "endr" | "endbtf" => {
                let loc = part.loc(at);
                self.error(loc, Kind::Macro(alloc::format!("`.{name}` ends nothing that was begun").into()));
                next
            }
            _ => {
                let near = nearest(name, TABLE.iter().map(|(name, _)| *name).chain(BLOCKS.iter().copied()));
                let loc = part.loc(at);
                self.error(loc, Kind::Directive { name: word.into(), near: near.map(Into::into) });
                next
            }
        }
    }

    /// Notes what went wrong.
    pub fn say(&mut self, part: &Part<'_>, done: Result<(), Fault>) {
        if let Err(Fault { at, kind }) = done {
            let loc = part.loc(at);
            self.error(loc, kind);
        }
    }
}
