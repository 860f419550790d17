//! The header, checked.

use crate::{Endian, Error, ErrorKind, Kind};

/// The bytes of a type's head: name, info, and size or type.
pub(crate) const HEAD: usize = 12;
/// The length of the header that every producer writes.
pub(crate) const SHORT: u32 = 24;
/// The length of the header with a layout section (Linux 7.1).
pub(crate) const LONG: u32 = 32;
/// The mark of a kind whose size nobody knows.
pub(crate) const UNKNOWN: u16 = u16::MAX;

/// The header, its sections as (offset from the beginning of the data, length).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header {
    pub(crate) endian: Endian,
    pub(crate) types: (u32, u32),
    pub(crate) strings: (u32, u32),
    pub(crate) layout: (u32, u32),
    /// Whether the header has anything that kernels before 7.1 do not know.
    pub(crate) extended: bool,
}

impl Header {
    pub(crate) fn read(data: &[u8]) -> Result<Self, Error> {
        let truncated =
            |need: u64| Error::at(ErrorKind::Truncated { what: "the header", need, have: data.len() as u64 }, 0);
        let &[m0, m1, version, ..] = data else { return Err(truncated(SHORT.into())) };
        let endian = match u16::from_le_bytes([m0, m1]) {
            0xeb9f => Endian::Little,
            0x9feb => Endian::Big,
            magic => return Err(Error::at(ErrorKind::Magic(magic), 0)),
        };
        if version != 1 {
            return Err(Error::at(ErrorKind::Version(version), 2));
        }
        let field = |at: usize| word(data, endian, at).ok_or_else(|| truncated(at as u64 + 4));
        let header_len = field(4)?;
        if header_len < SHORT || header_len as usize > data.len() {
            return Err(truncated(header_len.max(SHORT).into()));
        }
        let section = |at: usize, what: &'static str| {
            let start = header_len.checked_add(field(at)?);
            let len = field(at + 4)?;
            match start.and_then(|s| Some((s, s.checked_add(len)?))) {
                Some((start, end)) if end as usize <= data.len() => Ok((start, len)),
                _ => Err(Error::at(ErrorKind::Section(what), at)),
            }
        };
        let (types, strings) = (section(8, "type")?, section(16, "string")?);
        let layout = if header_len >= LONG { section(24, "layout")? } else { (0, 0) };
        let text = &data[strings.0 as usize..(strings.0 + strings.1) as usize];
        if !text.is_empty() && text.last() != Some(&0) {
            return Err(Error::at(ErrorKind::Strings, strings.0 as usize));
        }
        let extended = data[SHORT as usize..header_len as usize].iter().any(|&byte| byte != 0);
        Ok(Self { endian, types, strings, layout, extended })
    }

    /// For each kind, the bytes that follow its head once (low byte) and for each element (high byte).
    pub(crate) fn sizes(&self, data: &[u8]) -> [u16; 128] {
        let mut sizes = [UNKNOWN; 128];
        let rows = data.get(self.layout.0 as usize..(self.layout.0 + self.layout.1) as usize).unwrap_or_default();
        for (size, row) in sizes.iter_mut().zip(rows.chunks_exact(4)) {
            // Types consist of 32-bit words; a layout that says otherwise cannot be followed.
            if (row[0] | row[1]) % 4 == 0 {
                *size = u16::from_le_bytes([row[0], row[1]]);
            }
        }
        sizes[0] = UNKNOWN;
        for row in Kind::ROWS {
            sizes[usize::from(row.kind.0)] = u16::from_le_bytes([row.info_size, row.elem_size]);
        }
        sizes
    }
}

/// The 32-bit words at an offset.
#[inline]
pub(crate) fn words<const N: usize>(data: &[u8], endian: Endian, at: usize) -> Option<[u32; N]> {
    let (words, _) = data.get(at..)?.get(..4 * N)?.as_chunks();
    Some((*words.first_chunk()?).map(|word| endian.u32(word)))
}

/// The 32-bit word at an offset.
#[inline]
pub(crate) fn word(data: &[u8], endian: Endian, at: usize) -> Option<u32> {
    Some(endian.u32(*data.get(at..)?.first_chunk()?))
}
