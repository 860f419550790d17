//! Types by name without an index: where the name stands among the strings, then which types refer to it there.
//!
//! Most names that are asked for in vain stand nowhere, which is found out at the speed of memory. What programs ask for
//! otherwise is mostly among the first types.

use core::iter::Take;

use memchr::{arch::all::packedpair::HeuristicFrequencyRank, memmem::FinderBuilder};

use crate::{
    Btf, Endian, StrOff,
    head::{self, Heads, Offs},
    names::is_named,
};

/// The most places of a name that are looked for in one pass over the types.
const MAX_PLACES: usize = 4;
/// So many types are looked at one by one first.
const FRONT_TYPES: u32 = if cfg!(fuzzing) { 2 } else { 4096 };
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
pub(crate) struct Spot<'a> {
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
pub(crate) struct Spotted<'a> {
    btf: &'a Btf,
    name: &'a str,
    flavours: bool,
    rest: Rest<'a>,
}

/// What is left to look at.
#[derive(Clone, Debug)]
enum Rest<'a> {
    /// The first types, one by one: what most programs want is among them.
    Front(Take<Offs<'a>>),
    /// The words of the others.
    Spot(Spot<'a>),
    /// The others, one by one: their names stand among the first strings, or nearly everywhere (`None`).
    Names(Offs<'a>, Option<[u32; MAX_PLACES]>),
    /// Nothing.
    Nothing,
}

impl<'a> Spotted<'a> {
    pub(crate) fn new(btf: &'a Btf, name: &'a str, flavours: bool) -> Self {
        Self { btf, name, flavours, rest: Rest::Front(Heads::of(btf).offs(0).take(FRONT_TYPES as usize)) }
    }

    /// What is behind the first types.
    fn behind(&self) -> Rest<'a> {
        let (btf, names) = (self.btf, Heads::of(self.btf).offs(FRONT_TYPES));
        if names.size_hint().1 == Some(0) {
            return Rest::Nothing;
        }
        match places(btf, self.name, self.flavours) {
            None => Rest::Names(names, None),
            Some((_, 0)) => Rest::Nothing,
            Some((places, _)) if places.iter().any(|&place| place < FRONT) => Rest::Names(names, Some(places)),
            Some((places, _)) => Rest::Spot(Spot::new(btf, places)),
        }
    }

    /// Whether a name may be the one wanted, by its first bytes.
    fn may_be(&self, head: u64) -> bool {
        let known = if self.flavours { self.name.len().min(8) } else { 8 };
        let wanted = head::head(self.name.as_bytes());
        known > 0 && (head ^ wanted) << (64 - 8 * known) == 0
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
    fn new(btf: &'a Btf, places: [u32; MAX_PLACES]) -> Self {
        let (start, len) = btf.header.types;
        let (data, end) = (btf.bytes().as_ref(), (start + len) as usize);
        let at = btf.starts.at(FRONT_TYPES, data).unwrap_or(end);
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
        let names = Heads::of(self.btf);
        let first = match &mut self.rest {
            Rest::Nothing => return None,
            Rest::Spot(spot) => return spot.next(),
            Rest::Names(rest, None) => return rest.next().map(|(i, _)| i),
            Rest::Names(rest, Some(places)) => return rest.find(|(_, off)| places.contains(off)).map(|(i, _)| i),
            Rest::Front(front) => {
                let mut front = front.clone();
                let found = front.find(|&(_, off)| self.may_be(names.head(off)));
                self.rest = Rest::Front(front);
                found
            }
        };
        match first {
            Some((i, _)) => Some(i),
            None => {
                self.rest = self.behind();
                self.next()
            }
        }
    }
}
