//! Sections and symbols.

use alloc::vec::Vec;
use core::fmt::{self, Write};

use hashbrown::HashSet;
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

/// For each symbol whether it is the first of its name.
pub(super) fn first_of_names(file: &File<'_>) -> Vec<bool> {
    let mut names = HashSet::with_capacity(file.symbols.len());
    file.symbols.iter().map(|symbol| !is_shown(symbol) || names.insert(symbol.name)).collect()
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
        out.write_char('\n')?;
        if section.align > 1 && section.align.is_power_of_two() {
            writeln!(out, "    .p2align {}", section.align.trailing_zeros())?;
        }
        Ok(())
    }

    /// A symbol at its place.
    pub(super) fn define(&self, out: &mut (impl Write + ?Sized), symbol: &Symbol<'_>) -> fmt::Result {
        let name = Name(symbol.name);
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

    /// The first symbol of a name; others of the same name are of other files that were linked.
    pub(super) fn is_first(&self, at: u32) -> bool {
        self.is_first.get(at as usize).copied().unwrap_or(true)
    }
}
