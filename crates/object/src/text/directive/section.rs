//! Sections, and what a file says about itself.

use alloc::{format, string::String};

use skep_btf::{Endian, nearest};
use skep_isa::text::{Dialect, Syntax};

use crate::text::{
    assembler::Assembler,
    elf::MAX_SECTIONS,
    error::{Fault, Kind},
    image::{NOBITS, NOTE, PROGBITS, SHF_ALLOC, SHF_EXEC, SHF_MERGE, SHF_STRINGS, SHF_WRITE},
    lex::{Cursor, Tok},
    place::Part,
};

/// What is said of a section behind its name.
struct Said {
    flags: u64,
    kind: Option<u32>,
    entry_size: u64,
    /// Which of several sections of one name it is.
    unique: Option<i64>,
}

impl Assembler<'_> {
    /// Goes on in a section.
    pub fn enter(&mut self, section: u32) {
        if self.section != Some(section) {
            self.previous = self.section.replace(section);
        }
    }

    fn named_section(&mut self, cursor: &mut Cursor<'_>) -> Result<u32, Fault> {
        cursor.skip();
        let at = cursor.at;
        let name: String = match cursor.peek()? {
            Tok::Text(_) => String::from_utf8_lossy(&cursor.string()?).into_owned(),
            _ => {
                // Names of sections have signs in them: `tp/sched/x`, `?xdp`, `uprobe//bin/sh:main+4`.
                let rest = cursor.rest();
                let len = rest.find(|c: char| c == ',' || c.is_whitespace()).unwrap_or(rest.len());
                cursor.at += len;
                rest[..len].into()
            }
        };
        if name.is_empty() || name.contains('\0') {
            return Err(Fault::new(
                at,
                Kind::Unexpected { found: String::new(), expected: "the name of a section".into() },
            ));
        }
        if self.image.sections.len() >= MAX_SECTIONS && self.image.find(&name).is_none() {
            return Err(Fault::new(at, Kind::Limit("more than 28672 sections")));
        }
        let said = if cursor.eat(",") { Some(self.flags(cursor)?) } else { None };
        let section = match said.as_ref().and_then(|said| said.unique) {
            Some(_) if self.image.sections.len() >= MAX_SECTIONS => {
                return Err(Fault::new(at, Kind::Limit("more than 28672 sections")));
            }
            Some(number) => self.image.another(&name, number),
            None => self.image.section(&name),
        };
        if let Some(said) = said {
            self.apply(section, &said).map_err(|kind| Fault::new(at, kind))?;
        }
        Ok(section)
    }

    /// `"awx", @progbits, 1`.
    fn flags(&mut self, cursor: &mut Cursor<'_>) -> Result<Said, Fault> {
        cursor.skip();
        let at = cursor.at;
        let letters = String::from_utf8_lossy(&cursor.string()?).into_owned();
        let mut flags = 0;
        for letter in letters.chars() {
            flags |= match letter {
                'a' => SHF_ALLOC,
                'w' => SHF_WRITE,
                'x' => SHF_EXEC,
                'M' => SHF_MERGE,
                'S' => SHF_STRINGS,
                'o' => 0x80,
                'G' => 0x200,
                'T' => 0x400,
                'e' => 0x8000_0000,
                'R' => 0x20_0000,
                '0'..='9' | '?' | 'd' => 0,
                _ => {
                    return Err(Fault::new(
                        at,
                        Kind::Section(format!("`{letter}` is no flag of a section: a w x M S o G T are")),
                    ));
                }
            };
        }
        // Groups and links are for linkers of other targets.
        flags &= !0x280;
        let mut said = Said { flags, kind: None, entry_size: 0, unique: None };
        if cursor.eat(",") {
            said.kind = Some(section_type(self, cursor)?);
            if flags & SHF_MERGE != 0 && cursor.eat(",") {
                said.entry_size = self.number_in(cursor)?.max(0) as u64;
            }
            if cursor.eat(",") {
                if cursor.eat("unique") {
                    cursor.expect(",")?;
                    said.unique = Some(self.number_in(cursor)?);
                }
                // The group, or what it is linked to.
                cursor.at = cursor.end;
            }
        }
        Ok(said)
    }

    fn apply(&mut self, section: u32, said: &Said) -> Result<(), Kind> {
        let Some(known) = self.image.at_mut(section) else { return Ok(()) };
        if known.said {
            return Ok(());
        }
        let kind = said.kind.unwrap_or(known.kind);
        if !known.data.is_empty() && kind == NOBITS {
            return Err(Kind::Section(format!("section `{}` has contents already", known.name)));
        }
        (known.said, known.flags, known.kind, known.entry_size) = (true, said.flags, kind, said.entry_size);
        if known.data.is_empty() && known.size == 0 {
            // Functions and what LLVM puts into sections of code begin at slots.
            known.align = if said.flags & SHF_EXEC != 0 { 8 } else { 1 };
        }
        Ok(())
    }
}

fn section_type(asm: &mut Assembler<'_>, cursor: &mut Cursor<'_>) -> Result<u32, Fault> {
    let _ = cursor.eat("%");
    cursor.skip();
    let at = cursor.at;
    Ok(match cursor.next()? {
        Tok::Name(name) | Tok::Text(name) => match name.trim_start_matches('@') {
            "progbits" => PROGBITS,
            "nobits" => NOBITS,
            "note" => NOTE,
            "llvm_addrsig" => 0x6fff_4c03,
            "unwind" => PROGBITS,
            hex if hex.starts_with("0x") => u32::from_str_radix(&hex[2..], 16).unwrap_or(PROGBITS),
            other => {
                return Err(Fault::new(
                    at,
                    Kind::Section(format!("`{other}` is no type of a section: progbits, nobits and note are")),
                ));
            }
        },
        Tok::Sign("@") => asm.number_in(cursor)? as u32,
        Tok::Number(number) => number as u32,
        _ => {
            cursor.at = at;
            return Err(cursor.unexpected("`@progbits`, `@nobits` or `@note`"));
        }
    })
}

pub(super) fn section(asm: &mut Assembler<'_>, _: &Part<'_>, cursor: &mut Cursor<'_>, _: &str) -> Result<(), Fault> {
    let section = asm.named_section(cursor)?;
    asm.enter(section);
    Ok(())
}

/// `.text`, `.data`.
pub(super) fn short(asm: &mut Assembler<'_>, _: &Part<'_>, cursor: &mut Cursor<'_>, name: &str) -> Result<(), Fault> {
    // A number names a part of the section in GNU as; there is one.
    if matches!(cursor.peek(), Ok(Tok::Number(_))) {
        let _ = cursor.next();
    }
    let section = asm.image.section(&format!(".{name}"));
    asm.enter(section);
    Ok(())
}

pub(super) fn push(asm: &mut Assembler<'_>, part: &Part<'_>, cursor: &mut Cursor<'_>, name: &str) -> Result<(), Fault> {
    if asm.pushed.len() >= 1024 {
        return Err(Fault::new(cursor.at, Kind::Limit("more than 1024 `.pushsection`")));
    }
    asm.pushed.push((asm.section, asm.previous));
    section(asm, part, cursor, name)
}

pub(super) fn pop(asm: &mut Assembler<'_>, _: &Part<'_>, cursor: &mut Cursor<'_>, _: &str) -> Result<(), Fault> {
    let Some((section, previous)) = asm.pushed.pop() else {
        return Err(Fault::new(cursor.at, Kind::Section("there is no section to go back to".into())));
    };
    (asm.section, asm.previous) = (section, previous);
    Ok(())
}

pub(super) fn previous(asm: &mut Assembler<'_>, _: &Part<'_>, cursor: &mut Cursor<'_>, _: &str) -> Result<(), Fault> {
    if asm.previous.is_none() {
        return Err(Fault::new(cursor.at, Kind::Section("there is no section to go back to".into())));
    }
    core::mem::swap(&mut asm.section, &mut asm.previous);
    Ok(())
}

/// `.dialect gnu`.
pub(super) fn dialect(asm: &mut Assembler<'_>, _: &Part<'_>, cursor: &mut Cursor<'_>, _: &str) -> Result<(), Fault> {
    cursor.skip();
    let at = cursor.at;
    let name = cursor.name("the name of a dialect")?;
    let Some(dialect) = Dialect::from_name(name) else {
        let near = nearest(name, Dialect::ALL.map(Dialect::name))
            .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        return Err(Fault::new(
            at,
            Kind::Section(format!("there is no dialect `{name}`: llvm, gnu, ubpf and kernel are{near}")),
        ));
    };
    (asm.dialect, asm.syntax) = (dialect, Syntax::of(dialect));
    asm.meaning += 1;
    Ok(())
}

/// `.endian big`.
pub(super) fn endian(asm: &mut Assembler<'_>, _: &Part<'_>, cursor: &mut Cursor<'_>, _: &str) -> Result<(), Fault> {
    cursor.skip();
    let at = cursor.at;
    let endian = match cursor.name("`little` or `big`")? {
        "little" => Endian::Little,
        "big" => Endian::Big,
        _ => {
            cursor.at = at;
            return Err(cursor.unexpected("`little` or `big`"));
        }
    };
    if asm.image.sections.iter().any(|section| section.here() > 0) && endian != asm.image.endian {
        return Err(Fault::new(at, Kind::Section("the byte order is said before anything else".into())));
    }
    asm.image.endian = endian;
    Ok(())
}

/// `.file "name"`; with a number before it, for DWARF.
pub(super) fn file(asm: &mut Assembler<'_>, _: &Part<'_>, cursor: &mut Cursor<'_>, _: &str) -> Result<(), Fault> {
    if let Ok(Tok::Text(_)) = cursor.peek() {
        let name = String::from_utf8_lossy(&cursor.string()?).into_owned();
        asm.file_symbol.get_or_insert(name);
    }
    cursor.at = cursor.end;
    Ok(())
}

/// `.error "text"`, `.warning "text"`.
pub(super) fn said(asm: &mut Assembler<'_>, part: &Part<'_>, cursor: &mut Cursor<'_>, name: &str) -> Result<(), Fault> {
    cursor.skip();
    let at = cursor.at;
    let text =
        if cursor.is_done() { format!(".{name}") } else { String::from_utf8_lossy(&cursor.string()?).into_owned() };
    if name == "warning" {
        let loc = part.loc(at);
        if asm.warnings.len() < 100 {
            asm.warnings.push((loc, text));
        }
        return Ok(());
    }
    Err(Fault::new(at, Kind::Said(text)))
}

/// `.purgem name`.
pub(super) fn purge(asm: &mut Assembler<'_>, _: &Part<'_>, cursor: &mut Cursor<'_>, _: &str) -> Result<(), Fault> {
    cursor.skip();
    let at = cursor.at;
    let name = cursor.name("the name of a macro")?;
    match asm.macros.remove(name) {
        Some(_) => {
            asm.meaning += 1;
            Ok(())
        }
        None => Err(Fault::new(at, Kind::Macro(format!("there is no macro `{name}`").into()))),
    }
}
