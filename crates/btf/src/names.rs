//! Types by name, one at a time.
//!
//! Three ways, the cheapest that will do: BTF sorted by name (vmlinux since Linux 7.0) is bisected; the first few
//! look-ups in other BTF each look for the string; the next one builds an index. [`Btf::find_many`] is the way to ask
//! for many names at once.
//!
//! Making certain that types are sorted costs as much as an index, so samples decide, and only when a name is missing
//! are all types compared.

mod candidates;
mod index;
mod spot;

use alloc::boxed::Box;
use core::{
    fmt,
    ops::Range,
    sync::atomic::{AtomicU32, Ordering::Relaxed},
};

use once_cell::race::OnceBox;

use crate::{Btf, head::Heads, starts::Part};
pub(crate) use candidates::Candidates;
use index::{Index, essential_bytes};

/// So many look-ups go through the first types before there is an index.
const FRONTS: u32 = 8;
/// So many look for the string behind these before one builds the index, which costs as much as three of them.
const SPOTS: u32 = 1;
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
    fronts: AtomicU32,
    spots: AtomicU32,
    /// Of each [`Part`].
    indexes: [OnceBox<Index>; 2],
}

impl Clone for Names {
    /// The clone finds out for itself.
    fn clone(&self) -> Self {
        Self { order: AtomicU32::new(self.order.load(Relaxed)), ..Self::default() }
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Names").field("indexed", &self.indexes[0].get().is_some()).finish_non_exhaustive()
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

    /// The index of a part, which is built unless it is there.
    fn index(&self, part: Part) -> &Index {
        self.names.indexes[part as usize].get_or_init(|| Box::new(Index::build(self, part)))
    }

    /// Whether there is an index of all parts.
    pub(crate) fn is_indexed(&self) -> bool {
        self.names.indexes.iter().all(|index| index.get().is_some())
    }

    /// The types that have a name, and those that have it with a flavour, if samples show the types to be sorted by name.
    /// None that are found is certain only if [`Btf::verified`] says so.
    pub(crate) fn bisected(&self, name: &str, flavours: bool) -> Option<[Range<u32>; 2]> {
        let (first, _) = self.order()?;
        let name = name.as_bytes();
        let start = self.bisect(first, |other| other < name);
        let end = self.bisect(start, |other| other <= name);
        if !flavours {
            return Some([start..end, 0..0]);
        }
        let flavoured = |other: &[u8]| other.iter().take(name.len() + 3).cmp(name.iter().chain(b"___"));
        let second = self.bisect(end, |other| flavoured(other).is_lt());
        Some([start..end, second..self.bisect(second, |other| flavoured(other).is_le())])
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
