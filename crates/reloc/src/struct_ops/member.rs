//! Members that the caller changes before the table is laid out.

use alloc::{format, string::ToString, vec::Vec};

use super::plan::{Plan, function, is_function_pointer};
use crate::{
    Kind, Linked,
    config::{Member, MemberValue},
    object::btf::{Btf, ErrorKind},
};

/// The size in bytes of a pointer.
const POINTER: u64 = 8;

/// Gives a member another value or function.
pub(super) fn set(linked: &Linked, btf: &Btf, plan: &mut Plan, map: &str, wish: &Member) -> Result<(), Kind> {
    let place = btf.path(plan.type_id, &wish.path).map_err(|error| {
        let nearest = match &error.kind {
            ErrorKind::NoSuchMember(missing) => missing.nearest.clone(),
            _ => None,
        };
        Kind::NoSuchMember { map: map.into(), member: wish.path.clone(), nearest }
    })?;
    let fault = |why: &str| Kind::MemberValue { map: map.into(), member: wish.path.clone(), why: why.into() };
    if place.bit_size != 0 || !place.bit_offset.is_multiple_of(8) {
        return Err(fault("is a bitfield, which kernels do not take in such tables"));
    }
    let offset = u32::try_from(place.bit_offset / 8).map_err(|_| fault("lies outside of its struct"))?;
    let size = btf.size(place.ty).map_err(Kind::Btf)?;
    let is_function = is_function_pointer(btf, place.ty);
    match &wish.value {
        MemberValue::Bytes(bytes) if is_function && bytes.iter().any(|byte| *byte != 0) => {
            Err(fault("is a function: give the name of a program"))
        }
        MemberValue::Bytes(bytes) if bytes.len() as u64 != size => {
            Err(fault(&format!("has {size} bytes, and {} were given", bytes.len())))
        }
        MemberValue::Bytes(bytes) => {
            unset(plan, offset);
            let mut data: Vec<u8> = plan.data.to_vec();
            if !write(&mut data, offset, bytes) {
                return Err(fault("lies outside of its struct"));
            }
            plan.data = data.into();
            Ok(())
        }
        MemberValue::Program(_) if !is_function || size != POINTER => Err(fault("is not a function: give its value")),
        MemberValue::Program(None) => {
            unset(plan, offset);
            Ok(())
        }
        MemberValue::Program(Some(name)) => {
            let func =
                function(linked, name).map_err(|nearest| Kind::NoSuchProgram { name: name.to_string(), nearest })?;
            unset(plan, offset);
            plan.programs.push((offset, func));
            plan.programs.sort_unstable();
            Ok(())
        }
    }
}

fn unset(plan: &mut Plan, offset: u32) {
    plan.programs.retain(|(at, _)| *at != offset);
}

/// Puts bytes into their place; false if there is no such place.
pub(super) fn write(data: &mut [u8], offset: u32, bytes: &[u8]) -> bool {
    let place = data.get_mut(offset as usize..).and_then(|rest| rest.get_mut(..bytes.len()));
    place.map(|place| place.copy_from_slice(bytes)).is_some()
}
