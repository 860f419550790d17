//! What `.BTF.ext` says of instructions.

use alloc::{sync::Arc, vec::Vec};
use core::fmt::{self, Write};

use hashbrown::HashMap;
use skep_btf::{
    Btf,
    core::{Record, Spec},
    ext::{CoreRelo, Ext, FuncInfo, LineInfo},
};

use skep_isa::text::Quoted;

use super::Text;

/// The records of all sections.
#[derive(Default)]
pub(super) struct Records(HashMap<Arc<str>, OfSection>);

#[derive(Default)]
struct OfSection {
    funcs: Vec<FuncInfo>,
    lines: Vec<LineInfo>,
    cores: Vec<CoreRelo>,
}

/// The records of a section that are still to come.
pub(super) struct Rest<'r> {
    funcs: &'r [FuncInfo],
    lines: &'r [LineInfo],
    cores: &'r [CoreRelo],
}

impl Records {
    pub fn of(btf: &Btf, ext: &Ext) -> Self {
        let mut records: HashMap<Arc<str>, OfSection> = HashMap::new();
        for group in ext.func_info() {
            records.entry(btf.string(group.name).unwrap_or_default().into()).or_default().funcs.extend(group.records());
        }
        for group in ext.line_info() {
            records.entry(btf.string(group.name).unwrap_or_default().into()).or_default().lines.extend(group.records());
        }
        for group in ext.core() {
            records.entry(btf.string(group.name).unwrap_or_default().into()).or_default().cores.extend(group.records());
        }
        for section in records.values_mut() {
            section.funcs.sort_by_key(|record| record.insn_off);
            section.lines.sort_by_key(|record| record.insn_off);
            section.cores.sort_by_key(|record| record.insn_off);
        }
        Self(records)
    }

    pub fn of_section(&self, name: &str) -> Rest<'_> {
        match self.0.get(name) {
            Some(section) => Rest { funcs: &section.funcs, lines: &section.lines, cores: &section.cores },
            None => Rest { funcs: &[], lines: &[], cores: &[] },
        }
    }
}

/// Takes the records of a place from the front; those of places before are passed over.
fn take<'r, R>(records: &mut &'r [R], at: u32, place: impl Fn(&R) -> u32) -> &'r [R] {
    let before = records.iter().take_while(|record| place(record) < at).count();
    let here = records.iter().skip(before).take_while(|record| place(record) == at).count();
    let (found, rest) = records.split_at(before + here);
    *records = rest;
    found.get(before..).unwrap_or_default()
}

impl Rest<'_> {
    /// Writes those of an instruction.
    pub fn write(&mut self, out: &mut (impl Write + ?Sized), text: &Text<'_>, at: u32) -> fmt::Result {
        let Some(btf) = &text.btf else { return Ok(()) };
        if self.funcs.is_empty() && self.lines.is_empty() && self.cores.is_empty() {
            return Ok(());
        }
        let brief = text.options.brief;
        for func in take(&mut self.funcs, at, |record| record.insn_off) {
            if !brief {
                writeln!(out, "    .btf_func {}", func.type_id.0)?;
            }
        }
        for line in take(&mut self.lines, at, |record| record.insn_off) {
            let (file, source) = (btf.string(line.file).unwrap_or_default(), btf.string(line.text).unwrap_or_default());
            let (number, column) = (line.line_col >> 10, line.line_col & 0x3ff);
            if text.options.source {
                let sign = text.comment_sign();
                writeln!(out, "{sign} {}:{number}: {}", OneLine(file), OneLine(source.trim()))?;
            }
            if !brief {
                let (file, source) = (Quoted(file.as_bytes()), Quoted(source.as_bytes()));
                writeln!(out, "    .btf_line {file}, {number}, {column}, {source}")?;
            }
        }
        for core in take(&mut self.cores, at, |record| record.insn_off) {
            let access = btf.string(core.access).unwrap_or_default();
            let kind = kind_name(core.kind.0);
            let record = Record { type_id: core.type_id, kind: core.kind, access };
            if brief {
                write!(out, "    // CO-RE {kind}")?;
            } else {
                write!(out, "    .btf_core {kind}, {}, {}", core.type_id.0, Quoted(access.as_bytes()))?;
            }
            match Spec::of(btf, &record) {
                Ok(spec) if brief => write!(out, " {}", OneLine(&alloc::format!("{spec}")))?,
                Ok(spec) => write!(out, "  // {}", OneLine(&alloc::format!("{spec}")))?,
                Err(_) => {}
            }
            out.write_char('\n')?;
        }
        Ok(())
    }
}

/// The word for a kind of record.
fn kind_name(kind: u32) -> Word {
    const WORDS: [&str; 13] = [
        "byte_off",
        "byte_sz",
        "field_exists",
        "signed",
        "lshift_u64",
        "rshift_u64",
        "local_type_id",
        "target_type_id",
        "type_exists",
        "type_size",
        "enumval_exists",
        "enumval_value",
        "type_matches",
    ];
    Word(WORDS.get(kind as usize).copied(), kind)
}

/// A word, or the number of something that has none.
struct Word(Option<&'static str>, u32);

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(word) => f.write_str(word),
            None => self.1.fmt(f),
        }
    }
}

/// A text that must not end a comment.
pub(super) struct OneLine<'a>(pub &'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            f.write_char(if c.is_control() { ' ' } else { c })?;
        }
        Ok(())
    }
}
