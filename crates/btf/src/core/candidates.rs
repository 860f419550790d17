//! The kernel types that a record may mean, found by name.

use alloc::vec::Vec;

use hashbrown::HashMap;

use super::{compat, essential};
use crate::{Btf, Kind, TypeId};

/// The BTF of a kernel, as CO-RE searches it.
pub trait Targets {
    /// The kernel's own BTF, if there is one.
    fn kernel(&self) -> Option<&Btf>;

    /// The modules' BTF. Asked for at most once by a [`Matcher`](super::Matcher), and only when the kernel's own has no
    /// type of some name: opening them can wait until then. A module that cannot be opened is to be left out.
    fn modules(&self) -> Vec<Module<'_>> {
        Vec::new()
    }
}

/// A file of BTF given in place of a kernel: it has no modules.
impl Targets for Btf {
    fn kernel(&self) -> Option<&Btf> {
        Some(self)
    }
}

/// A kernel module.
#[derive(Clone, Copy, Debug)]
pub struct Module<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its BTF, split on the kernel's.
    pub btf: &'a Btf,
}

/// Where a type was found.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Source {
    /// In the kernel's own BTF.
    Kernel,
    /// In a module's: the position in the list of [`Targets::modules`].
    Module(usize),
}

/// A kernel type that a record may mean.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Candidate {
    /// Where it was found.
    pub source: Source,
    /// Its id there.
    pub id: TypeId,
}

/// A root type whose candidates are wanted, with those found so far.
pub(super) struct Wanted {
    pub root: TypeId,
    pub found: Vec<Candidate>,
}

/// Finds the candidates of all `wanted` among the types of `target` itself (not its base), in one pass.
pub(super) fn search(local: &Btf, target: &Btf, source: Source, wanted: &mut [Wanted]) {
    let mut by_name = HashMap::<&[u8], Vec<usize>>::new();
    let mut kinds = 0u128;
    for (i, want) in wanted.iter().enumerate() {
        by_name.entry(essential(local.name(want.root)).as_bytes()).or_default().push(i);
        kinds |= local.kind(want.root).map_or(0, both_forms);
    }
    // Kinds are read faster than names, and most types are of kinds that nobody asks for.
    for id in target.ids().filter(|&id| target.kind(id).is_some_and(|kind| kinds & 1 << kind.0 != 0)) {
        for &i in by_name.get(essential(target.name(id)).as_bytes()).into_iter().flatten() {
            if compat::same_kind(local, wanted[i].root, target, id) {
                wanted[i].found.push(Candidate { source, id });
            }
        }
    }
}

/// The set of kinds that are the same as this one: both forms of an enum are.
fn both_forms(kind: Kind) -> u128 {
    if kind == Kind::ENUM || kind == Kind::ENUM64 { 1 << Kind::ENUM.0 | 1 << Kind::ENUM64.0 } else { 1 << kind.0 }
}
