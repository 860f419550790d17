//! What is referred to, by name.

use alloc::{borrow::Cow, format, string::String, sync::Arc};
use core::fmt::Write;

use hashbrown::HashMap;
use object::elf;
use skep_btf::{Btf, Kind, Type};

use super::{Text, quote::Name, symbols::is_shown};
use crate::{
    Linkage, SectionIdx,
    elf::file::{Place, Symbol},
};

/// So many symbols before a byte are looked at for the one that it belongs to.
const MOST_AROUND: usize = 64;

/// What the types declare and do not define, by name: the operand that names it.
#[derive(Default)]
pub(super) struct Externs(HashMap<Arc<str>, &'static str>);

impl Externs {
    pub fn of(btf: &Btf) -> Self {
        let mut externs = HashMap::new();
        for (id, kind) in btf.kinds() {
            if kind != Kind::DATASEC {
                continue;
            }
            let Some(Type::Datasec(section)) = btf.get(id) else { continue };
            for var in section.vars() {
                let operand = match (section.name, btf.kind(var.ty)) {
                    (".ksyms", Some(Kind::FUNC)) => "kfunc",
                    (".ksyms", _) => "ksym",
                    (".kconfig", _) => "kconfig",
                    _ => continue,
                };
                externs.insert(btf.name(var.ty).into(), operand);
            }
        }
        Self(externs)
    }
}

impl Text<'_> {
    /// The text of a reference to a symbol and bytes from its beginning, for an operand: `%map(events)`.
    pub(super) fn operand(&self, out: &mut String, symbol: u32, addend: i64) -> bool {
        let Some(found) = self.symbol(symbol) else { return false };
        let local = self.section_of(symbol).and_then(|(section, at)| self.local_at(section, at.wrapping_add(addend)));
        let operand = self.kind_of(local.and_then(|(at, _)| self.symbol(at)).unwrap_or(found));
        let _ = write!(out, "%{operand}(");
        let done = self.expression(out, symbol, addend);
        out.push(')');
        done
    }

    /// The same for data: `events + 8`.
    pub(super) fn expression(&self, out: &mut String, symbol: u32, addend: i64) -> bool {
        if self.symbol(symbol).is_none() {
            return false;
        }
        let (name, addend) = match self.section_of(symbol) {
            Some((section, at)) => {
                let addend = at.wrapping_add(addend);
                match self.named_at(section, addend) {
                    Some((local, within)) => (local.into(), within),
                    None => (self.section_called(section), addend),
                }
            }
            None => (self.called(symbol).into(), addend),
        };
        let name = Name(&name);
        let _ = match addend {
            0 => write!(out, "{name}"),
            1.. => write!(out, "{name} + {addend}"),
            _ => write!(out, "{name} - {}", addend.unsigned_abs()),
        };
        true
    }

    fn kind_of(&self, symbol: &Symbol<'_>) -> &'static str {
        let Place::Section(section) = symbol.place else {
            return self.externs.0.get(symbol.name).copied().unwrap_or("sym");
        };
        if symbol.kind == elf::STT_SECTION {
            return "sym";
        }
        match self.file.section(section) {
            Some(section) if section.name == ".maps" => "map",
            Some(section) if section.is_executable() && symbol.kind == elf::STT_FUNC => "func",
            Some(section) if is_variables(section.name) => "value",
            _ => "sym",
        }
    }

    /// The section that a symbol stands for, or stands in without being in the text; and where in it.
    pub(super) fn section_of(&self, at: u32) -> Option<(SectionIdx, i64)> {
        let symbol = self.symbol(at)?;
        let named = is_shown(symbol) && self.stands(at);
        match symbol.place {
            Place::Section(section) if symbol.kind == elf::STT_SECTION => Some((section, 0)),
            Place::Section(section) if symbol.linkage == Linkage::Local && !named => {
                Some((section, symbol.value as i64))
            }
            _ => None,
        }
    }

    /// The name of a section in the text; with its number, if it is not the first of its name.
    pub(super) fn section_called(&self, section: SectionIdx) -> Cow<'_, str> {
        match self.part(section) {
            Some(part) if part.nth > 1 => format!("{}@{}", part.name, part.nth).into(),
            Some(part) => Cow::Borrowed(&part.name),
            None => self.file.section(section).map_or("", |section| section.name).into(),
        }
    }

    /// The local symbol that a byte of a section belongs to, and the offset within it. An assembler makes a reference to
    /// the section of it again.
    pub(super) fn named_at(&self, section: SectionIdx, at: i64) -> Option<(&str, i64)> {
        self.local_at(section, at).map(|(symbol, within)| (self.called(symbol), within))
    }

    fn local_at(&self, section: SectionIdx, at: i64) -> Option<(u32, i64)> {
        let at = u64::try_from(at).ok()?;
        let part = self.part(section)?;
        let after = part.symbols.partition_point(|&symbol| self.symbol(symbol).is_some_and(|s| s.value <= at));
        let mut before =
            part.symbols.get(..after)?.iter().rev().take(MOST_AROUND).map_while(|&idx| Some((idx, self.symbol(idx)?)));
        let covers = |symbol: &Symbol<'_>| symbol.value == at || at - symbol.value < symbol.size;
        let (idx, found) = before.find(|(idx, symbol)| {
            symbol.linkage == Linkage::Local && covers(symbol) && self.stands(*idx) && symbol.kind != elf::STT_NOTYPE
        })?;
        i64::try_from(at - found.value).ok().map(|within| (idx, within))
    }
}

/// Whether a section of this name holds variables.
fn is_variables(name: &str) -> bool {
    [".data", ".rodata", ".bss"]
        .iter()
        .any(|family| name.strip_prefix(family).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
}
