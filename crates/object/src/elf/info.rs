//! Functions' types, source lines and CO-RE records, put on the instructions.

use alloc::vec::Vec;

use hashbrown::HashMap;
use skep_btf::{
    StrOff, TypeId,
    core::CoreKind,
    ext::{CoreRelo, Ext, FuncInfo, LineInfo},
};
use skep_isa::{CoreRecord, Meta, SourceLine};

use super::{
    cursor::{Cursor, Spot},
    reader::Reader,
    role::Role,
};
use crate::{Error, Kind, SectionIdx};

/// The metadata of the CO-RE records seen so far.
type Known = HashMap<(TypeId, CoreKind, StrOff), Meta>;
/// Small objects ask for no more.
const FEW: usize = 14;
/// Code sections by name.
type Codes<'a> = HashMap<&'a str, SectionIdx>;

impl<'a> Reader<'a> {
    /// Reads `.BTF.ext`. Without BTF there is nothing it could refer to.
    pub fn read_info(&mut self) {
        if self.types.is_none() {
            return;
        }
        let Some((idx, _)) = self.file.find(".BTF.ext") else { return };
        let (site, data) = (self.file.site(idx), self.data(idx));
        let parsed = Ext::over(&*data);
        let read = parsed.map_err(Kind::Btf).and_then(|ext| {
            let codes = self.codes();
            self.read_func_info(&ext, &codes)?;
            self.read_line_info(&ext, &codes)?;
            self.read_core(&ext, &codes)
        });
        if let Err(kind) = read {
            self.errors.push(Error::new(site, kind));
        }
    }

    fn codes(&self) -> Codes<'a> {
        let sections = self.file.enumerate().filter(|(idx, _)| matches!(self.role(*idx), Some(Role::Code { .. })));
        sections.map(|(idx, s)| (s.name, idx)).collect()
    }

    /// The code section that a group of records is about.
    fn section_of(&self, codes: &Codes<'_>, name: StrOff) -> Option<SectionIdx> {
        codes.get(self.btf()?.string(name)?).copied()
    }

    fn read_func_info(&mut self, ext: &Ext<&[u8]>, codes: &Codes<'_>) -> Result<(), Kind> {
        for group in ext.func_info() {
            let Some(section) = self.section_of(codes, group.name) else { continue };
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

    fn read_line_info(&mut self, ext: &Ext<&[u8]>, codes: &Codes<'_>) -> Result<(), Kind> {
        for group in ext.line_info() {
            let Some(section) = self.section_of(codes, group.name) else { continue };
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

    fn read_core(&mut self, ext: &Ext<&[u8]>, codes: &Codes<'_>) -> Result<(), Kind> {
        let mut known = Known::with_capacity(FEW);
        for group in ext.core() {
            let Some(section) = self.section_of(codes, group.name) else { continue };
            let mut cursor = Cursor::default();
            in_order(
                group.records(),
                |r| r.insn_off,
                |record| self.read_core_record(section, record, &mut cursor, &mut known),
            )?;
        }
        Ok(())
    }

    fn read_core_record(
        &mut self,
        section: SectionIdx,
        record: CoreRelo,
        cursor: &mut Cursor,
        known: &mut Known,
    ) -> Result<(), Kind> {
        match cursor.find(&self.funcs, section, slot(record.insn_off)?) {
            Spot::Hole => Ok(()),
            Spot::Middle { .. } => Err(Kind::BtfExt("a CO-RE record is for the second half of a wide load")),
            Spot::Insn { func, insn } => {
                let meta = self.core_meta(record, known)?;
                let insn = &mut self.funcs[func].insns[insn];
                match insn.meta.facts() {
                    None => insn.meta = meta,
                    Some(_) => insn.facts_mut().core = meta.core().cloned(),
                }
                Ok(())
            }
        }
    }

    /// The metadata of a record, shared by all instructions that ask the same.
    fn core_meta(&self, record: CoreRelo, known: &mut Known) -> Result<Meta, Kind> {
        let question = (record.type_id, record.kind, record.access);
        if let Some(meta) = known.get(&question) {
            return Ok(meta.clone());
        }
        let access = self.btf().and_then(|btf| btf.string(record.access));
        let access = access.ok_or(Kind::BtfExt("a CO-RE record has no access string"))?.into();
        let mut meta = Meta::NONE;
        meta.facts_mut().core = Some(CoreRecord { type_id: record.type_id, kind: record.kind, access });
        known.insert(question, meta.clone());
        Ok(meta)
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
