//! The first pass over the types: where each one begins.
//!
//! A kernel has more than a hundred thousand types, and an object looks at some dozens of them. So for large BTF only
//! every sixteenth beginning is kept; the others are found from there by stepping over the types between.

use alloc::vec::Vec;

use crate::{
    Endian, Error, ErrorKind,
    header::{HEAD, Header, UNKNOWN, word},
};

/// Type sections up to this size in bytes have all beginnings kept.
const SMALL: u32 = 1 << 18;
/// In larger ones, one of `1 << SPARSE` is.
const SPARSE: u32 = 4;

/// Where types begin, by their positions. The data are not kept, and are those that were scanned.
#[derive(Clone)]
pub(crate) struct Starts {
    len: u32,
    shift: u32,
    known: Vec<u32>,
    sizes: [u16; 128],
    endian: Endian,
}

impl core::fmt::Debug for Starts {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Starts({})", self.len)
    }
}

impl Starts {
    /// Finds where each type begins, checking that it fits and that its name lies below `names_end`.
    pub(crate) fn scan(header: &Header, data: &[u8], names_end: u32) -> Result<Self, Error> {
        let (sizes, endian) = (header.sizes(data), header.endian);
        let shift = if header.types.1 > SMALL { SPARSE } else { 0 };
        let (len, known) = match endian {
            Endian::Little => scan(header.types, data, &sizes, names_end, shift, u32::from_le_bytes),
            Endian::Big => scan(header.types, data, &sizes, names_end, shift, u32::from_be_bytes),
        }?;
        Ok(Self { len, shift, known, sizes, endian })
    }

    /// The same with every beginning kept.
    pub(crate) fn all(&self, data: &[u8]) -> Self {
        let known = self.iter(0, data).map(|(_, at)| at as u32).collect();
        Self { shift: 0, known, ..*self }
    }

    /// How many types there are.
    pub(crate) fn len(&self) -> u32 {
        self.len
    }

    /// The offset in bytes of the type at a position.
    #[inline]
    pub(crate) fn at(&self, i: u32, data: &[u8]) -> Option<usize> {
        if i >= self.len {
            return None;
        }
        let mut at = *self.known.get((i >> self.shift) as usize)? as usize;
        for _ in 0..i & ((1 << self.shift) - 1) {
            at += self.size(at, data)?;
        }
        Some(at)
    }

    /// The offsets in bytes of the types from a position on, with their positions: quicker than one by one.
    pub(crate) fn iter<'a>(&'a self, from: u32, data: &'a [u8]) -> Iter<'a> {
        let at = self.at(from, data).unwrap_or(data.len());
        Iter { starts: self, data, at, i: from.min(self.len) }
    }

    /// The size in bytes of the type at an offset.
    #[inline]
    fn size(&self, at: usize, data: &[u8]) -> Option<usize> {
        let info = word(data, self.endian, at + 4)?;
        let [once, each] = self.sizes[(info >> 24 & 0x7f) as usize].to_le_bytes();
        Some(HEAD + usize::from(once) + usize::from(each) * (info & 0xff_ffff) as usize)
    }
}

/// See [`Starts::iter`].
#[derive(Clone, Debug)]
pub(crate) struct Iter<'a> {
    starts: &'a Starts,
    data: &'a [u8],
    at: usize,
    i: u32,
}

impl Iterator for Iter<'_> {
    type Item = (u32, usize);

    #[inline]
    fn next(&mut self) -> Option<(u32, usize)> {
        if self.i >= self.starts.len {
            return None;
        }
        let item = (self.i, self.at);
        self.at += self.starts.size(self.at, self.data)?;
        self.i += 1;
        Some(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = (self.starts.len - self.i) as usize;
        (left, Some(left))
    }
}

/// The pass over the type section, compiled once for each byte order.
#[inline(always)]
fn scan(
    (start, size): (u32, u32),
    data: &[u8],
    sizes: &[u16; 128],
    names_end: u32,
    shift: u32,
    u32_of: impl Fn([u8; 4]) -> u32,
) -> Result<(u32, Vec<u32>), Error> {
    let types = data.get(start as usize..(start + size) as usize).unwrap_or_default();
    // Kernels have 28 bytes a type, objects 20; what is reserved too much is given back.
    let (mut known, mut len, every) = (Vec::with_capacity((types.len() / 20) >> shift), 0u32, (1 << shift) - 1);
    let mut rest = types;
    while let Some((head, body)) = rest.split_first_chunk::<HEAD>() {
        let at = types.len() - rest.len();
        let &[n0, n1, n2, n3, i0, i1, i2, i3, ..] = head;
        let (name, info) = (u32_of([n0, n1, n2, n3]), u32_of([i0, i1, i2, i3]));
        let row = sizes[(info >> 24 & 0x7f) as usize];
        let [once, each] = row.to_le_bytes();
        let need = usize::from(once) + usize::from(each) * (info & 0xff_ffff) as usize;
        if name >= names_end || row == UNKNOWN || body.len() < need {
            return Err(fault(start as usize + at, rest.len(), need, row, name, names_end, info));
        }
        if len & every == 0 {
            known.push(start + at as u32);
        }
        len += 1;
        rest = &body[need..];
    }
    if !rest.is_empty() {
        let kind = ErrorKind::Truncated { what: "a type", need: HEAD as u64, have: rest.len() as u64 };
        return Err(Error::at(kind, data.len().min((start + size) as usize - rest.len())));
    }
    known.shrink_to_fit();
    Ok((len, known))
}

/// What is wrong with the type at an offset.
#[cold]
fn fault(at: usize, have: usize, need: usize, size: u16, name: u32, names_end: u32, info: u32) -> Error {
    if size == UNKNOWN {
        Error::at(ErrorKind::UnknownKind((info >> 24) as u8 & 0x7f), at)
    } else if name >= names_end {
        Error::at(ErrorKind::StringOffset(name), at)
    } else {
        Error::at(ErrorKind::Truncated { what: "a type", need: (HEAD + need) as u64, have: have as u64 }, at)
    }
}
