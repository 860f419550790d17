//! How large a pointer is, which BTF does not say.

use crate::{Btf, Kind};

/// The size in bytes of a pointer on the machine whose types these are: that of `long`, which C compilers for Linux make
/// as large as a pointer; 8 if there is no `long`.
pub(crate) fn size(btf: &Btf) -> u8 {
    let ints = btf.kinds().filter(|(_, kind)| *kind == Kind::INT).map(|(id, _)| id);
    let mut sizes = ints.filter(|&id| is_long(btf.name(id))).filter_map(|id| btf.size(id).ok());
    if sizes.find(|size| matches!(size, 4 | 8)) == Some(4) { 4 } else { 8 }
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
