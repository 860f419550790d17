//! Pass: what compilers of other languages than C leave that neither kernels nor other loaders take.
//!
//! 1. Types become such as C could have declared ([`skep_object::btf::mend`]).
//! 2. `names`: functions and variables that are private to the object are called as in the source.
//! 3. `maps`: the struct that declares a map stands by itself, not within others. `old_maps`: one of the old form gets such
//!    a struct.
//! 4. `linkage`: a function that the compiler kept to the object, but called global in BTF, is static there, too: the
//!    verifier would check it by itself, and panics of Rust have arguments that it knows nothing of.
//! 5. `code`: a function that ends in a call, of something that never returns, gets an `exit` behind it, without which the
//!    verifier refuses it even where it cannot be reached.
//!
//! Objects of C and assembly come through unchanged, but for names of parameters that have none, and maps of the
//! old form.

mod code;
mod linkage;
mod maps;
mod names;
mod old_maps;

use alloc::{sync::Arc, vec::Vec};

use skep_object::{
    Object,
    btf::{
        Btf,
        mend::{Flaw, mend as mend_types},
    },
};

/// Mends objects; whether there was anything to mend but names of parameters, which C may leave out, too. Types keep their
/// ids, and strings their places.
pub(crate) fn mend(objects: &mut [Object]) -> bool {
    let mut any = false;
    for object in objects {
        put(object, |object| mend_types(object.btf.as_deref()?, &[Flaw::ParamName]));
        any |= put(object, |object| mend_types(object.btf.as_deref()?, &Flaw::ALL));
        any |= put(object, names::mended);
        any |= put(object, |object| maps::mended(object));
        any |= put(object, old_maps::mended);
        any |= put(object, |object| linkage::mended(object));
        any |= code::mend(object);
    }
    any
}

/// Replaces the types of an object, if there is anything to replace.
fn put(object: &mut Object, mended: impl FnOnce(&mut Object) -> Option<Vec<u8>>) -> bool {
    let Some(Ok(btf)) = mended(object).map(Btf::parse) else { return false };
    object.btf = Some(Arc::new(btf));
    true
}
