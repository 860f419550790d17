//! `.BTF.ext`: what BTF says about instructions, namely where functions begin, which source line each instruction comes
//! from, and what CO-RE has to patch.
//!
//! All three are lists of records, grouped by the section that they are about. Records may be longer than the fields
//! known here; the rest is skipped. Everything is checked by [`Ext::parse`], so that reading cannot fail.

mod stream;
mod write;

use core::marker::PhantomData;

use skep_uapi::btf::CoreKind;

use crate::{Bytes, Endian, Error, ErrorKind, StrOff, TypeId, header::word};

pub use stream::Stream;
pub use write::{Edit, Entry, Group, List};

/// A parsed `.BTF.ext`, over bytes of its own or borrowed ones.
#[derive(Clone, Debug)]
pub struct Ext<B = Bytes> {
    bytes: B,
    endian: Endian,
    func: Table,
    line: Table,
    core: Table,
}

/// One of the three lists: where its groups are, and the size of a record.
#[derive(Clone, Copy, Debug, Default)]
struct Table {
    start: u32,
    end: u32,
    record: u32,
}

/// Where a function begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[doc(alias = "bpf_func_info")]
pub struct FuncInfo {
    /// The offset in bytes of its first instruction in its section.
    pub insn_off: u32,
    /// Its FUNC.
    pub type_id: TypeId,
}

/// The source line of an instruction, and of those after it up to the next record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[doc(alias = "bpf_line_info")]
pub struct LineInfo {
    /// The offset in bytes of the instruction in its section.
    pub insn_off: u32,
    /// The name of the file.
    pub file: StrOff,
    /// The text of the line.
    pub text: StrOff,
    /// The line above bit 10, the column in the bits below.
    pub line_col: u32,
}

impl LineInfo {
    /// The line, counted from 1.
    pub const fn line(&self) -> u32 {
        self.line_col >> 10
    }

    /// The column, counted from 1; 0 if it is not known.
    pub const fn column(&self) -> u32 {
        self.line_col & 0x3ff
    }
}

/// A fact about the target's types that an instruction waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[doc(alias = "bpf_core_relo")]
pub struct CoreRelo {
    /// The offset in bytes of the instruction in its section.
    pub insn_off: u32,
    /// The type at which the access begins.
    pub type_id: TypeId,
    /// The access string (`0:1:2`).
    pub access: StrOff,
    /// What is asked for.
    pub kind: CoreKind,
}

mod sealed {
    /// A record as consecutive words.
    pub trait Record: Sized {
        const WORDS: usize;
        fn read(word: impl Fn(usize) -> Option<u32>) -> Option<Self>;
    }
}
use sealed::Record;

impl Record for FuncInfo {
    const WORDS: usize = 2;
    fn read(word: impl Fn(usize) -> Option<u32>) -> Option<Self> {
        Some(Self { insn_off: word(0)?, type_id: TypeId(word(1)?) })
    }
}

impl Record for LineInfo {
    const WORDS: usize = 4;
    fn read(word: impl Fn(usize) -> Option<u32>) -> Option<Self> {
        Some(Self { insn_off: word(0)?, file: StrOff(word(1)?), text: StrOff(word(2)?), line_col: word(3)? })
    }
}

impl Record for CoreRelo {
    const WORDS: usize = 4;
    fn read(word: impl Fn(usize) -> Option<u32>) -> Option<Self> {
        let (access, kind) = (StrOff(word(2)?), CoreKind(word(3)?));
        Some(Self { insn_off: word(0)?, type_id: TypeId(word(1)?), access, kind })
    }
}

impl Ext {
    /// Opens the contents of a `.BTF.ext` section.
    ///
    /// # Errors
    /// When the header, a list or a group does not fit, or a record is shorter than its fields, with the place.
    pub fn parse(bytes: impl Into<Bytes>) -> Result<Self, Error> {
        Self::over(bytes.into())
    }
}

impl<B: AsRef<[u8]>> Ext<B> {
    /// As [`Ext::parse`], over what is only borrowed, or owned otherwise.
    ///
    /// # Errors
    /// As [`Ext::parse`].
    pub fn over(bytes: B) -> Result<Self, Error> {
        let data = bytes.as_ref();
        let short = |need: u64| truncated("the header of .BTF.ext", need, data.len(), 0);
        let &[m0, m1, version, ..] = data else { return Err(short(24)) };
        let endian = match u16::from_le_bytes([m0, m1]) {
            0xeb9f => Endian::Little,
            0x9feb => Endian::Big,
            magic => return Err(Error::at(ErrorKind::Magic(magic), 0)),
        };
        if version != 1 {
            return Err(Error::at(ErrorKind::Version(version), 2));
        }
        let header = word(data, endian, 4).ok_or_else(|| short(8))?;
        if header < 24 || header as usize > data.len() {
            return Err(short(header.max(24).into()));
        }
        let table = |at: usize, what, words| Table::read(data, endian, header, at, what, words);
        let func = table(8, "function info", FuncInfo::WORDS)?;
        let line = table(16, "line info", LineInfo::WORDS)?;
        // clang before 10 wrote the shorter header, without CO-RE.
        let core = if header >= 32 { table(24, "CO-RE", CoreRelo::WORDS)? } else { Table::default() };
        Ok(Self { bytes, endian, func, line, core })
    }

    /// The byte order.
    pub fn endian(&self) -> Endian {
        self.endian
    }

    /// Where functions begin.
    pub fn func_info(&self) -> Sections<'_, FuncInfo> {
        self.sections(self.func)
    }

    /// The lines of instructions.
    pub fn line_info(&self) -> Sections<'_, LineInfo> {
        self.sections(self.line)
    }

    /// What CO-RE has to patch.
    pub fn core(&self) -> Sections<'_, CoreRelo> {
        self.sections(self.core)
    }

    fn sections<R>(&self, table: Table) -> Sections<'_, R> {
        let rest = self.bytes.as_ref().get(table.start as usize..table.end as usize).unwrap_or_default();
        Sections { rest, endian: self.endian, record: table.record as usize, of: PhantomData }
    }
}

impl Table {
    /// Reads and checks the list whose offset and length stand at `at` in the header.
    fn read(
        data: &[u8],
        endian: Endian,
        header: u32,
        at: usize,
        what: &'static str,
        words: usize,
    ) -> Result<Self, Error> {
        let field = |at: usize| word(data, endian, at).ok_or_else(|| truncated(what, at as u64 + 4, data.len(), at));
        let (off, len) = (field(at)?, field(at + 4)?);
        if len == 0 {
            return Ok(Self::default());
        }
        let start = header.checked_add(off);
        let (Some(start), Some(end)) = (start, start.and_then(|start| start.checked_add(len))) else {
            return Err(Error::at(ErrorKind::Section(what), at));
        };
        let Some(list) = data.get(start as usize..end as usize) else {
            return Err(Error::at(ErrorKind::Section(what), at));
        };
        let record = word(list, endian, 0).ok_or_else(|| truncated(what, 4, list.len(), start as usize))?;
        if (record as usize) < 4 * words || record % 4 != 0 {
            return Err(Error::at(
                ErrorKind::RecordSize { what, size: record, least: 4 * words as u32 },
                start as usize,
            ));
        }
        let mut rest = &list[4..];
        while !rest.is_empty() {
            let place = end as usize - rest.len();
            let count = word(rest, endian, 4).ok_or_else(|| truncated(what, 8, rest.len(), place))?;
            let need = 8 + u64::from(count) * u64::from(record);
            let next = usize::try_from(need).ok().and_then(|need| rest.get(need..));
            rest = next.ok_or_else(|| truncated(what, need, rest.len(), place))?;
        }
        Ok(Self { start: start + 4, end, record })
    }
}

fn truncated(what: &'static str, need: u64, have: usize, at: usize) -> Error {
    Error::at(ErrorKind::Truncated { what, need, have: have as u64 }, at)
}

/// The groups of a list, one for each section that it has records about.
#[derive(Clone, Debug)]
pub struct Sections<'a, R> {
    rest: &'a [u8],
    endian: Endian,
    record: usize,
    of: PhantomData<R>,
}

/// The records about one section.
#[derive(Clone, Copy, Debug)]
pub struct Section<'a, R> {
    /// The name of the section.
    pub name: StrOff,
    bytes: &'a [u8],
    endian: Endian,
    record: usize,
    of: PhantomData<R>,
}

impl<'a, R> Iterator for Sections<'a, R> {
    type Item = Section<'a, R>;

    fn next(&mut self) -> Option<Section<'a, R>> {
        let Self { endian, record, of, .. } = *self;
        let (name, count) = (StrOff(word(self.rest, endian, 0)?), word(self.rest, endian, 4)?);
        let (bytes, rest) = self.rest.get(8..)?.split_at_checked((count as usize).checked_mul(record)?)?;
        self.rest = rest;
        Some(Section { name, bytes, endian, record, of })
    }
}

impl<'a, R: Record + 'a> Section<'a, R> {
    /// The number of records.
    pub fn len(&self) -> usize {
        self.bytes.len() / self.record.max(1)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The records in the order of the file.
    pub fn records(&self) -> impl Iterator<Item = R> + Clone + use<'a, R> {
        let endian = self.endian;
        self.bytes.chunks_exact(self.record.max(1)).map_while(move |record| R::read(|i| word(record, endian, 4 * i)))
    }
}
