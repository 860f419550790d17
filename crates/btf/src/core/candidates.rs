//! The kernel types that a record may mean, found by name.

use alloc::vec::Vec;

use smallvec::SmallVec;

use super::{compat, essential};
use crate::{Btf, TypeId};

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
    pub found: Found,
}

/// The candidates for a root type: nearly always one.
pub(super) type Found = SmallVec<[Candidate; 1]>;

/// Finds the candidates of all `wanted` among the types of `target` itself (not its base), in one pass.
pub(super) fn search(local: &Btf, target: &Btf, source: Source, wanted: &mut [Wanted]) {
    let names: Vec<&str> = wanted.iter().map(|want| essential(local.name(want.root))).collect();
    let found = target.find_many_own(&names);
    for (i, want) in wanted.iter_mut().enumerate() {
        let same = found.essential(i).filter(|&(id, _)| compat::same_kind(local, want.root, target, id));
        want.found.extend(same.map(|(id, _)| Candidate { source, id }));
    }
}
