//! All that a type is made of.

use alloc::{vec, vec::Vec};

use hashbrown::HashSet;

use super::Ty;
use crate::{Kind, TypeId};

/// The types that a type is made of, itself first, each once: an iterator, depth first in the order of members.
///
/// It goes through pointers, too, and so often to a large part of a kernel; [`Walk::by_value`] keeps it from that.
#[derive(Clone, Debug)]
pub struct Walk<'a> {
    /// What is to be visited, the next one last.
    work: Vec<Ty<'a>>,
    seen: HashSet<TypeId>,
    pointers: bool,
}

impl<'a> Walk<'a> {
    pub(super) fn new(root: Ty<'a>) -> Self {
        Self { work: vec![root], seen: HashSet::new(), pointers: true }
    }

    /// Only what a value holds itself: pointers are visited, but not what they lead to.
    #[must_use]
    pub fn by_value(self) -> Self {
        Self { pointers: false, ..self }
    }
}

impl<'a> Iterator for Walk<'a> {
    type Item = Ty<'a>;

    fn next(&mut self) -> Option<Ty<'a>> {
        loop {
            let ty = self.work.pop()?;
            if !self.seen.insert(ty.id()) {
                continue;
            }
            if self.pointers || ty.kind() != Some(Kind::PTR) {
                let from = self.work.len();
                let (work, seen) = (&mut self.work, &self.seen);
                ty.parts(|part| {
                    if !seen.contains(&part.id()) {
                        work.push(part);
                    }
                });
                if let Some(new) = self.work.get_mut(from..) {
                    new.reverse();
                }
            }
            return Some(ty);
        }
    }
}
