//! The one function.

use alloc::vec::Vec;

use skep_object::{Errors, Located, Object, Site};

use crate::{Kind, Linked, check};

/// Links objects into one.
///
/// # Errors
/// `link-nothing` and `link-several` by the number of objects, and everything that [`Linked`] proves the absence of:
/// `link-dangling`, `link-bad-reference`, `link-target`, `link-unresolved-call`, `link-duplicate`.
pub fn link(objects: impl IntoIterator<Item = Object>) -> Result<Linked, Errors<Kind>> {
    let mut objects = objects.into_iter();
    let Some(mut object) = objects.next() else {
        return Err(Located::new(Site::default(), Kind::Nothing).into());
    };
    if let Some(second) = objects.next() {
        let files = [object.file, second.file].into_iter().chain(objects.map(|o| o.file)).collect::<Vec<_>>();
        return Err(Located::new(Site::default(), Kind::Several(files)).into());
    }
    check::check(&object)?;
    object.refuse_undefined();
    Ok(Linked::from_one(object))
}
