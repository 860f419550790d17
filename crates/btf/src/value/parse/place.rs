//! A part of a value, by the way to it.

use alloc::string::ToString;

use super::{Fault, FaultKind, MAX_DEPTH, Parser};
use crate::{Btf, Type, TypeId};

/// Writes text as the part of a value that `path` leads to, as [`Btf::path`] reads it: a member `limits.cpu`, an element
/// `ports[2]`, or the whole if it is empty. The rest of the bytes stays; they are untouched after an error.
///
/// # Errors
/// As [`parse`](super::parse); and when the path leads nowhere, or beyond the bytes.
pub fn set(btf: &Btf, ty: TypeId, bytes: &mut [u8], path: &str, text: &str) -> Result<(), Fault> {
    let (ty, var) = match btf.get(ty) {
        Some(Type::Var(var)) => (var.ty, var.name),
        _ => (ty, ""),
    };
    let mut parser = Parser::new(btf, path.to_string(), text);
    let place = btf.path(ty, path).map_err(|error| parser.fault(ty, error.into()))?;
    let last = path.rsplit('.').next().and_then(|step| step.split('[').next()).unwrap_or_default();
    let name = if path.is_empty() { var } else { last };
    if place.bit_size > 0 {
        parser.out = bytes.to_vec();
        parser.part(place, name, 0, MAX_DEPTH)?;
        parser.end(place.ty)?;
        bytes.copy_from_slice(&parser.out);
        return Ok(());
    }
    let outside = parser.fault(place.ty, FaultKind::Unsupported);
    let value = parser.whole(place.ty, name)?;
    let start = usize::try_from(place.bit_offset / 8).unwrap_or(usize::MAX);
    match start.checked_add(value.len()).and_then(|end| bytes.get_mut(start..end)) {
        Some(part) => part.copy_from_slice(&value),
        None => return Err(outside),
    }
    Ok(())
}
