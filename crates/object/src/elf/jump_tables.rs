//! Tables of places that computed jumps lead to (`.jumptables`).

use alloc::{sync::Arc, vec::Vec};

use skep_isa::FuncIdx;

use super::{
    file::{Reloc, Symbol},
    reader::Reader,
    role::Role,
};
use crate::{JumpTable, Kind, SectionIdx};

/// The size in bytes of a number.
const SIZE: u64 = 8;

impl<'a> Reader<'a> {
    /// The numbers of a section of tables, read once.
    fn numbers(&mut self, section: SectionIdx) -> Arc<[u64]> {
        if let Some((_, numbers)) = self.numbers.iter().find(|(known, _)| *known == section) {
            return numbers.clone();
        }
        let data = self.data(section);
        let endian = self.file.endian;
        let numbers: Arc<[u64]> = data.as_chunks().0.iter().map(|&bytes| endian.u64(bytes)).collect::<Vec<_>>().into();
        self.numbers.push((section, numbers.clone()));
        numbers
    }

    /// Whether a section has tables.
    pub(super) fn has_jump_tables(&self, section: SectionIdx) -> bool {
        self.role(section) == Some(Role::JumpTables)
    }

    /// The table that a function refers to, by its position in the object's.
    pub(super) fn jump_table(
        &mut self,
        func: usize,
        section: SectionIdx,
        symbol: &Symbol<'a>,
        reloc: &Reloc,
    ) -> Result<u32, Kind> {
        let start = symbol.value.wrapping_add(reloc.addend as u64);
        let func = FuncIdx(func as u32);
        let first = u32::try_from(start / SIZE).ok().filter(|_| start.is_multiple_of(SIZE));
        let len = u32::try_from(symbol.size / SIZE).ok().filter(|len| symbol.size.is_multiple_of(SIZE) && *len > 0);
        let numbers = self.numbers(section);
        let end = first.zip(len).and_then(|(first, len)| first.checked_add(len));
        let (Some(first), Some(len), true) = (first, len, end.is_some_and(|end| end as usize <= numbers.len())) else {
            let why = "it is no table of whole numbers inside of `.jumptables`";
            return Err(Kind::RelocTarget { target: self.symbol_name(reloc.symbol), why });
        };
        let key = (func, section, first, len);
        if let Some(known) = self.jump_tables_known.get(&key) {
            return Ok(*known);
        }
        let idx = self.jump_tables.len() as u32;
        let base = self.funcs.get(func.at()).map_or(0, |f| u64::from(f.start.0) * SIZE);
        self.jump_tables.push(JumpTable { name: symbol.name.into(), func, base, numbers, first, len });
        self.jump_tables_known.insert(key, idx);
        Ok(idx)
    }
}
