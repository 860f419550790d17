//! The names in an index.

use alloc::{vec, vec::Vec};

use crate::{
    Btf, Kind,
    core::essential,
    head::{self, Heads},
    starts::Part,
};

/// The named types of a part in buckets by the hash of their essential names, in the order of their ids within a bucket.
pub(crate) struct Index {
    /// Where each bucket begins in `types`, with the end of the last.
    buckets: Vec<u32>,
    types: Vec<Entry>,
}

/// A named type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// Its position.
    pub(crate) i: u32,
    /// The offset of its name.
    pub(crate) name: u32,
    pub(crate) kind: Kind,
}

impl Index {
    pub(crate) fn build(btf: &Btf, part: Part) -> Self {
        let names = Heads::of(btf);
        let mut types = Vec::with_capacity(btf.len() as usize / 8);
        names.each_of(part, |i, name, kind| types.push(Entry { i, name, kind }));
        let flavoured = |off| head::hash(essential_bytes(names.bytes_at(off)));
        let hash = |entry: &Entry| names.hash(entry.name).unwrap_or_else(|| flavoured(entry.name));
        let mask = types.len().next_power_of_two().max(2) as u32 - 1;
        // First the bucket of each type, then its place among all.
        let mut places: Vec<u32> = types.iter().map(|entry| hash(entry) & mask).collect();
        let mut buckets = vec![0u32; mask as usize + 2];
        for bucket in &places {
            buckets[*bucket as usize] += 1;
        }
        // Each count becomes the end of its bucket; filling from the back turns the ends into beginnings.
        let mut end = 0;
        for bucket in &mut buckets {
            end += *bucket;
            *bucket = end;
        }
        for place in places.iter_mut().rev() {
            let bucket = &mut buckets[*place as usize];
            *bucket -= 1;
            *place = *bucket;
        }
        for i in 0..types.len() {
            while places[i] as usize != i {
                let place = places[i] as usize;
                types.swap(i, place);
                places.swap(i, place);
            }
        }
        types.shrink_to_fit();
        Self { buckets, types }
    }

    /// The types whose essential name may be this.
    pub(crate) fn bucket(&self, name: &str) -> &[Entry] {
        let at = head::hash(essential(name).as_bytes()) as usize & (self.buckets.len() - 2);
        let range = self.buckets.get(at).zip(self.buckets.get(at + 1));
        range.and_then(|(&start, &end)| self.types.get(start as usize..end as usize)).unwrap_or_default()
    }
}

/// A name without its flavour.
pub(crate) fn essential_bytes(name: &[u8]) -> &[u8] {
    core::str::from_utf8(name).map_or(name, |name| essential(name).as_bytes())
}
