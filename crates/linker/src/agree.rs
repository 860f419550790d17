//! Pass: what all objects must agree on: byte order, licence, kernel version, and that they have types.

use alloc::{sync::Arc, vec::Vec};

use skep_object::{Located, Object, Site};

use crate::Kind;

/// What holds of the linked object as a whole.
pub(crate) struct Agreed {
    pub license: Arc<str>,
    pub version: u32,
}

/// Checks the objects against each other.
pub(crate) fn agree(objects: &[Object], errors: &mut Vec<Located<Kind>>) -> Agreed {
    let Some(first) = objects.first() else { return Agreed { license: "".into(), version: 0 } };
    for other in objects.iter().filter(|o| o.endian != first.endian) {
        let kind = Kind::ByteOrder { this: other.endian, first: first.file.clone(), others: first.endian };
        errors.push(Located::new(Site::file(&other.file), kind));
    }
    types(objects, errors);
    let license = all(
        objects,
        |o| (!o.license.is_empty()).then(|| o.license.clone()),
        |this, first, others| Kind::License { this, first, others },
        errors,
    );
    let version = all(
        objects,
        |o| (o.version != 0).then_some(o.version),
        |this, first, others| Kind::Version { this, first, others },
        errors,
    );
    Agreed { license: license.unwrap_or_default(), version: version.unwrap_or_default() }
}

/// The value that all objects have which have one.
fn all<T: Clone + PartialEq>(
    objects: &[Object],
    of: impl Fn(&Object) -> Option<T>,
    error: impl Fn(T, Arc<str>, T) -> Kind,
    errors: &mut Vec<Located<Kind>>,
) -> Option<T> {
    let mut known: Option<(T, Arc<str>)> = None;
    for object in objects {
        match (of(object), &known) {
            (Some(this), Some((value, first))) if this != *value => {
                errors.push(Located::new(Site::file(&object.file), error(this, first.clone(), value.clone())));
            }
            (Some(this), None) => known = Some((this, object.file.clone())),
            _ => {}
        }
    }
    known.map(|(value, _)| value)
}

/// The kernel takes the types of all functions of a program or of none.
fn types(objects: &[Object], errors: &mut Vec<Located<Kind>>) {
    let has_code = |o: &&Object| !o.funcs.is_empty();
    if objects.iter().any(|o| o.btf.is_some()) {
        for object in objects.iter().filter(has_code).filter(|o| o.btf.is_none()) {
            errors.push(Located::new(Site::file(&object.file), Kind::NoBtf));
        }
    }
}
