//! Types of the kernel by kind and name, many in one pass.

use alloc::{string::String, vec, vec::Vec};

use crate::{
    ModuleIdx, Target, Unavailable,
    object::btf::{Btf, Kind, TypeId},
};

/// A type that is looked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Wanted {
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Where alone to look; else in the kernel proper and then in each module.
    pub place: Option<Place>,
}

/// One BTF of a kernel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    /// That of the kernel proper.
    Vmlinux,
    /// That of a module.
    Module(ModuleIdx),
}

/// A type that was found.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Found {
    /// Its id.
    pub id: TypeId,
    /// The module that has it; none for the kernel proper.
    pub module: Option<ModuleIdx>,
}

/// Looks for all types: in one pass over the kernel proper, and in modules only for what is not there. A module whose
/// BTF cannot be read is passed over.
///
/// # Errors
/// When the kernel proper has no BTF.
pub(crate) fn look_up(target: &Target, wanted: &[Wanted]) -> Result<Vec<Option<Found>>, Unavailable> {
    let mut found = vec![None; wanted.len()];
    if wanted.is_empty() {
        return Ok(found);
    }
    let open = |found: &[Option<Found>], place: Place| -> Vec<usize> {
        let here = |(i, w): &(usize, &Wanted)| found[*i].is_none() && w.place.is_none_or(|p| p == place);
        wanted.iter().enumerate().filter(here).map(|(i, _)| i).collect()
    };
    let vmlinux = open(&found, Place::Vmlinux);
    search(target.vmlinux()?, wanted, &vmlinux, None, &mut found);
    // To list the modules costs system calls.
    if found.iter().all(Option::is_some) {
        return Ok(found);
    }
    for i in 0..target.modules().len() as u32 {
        let module = ModuleIdx(i);
        let missing = open(&found, Place::Module(module));
        if missing.is_empty() {
            continue;
        }
        if let Ok(btf) = target.module_btf(module) {
            search(btf, wanted, &missing, Some(module), &mut found);
        }
    }
    Ok(found)
}

/// Looks for some of the wanted among a BTF's own types; the first of equals is found.
fn search(btf: &Btf, wanted: &[Wanted], which: &[usize], module: Option<ModuleIdx>, found: &mut [Option<Found>]) {
    let names: Vec<&str> = which.iter().map(|&i| &*wanted[i].name).collect();
    let hits = btf.find_many_own(&names);
    for (at, &i) in which.iter().enumerate() {
        found[i] = hits.first(at, wanted[i].kind).map(|id| Found { id, module });
    }
}

/// The names of all of a BTF's own types of a kind.
pub(crate) fn names(btf: &Btf, kind: Kind) -> impl Iterator<Item = &str> {
    btf.kinds().filter(move |(_, other)| *other == kind).map(|(id, _)| btf.name(id))
}

/// The module with a name, `-` and `_` being the same.
pub(crate) fn module_named(target: &Target, name: &str) -> Option<ModuleIdx> {
    let same = |other: &str| {
        let fold = |b: u8| if b == b'-' { b'_' } else { b };
        other.len() == name.len() && other.bytes().map(fold).eq(name.bytes().map(fold))
    };
    target.modules().iter().position(|m| same(&m.name)).map(|i| ModuleIdx(i as u32))
}
