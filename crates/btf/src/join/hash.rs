//! A number for each type: equal types have equal ones.

use alloc::{vec, vec::Vec};

use hashbrown::HashMap;

use super::words;
use crate::{
    Kind,
    shape::{Part, Shape, kind_of},
};

/// So many rounds tell apart what has one name.
const ROUNDS: u32 = 8;
/// So far a type is followed to the next struct or union with a name.
const DEPTH: u32 = 48;

/// A prime that spreads bits.
const SPREAD: u64 = 0x517c_c1b7_2722_0a95;

/// Structs and unions that have, or have been declared by, one name: what a reference says of them.
#[derive(Clone, Copy, Debug)]
enum Named {
    /// Declared only.
    Declared,
    /// All are alike so far.
    One(u64),
    /// They differ: each says what it was in the round before.
    Several,
}

struct Hash<'a> {
    words: &'a [u32],
    starts: &'a [u32],
    /// 0 where it is not known yet.
    numbers: Vec<u64>,
    before: Vec<u64>,
    named: HashMap<(bool, u32), Named>,
    /// A type leads back to itself without a name, or too far.
    failed: bool,
}

/// The numbers, by position. None where more than hashing is needed.
pub(super) fn numbers(words: &[u32], starts: &[u32]) -> Option<Vec<u64>> {
    let mut hash =
        Hash { words, starts, numbers: Vec::new(), before: Vec::new(), named: HashMap::new(), failed: false };
    for _ in 0..ROUNDS {
        hash.before = core::mem::replace(&mut hash.numbers, vec![0; starts.len()]);
        for node in 1..starts.len() as u32 {
            hash.number(node, 0)?;
        }
        if hash.settled()? {
            return Some(hash.numbers);
        }
    }
    None
}

fn mix(hash: u64, word: u64) -> u64 {
    (hash.rotate_left(5) ^ word).wrapping_mul(SPREAD)
}

/// The name of a struct or union, whether it is a union, and whether it is only declared.
pub(super) fn named(words: &[u32]) -> Option<(bool, u32, bool)> {
    let (&name, &info) = (words.first()?, words.get(1)?);
    match kind_of(words) {
        _ if name == 0 => None,
        Kind::STRUCT => Some((false, name, false)),
        Kind::UNION => Some((true, name, false)),
        Kind::FWD => Some((info >> 31 != 0, name, true)),
        _ => None,
    }
}

impl Hash<'_> {
    fn words(&self, node: u32) -> &[u32] {
        words(self.words, self.starts, node)
    }

    /// What a reference to a type says.
    fn reference(&mut self, node: u32, depth: u32) -> Option<u64> {
        if node == 0 {
            return Some(1);
        }
        if let Some(&known) = self.numbers.get(node as usize).filter(|known| **known != 0)
            && named(self.words(node)).is_none()
        {
            return Some(known);
        }
        match named(self.words(node)) {
            Some((union, name, _)) => match self.named.get(&(union, name)) {
                Some(Named::Several) => self.before.get(node as usize).copied(),
                _ => Some(mix(u64::from(union) + 2, name.into())),
            },
            None => self.number(node, depth + 1),
        }
    }

    fn number(&mut self, node: u32, depth: u32) -> Option<u64> {
        if let Some(&known) = self.numbers.get(node as usize).filter(|known| **known != 0) {
            return Some(known);
        }
        // What leads back to itself in several ways would be followed in all of them.
        self.failed |= depth > DEPTH;
        if self.failed {
            return None;
        }
        let words = words(self.words, self.starts, node);
        let kind = kind_of(words);
        let mut hash = mix(u64::from(kind.0), words.len() as u64);
        match kind {
            // A variable is a place of its own.
            Kind::VAR => hash = mix(hash, node.into()),
            // An enum without values is a declaration.
            Kind::ENUM | Kind::ENUM64 if words.len() == 3 && words.first() != Some(&0) => return None,
            _ => Shape::of(kind)?.each(words, |part, word| {
                let word = match part {
                    Some(Part::Ref) => self.reference(word, depth).unwrap_or_default(),
                    _ => word.into(),
                };
                hash = mix(hash, word);
            }),
        }
        if self.failed {
            return None;
        }
        let hash = (hash ^ hash >> 32).max(2);
        *self.numbers.get_mut(node as usize)? = hash;
        Some(hash)
    }

    /// Whether references say all there is. Notes what names mean from now on; none if that cannot be said.
    fn settled(&mut self) -> Option<bool> {
        let (mut now, mut declared): (HashMap<(bool, u32), Named>, bool) = (HashMap::new(), false);
        for node in 1..self.starts.len() as u32 {
            let Some((union, name, is_declaration)) = named(self.words(node)) else { continue };
            declared |= is_declaration;
            let number = self.numbers.get(node as usize).copied()?;
            let entry = now.entry((union, name)).or_insert(Named::Declared);
            *entry = match *entry {
                same if is_declaration => same,
                Named::Declared => Named::One(number),
                Named::One(one) if one == number => Named::One(one),
                _ => Named::Several,
            };
        }
        let several = |all: &HashMap<(bool, u32), Named>| all.values().filter(|n| matches!(n, Named::Several)).count();
        let (count, count_before) = (several(&now), several(&self.named));
        if count == 0 {
            if declared {
                self.define(&now);
            }
            return Some(true);
        }
        // Which of several definitions a declaration means takes a closer look.
        let is_unclear = |node: u32| match named(self.words(node)) {
            Some((union, name, true)) => matches!(now.get(&(union, name)), Some(Named::Several)),
            _ => false,
        };
        if declared && (1..self.starts.len() as u32).any(is_unclear) {
            return None;
        }
        let classes = |numbers: &[u64]| numbers.iter().collect::<hashbrown::HashSet<_>>().len();
        let settled = count == count_before && classes(&self.numbers) == classes(&self.before);
        if settled && declared {
            self.define(&now);
        }
        self.named = now;
        Some(settled)
    }

    /// Gives declarations the numbers of what they declare.
    fn define(&mut self, known: &HashMap<(bool, u32), Named>) {
        for node in 1..self.starts.len() as u32 {
            if let Some((union, name, true)) = named(self.words(node))
                && let Some(&Named::One(number)) = known.get(&(union, name))
                && let Some(place) = self.numbers.get_mut(node as usize)
            {
                *place = number;
            }
        }
    }
}
