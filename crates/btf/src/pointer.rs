//! How large a pointer is, which BTF does not say.

use core::sync::atomic::{AtomicU8, Ordering::Relaxed};

use crate::{Btf, Kind};

/// The size in bytes of a pointer; 0 until it is asked for, since that may need a pass over all types.
#[derive(Debug, Default)]
pub(crate) struct PointerSize(AtomicU8);

impl Clone for PointerSize {
    fn clone(&self) -> Self {
        Self::known(self.0.load(Relaxed))
    }
}

impl PointerSize {
    pub(crate) fn known(size: u8) -> Self {
        Self(AtomicU8::new(size))
    }

    pub(crate) fn of(&self, btf: &Btf) -> u8 {
        match self.0.load(Relaxed) {
            0 => {
                let size = btf.base().map_or_else(|| size(btf), |base| base.pointer_size());
                self.0.store(size, Relaxed);
                size
            }
            size => size,
        }
    }
}

/// The size in bytes of a pointer on the machine whose types these are: that of `long`, which C compilers for Linux make
/// as large as a pointer; 8 if there is no `long`.
fn size(btf: &Btf) -> u8 {
    let of_int = |id| match btf.get(id) {
        Some(crate::Type::Int(int)) if matches!(int.size, 4 | 8) => Some(int.size as u8),
        _ => None,
    };
    // The names that compilers give it, for BTF that is sorted by name: no need to go through all types.
    let usual = ["long", "long int", "unsigned long", "long unsigned int"];
    let sorted = usual.iter().filter_map(|name| btf.bisected(name, false)).flatten().flatten();
    let mut sorted = sorted.map(|i| crate::TypeId(btf.first_id().0 + i));
    let found = sorted.find_map(|id| if is_long(btf.name(id)) { of_int(id) } else { None });
    let all = || {
        btf.kinds().find_map(|(id, kind)| if kind == Kind::INT && is_long(btf.name(id)) { of_int(id) } else { None })
    };
    if found.or_else(all) == Some(4) { 4 } else { 8 }
}

/// Whether a name is one of the ways to spell `long` or `unsigned long`.
fn is_long(name: &str) -> bool {
    let mut words = [0; 3];
    for word in name.split(' ') {
        match ["long", "int", "unsigned"].iter().position(|&w| w == word) {
            Some(i) => words[i] += 1,
            None => return false,
        }
    }
    matches!(words, [1, 0 | 1, 0 | 1])
}
