//! Equal strings, one number.

use alloc::{vec, vec::Vec};
use core::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::{Btf, Error, ErrorKind};

/// Strings longer than this are equal only at the same offset: hashing thousands of overlapping long strings would cost
/// the square of their length. The kernel takes names of up to 511 bytes.
const LONGEST: usize = 1 << 12;

/// Strings by number.
pub(crate) struct Table {
    /// The strings of all levels.
    text: Vec<u8>,
    /// Where each string ends, so that thousands of names that end in the same long string cost no search each.
    ends: Vec<u32>,
    /// By offset, one more than the number.
    numbers: Vec<u32>,
    by_text: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// By number, the first offset.
    firsts: Vec<u32>,
}

impl Table {
    pub(crate) fn of(btf: &Btf) -> Self {
        let mut levels: Vec<&Btf> = core::iter::successors(Some(btf), |btf| btf.base().map(|base| &**base)).collect();
        levels.reverse();
        let text = levels.iter().map(|level| level.text()).collect::<Vec<_>>().concat();
        let ends = text.iter().enumerate().filter(|(_, byte)| **byte == 0).map(|(at, _)| at as u32).collect();
        let (numbers, hasher) = (vec![0; text.len()], DefaultHashBuilder::default());
        let mut table = Self { text, ends, numbers, by_text: HashTable::new(), hasher, firsts: Vec::new() };
        let mut at = 0;
        // The base's strings come first, so that they are preferred. The empty string is number 0.
        while at < btf.first_str.max(1) && table.number(at).is_ok() {
            at = table.range(at).1 + 1;
        }
        table
    }

    /// Where the string begins that an offset lies in, and where it ends.
    pub(crate) fn range(&self, off: u32) -> (u32, u32) {
        let next = self.ends.partition_point(|&end| end < off);
        let end = |at: usize| self.ends.get(at).copied();
        (next.checked_sub(1).and_then(end).map_or(0, |before| before + 1), end(next).unwrap_or(off))
    }

    /// The string at an offset.
    pub(crate) fn text(&self, off: u32) -> &[u8] {
        self.text.get(off as usize..self.range(off).1 as usize).unwrap_or_default()
    }

    /// The number of the string at an offset.
    pub(crate) fn number(&mut self, off: u32) -> Result<u32, Error> {
        let missing = || Error { type_id: None, offset: None, kind: ErrorKind::StringOffset(off) };
        let known = self.numbers.get(off as usize).copied().ok_or_else(missing)?;
        if known != 0 {
            return Ok(known - 1);
        }
        let (text, next) = (self.text(off), self.firsts.len() as u32);
        let number = if text.len() > LONGEST {
            next
        } else {
            let hash = self.hasher.hash_one(text);
            let equal = |&number: &u32| self.text(self.first(number)) == text;
            match self.by_text.find(hash, equal) {
                Some(&number) => number,
                None => self.insert(hash, next, off),
            }
        };
        if number == next && self.firsts.len() as u32 == next {
            self.firsts.push(off);
        }
        if let Some(slot) = self.numbers.get_mut(off as usize) {
            *slot = number + 1;
        }
        Ok(number)
    }

    fn insert(&mut self, hash: u64, number: u32, off: u32) -> u32 {
        self.firsts.push(off);
        let mut table = core::mem::take(&mut self.by_text);
        table.insert_unique(hash, number, |&number| self.hasher.hash_one(self.text(self.first(number))));
        self.by_text = table;
        number
    }

    /// The first offset of a string by its number.
    pub(crate) fn first(&self, number: u32) -> u32 {
        self.firsts.get(number as usize).copied().unwrap_or_default()
    }
}
