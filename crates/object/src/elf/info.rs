//! Functions' types, source lines and CO-RE records, put on the instructions.

use alloc::{sync::Arc, vec::Vec};

use hashbrown::HashMap;
use skep_btf::{StrOff, TypeId};
use skep_isa::{CoreKind, CoreRecord, SourceLine};

use super::{
    cursor::{Cursor, Spot},
    ext::{self, Ext, Records, Table, word},
    reader::Reader,
    role::Role,
};
use crate::{Kind, SectionIdx};

/// One record: its slot within the section, and the words after it.
type Record = (u32, [u32; 3]);

impl Reader<'_> {
    /// Reads `.BTF.ext`. Without BTF there is nothing it could refer to.
    pub fn read_info(&mut self) {
        if self.types.is_none() {
            return;
        }
        let Some((idx, section)) = self.file.find(".BTF.ext") else { return };
        if let Err(why) = self.read_tables(section.data) {
            let site = self.file.site(idx);
            self.error(site, Kind::BtfExt(why));
        }
    }

    fn read_tables(&mut self, data: &[u8]) -> Result<(), &'static str> {
        let ext = Ext::open(data, self.file.endian)?;
        self.for_groups(&ext, ext::FUNC, |reader, section, records| {
            for &(slot, [type_id, ..]) in records {
                if let Some((func, at)) = reader.func_at(section, slot.into())
                    && at.0 == 0
                {
                    reader.funcs[func.at()].type_id = TypeId(type_id);
                }
            }
            Ok(())
        })?;
        self.for_groups(&ext, ext::LINE, |reader, section, records| {
            let mut cursor = Cursor::default();
            for &(slot, [file, text, line_col]) in records {
                if let Spot::Insn { func, insn } = cursor.find(&reader.funcs, section, slot) {
                    reader.funcs[func].insns[insn].line =
                        SourceLine { file: StrOff(file), text: StrOff(text), line_col };
                }
            }
            Ok(())
        })?;
        let mut strings = HashMap::new();
        self.for_groups(&ext, ext::CORE, |reader, section, records| reader.core_records(section, records, &mut strings))
    }

    fn core_records(
        &mut self,
        section: SectionIdx,
        records: &[Record],
        strings: &mut HashMap<StrOff, Arc<str>>,
    ) -> Result<(), &'static str> {
        let mut cursor = Cursor::default();
        for &(slot, [type_id, access, kind]) in records {
            let access = match strings.get(&StrOff(access)) {
                Some(access) => access.clone(),
                None => {
                    let text = self.btf().and_then(|btf| btf.string(StrOff(access)));
                    let text: Arc<str> = text.ok_or("a CO-RE record has no access string")?.into();
                    strings.insert(StrOff(access), text.clone());
                    text
                }
            };
            match cursor.find(&self.funcs, section, slot) {
                Spot::Hole => {}
                Spot::Middle { .. } => return Err("a CO-RE record is for the second half of a wide load"),
                Spot::Insn { func, insn } => {
                    let record = CoreRecord { type_id: TypeId(type_id), kind: CoreKind(kind), access };
                    self.funcs[func].insns[insn].facts_mut().core = Some(record);
                }
            }
        }
        Ok(())
    }

    /// Hands the records of each code section to `take`, sorted by slot.
    fn for_groups(
        &mut self,
        ext: &Ext<'_>,
        table: Table,
        mut take: impl FnMut(&mut Self, SectionIdx, &[Record]) -> Result<(), &'static str>,
    ) -> Result<(), &'static str> {
        let codes = self.sections_of(|role| matches!(role, Role::Code { .. }));
        let name_of = |&idx: &SectionIdx| Some((self.file.section(idx)?.name.clone(), idx));
        let codes: HashMap<Arc<str>, SectionIdx> = codes.iter().rev().filter_map(name_of).collect();
        let mut records = Vec::new();
        for group in ext.groups(table)? {
            let group = group?;
            let name = self.btf().and_then(|btf| btf.string(group.section)).ok_or("a section has no name")?;
            let Some(&section) = codes.get(name) else { continue };
            self.sorted(&group, &mut records)?;
            take(self, section, &records)?;
        }
        Ok(())
    }

    fn sorted(&self, group: &Records<'_>, records: &mut Vec<Record>) -> Result<(), &'static str> {
        records.clear();
        for record in group.data.chunks_exact(group.size) {
            let field = |at| word(record, at, self.file.endian).unwrap_or_default();
            let offset = field(0);
            if offset % 8 != 0 {
                return Err("a record is for a place between two instructions");
            }
            records.push((offset / 8, [field(4), field(8), field(12)]));
        }
        records.sort_by_key(|(slot, _)| *slot);
        Ok(())
    }
}
