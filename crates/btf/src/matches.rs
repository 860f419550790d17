//! Types by name, one name at a time: what callers see of [`names`](crate::names).

use crate::{Btf, Kind, TypeId, names::Candidates};

impl Btf {
    /// The first type with a name and kind, the base's before its own.
    #[doc(alias = "btf__find_by_name_kind")]
    pub fn find_kind(&self, name: &str, kind: Kind) -> Option<TypeId> {
        self.find_all(name).of(kind).next()
    }

    /// The first of its own types with a name and kind: what a module defines itself.
    #[doc(alias = "btf__find_by_name_kind_own")]
    pub fn find_own(&self, name: &str, kind: Kind) -> Option<TypeId> {
        self.find_all(name).own().of(kind).next()
    }

    /// The types with a name, of every kind, the base's before its own, in the order of their ids. An empty name finds
    /// nothing.
    #[doc(alias = "btf__find_by_name")]
    pub fn find_all<'a>(&'a self, name: &'a str) -> Matches<'a> {
        Matches::new(self, name, false)
    }

    /// The types with a name that has no flavour itself, or with that name and a flavour (`name___x`).
    pub fn find_essential<'a>(&'a self, name: &'a str) -> Matches<'a> {
        Matches::new(self, name, true)
    }
}

/// Types found by name: an iterator over their ids, in order.
#[derive(Clone, Debug)]
#[must_use = "nothing is looked up until the iterator is advanced"]
pub struct Matches<'a> {
    btf: &'a Btf,
    name: &'a str,
    flavours: bool,
    kind: Option<Kind>,
    /// How many bases below `btf` the next search is in.
    level: u32,
    candidates: Option<(&'a Btf, Candidates<'a>)>,
}

impl<'a> Matches<'a> {
    fn new(btf: &'a Btf, name: &'a str, flavours: bool) -> Self {
        let bases = core::iter::successors(Some(btf), |btf| btf.base().map(|base| &**base)).count();
        let level = if name.is_empty() { 0 } else { bases as u32 };
        Self { btf, name, flavours, kind: None, level, candidates: None }
    }

    /// Only the BTF's own types, not its base's.
    pub fn own(self) -> Self {
        Self { level: self.level.min(1), ..self }
    }

    /// Only types of one kind.
    pub fn of(self, kind: Kind) -> Self {
        Self { kind: Some(kind), ..self }
    }
}

impl Iterator for Matches<'_> {
    type Item = TypeId;

    fn next(&mut self) -> Option<TypeId> {
        loop {
            if let Some((btf, mut candidates)) = self.candidates.take()
                && let Some(i) = candidates.next()
            {
                self.candidates = Some((btf, candidates));
                return Some(TypeId(btf.first_id().0 + i));
            }
            self.level = self.level.checked_sub(1)?;
            let btf = (0..self.level).try_fold(self.btf, |btf, _| btf.base().map(|base| &**base))?;
            self.candidates = Some((btf, Candidates::new(btf, self.name, self.flavours, self.kind)));
        }
    }
}
