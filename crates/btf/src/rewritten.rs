//! Types under new ids, and where they came from.

use alloc::vec::Vec;

use crate::{Edit, StrOff, TypeId};

/// BTF whose types were moved, left out or made one, and where each old one is now.
#[derive(Clone, Debug)]
pub struct Rewritten {
    /// The types that are left, over the same base.
    pub edit: Edit,
    pub(crate) first_id: u32,
    pub(crate) map: Vec<TypeId>,
    /// Sorted by the old offset.
    pub(crate) strings: Vec<(StrOff, StrOff)>,
}

impl Rewritten {
    /// The encoded types, in the byte order they came in. To be opened over the same base.
    pub fn bytes(&self) -> Vec<u8> {
        self.edit.finish()
    }

    /// The new id of an old type. Types of the base keep theirs; void for a type that never was or is left out.
    pub fn id(&self, old: TypeId) -> TypeId {
        match old.0.checked_sub(self.first_id) {
            Some(own) => self.map.get(own as usize).copied().unwrap_or_default(),
            None => old,
        }
    }

    /// The new ids of the old types, in the order of their old ids.
    pub fn map(&self) -> &[TypeId] {
        &self.map
    }

    /// The new offset of a string that was asked to be kept.
    pub fn string(&self, old: StrOff) -> Option<StrOff> {
        let found = self.strings.binary_search_by_key(&old, |&(old, _)| old).ok()?;
        self.strings.get(found).map(|&(_, new)| new)
    }
}
