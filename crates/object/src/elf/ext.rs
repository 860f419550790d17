//! `.BTF.ext`: function, line and CO-RE records, by section.

use skep_btf::StrOff;
use skep_uapi::Endian;

/// The three tables.
pub(super) struct Ext<'a> {
    data: &'a [u8],
    endian: Endian,
    header: usize,
}

/// Which table, with the smallest record that is understood.
#[derive(Clone, Copy)]
pub(super) struct Table {
    at: usize,
    least: usize,
}

pub(super) const FUNC: Table = Table { at: 8, least: 8 };
pub(super) const LINE: Table = Table { at: 16, least: 16 };
pub(super) const CORE: Table = Table { at: 24, least: 16 };

/// The records of one section.
pub(super) struct Records<'a> {
    pub section: StrOff,
    pub size: usize,
    pub data: &'a [u8],
}

impl<'a> Ext<'a> {
    pub fn open(data: &'a [u8], endian: Endian) -> Result<Self, &'static str> {
        let ext = Self { data, endian, header: 0 };
        let magic = data.get(..2).and_then(|b| Some(endian.u16(b.try_into().ok()?)));
        if magic != Some(0xeb9f) || data.get(2) != Some(&1) {
            return Err("the header does not begin as it must");
        }
        let header = ext.word(data, 4).ok_or("the header is cut off")? as usize;
        if header < 24 || header > data.len() {
            return Err("the header has an impossible size");
        }
        Ok(Self { header, ..ext })
    }

    /// The records of a table, a group for each section.
    pub fn groups(
        &self,
        table: Table,
    ) -> Result<impl Iterator<Item = Result<Records<'a>, &'static str>>, &'static str> {
        let rest = self.part(table)?;
        let (size, mut rest) = match rest {
            [] => (0, rest),
            _ => (self.word(rest, 0).ok_or("a table is cut off")? as usize, rest.get(4..).unwrap_or_default()),
        };
        if !rest.is_empty() && (size < table.least || size % 4 != 0) {
            return Err("the records have an impossible size");
        }
        let endian = self.endian;
        Ok(core::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let group = group(rest, size, endian);
            rest = group.as_ref().map_or(&[], |(_, rest)| rest);
            Some(group.map(|(records, _)| records))
        }))
    }

    fn part(&self, table: Table) -> Result<&'a [u8], &'static str> {
        if table.at + 8 > self.header {
            return Ok(&[]);
        }
        let field = |at| self.word(self.data, at).map(|v| v as usize);
        let start = field(table.at).and_then(|off| off.checked_add(self.header));
        let part = start.and_then(|start| self.data.get(start..start.checked_add(field(table.at + 4)?)?));
        part.ok_or("a table lies outside of the section")
    }

    fn word(&self, data: &[u8], at: usize) -> Option<u32> {
        word(data, at, self.endian)
    }
}

/// The next group, and what follows it.
fn group(rest: &[u8], size: usize, endian: Endian) -> Result<(Records<'_>, &[u8]), &'static str> {
    let (Some(section), Some(count)) = (word(rest, 0, endian), word(rest, 4, endian)) else {
        return Err("the name of a section is cut off");
    };
    let len = (count as usize).checked_mul(size).and_then(|len| len.checked_add(8));
    let parts = len.and_then(|len| Some((rest.get(8..len)?, rest.get(len..)?)));
    let (data, rest) = parts.ok_or("the records of a section are cut off")?;
    Ok((Records { section: StrOff(section), size, data }, rest))
}

pub(super) fn word(data: &[u8], at: usize, endian: Endian) -> Option<u32> {
    Some(endian.u32(data.get(at..at.checked_add(4)?)?.try_into().ok()?))
}
