//! Functions' types, source lines and CO-RE records, put on the instructions.

use alloc::{sync::Arc, vec::Vec};

use hashbrown::HashMap;
use skep_btf::{
    StrOff,
    ext::{CoreRelo, Ext, FuncInfo, LineInfo},
};
use skep_isa::{CoreRecord, SourceLine};

use super::{
    cursor::{Cursor, Spot},
    reader::Reader,
    role::Role,
};
use crate::{Error, Kind, SectionIdx};

/// Code sections by name.
type Codes = HashMap<Arc<str>, SectionIdx>;

impl Reader<'_> {
    /// Reads `.BTF.ext`. Without BTF there is nothing it could refer to.
    pub fn read_info(&mut self) {
        if self.types.is_none() {
            return;
        }
        let Some((idx, section)) = self.file.find(".BTF.ext") else { return };
        let (site, parsed) = (self.file.site(idx), Ext::parse(section.data));
        let read = parsed.map_err(Kind::Btf).and_then(|ext| {
            self.read_func_info(&ext)?;
            self.read_line_info(&ext)?;
            self.read_core(&ext)
        });
        if let Err(kind) = read {
            self.errors.push(Error::new(site, kind));
        }
    }

    fn codes(&self) -> Codes {
        let sections = self.file.enumerate().filter(|(idx, _)| matches!(self.role(*idx), Some(Role::Code { .. })));
        sections.map(|(idx, s)| (s.name.clone(), idx)).collect()
    }

    /// The code section that a group of records is about.
    fn section_of(&self, codes: &Codes, name: StrOff) -> Option<SectionIdx> {
        codes.get(self.btf()?.string(name)?).copied()
    }

    fn read_func_info(&mut self, ext: &Ext) -> Result<(), Kind> {
        let codes = self.codes();
        for group in ext.func_info() {
            let Some(section) = self.section_of(&codes, group.name) else { continue };
            for FuncInfo { insn_off, type_id } in group.records() {
                if let Some((func, at)) = self.func_at(section, slot(insn_off)?.into())
                    && at.0 == 0
                {
                    self.funcs[func.at()].type_id = type_id;
                }
            }
        }
        Ok(())
    }

    fn read_line_info(&mut self, ext: &Ext) -> Result<(), Kind> {
        let codes = self.codes();
        for group in ext.line_info() {
            let Some(section) = self.section_of(&codes, group.name) else { continue };
            let mut cursor = Cursor::default();
            in_order(
                group.records(),
                |r| r.insn_off,
                |LineInfo { insn_off, file, text, line_col }| {
                    if let Spot::Insn { func, insn } = cursor.find(&self.funcs, section, slot(insn_off)?) {
                        self.funcs[func].insns[insn].line = SourceLine { file, text, line_col };
                    }
                    Ok(())
                },
            )?;
        }
        Ok(())
    }

    fn read_core(&mut self, ext: &Ext) -> Result<(), Kind> {
        let (codes, mut strings) = (self.codes(), HashMap::new());
        for group in ext.core() {
            let Some(section) = self.section_of(&codes, group.name) else { continue };
            let mut cursor = Cursor::default();
            in_order(
                group.records(),
                |r| r.insn_off,
                |record| self.read_core_record(section, record, &mut cursor, &mut strings),
            )?;
        }
        Ok(())
    }

    fn read_core_record(
        &mut self,
        section: SectionIdx,
        record: CoreRelo,
        cursor: &mut Cursor,
        strings: &mut HashMap<StrOff, Arc<str>>,
    ) -> Result<(), Kind> {
        match cursor.find(&self.funcs, section, slot(record.insn_off)?) {
            Spot::Hole => Ok(()),
            Spot::Middle { .. } => Err(Kind::BtfExt("a CO-RE record is for the second half of a wide load")),
            Spot::Insn { func, insn } => {
                let access = self.access_string(record.access, strings)?;
                let core = CoreRecord { type_id: record.type_id, kind: record.kind, access };
                self.funcs[func].insns[insn].facts_mut().core = Some(core);
                Ok(())
            }
        }
    }

    /// An access string, shared by all records that have it.
    fn access_string(&self, off: StrOff, strings: &mut HashMap<StrOff, Arc<str>>) -> Result<Arc<str>, Kind> {
        if let Some(known) = strings.get(&off) {
            return Ok(known.clone());
        }
        let text = self.btf().and_then(|btf| btf.string(off));
        let text: Arc<str> = text.ok_or(Kind::BtfExt("a CO-RE record has no access string"))?.into();
        strings.insert(off, text.clone());
        Ok(text)
    }
}

/// The slot at an offset in bytes.
fn slot(offset: u32) -> Result<u32, Kind> {
    if offset.is_multiple_of(8) {
        Ok(offset / 8)
    } else {
        Err(Kind::BtfExt("a record is for a place between two instructions"))
    }
}

/// Hands records over by offset: the order in which compilers write them, and in which going through instructions in
/// step wants them.
fn in_order<R: Copy>(
    records: impl Iterator<Item = R> + Clone,
    offset: impl Fn(&R) -> u32,
    mut take: impl FnMut(R) -> Result<(), Kind>,
) -> Result<(), Kind> {
    if records.clone().is_sorted_by_key(|r| offset(&r)) {
        return { records }.try_for_each(take);
    }
    let mut records = records.collect::<Vec<_>>();
    records.sort_by_key(offset);
    records.into_iter().try_for_each(&mut take)
}
