//! Many names looked up in one pass over the types.
//!
//! Most types have none of the wanted names, and the first bytes of a name tell nearly always: each type costs three
//! loads that do not depend on the type before it, a hash and a bit. Nothing is allocated for a type that is not found.

use alloc::vec::Vec;

use crate::{
    Btf, Kind, TypeId,
    header::word,
    names::{is_named, name_bytes},
};

/// Below so many names, sorted BTF is bisected for each of them.
const FEW: usize = 256;

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
        if wanted.len() <= FEW && self.first_named().is_some() {
            for (i, name) in wanted.iter().enumerate() {
                hits.extend(self.find_essential(name).own().filter_map(|id| self.hit(i, name, id)));
            }
        } else if let Some(filter) = Filter::new(wanted) {
            filter.scan(self, wanted, hits);
        }
        hits.sort_unstable();
    }

    fn hit(&self, wanted: usize, name: &str, id: TypeId) -> Option<Hit> {
        let flavoured = self.name(id).len() != name.len();
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
    fn new(wanted: &[&str]) -> Option<Self> {
        let named = || (0..).zip(wanted).filter(|(_, name)| !name.is_empty());
        let shortest = named().map(|(_, name)| name.len()).min()?;
        let mask = u64::MAX >> (64 - 8 * (shortest + 3).min(8));
        let mut heads = Vec::with_capacity(2 * wanted.len());
        for (i, name) in named() {
            let name = name.as_bytes();
            let beginning = |rest: &[u8]| {
                let mut word = [0; 8];
                word.iter_mut().zip(name.iter().chain(rest)).for_each(|(to, from)| *to = *from);
                u64::from_le_bytes(word) & mask
            };
            heads.push((beginning(&[]), i));
            heads.push((beginning(b"___"), i));
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
        let (bytes, text, endian) = (btf.bytes().as_ref(), btf.text(), btf.endian());
        for (i, &at) in btf.starts.iter().enumerate() {
            let off = word(bytes, endian, at as usize).unwrap_or_default();
            let head = match text.get(off.wrapping_sub(btf.first_str) as usize..).and_then(<[u8]>::first_chunk::<8>) {
                Some(head) => u64::from_le_bytes(*head),
                None => short(name_bytes(btf, off)),
            };
            let head = until_nul(head) & self.mask;
            let hash = self.hash(head);
            if self.bits.get(hash / 64).is_some_and(|bits| bits >> (hash % 64) & 1 != 0) {
                let id = TypeId(btf.first_id().0 + i as u32);
                self.compare(btf, head, id, wanted, hits);
            }
        }
    }

    #[inline(never)]
    fn compare(&self, btf: &Btf, head: u64, id: TypeId, wanted: &[&str], hits: &mut Vec<Hit>) {
        let start = self.heads.partition_point(|&(other, _)| other < head);
        for &(_, i) in self.heads[start..].iter().take_while(|&&(other, _)| other == head) {
            let name = wanted[i as usize];
            if is_named(btf.name(id).as_bytes(), name.as_bytes(), true) {
                hits.extend(btf.hit(i as usize, name, id));
            }
        }
    }
}

/// The beginning of a name that ends within 8 bytes of the end of its section, or lies in the base's.
#[cold]
fn short(name: &[u8]) -> u64 {
    let mut head = [0; 8];
    head.iter_mut().zip(name).for_each(|(to, from)| *to = *from);
    u64::from_le_bytes(head)
}

/// The bytes before the first NUL, zeroes after it.
fn until_nul(word: u64) -> u64 {
    let low = 0x0101_0101_0101_0101u64;
    let nuls = word.wrapping_sub(low) & !word & low << 7;
    word & (nuls ^ nuls.wrapping_sub(1))
}

#[cfg(test)]
mod tests {
    use super::until_nul;

    #[test]
    fn bytes_after_the_first_nul_do_not_count() {
        for (word, expected) in [
            (*b"pid\0uid\0", *b"pid\0\0\0\0\0"),
            (*b"\0\0abcdef", [0; 8]),
            (*b"abcdefgh", *b"abcdefgh"),
            (*b"\x80\x01\xff\0\x01\x01\x01\x01", *b"\x80\x01\xff\0\0\0\0\0"),
        ] {
            assert_eq!(until_nul(u64::from_le_bytes(word)), u64::from_le_bytes(expected));
        }
    }
}
