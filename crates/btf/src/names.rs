//! Types by name, one at a time.
//!
//! Three ways, the cheapest that will do: BTF sorted by name (vmlinux since Linux 7.0) is bisected; the first few
//! look-ups in other BTF each scan its types; the next one builds an index. [`Btf::find_many`] is the way to ask for
//! many names at once.

use alloc::{boxed::Box, vec::Vec};
use core::{
    fmt,
    ops::Range,
    slice,
    sync::atomic::{AtomicU32, Ordering::Relaxed},
};

use once_cell::race::OnceBox;

use crate::{Btf, Kind, StrOff, TypeId, core::essential};

/// So many look-ups scan the types before one builds the index: building costs as much as this many scans.
const SCANS: u32 = 4;
/// Not yet known where the named types begin.
const UNKNOWN: u32 = 0;
/// The types are not sorted.
const UNSORTED: u32 = 1;

/// What is known about the names of one BTF's own types, found out as look-ups need it; shared between threads.
#[derive(Default)]
pub(crate) struct Names {
    /// [`UNKNOWN`], [`UNSORTED`], or the position of the first named type plus 2.
    sorted: AtomicU32,
    scans: AtomicU32,
    index: OnceBox<Index>,
}

impl Clone for Names {
    /// The clone finds out for itself.
    fn clone(&self) -> Self {
        Self { sorted: AtomicU32::new(self.sorted.load(Relaxed)), ..Self::default() }
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Names").field("indexed", &self.index.get().is_some()).finish_non_exhaustive()
    }
}

/// The named types in buckets by the hash of their essential names, in the order of their ids within a bucket.
struct Index {
    /// Where each bucket begins in `types`, with the end of the last.
    buckets: Vec<u32>,
    types: Vec<u32>,
}

impl Index {
    fn build(btf: &Btf) -> Self {
        let mut hashes: Vec<u32> = btf.name_offsets().map(|off| if off == 0 { 0 } else { hash_at(btf, off) }).collect();
        let named = hashes.iter().filter(|&&hash| hash != 0).count();
        let mask = named.next_power_of_two().max(2) as u32 - 1;
        let mut buckets = alloc::vec![0u32; mask as usize + 2];
        for hash in hashes.iter_mut().filter(|hash| **hash != 0) {
            buckets[(*hash & mask) as usize] += 1;
        }
        // Each count becomes the end of its bucket; filling from the back turns the ends into beginnings.
        let mut end = 0;
        for bucket in &mut buckets {
            end += *bucket;
            *bucket = end;
        }
        let mut types = alloc::vec![0u32; named];
        for (i, hash) in hashes.iter().enumerate().rev().filter(|(_, hash)| **hash != 0) {
            let place = &mut buckets[(hash & mask) as usize];
            *place -= 1;
            types[*place as usize] = i as u32;
        }
        Self { buckets, types }
    }

    /// The types whose essential name may be this.
    fn bucket(&self, name: &str) -> &[u32] {
        let at = hash(name.as_bytes()) as usize & (self.buckets.len() - 2);
        let range = self.buckets.get(at).zip(self.buckets.get(at + 1));
        range.and_then(|(&start, &end)| self.types.get(start as usize..end as usize)).unwrap_or_default()
    }
}

fn hash_at(btf: &Btf, off: u32) -> u32 {
    hash(essential(btf.text_at(off)).as_bytes())
}

/// A hash that is never 0.
fn hash(name: &[u8]) -> u32 {
    let (words, rest) = name.as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let mix =
        |hash: u64, word: [u8; 8]| (hash.rotate_left(5) ^ u64::from_le_bytes(word)).wrapping_mul(0x517c_c1b7_2722_0a95);
    let hash = words.iter().fold(name.len() as u64, |hash, &word| mix(hash, word));
    (mix(hash, last) >> 32) as u32 | 1 << 31
}

impl Btf {
    /// The first type with a name and kind, the base's before its own.
    #[doc(alias = "btf__find_by_name_kind")]
    pub fn find(&self, name: &str, kind: Kind) -> Option<TypeId> {
        self.find_all(name).of(kind).next()
    }

    /// The first of its own types with a name and kind: what a module defines itself.
    #[doc(alias = "btf__find_by_name_kind_own")]
    pub fn find_own(&self, name: &str, kind: Kind) -> Option<TypeId> {
        self.find_all(name).own().of(kind).next()
    }

    /// The types with a name, of every kind, the base's before its own, in the order of their ids. An empty name finds
    /// nothing.
    #[doc(alias = "btf__find_by_name")]
    pub fn find_all<'a>(&'a self, name: &'a str) -> Matches<'a> {
        Matches::new(self, name, false)
    }

    /// The types with an essential name: that name itself, or with a flavour (`name___x`).
    pub fn find_essential<'a>(&'a self, name: &'a str) -> Matches<'a> {
        Matches::new(self, name, true)
    }

    /// The string offsets of the names of its own types.
    pub(crate) fn name_offsets(&self) -> impl Iterator<Item = u32> {
        let (bytes, endian) = (self.bytes().as_ref(), self.endian());
        self.starts.iter().map(move |&at| crate::header::word(bytes, endian, at as usize).unwrap_or_default())
    }

    /// The name of an own type by its position.
    fn own_name_bytes(&self, i: u32) -> &[u8] {
        let off = self.starts.get(i as usize).and_then(|&at| self.word(at as usize));
        off.map_or(&[], |off| name_bytes(self, off))
    }

    /// The position of the first named type if the own types are sorted by name, those without one first.
    pub(crate) fn first_named(&self) -> Option<u32> {
        let mut state = self.names.sorted.load(Relaxed);
        if state == UNKNOWN {
            state = sorted_from(self).map_or(UNSORTED, |first| first + 2);
            self.names.sorted.store(state, Relaxed);
        }
        state.checked_sub(2)
    }

    /// The position in sorted BTF of the first name from `first` on that does not come `before`.
    fn bisect(&self, first: u32, before: impl Fn(&[u8]) -> bool) -> u32 {
        let (mut low, mut high) = (first, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if before(self.own_name_bytes(middle)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// Own types among which are all that have a name.
    fn candidates(&self, name: &str, flavours: bool) -> Candidates<'_> {
        if let Some(first) = self.first_named() {
            let name = name.as_bytes();
            let start = self.bisect(first, |other| other < name);
            let end = self.bisect(start, |other| other <= name);
            if !flavours {
                return Candidates::Ranges(start..end, 0..0);
            }
            let flavoured = |other: &[u8]| other.iter().take(name.len() + 3).cmp(name.iter().chain(b"___"));
            let start_flavoured = self.bisect(end, |other| flavoured(other).is_lt());
            return Candidates::Ranges(
                start..end,
                start_flavoured..self.bisect(start_flavoured, |o| flavoured(o).is_le()),
            );
        }
        if self.names.index.get().is_none() && self.names.scans.fetch_add(1, Relaxed) < SCANS {
            return Candidates::Ranges(0..self.len(), 0..0);
        }
        let index = self.names.index.get_or_init(|| Box::new(Index::build(self)));
        Candidates::Bucket(index.bucket(essential(name)).iter())
    }
}

/// The position of the first named type if all are sorted by name.
fn sorted_from(btf: &Btf) -> Option<u32> {
    let len = btf.len();
    // Most BTF is not sorted, and a few samples show it.
    let step = (len / 32).max(1) as usize;
    let in_order = |a: u32, b: u32| a == b || name_bytes(btf, a) <= name_bytes(btf, b);
    let samples = || btf.name_offsets().step_by(step);
    samples().zip(samples().skip(1)).all(|(a, b)| in_order(a, b)).then_some(())?;
    btf.name_offsets().zip(btf.name_offsets().skip(1)).all(|(a, b)| in_order(a, b)).then_some(())?;
    Some(btf.name_offsets().take_while(|&off| name_bytes(btf, off).is_empty()).count() as u32)
}

/// Whether what follows `wanted` in a longer name is a flavour.
fn flavour_of(name: &[u8], wanted: &[u8]) -> bool {
    core::str::from_utf8(name).is_ok_and(|name| essential(name).len() == wanted.len())
}

/// Whether a name is `wanted`, or with `flavours` a flavour of it.
pub(crate) fn is_named(name: &[u8], wanted: &[u8], flavours: bool) -> bool {
    name.starts_with(wanted) && (name.len() == wanted.len() || flavours && flavour_of(name, wanted))
}

pub(crate) fn name_bytes(btf: &Btf, off: u32) -> &[u8] {
    btf.string_bytes(StrOff(off)).unwrap_or_default()
}

#[derive(Clone, Debug)]
enum Candidates<'a> {
    Ranges(Range<u32>, Range<u32>),
    Bucket(slice::Iter<'a, u32>),
}

impl Iterator for Candidates<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        match self {
            Self::Ranges(first, second) => first.next().or_else(|| second.next()),
            Self::Bucket(types) => types.next().copied(),
        }
    }
}

/// Types found by name: an iterator over their ids, in order.
#[derive(Clone, Debug)]
#[must_use = "nothing is looked up until the iterator is advanced"]
pub struct Matches<'a> {
    btf: &'a Btf,
    name: &'a str,
    flavours: bool,
    kind: Option<Kind>,
    /// How many bases below `btf` the next search is in.
    level: u32,
    candidates: Option<(&'a Btf, Candidates<'a>)>,
}

impl<'a> Matches<'a> {
    fn new(btf: &'a Btf, name: &'a str, flavours: bool) -> Self {
        let bases = core::iter::successors(Some(btf), |btf| btf.base().map(|base| &**base)).count();
        let level = if name.is_empty() { 0 } else { bases as u32 };
        Self { btf, name, flavours, kind: None, level, candidates: None }
    }

    /// Only the BTF's own types, not its base's.
    pub fn own(self) -> Self {
        Self { level: self.level.min(1), ..self }
    }

    /// Only types of one kind.
    pub fn of(self, kind: Kind) -> Self {
        Self { kind: Some(kind), ..self }
    }
}

impl Iterator for Matches<'_> {
    type Item = TypeId;

    fn next(&mut self) -> Option<TypeId> {
        loop {
            if let Some((btf, mut candidates)) = self.candidates.take() {
                let found = candidates.find(|&i| {
                    is_named(btf.own_name_bytes(i), self.name.as_bytes(), self.flavours)
                        && self.kind.is_none_or(|kind| btf.kind(TypeId(btf.first_id().0 + i)) == Some(kind))
                });
                if let Some(i) = found {
                    self.candidates = Some((btf, candidates));
                    return Some(TypeId(btf.first_id().0 + i));
                }
            }
            self.level = self.level.checked_sub(1)?;
            let btf = (0..self.level).try_fold(self.btf, |btf, _| btf.base().map(|base| &**base))?;
            self.candidates = Some((btf, btf.candidates(self.name, self.flavours)));
        }
    }
}
