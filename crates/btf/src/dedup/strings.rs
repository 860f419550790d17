//! Equal strings, one offset.

use alloc::vec::Vec;
use core::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashMap, HashTable};

use crate::{Btf, Error, ErrorKind};

/// Strings longer than this are equal only at the same offset: hashing thousands of overlapping long strings would cost
/// the square of their length. The kernel takes names of up to 511 bytes.
const LONGEST: usize = 1 << 12;

/// The strings of a BTF and its bases.
pub(crate) struct Strings<'a> {
    /// The strings of each level with the offset of the first, from the lowest base on.
    levels: Vec<(u32, &'a [u8])>,
    /// Offsets by what stands there; of equal strings the first.
    known: HashTable<u32>,
    hasher: DefaultHashBuilder,
    same: Same,
}

/// What stands somewhere else before.
#[derive(Default)]
pub(crate) struct Same(HashMap<u32, u32>);

impl Same {
    /// The one offset of all strings that are equal to that at this one.
    #[inline(always)]
    pub(crate) fn of(&self, off: u32) -> u32 {
        if self.0.is_empty() { off } else { self.0.get(&off).copied().unwrap_or(off) }
    }
}

impl<'a> Strings<'a> {
    pub(crate) fn of(btf: &'a Btf) -> Self {
        let mut levels: Vec<(u32, &[u8])> = core::iter::successors(Some(btf), |btf| btf.base().map(|base| &**base))
            .map(|btf| (btf.first_str, btf.text()))
            .collect();
        levels.reverse();
        let count = levels.iter().map(|(_, text)| memchr::memchr_iter(0, text).count()).sum();
        let (known, hasher) = (HashTable::with_capacity(count), DefaultHashBuilder::default());
        let mut strings = Self { levels, known, hasher, same: Same::default() };
        for (first, text) in strings.levels.clone() {
            let mut at = 0;
            for end in memchr::memchr_iter(0, text) {
                if end > at && end - at <= LONGEST {
                    strings.add(first + at as u32, text.get(at..end).unwrap_or_default());
                }
                at = end + 1;
            }
        }
        strings
    }

    /// What stands at an offset, from there to the end of its section.
    fn rest(&self, off: u32) -> Option<&'a [u8]> {
        let &(first, text) = self.levels.iter().rev().find(|(first, _)| *first <= off)?;
        text.get((off - first) as usize..).filter(|rest| !rest.is_empty())
    }

    fn add(&mut self, off: u32, text: &[u8]) {
        let levels = &self.levels;
        let at = |off: u32| {
            let level = levels.iter().rev().find(|(first, _)| *first <= off);
            level.and_then(|(first, text)| text.get((off - first) as usize..)).unwrap_or_default()
        };
        let equal = |&other: &u32| at(other).strip_prefix(text).is_some_and(|rest| rest.first() == Some(&0));
        let hash = |&other: &u32| {
            let rest = at(other);
            self.hasher.hash_one(rest.get(..memchr::memchr(0, rest).unwrap_or_default()).unwrap_or_default())
        };
        let known = *self.known.entry(self.hasher.hash_one(text), equal, hash).or_insert(off).get();
        if known != off {
            self.same.0.insert(off, known);
        }
    }

    /// Takes notice of a string that is referred to: it may be the end of another one.
    ///
    /// # Errors
    /// If there is no such string.
    pub(crate) fn meet(&mut self, off: u32) -> Result<(), Error> {
        let missing = Error { type_id: None, offset: None, kind: ErrorKind::StringOffset(off) };
        let rest = self.rest(off).ok_or(missing)?;
        if off == 0 || rest.first() == Some(&0) {
            // An empty string.
            self.same.0.extend((off != 0).then_some((off, 0)));
            return Ok(());
        }
        let before = self.levels.iter().rev().find(|(first, _)| *first <= off);
        let before = before.and_then(|(first, text)| text.get(((off - first) as usize).checked_sub(1)?));
        if before.is_none_or(|&byte| byte == 0) || self.same.0.contains_key(&off) {
            return Ok(());
        }
        if let Some(len) = memchr::memchr(0, rest.get(..=LONGEST).unwrap_or(rest)) {
            self.add(off, rest.get(..len).unwrap_or_default());
        }
        Ok(())
    }

    /// What was found out.
    pub(crate) fn done(self) -> Same {
        self.same
    }
}
