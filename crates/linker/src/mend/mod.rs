//! Pass: what compilers of other languages than C leave that neither kernels nor other loaders take.
//!
//! 1. Types become such as C could have declared ([`skep_object::btf::mend`]).
//! 2. `maps`: the struct that declares a map stands by itself, not within others.
//! 3. `linkage`: a function that the compiler kept to the object, but called global in BTF, is static there, too: the
//!    verifier would check it by itself, and panics of Rust have arguments that it knows nothing of.
//! 4. `code`: a function that ends in a call of another one, which never returns, gets an `exit` behind it, without which
//!    the verifier refuses it even where it cannot be reached.
//!
//! Objects of C and assembly come through unchanged.

mod code;
mod linkage;
mod maps;

use alloc::{sync::Arc, vec::Vec};

use skep_object::{
    Object,
    btf::{
        Btf,
        mend::{Flaw, mend as mend_types},
    },
};

/// Mends objects; whether there was anything to mend.
pub(crate) fn mend(objects: &mut [Object]) -> bool {
    let mut any = false;
    for object in objects {
        any |= put(object, |object| mend_types(object.btf.as_deref()?, &Flaw::ALL));
        any |= put(object, maps::mended);
        any |= put(object, linkage::mended);
        any |= code::mend(object);
    }
    any
}

/// Replaces the types of an object, if there is anything to replace.
fn put(object: &mut Object, mended: impl FnOnce(&Object) -> Option<Vec<u8>>) -> bool {
    let Some(Ok(btf)) = mended(object).map(Btf::parse) else { return false };
    object.btf = Some(Arc::new(btf));
    true
}
