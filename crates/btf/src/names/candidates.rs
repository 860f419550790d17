//! The types that a look-up finds.

use core::{
    iter::{Peekable, Take},
    ops::Range,
    slice,
    sync::atomic::Ordering::Relaxed,
};

use super::{
    FRONTS, SPOTS,
    index::Entry,
    is_named,
    spot::{FRONT_TYPES, Spotted},
};
use crate::{
    Btf, Kind, TypeId,
    head::{self, Heads, Offs},
    starts::Part,
};

/// Own types that have a name, in the order of their ids.
#[derive(Clone, Debug)]
pub(crate) struct Candidates<'a> {
    btf: &'a Btf,
    name: &'a str,
    flavours: bool,
    /// The kind of those that are wanted.
    kind: Option<Kind>,
    rest: Rest<'a>,
}

/// What is left to look at.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "one is live at a time, on the stack; a look-up allocates nothing")]
enum Rest<'a> {
    /// The first types, one by one: what most programs want is among them. How the others are looked through is decided
    /// when it comes to that.
    Front(Take<Offs<'a>>),
    /// Neighbours in sorted types.
    Ranges([Range<u32>; 2]),
    /// What indexes have.
    Buckets([Peekable<slice::Iter<'a, Entry>>; 2]),
    Spotted(Spotted<'a>),
}

impl<'a> Candidates<'a> {
    pub(crate) fn new(btf: &'a Btf, name: &'a str, flavours: bool, kind: Option<Kind>) -> Self {
        let front = Rest::Front(Heads::of(btf).offs(0).take(FRONT_TYPES as usize));
        let mut new = Self { btf, name, flavours, kind, rest: front };
        if new.has_index() || btf.names.fronts.fetch_add(1, Relaxed) >= FRONTS {
            new.rest = new.beyond(0);
        }
        new
    }

    /// All types that an index has.
    pub(crate) fn indexed(btf: &'a Btf, name: &'a str, flavours: bool) -> Self {
        let mut new = Self { btf, name, flavours, kind: None, rest: Rest::Ranges([0..0, 0..0]) };
        new.rest = new.buckets(0);
        new
    }

    fn parts(&self) -> impl Iterator<Item = Part> + use<> {
        let kind = self.kind;
        [Part::Types, Part::Others].into_iter().filter(move |&part| kind.is_none_or(|kind| Part::of(kind) == part))
    }

    fn has_index(&self) -> bool {
        self.parts().all(|part| self.btf.names.indexes[part as usize].get().is_some())
    }

    /// The types from a position on, in the cheapest way that will do.
    fn beyond(&self, first: u32) -> Rest<'a> {
        let btf = self.btf;
        // That a name is missing is only believed of types that are sorted to the last.
        let sorted = |certain: bool| {
            let ranges = btf.bisected(self.name, self.flavours)?;
            let clipped = || ranges.clone().map(|range| range.start.max(first)..range.end.max(first));
            (certain || ranges.iter().any(|range| !range.is_empty())).then(|| Rest::Ranges(clipped()))
        };
        if let Some(found) = sorted(btf.order().is_some_and(|(_, certain)| certain)) {
            return found;
        }
        if !self.has_index() && btf.names.spots.fetch_add(1, Relaxed) < SPOTS {
            return Rest::Spotted(Spotted::new(btf, self.name, self.flavours, first));
        }
        match btf.verified() {
            true => sorted(true).unwrap_or_else(|| self.buckets(first)),
            false => self.buckets(first),
        }
    }

    fn buckets(&self, first: u32) -> Rest<'a> {
        let mut buckets = [&[][..], &[]].map(|none: &[Entry]| none.iter().peekable());
        for part in self.parts() {
            let all = self.btf.index(part).bucket(self.name);
            let skip = all.partition_point(|entry| entry.i < first);
            buckets[part as usize] = all.get(skip..).unwrap_or_default().iter().peekable();
        }
        Rest::Buckets(buckets)
    }

    /// Whether a name may be the one wanted, by its first bytes.
    fn may_be(&self, head: u64) -> bool {
        let known = if self.flavours { self.name.len().min(8) } else { 8 };
        let wanted = head::head(self.name.as_bytes());
        known > 0 && (head ^ wanted) << (64 - 8 * known) == 0
    }

    /// One of the types that may be wanted, and whether it certainly is.
    fn any(&mut self) -> Option<(u32, bool)> {
        if let Rest::Front(front) = &mut self.rest {
            let names = Heads::of(self.btf);
            let mut front = front.clone();
            let found = front.find(|&(_, off)| self.may_be(names.head(off)));
            self.rest = Rest::Front(front);
            match found {
                Some((i, _)) => return Some((i, false)),
                None if self.btf.len() <= FRONT_TYPES => return None,
                None => self.rest = self.beyond(FRONT_TYPES),
            }
        }
        match &mut self.rest {
            Rest::Front(_) => None,
            Rest::Ranges([first, second]) => first.next().or_else(|| second.next()).map(|i| (i, false)),
            Rest::Buckets(parts) => loop {
                let Entry { i, name, kind } = next_of(parts)?;
                let names = Heads::of(self.btf);
                if self.kind.is_none_or(|wanted| wanted == kind)
                    && names.begins(name, self.name)
                    && is_named(names.bytes_at(name), self.name.as_bytes(), self.flavours)
                {
                    return Some((i, true));
                }
            },
            Rest::Spotted(types) => types.next().map(|i| (i, false)),
        }
    }

    /// Whether a type is wanted.
    fn is_wanted(&self, i: u32) -> bool {
        is_named(Heads::of(self.btf).bytes(i), self.name.as_bytes(), self.flavours)
            && self.kind.is_none_or(|kind| self.btf.kind(TypeId(self.btf.first_id().0 + i)) == Some(kind))
    }
}

impl Iterator for Candidates<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        loop {
            let (i, certain) = self.any()?;
            if certain || self.is_wanted(i) {
                return Some(i);
            }
        }
    }
}

/// The next of two lists by position.
fn next_of([types, others]: &mut [Peekable<slice::Iter<'_, Entry>>; 2]) -> Option<Entry> {
    match (types.peek(), others.peek()) {
        (Some(a), Some(b)) if b.i < a.i => others.next(),
        (None, _) => others.next(),
        _ => types.next(),
    }
    .copied()
}
