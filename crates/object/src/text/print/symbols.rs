//! Sections and symbols.

use alloc::{format, string::String, vec::Vec};
use core::fmt::{self, Write};

use hashbrown::HashMap;
use object::elf;
use skep_isa::text::Quoted;

use super::{Part, Text, quote::Name};
use crate::{
    Linkage,
    elf::file::{File, Place, Symbol},
};

/// Whether a symbol stands in the text: those of sections, files and blocks do not.
pub(super) fn is_shown(symbol: &Symbol<'_>) -> bool {
    // Compilers number the blocks of a function so; the text has labels of its own.
    let is_block = symbol.linkage == Linkage::Local && symbol.kind == elf::STT_NOTYPE && symbol.name.starts_with("LBB");
    !matches!(symbol.kind, elf::STT_SECTION | elf::STT_FILE) && !symbol.name.is_empty() && !is_block
}

/// How the symbols of a file are called in the text, where a name can stand for one of them only.
#[derive(Default)]
pub(super) struct Called {
    /// Whether a symbol stands in the text.
    shown: Vec<bool>,
    /// Local symbols of other files that were linked have names of their own in the text.
    others: HashMap<u32, String>,
}

impl Called {
    pub fn of(file: &File<'_>) -> Self {
        let shown = file.symbols.iter().filter(|symbol| is_shown(symbol));
        let mut names: HashMap<&str, u32> = HashMap::with_capacity(file.symbols.len());
        names.extend(shown.map(|symbol| (symbol.name, 0)));
        let mut called = Self::default();
        for (at, symbol) in file.symbols.iter().enumerate() {
            let count = names.get_mut(symbol.name).filter(|_| is_shown(symbol));
            let times = count.map_or(1, |count| {
                *count += 1;
                *count
            });
            let is_local = symbol.linkage == Linkage::Local && matches!(symbol.place, Place::Section(_));
            called.shown.push(times == 1 || is_local);
            if times > 1 && is_local {
                let free = (times..).map(|n| format!("{}@{n}", symbol.name));
                let free = { free }.find(|name| !names.contains_key(name.as_str())).unwrap_or_default();
                called.others.insert(at as u32, free);
            }
        }
        called
    }
}

impl Text<'_> {
    /// The head of a section.
    pub(super) fn section(&self, out: &mut (impl Write + ?Sized), part: &Part<'_>) -> fmt::Result {
        let Some(section) = self.file.sections.get(part.position as usize) else { return Ok(()) };
        let letters = [
            (elf::SHF_ALLOC, 'a'),
            (elf::SHF_WRITE, 'w'),
            (elf::SHF_EXECINSTR, 'x'),
            (elf::SHF_MERGE, 'M'),
            (elf::SHF_STRINGS, 'S'),
            (elf::SHF_TLS, 'T'),
            (elf::SHF_GNU_RETAIN, 'R'),
        ];
        write!(out, "    .section {},\"", Quoted(part.name.as_bytes()))?;
        for (flag, letter) in letters {
            if section.flags & flag.0 != 0 {
                out.write_char(letter)?;
            }
        }
        out.write_str(match section.sh_type {
            elf::SHT_NOBITS => "\",@nobits",
            elf::SHT_NOTE => "\",@note",
            _ => "\",@progbits",
        })?;
        if section.flags & elf::SHF_MERGE.0 != 0 {
            write!(out, ",{}", section.entry_size)?;
        }
        if part.nth > 1 {
            write!(out, ",unique,{}", part.nth)?;
        }
        out.write_char('\n')?;
        if section.align > 1 && section.align.is_power_of_two() {
            writeln!(out, "    .p2align {}", section.align.trailing_zeros())?;
        }
        Ok(())
    }

    /// A symbol at its place.
    pub(super) fn define(&self, out: &mut (impl Write + ?Sized), at: u32, symbol: &Symbol<'_>) -> fmt::Result {
        let name = Name(self.called(at));
        if name.0 != symbol.name {
            writeln!(out, "    .rename {name},{}", Quoted(symbol.name.as_bytes()))?;
        }
        self.binding(out, symbol)?;
        match symbol.kind {
            elf::STT_FUNC => writeln!(out, "    .type {name},@function")?,
            elf::STT_OBJECT => writeln!(out, "    .type {name},@object")?,
            _ => {}
        }
        if symbol.size != 0 {
            writeln!(out, "    .size {name},{}", symbol.size)?;
        }
        writeln!(out, "{name}:")
    }

    fn binding(&self, out: &mut (impl Write + ?Sized), symbol: &Symbol<'_>) -> fmt::Result {
        let name = Name(symbol.name);
        match symbol.linkage {
            Linkage::Local => {}
            Linkage::Global => writeln!(out, "    .globl {name}")?,
            Linkage::Weak => writeln!(out, "    .weak {name}")?,
        }
        if symbol.hidden {
            writeln!(out, "    .hidden {name}")?;
        }
        Ok(())
    }

    /// What of the symbols without a place has to be said.
    pub(super) fn undefined(&self, out: &mut (impl Write + ?Sized)) -> fmt::Result {
        let mut first = true;
        for symbol in self.file.symbols.iter().filter(|symbol| symbol.is_extern()) {
            if symbol.linkage == Linkage::Weak || symbol.hidden {
                if core::mem::take(&mut first) {
                    out.write_char('\n')?;
                }
                self.binding(out, symbol)?;
            }
        }
        for symbol in self.file.symbols.iter().filter(|symbol| symbol.place == Place::Absolute && is_shown(symbol)) {
            writeln!(out, "    .set {},{:#x}", Name(symbol.name), symbol.value)?;
        }
        Ok(())
    }

    /// Whether a symbol, if it is one that is shown, stands in the text. Of globals of one name the first does.
    pub(super) fn stands(&self, at: u32) -> bool {
        self.called.shown.get(at as usize).copied().unwrap_or(true)
    }

    /// The name of a symbol in the text.
    pub(super) fn called(&self, at: u32) -> &str {
        let other = self.called.others.get(&at).map(|name| &**name);
        other.or_else(|| self.symbol(at).map(|symbol| symbol.name)).unwrap_or_default()
    }
}
