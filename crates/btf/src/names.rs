//! Types by name, one at a time.
//!
//! Three ways, the cheapest that will do: BTF sorted by name (vmlinux since Linux 7.0) is bisected; the first few
//! look-ups in other BTF each look for the string; the next one builds an index. [`Btf::find_many`] is the way to ask
//! for many names at once.
//!
//! Making certain that types are sorted costs as much as an index, so samples decide, and only when a name is missing
//! are all types compared.

use alloc::{boxed::Box, vec, vec::Vec};
use core::{
    fmt,
    ops::Range,
    slice,
    sync::atomic::{AtomicU32, Ordering::Relaxed},
};

use once_cell::race::OnceBox;

use crate::{
    Btf,
    core::essential,
    head::{self, Heads},
    spot::Spotted,
};

/// So many look-ups look for the string before one builds the index.
const SCANS: u32 = 3;
/// Whether the types are sorted has not been looked at.
const UNKNOWN: u32 = 0;
/// They are not.
const UNSORTED: u32 = 1;
/// They are, by the samples taken; to this is added twice the position of the first named type, and 1 if it is certain.
const SORTED: u32 = 2;

/// What is known about the names of one BTF's own types, found out as look-ups need it; shared between threads.
#[derive(Default)]
pub(crate) struct Names {
    /// [`UNKNOWN`], [`UNSORTED`], or [`SORTED`] with what that says.
    order: AtomicU32,
    scans: AtomicU32,
    index: OnceBox<Index>,
}

impl Clone for Names {
    /// The clone finds out for itself.
    fn clone(&self) -> Self {
        Self { order: AtomicU32::new(self.order.load(Relaxed)), ..Self::default() }
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
        let names = Heads::of(btf);
        let flavoured = |off| head::hash(essential_bytes(names.bytes_at(off)));
        let mut hashes = Vec::with_capacity(btf.len() as usize);
        hashes.extend(names.offs(0).map(|(_, off)| names.hash(off).unwrap_or_else(|| flavoured(off))));
        let named = hashes.iter().filter(|&&hash| hash != 0).count();
        let mask = named.next_power_of_two().max(2) as u32 - 1;
        let mut buckets = vec![0u32; mask as usize + 2];
        for hash in hashes.iter().filter(|hash| **hash != 0) {
            buckets[(*hash & mask) as usize] += 1;
        }
        // Each count becomes the end of its bucket; filling from the back turns the ends into beginnings.
        let mut end = 0;
        for bucket in &mut buckets {
            end += *bucket;
            *bucket = end;
        }
        let mut types = vec![0u32; named];
        for (i, hash) in hashes.iter().enumerate().rev().filter(|(_, hash)| **hash != 0) {
            let place = &mut buckets[(hash & mask) as usize];
            *place -= 1;
            types[*place as usize] = i as u32;
        }
        Self { buckets, types }
    }

    /// The types whose essential name may be this.
    fn bucket(&self, name: &str) -> &[u32] {
        let at = head::hash(name.as_bytes()) as usize & (self.buckets.len() - 2);
        let range = self.buckets.get(at).zip(self.buckets.get(at + 1));
        range.and_then(|(&start, &end)| self.types.get(start as usize..end as usize)).unwrap_or_default()
    }
}

impl Btf {
    /// The position in sorted BTF of the first name from `first` on that does not come `before`.
    fn bisect(&self, first: u32, before: impl Fn(&[u8]) -> bool) -> u32 {
        let (names, mut low, mut high) = (Heads::of(self), first, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if before(names.bytes(middle)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// Own types among which are all that have a name.
    pub(crate) fn candidates<'a>(&'a self, name: &'a str, flavours: bool) -> Candidates<'a> {
        // That a name is missing is only believed of types that are sorted to the last.
        let sorted = |certain: bool| self.bisected(name, flavours).filter(|found| certain || !found.is_empty());
        if let Some(found) = sorted(self.order().is_some_and(|(_, certain)| certain)) {
            return found;
        }
        if !self.is_indexed() && self.names.scans.fetch_add(1, Relaxed) < SCANS {
            return Candidates::Spotted(Spotted::new(self, name, flavours));
        }
        sorted(self.verified()).unwrap_or_else(|| self.indexed(name))
    }

    /// The same from the index, which is built unless it is there.
    pub(crate) fn indexed(&self, name: &str) -> Candidates<'_> {
        let index = self.names.index.get_or_init(|| Box::new(Index::build(self)));
        Candidates::Bucket(index.bucket(essential(name)).iter())
    }

    /// Whether there is an index.
    pub(crate) fn is_indexed(&self) -> bool {
        self.names.index.get().is_some()
    }

    /// The types that have a name, if samples show the types to be sorted by name. None that are found is certain only if
    /// [`Btf::verified`] says so.
    pub(crate) fn bisected(&self, name: &str, flavours: bool) -> Option<Candidates<'_>> {
        let (first, _) = self.order()?;
        let name = name.as_bytes();
        let start = self.bisect(first, |other| other < name);
        let end = self.bisect(start, |other| other <= name);
        if !flavours {
            return Some(Candidates::Ranges(start..end, 0..0));
        }
        let flavoured = |other: &[u8]| other.iter().take(name.len() + 3).cmp(name.iter().chain(b"___"));
        let second = self.bisect(end, |other| flavoured(other).is_lt());
        Some(Candidates::Ranges(start..end, second..self.bisect(second, |other| flavoured(other).is_le())))
    }

    /// The position of the first named type if the types are sorted by name, as far as is known yet, and whether that is
    /// certain.
    fn order(&self) -> Option<(u32, bool)> {
        let mut state = self.names.order.load(Relaxed);
        if state == UNKNOWN {
            let names = Heads::of(self);
            state = match looks_sorted(names, self.len()) {
                true => SORTED + 2 * self.bisect(0, |name| name.is_empty()),
                false => UNSORTED,
            };
            self.names.order.store(state, Relaxed);
        }
        let sorted = state.checked_sub(SORTED)?;
        Some((sorted / 2, sorted % 2 != 0))
    }

    /// Whether all types are sorted by name, found out once.
    fn verified(&self) -> bool {
        let Some((first, certain)) = self.order() else { return false };
        let sorted = certain || is_sorted(Heads::of(self), 0);
        self.names.order.store(if sorted { SORTED + 2 * first + 1 } else { UNSORTED }, Relaxed);
        sorted
    }
}

/// Whether samples are in order. Most BTF is not, and the first few show it. What a tool appended would be at the end.
fn looks_sorted(names: Heads<'_>, len: u32) -> bool {
    let step = (len / 256).max(1);
    let samples = (0..len).step_by(step as usize).map(|i| names.off(i));
    let in_order = samples.clone().zip(samples.skip(1)).all(|(a, b)| names.in_order(a, b));
    in_order && is_sorted(names, len.saturating_sub(64))
}

/// Whether the types from a position on are in order.
fn is_sorted(names: Heads<'_>, from: u32) -> bool {
    let mut offs = names.offs(from).map(|(_, off)| off);
    let Some(mut last) = offs.next() else { return true };
    offs.all(|off| names.in_order(core::mem::replace(&mut last, off), off))
}

/// Whether a name is `wanted`, or with `flavours` a flavour of it.
pub(crate) fn is_named(name: &[u8], wanted: &[u8], flavours: bool) -> bool {
    name.starts_with(wanted) && (name.len() == wanted.len() || flavours && essential_bytes(name) == wanted)
}

fn essential_bytes(name: &[u8]) -> &[u8] {
    core::str::from_utf8(name).map_or(name, |name| essential(name).as_bytes())
}

#[derive(Clone, Debug)]
pub(crate) enum Candidates<'a> {
    Ranges(Range<u32>, Range<u32>),
    Bucket(slice::Iter<'a, u32>),
    Spotted(Spotted<'a>),
}

impl Candidates<'_> {
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::Ranges(first, second) if first.is_empty() && second.is_empty())
    }
}

impl Iterator for Candidates<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        match self {
            Self::Ranges(first, second) => first.next().or_else(|| second.next()),
            Self::Bucket(types) => types.next().copied(),
            Self::Spotted(types) => types.next(),
        }
    }
}
