//! Where each type begins.
//!
//! A kernel has more than a hundred thousand types, and an object looks at some dozens of them. So for large BTF only
//! every sixteenth beginning is kept; the others are found from there by stepping over the types between.

mod iter;
mod part;
mod start;

use alloc::vec::Vec;

pub(crate) use iter::Iter;
use smallvec::smallvec;
pub(crate) use start::{Part, Start};

use crate::{
    Endian, Error,
    header::{HEAD, Header, word},
    lanes::{self, Passed, Runs},
};

/// Type sections up to this size in bytes have all beginnings kept.
const SMALL: u32 = if cfg!(fuzzing) { 1 << 6 } else { 1 << 18 };
/// In larger ones, one of `1 << SPARSE` is.
const SPARSE: u32 = 4;
/// The types between two that are kept.
pub(crate) const STRETCH: usize = 1 << SPARSE;

/// Where types begin, by their positions. The data are not kept, and are those that were scanned.
#[derive(Clone)]
pub(crate) struct Starts {
    len: u32,
    shift: u32,
    /// Some beginnings, ascending.
    known: Vec<Start>,
    /// The offset in bytes of the type section.
    section: usize,
    /// Runs of types, of each of which the first and every `1 << shift`th is known.
    runs: Runs,
    sizes: [u16; 128],
    endian: Endian,
}

/// A run of types: the position of the first, and where its beginning stands among those that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) first: u32,
    pub(crate) known: u32,
}

impl core::fmt::Debug for Starts {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Starts({})", self.len)
    }
}

impl Starts {
    /// Finds where each type begins, checking that it fits and that its name lies below `names_end`. Errors count types
    /// from `first_id` on.
    pub(crate) fn scan(header: &Header, data: &[u8], names_end: u32, first_id: u32) -> Result<Self, Error> {
        let (sizes, endian) = (header.sizes(data), header.endian);
        let shift = if header.types.1 > SMALL { SPARSE } else { 0 };
        let Passed { len, known, runs } = match endian {
            Endian::Little => lanes::scan(header.types, data, &sizes, names_end, shift, first_id, u32::from_le_bytes),
            Endian::Big => lanes::scan(header.types, data, &sizes, names_end, shift, first_id, u32::from_be_bytes),
        }?;
        Ok(Self { len, shift, known, section: header.types.0 as usize, runs, sizes, endian })
    }

    /// The same with every beginning kept.
    pub(crate) fn all(&self, data: &[u8]) -> Self {
        let known = self.iter(0, data).map(|(_, at)| Start::new(at - self.section)).collect();
        Self { shift: 0, known, runs: smallvec![Run { first: 0, known: 0 }], ..*self }
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
        let run = self.run(i)?;
        let i = i - run.first;
        let mut at = self.begins(*self.known.get((run.known + (i >> self.shift)) as usize)?);
        for _ in 0..i & ((1 << self.shift) - 1) {
            at += self.size(at, data)?;
        }
        Some(at)
    }

    /// The offset in bytes of a beginning.
    #[inline]
    fn begins(&self, start: Start) -> usize {
        self.section + start.offset()
    }

    /// The run that a position lies in.
    fn run(&self, i: u32) -> Option<&Run> {
        self.runs.iter().rev().find(|run| run.first <= i)
    }

    /// The position of the type that begins at an offset in bytes, if one does.
    pub(crate) fn position(&self, at: usize, data: &[u8]) -> Option<u32> {
        let known = self.known.partition_point(|&known| self.begins(known) <= at).checked_sub(1)?;
        let run = self.runs.iter().rev().find(|run| run.known as usize <= known)?;
        let mut here = self.begins(*self.known.get(known)?);
        let mut i = run.first + ((known as u32 - run.known) << self.shift);
        while here < at {
            here += self.size(here, data)?;
            i += 1;
        }
        (here == at && i < self.len).then_some(i)
    }

    /// The offsets in bytes of the types from a position on, with their positions: quicker than one by one.
    pub(crate) fn iter<'a>(&'a self, from: u32, data: &'a [u8]) -> Iter<'a> {
        Iter::new(self, data, from.min(self.len))
    }

    /// The size in bytes of the type at an offset.
    #[inline]
    fn size(&self, at: usize, data: &[u8]) -> Option<usize> {
        let info = word(data, self.endian, at + 4)?;
        let [once, each] = self.sizes[(info >> 24 & 0x7f) as usize].to_le_bytes();
        Some(HEAD + usize::from(once) + usize::from(each) * (info & 0xff_ffff) as usize)
    }
}
