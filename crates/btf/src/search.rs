//! Many names looked up in one pass over the types.
//!
//! Most types have none of the wanted names, and the first bytes of a name tell nearly always: each type costs three
//! loads, a hash and a bit. Nothing is allocated for a type that is not found.

use alloc::vec::Vec;

use smallvec::SmallVec;

use crate::{
    Btf, Kind, TypeId,
    head::{Heads, head},
    names::{Candidates, is_named},
};

/// For more names than this an index is built, which costs as much as some scans.
const FEW: usize = 512;

/// What [`Btf::find_many`] found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// In the order of the wanted names, then of the ids.
    hits: Vec<Hit>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Hit {
    wanted: u32,
    id: u32,
    kind: u8,
    flavoured: bool,
}

impl Found {
    /// The first type with exactly the name at a position of the list, and of a kind.
    pub fn first(&self, wanted: usize, kind: Kind) -> Option<TypeId> {
        self.of(wanted).find(|hit| !hit.flavoured && hit.kind == kind.0).map(|hit| TypeId(hit.id))
    }

    /// The types with exactly the name at a position of the list, with their kinds, in the order of their ids.
    pub fn named(&self, wanted: usize) -> impl Iterator<Item = (TypeId, Kind)> {
        self.of(wanted).filter(|hit| !hit.flavoured).map(|hit| (TypeId(hit.id), Kind(hit.kind)))
    }

    /// The same, and those whose name is that name with a flavour (`name___x`).
    pub fn essential(&self, wanted: usize) -> impl Iterator<Item = (TypeId, Kind)> {
        self.of(wanted).map(|hit| (TypeId(hit.id), Kind(hit.kind)))
    }

    fn of(&self, wanted: usize) -> impl Iterator<Item = &Hit> {
        let start = self.hits.partition_point(|hit| (hit.wanted as usize) < wanted);
        self.hits.get(start..).unwrap_or_default().iter().take_while(move |hit| hit.wanted as usize == wanted)
    }
}

impl Btf {
    /// Looks up many names at once: one pass over the types, however many names there are.
    pub fn find_many(&self, wanted: &[&str]) -> Found {
        let mut found = self.base().map_or_else(Found::default, |base| base.find_many(wanted));
        self.search_own(wanted, &mut found.hits);
        found
    }

    /// Looks up many names among its own types only.
    pub fn find_many_own(&self, wanted: &[&str]) -> Found {
        let mut found = Found::default();
        self.search_own(wanted, &mut found.hits);
        found
    }

    fn search_own(&self, wanted: &[&str], hits: &mut Vec<Hit>) {
        let mut missing = Vec::new();
        for (i, name) in wanted.iter().enumerate() {
            let hit = |own| hits.extend(self.hit(i, name, TypeId(self.first_id().0 + own)));
            match self.bisected(name, true) {
                None if wanted.len() > FEW || self.is_indexed() => Candidates::indexed(self, name, true).for_each(hit),
                Some(found) if found.iter().any(|range| !range.is_empty()) => found.into_iter().flatten().for_each(hit),
                _ => missing.push(i as u32),
            }
        }
        // A scan costs less than to make certain that sorted types are sorted to the last.
        if let Some(filter) = Filter::new(wanted, &missing) {
            filter.scan(self, wanted, hits);
        }
        hits.sort_unstable();
    }

    /// The type as what was wanted, if it has that name or a flavour of it.
    fn hit(&self, wanted: usize, name: &str, id: TypeId) -> Option<Hit> {
        let text = self.string_bytes(self.name_off(id))?;
        if name.is_empty() || !is_named(text, name.as_bytes(), true) {
            return None;
        }
        let flavoured = text.len() != name.len();
        Some(Hit { wanted: wanted as u32, id: id.0, kind: self.kind(id)?.0, flavoured })
    }
}

/// The beginnings of the wanted names.
struct Filter {
    /// The bytes of a beginning that are looked at: as many as are known of the shortest name with a flavour, at most 8.
    mask: u64,
    shift: u32,
    /// A bit for each hash of a beginning.
    bits: Vec<u64>,
    /// Beginnings with the positions of their names, sorted.
    heads: Vec<(u64, u32)>,
}

impl Filter {
    /// A filter for some of the wanted names, by their positions. None if none of them is a name.
    fn new(wanted: &[&str], positions: &[u32]) -> Option<Self> {
        let named = || positions.iter().map(|&i| (i, wanted[i as usize])).filter(|(_, name)| !name.is_empty());
        let shortest = named().map(|(_, name)| name.len()).min()?;
        let mask = u64::MAX >> (64 - 8 * (shortest + 3).min(8));
        let mut heads = Vec::with_capacity(2 * wanted.len());
        for (i, name) in named() {
            let flavoured: SmallVec<[u8; 16]> = name.bytes().take(8).chain(*b"___").collect();
            heads.push((head(name.as_bytes()) & mask, i));
            heads.push((head(&flavoured) & mask, i));
        }
        heads.sort_unstable();
        heads.dedup();
        let log = (heads.len() * 16).next_power_of_two().max(1024).trailing_zeros();
        let mut filter = Self { mask, shift: 64 - log, bits: alloc::vec![0; 1 << (log - 6)], heads };
        for i in 0..filter.heads.len() {
            let hash = filter.hash(filter.heads[i].0);
            filter.bits[hash / 64] |= 1 << (hash % 64);
        }
        Some(filter)
    }

    fn hash(&self, head: u64) -> usize {
        (head.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> self.shift) as usize
    }

    fn scan(&self, btf: &Btf, wanted: &[&str], hits: &mut Vec<Hit>) {
        let names = Heads::of(btf);
        names.offs(0).for_each(|(i, off)| {
            let head = names.head(off) & self.mask;
            let hash = self.hash(head);
            if self.bits.get(hash / 64).is_some_and(|bits| bits >> (hash % 64) & 1 != 0) {
                self.compare(btf, head, TypeId(btf.first_id().0 + i), wanted, hits);
            }
        });
    }

    #[inline(never)]
    fn compare(&self, btf: &Btf, head: u64, id: TypeId, wanted: &[&str], hits: &mut Vec<Hit>) {
        let start = self.heads.partition_point(|&(other, _)| other < head);
        for &(_, i) in self.heads[start..].iter().take_while(|&&(other, _)| other == head) {
            hits.extend(btf.hit(i as usize, wanted[i as usize], id));
        }
    }
}
