//! `.BTF.ext`, changed and written.

use alloc::vec::Vec;

use skep_uapi::btf::CoreKind;

use super::{CoreRelo, Ext, FuncInfo, LineInfo, Record, Sections};
use crate::{Endian, Error, ErrorKind, StrOff, TypeId, header::word};

/// `.BTF.ext` as lists, to be changed and encoded.
///
/// ```
/// use skep_btf::{Endian, StrOff, TypeId, ext::{Edit, Ext, FuncInfo, Group}};
///
/// let mut edit = Edit::default();
/// let main = FuncInfo { insn_off: 0, type_id: TypeId(3) };
/// edit.func.groups.push(Group::new(StrOff(1), [main]));
/// let ext = Ext::parse(edit.encode(Endian::Little))?;
/// assert_eq!(ext.func_info().next().map(|section| section.len()), Some(1));
/// # Ok::<(), skep_btf::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edit {
    /// Where functions begin.
    pub func: List<FuncInfo>,
    /// The lines of instructions.
    pub line: List<LineInfo>,
    /// What CO-RE has to patch.
    pub core: List<CoreRelo>,
    /// Whether the header is the short one of 24 bytes, which has no place for CO-RE. It is only written so as long as
    /// there are no such records.
    pub short_header: bool,
}

/// A list of records, grouped by section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List<R> {
    /// The groups in order.
    pub groups: Vec<Group<R>>,
}

impl<R> Default for List<R> {
    fn default() -> Self {
        Self { groups: Vec::new() }
    }
}

/// The records about one section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group<R> {
    /// The name of the section.
    pub section: StrOff,
    /// The records, in the order in which they are written: the kernel wants rising offsets.
    pub entries: Vec<Entry<R>>,
}

/// A record, and what follows the fields known here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<R> {
    /// The known fields.
    pub record: R,
    /// The words behind them; records of a list that have fewer than others get zeroes.
    pub tail: Vec<u32>,
}

impl<R> Group<R> {
    /// Records about a section, with nothing but the known fields.
    pub fn new(section: StrOff, records: impl IntoIterator<Item = R>) -> Self {
        let entries = records.into_iter().map(|record| Entry { record, tail: Vec::new() }).collect();
        Self { section, entries }
    }
}

/// A record as it is written.
pub(super) trait Write: Record + Copy {
    fn words(&self) -> impl AsRef<[u32]>;
    fn remapped(self, id: &mut dyn FnMut(TypeId) -> TypeId, name: &mut dyn FnMut(StrOff) -> StrOff) -> Self;
}

impl Write for FuncInfo {
    fn words(&self) -> impl AsRef<[u32]> {
        [self.insn_off, self.type_id.0]
    }

    fn remapped(self, id: &mut dyn FnMut(TypeId) -> TypeId, _: &mut dyn FnMut(StrOff) -> StrOff) -> Self {
        Self { type_id: id(self.type_id), ..self }
    }
}

impl Write for LineInfo {
    fn words(&self) -> impl AsRef<[u32]> {
        [self.insn_off, self.file.0, self.text.0, self.line_col]
    }

    fn remapped(self, _: &mut dyn FnMut(TypeId) -> TypeId, name: &mut dyn FnMut(StrOff) -> StrOff) -> Self {
        Self { file: name(self.file), text: name(self.text), ..self }
    }
}

impl Write for CoreRelo {
    fn words(&self) -> impl AsRef<[u32]> {
        let CoreKind(kind) = self.kind;
        [self.insn_off, self.type_id.0, self.access.0, kind]
    }

    fn remapped(self, id: &mut dyn FnMut(TypeId) -> TypeId, name: &mut dyn FnMut(StrOff) -> StrOff) -> Self {
        Self { type_id: id(self.type_id), access: name(self.access), ..self }
    }
}

#[allow(private_bounds, reason = "records are those of this module")]
impl<R: Write> List<R> {
    fn of(sections: Sections<'_, R>) -> Self {
        let endian = sections.endian;
        let groups = sections.map(|section| {
            let tail = |bytes: &[u8]| {
                let words = bytes.len() / 4;
                (R::WORDS..words).map_while(|i| word(bytes, endian, 4 * i)).collect()
            };
            let records = section.bytes.chunks_exact(section.record.max(1));
            let entries = section.records().zip(records).map(|(record, bytes)| Entry { record, tail: tail(bytes) });
            Group { section: section.name, entries: entries.collect() }
        });
        Self { groups: groups.filter(|group| !group.entries.is_empty()).collect() }
    }

    fn remap(&mut self, id: &mut dyn FnMut(TypeId) -> TypeId, name: &mut dyn FnMut(StrOff) -> StrOff) {
        for group in &mut self.groups {
            group.section = name(group.section);
            for entry in &mut group.entries {
                entry.record = entry.record.remapped(id, name);
            }
        }
    }

    /// The list as words; none at all if it has no records.
    fn write(&self, out: &mut Vec<u32>) {
        let groups = || self.groups.iter().filter(|group| !group.entries.is_empty());
        let tails = groups().flat_map(|group| &group.entries).map(|entry| entry.tail.len());
        let Some(tail) = tails.max() else { return };
        out.push(4 * (R::WORDS + tail) as u32);
        for group in groups() {
            out.extend([group.section.0, group.entries.len() as u32]);
            for entry in &group.entries {
                out.extend_from_slice(entry.record.words().as_ref());
                out.extend_from_slice(&entry.tail);
                out.extend(core::iter::repeat_n(0, tail - entry.tail.len()));
            }
        }
    }
}

impl Edit {
    /// Begins with what a `.BTF.ext` has, groups without records apart.
    pub fn of(ext: &Ext) -> Self {
        Self {
            func: List::of(ext.func_info()),
            line: List::of(ext.line_info()),
            core: List::of(ext.core()),
            short_header: word(ext.bytes.as_ref(), ext.endian, 4) == Some(24),
        }
    }

    /// Lets every record refer to the type that `id` says and the string that `name` says, for instance after
    /// [`dedup_keeping`](crate::dedup_keeping). The tails are left as they are: nobody knows what they are.
    pub fn remap(&mut self, mut id: impl FnMut(TypeId) -> TypeId, mut name: impl FnMut(StrOff) -> StrOff) {
        self.func.remap(&mut id, &mut name);
        self.line.remap(&mut id, &mut name);
        self.core.remap(&mut id, &mut name);
    }

    /// Every string that a record or a group refers to, some of them several times.
    pub fn strings(&self) -> impl Iterator<Item = StrOff> {
        let func = self.func.groups.iter().map(|group| group.section);
        let line = self.line.groups.iter().flat_map(|group| {
            let texts = group.entries.iter().flat_map(|entry| [entry.record.file, entry.record.text]);
            core::iter::once(group.section).chain(texts)
        });
        let core = self.core.groups.iter().flat_map(|group| {
            let texts = group.entries.iter().map(|entry| entry.record.access);
            core::iter::once(group.section).chain(texts)
        });
        func.chain(line).chain(core)
    }

    /// Whether there are no records.
    pub fn is_empty(&self) -> bool {
        let mut words = Vec::new();
        self.func.write(&mut words);
        self.line.write(&mut words);
        self.core.write(&mut words);
        words.is_empty()
    }

    /// The bytes of the section. Groups without records are left out.
    #[doc(alias = "btf_ext__raw_data")]
    pub fn encode(&self, endian: Endian) -> Vec<u8> {
        let mut body = Vec::new();
        let mut ends = [0; 3];
        self.func.write(&mut body);
        ends[0] = 4 * body.len() as u32;
        self.line.write(&mut body);
        ends[1] = 4 * body.len() as u32;
        self.core.write(&mut body);
        ends[2] = 4 * body.len() as u32;
        let [func, line, core] = ends;
        let header_len = if self.short_header && core == line { 24 } else { 32 };
        let header = [header_len, 0, func, func, line - func, line, core - line];
        let mut out = Vec::with_capacity(header_len as usize + 4 * body.len());
        out.extend(endian.bytes16(0xeb9f));
        // Version 1, no flags.
        out.extend([1, 0]);
        let header = &header[..header_len as usize / 4 - 1];
        out.extend(header.iter().chain(&body).flat_map(|&word| endian.bytes32(word)));
        out
    }

    /// Checks what kernels check: within a section, records in rising order of their offsets, which lie between
    /// instructions, no two at one offset.
    ///
    /// # Errors
    /// `btf-ext-order` with the first offset that does not rise.
    pub fn check_order(&self) -> Result<(), Error> {
        fn rising(offs: impl Iterator<Item = u32>) -> Result<(), Error> {
            let mut last = None;
            for off in offs {
                if off % 8 != 0 || last.is_some_and(|last| last >= off) {
                    return Err(Error { type_id: None, offset: None, kind: ErrorKind::ExtOrder(off) });
                }
                last = Some(off);
            }
            Ok(())
        }
        for group in &self.func.groups {
            rising(group.entries.iter().map(|entry| entry.record.insn_off))?;
        }
        for group in &self.line.groups {
            rising(group.entries.iter().map(|entry| entry.record.insn_off))?;
        }
        Ok(())
    }
}
