//! Sections of constants and strings: equal ones become one.

use alloc::{sync::Arc, vec::Vec};

use hashbrown::HashMap;
use skep_object::Merge;

/// The contents of all sections of a name, each constant once.
pub(crate) struct Constants<'a> {
    known: HashMap<&'a [u8], u32>,
    pub data: Vec<u8>,
    merge: Merge,
    /// What each constant begins at a multiple of, in bytes.
    align: usize,
}

/// Where the constants of a section were, and where they are; sorted by the former.
pub(crate) type Moves = Arc<[(u32, u32)]>;

impl<'a> Constants<'a> {
    pub fn new(merge: Merge, align: u32) -> Self {
        let align = align.max(merge.entry_size).max(1) as usize;
        Self { known: HashMap::new(), data: Vec::new(), merge, align }
    }

    /// Adds the contents of a section and says where each constant went.
    pub fn add(&mut self, data: &'a [u8]) -> Moves {
        let (mut moves, mut at) = (Vec::new(), 0);
        while let Some(rest) = data.get(at..).filter(|rest| !rest.is_empty()) {
            let piece = &rest[..self.length(rest)];
            let new = match self.known.get(piece) {
                Some(&new) => new,
                None => {
                    self.data.resize(self.data.len().next_multiple_of(self.align), 0);
                    let new = self.data.len() as u32;
                    self.data.extend_from_slice(piece);
                    self.known.insert(piece, new);
                    new
                }
            };
            moves.push((at as u32, new));
            at += piece.len();
        }
        moves.into()
    }

    /// The length of the first constant in bytes: of a string with the character 0 that ends it.
    fn length(&self, rest: &[u8]) -> usize {
        let size = (self.merge.entry_size as usize).max(1);
        let len = match self.merge.strings {
            true => rest.chunks(size).position(|c| c.iter().all(|&b| b == 0)).map_or(rest.len(), |i| (i + 1) * size),
            false => size,
        };
        len.min(rest.len())
    }
}

/// What is gone went here.
pub(crate) const CUT: u32 = u32::MAX;

/// Where a byte of a section went; none if it is gone.
pub(crate) fn moved(moves: &[(u32, u32)], off: u32) -> Option<u32> {
    let after = moves.partition_point(|&(old, _)| old <= off);
    match after.checked_sub(1).and_then(|i| moves.get(i)) {
        Some(&(_, CUT)) => None,
        Some(&(old, new)) => Some(new.wrapping_add(off - old)),
        None => Some(off),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_strings_become_one() {
        let mut strings = Constants::new(Merge { entry_size: 1, strings: true }, 1);
        let first = strings.add(b"one\0two\0one\0");
        let second = strings.add(b"two\0three");
        assert_eq!(strings.data, b"one\0two\0three");
        assert_eq!(*first, [(0, 0), (4, 4), (8, 0)]);
        assert_eq!(*second, [(0, 4), (4, 8)]);
        assert_eq!([9, 5, 4].map(|off| moved(&first, off)), [1, 5, 4].map(Some));
        assert_eq!(moved(&second, 6), Some(10));
        assert_eq!([3, 4, 8].map(|off| moved(&[(0, 8), (4, CUT), (8, 12)], off)), [Some(11), None, Some(12)]);
    }

    #[test]
    fn equal_constants_become_one_and_stay_aligned() {
        let mut constants = Constants::new(Merge { entry_size: 4, strings: false }, 4);
        let first = constants.add(&[1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 9]);
        assert_eq!(*first, [(0, 0), (4, 4), (8, 0), (12, 8)]);
        let second = constants.add(&[3, 0, 0, 0, 2, 0, 0, 0]);
        assert_eq!(*second, [(0, 12), (4, 4)]);
        assert_eq!(constants.data, [1, 0, 0, 0, 2, 0, 0, 0, 9, 0, 0, 0, 3, 0, 0, 0]);
    }
}
