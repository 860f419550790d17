//! `.BTF.ext` written record by record, behind what is there.

use alloc::vec::Vec;

use skep_uapi::btf::CoreKind;

use super::{CoreRelo, FuncInfo, LineInfo};
use crate::{Endian, StrOff};

/// The size in bytes of the header.
const HEADER: usize = 32;

/// `.BTF.ext` in the making: first all functions, then lines and CO-RE records.
#[derive(Debug)]
pub struct Stream {
    endian: Endian,
    out: Vec<u8>,
    /// Where it begins in `out`.
    start: usize,
    /// Where the lines begin there, once all functions are written.
    lines: Option<usize>,
    list: List,
    core: Vec<u8>,
    core_list: List,
}

/// Where a list is.
#[derive(Clone, Copy, Debug, Default)]
struct List {
    /// The section of the records that follow, if it has none yet.
    section: Option<StrOff>,
    /// Where the number of records of the section stands.
    count: Option<usize>,
    begun: bool,
}

impl List {
    fn put<const N: usize>(&mut self, out: &mut Vec<u8>, endian: Endian, record: [u32; N]) {
        if !self.begun {
            out.extend(endian.bytes32(4 * N as u32));
            self.begun = true;
        }
        if let Some(section) = self.section.take() {
            out.extend(endian.bytes32(section.0));
            self.count = Some(out.len());
            out.extend([0; 4]);
        }
        let place = self.count.and_then(|at| out.get_mut(at..at + 4)?.first_chunk_mut::<4>());
        if let Some(count) = place {
            *count = endian.bytes32(endian.u32(*count) + 1);
        }
        out.extend_from_slice(record.map(|word| endian.bytes32(word)).as_flattened());
    }
}

impl Stream {
    /// Begins behind the bytes in `out`.
    pub fn new(mut out: Vec<u8>, endian: Endian) -> Self {
        let start = out.len();
        out.resize(start + HEADER, 0);
        let (list, core) = (List::default(), Vec::new());
        Self { endian, out, start, lines: None, list, core, core_list: list }
    }

    /// The records that follow are about this section.
    pub fn section(&mut self, name: StrOff) {
        for list in [&mut self.list, &mut self.core_list] {
            (list.section, list.count) = (Some(name), None);
        }
    }

    /// Adds a function. It is lost if a line or a CO-RE record was added before.
    pub fn func(&mut self, FuncInfo { insn_off, type_id }: FuncInfo) {
        if self.lines.is_none() {
            self.list.put(&mut self.out, self.endian, [insn_off, type_id.0]);
        }
    }

    /// All functions were added; the lines follow, and with them CO-RE records.
    pub fn lines(&mut self) {
        self.lines = Some(self.out.len());
        (self.list, self.core_list) = (List::default(), List::default());
    }

    /// Adds a line.
    pub fn line(&mut self, LineInfo { insn_off, file, text, line_col }: LineInfo) {
        self.list.put(&mut self.out, self.endian, [insn_off, file.0, text.0, line_col]);
    }

    /// Adds a CO-RE record.
    pub fn core(&mut self, CoreRelo { insn_off, type_id, access, kind: CoreKind(kind) }: CoreRelo) {
        self.core_list.put(&mut self.core, self.endian, [insn_off, type_id.0, access.0, kind]);
    }

    /// What was there, and behind it the bytes of the section: from the offset on that is given. Without records none.
    pub fn finish(mut self) -> (Vec<u8>, Option<usize>) {
        let (body, lines, end) = (self.start + HEADER, self.lines.unwrap_or(self.out.len()), self.out.len());
        if end == body && self.core.is_empty() {
            self.out.truncate(self.start);
            return (self.out, None);
        }
        self.out.append(&mut self.core);
        let at = |place: usize| (place - body) as u32;
        let (func, line, core) = (at(lines), at(end), at(self.out.len()));
        let header = [HEADER as u32, 0, func, func, line - func, line, core - line];
        let magic = self.endian.bytes16(0xeb9f);
        let bytes =
            magic.into_iter().chain([1, 0]).chain(header.into_iter().flat_map(|word| self.endian.bytes32(word)));
        let place = self.out.get_mut(self.start..body).unwrap_or_default();
        place.iter_mut().zip(bytes).for_each(|(place, byte)| *place = byte);
        (self.out, Some(self.start))
    }
}
