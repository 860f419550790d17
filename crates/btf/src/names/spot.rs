//! Types by name without an index: where the name stands among the strings, then which types refer to it there.
//!
//! Most names that are asked for in vain stand nowhere, which is found out at the speed of memory. What programs ask for
//! otherwise is mostly among the first types.

use memchr::{arch::all::packedpair::HeuristicFrequencyRank, memmem::FinderBuilder};

use crate::{
    Btf, Endian, StrOff,
    head::{Heads, Offs},
    names::is_named,
};

/// The most places of a name that are looked for in one pass over the types.
const MAX_PLACES: usize = 4;
/// So many types are looked at one by one first.
pub(super) const FRONT_TYPES: u32 = if cfg!(fuzzing) { 2 } else { 4096 };
/// Names that stand farther in front than this are the names of the first types, and numbers as small as their offsets
/// stand everywhere.
const FRONT: u32 = if cfg!(fuzzing) { 4 } else { 1 << 14 };
/// The words that are compared at a time.
const BLOCK: usize = 64;

/// How common bytes are among the names of a kernel: it is the rarest ones that are looked for first.
struct Rank;

impl HeuristicFrequencyRank for Rank {
    fn rank(&self, byte: u8) -> u8 {
        const COMMON: [u8; 64] = *b"_et\0rasiconpldfmubgETkvhxARSyIOPNwCLDFMqUBGH4V62XKYzW3j10Q8Z5J97";
        COMMON.iter().position(|&common| common == byte).map_or(0, |at| u8::MAX - 3 * at as u8)
    }
}

/// A pass over the types for names at a few places.
#[derive(Clone, Debug)]
pub(super) struct Spot<'a> {
    btf: &'a Btf,
    /// Offsets of strings, as words of the file; the first one is repeated if there are fewer.
    wanted: [[u8; 4]; MAX_PLACES],
    /// The words in which they have not been looked for.
    words: &'a [[u8; 4]],
    /// The offset in bytes of the first of these.
    at: usize,
    /// Those that were found in the words before, which are bits of a set.
    found: u64,
}

/// Own types that have a name, or a flavour of it: these and perhaps others.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "one is live at a time, on the stack; a look-up allocates nothing")]
pub(super) enum Spotted<'a> {
    /// The words of the types.
    Words(Spot<'a>),
    /// The types one by one: their names stand among the first strings, or nearly everywhere (`None`).
    Names(Offs<'a>, Option<[u32; MAX_PLACES]>),
    /// The name stands nowhere.
    Nowhere,
}

impl<'a> Spotted<'a> {
    /// Among the types from a position on.
    pub(super) fn new(btf: &'a Btf, name: &'a str, flavours: bool, first: u32) -> Self {
        let names = Heads::of(btf).offs(first);
        match places(btf, name, flavours) {
            None => Self::Names(names, None),
            Some((_, 0)) => Self::Nowhere,
            Some((places, _)) if places.iter().any(|&place| place < FRONT) => Self::Names(names, Some(places)),
            Some((places, _)) => Self::Words(Spot::new(btf, places, first)),
        }
    }
}

/// The offsets of strings that are a name, and how many there are. None if there are many.
fn places(btf: &Btf, name: &str, flavours: bool) -> Option<([u32; MAX_PLACES], usize)> {
    let (mut places, mut count) = ([0; MAX_PLACES], 0);
    // A name that was cut has no end that could be looked for.
    let mut needle = [0; 256];
    needle.get_mut(..name.len())?.copy_from_slice(name.as_bytes());
    let ends: &[&[u8]] = if flavours { &[b"\0", b"___"] } else { &[b"\0"] };
    for &with in ends {
        needle.get_mut(name.len()..name.len() + with.len())?.copy_from_slice(with);
        let finder = FinderBuilder::new().build_forward_with_ranker(Rank, needle.get(..name.len() + with.len())?);
        for level in core::iter::successors(Some(btf), |btf| btf.base().map(|base| &**base)) {
            for at in finder.find_iter(level.text()) {
                let off = level.first_str + at as u32;
                if btf.string_bytes(StrOff(off)).is_some_and(|text| is_named(text, name.as_bytes(), flavours)) {
                    *places.get_mut(count)? = off;
                    count += 1;
                }
            }
        }
    }
    let first = places[0];
    places.iter_mut().skip(count).for_each(|place| *place = first);
    Some((places, count))
}

impl<'a> Spot<'a> {
    fn new(btf: &'a Btf, places: [u32; MAX_PLACES], first: u32) -> Self {
        let (start, len) = btf.header.types;
        let (data, end) = (btf.bytes().as_ref(), (start + len) as usize);
        let at = btf.starts.at(first, data).unwrap_or(end);
        let types = data.get(at..end).unwrap_or_default();
        let wanted = places.map(|place| match btf.endian() {
            Endian::Little => place.to_le_bytes(),
            Endian::Big => place.to_be_bytes(),
        });
        Self { btf, wanted, words: types.as_chunks().0, at, found: 0 }
    }

    /// Looks for the wanted words until some are found. False at the end.
    fn advance(&mut self) -> bool {
        let [a, b, c, d] = self.wanted;
        match a == b && a == c && a == d {
            true => self.look(|word| *word == a),
            false => self.look(|word| (*word == a) | (*word == b) | (*word == c) | (*word == d)),
        }
    }

    #[inline(always)]
    fn look(&mut self, is_wanted: impl Fn(&[u8; 4]) -> bool) -> bool {
        while !self.words.is_empty() {
            let (block, rest) = self.words.split_at(self.words.len().min(BLOCK));
            self.words = rest;
            self.at += 4 * block.len();
            // Without a way out in the middle several are compared at once.
            if block.iter().fold(false, |any, word| any | is_wanted(word)) {
                let bits = (0..).zip(block).filter(|(_, word)| is_wanted(word));
                // Aligned to the end of the block.
                let skip = BLOCK - block.len();
                self.found = bits.fold(0, |set, (i, _): (usize, _)| set | 1 << (i + skip));
                return true;
            }
        }
        false
    }
}

impl Iterator for Spot<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        loop {
            while self.found != 0 {
                let i = self.found.trailing_zeros() as usize;
                self.found &= self.found - 1;
                let at = self.at - 4 * (BLOCK - i);
                if let Some(position) = self.btf.starts.position(at, self.btf.bytes().as_ref()) {
                    return Some(position);
                }
            }
            if !self.advance() {
                return None;
            }
        }
    }
}

impl Iterator for Spotted<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        match self {
            Self::Nowhere => None,
            Self::Words(spot) => spot.next(),
            Self::Names(rest, None) => rest.next().map(|(i, _)| i),
            Self::Names(rest, Some(places)) => rest.find(|(_, off)| places.contains(off)).map(|(i, _)| i),
        }
    }
}
