//! Whether a kernel's type has all that a local type has (`bpf_core_type_matches`).

use super::{
    ErrorKind, Side,
    compat::{MAX_DEPTH, MAX_WORK},
    essential,
};
use crate::{Btf, Composite, Enum, Type, TypeId};

/// Whether a type of the kernel has everything that a type of the object declares.
///
/// Modifiers and typedefs are looked through; at every level essential names must agree. Integers must agree in size and
/// sign, arrays in length, prototypes in every parameter. Every member of the object's struct must be in the kernel's and
/// match, wherever it lies; every value of its enum must be in the kernel's, whatever its number. Behind a pointer, name
/// and kind of a struct suffice, and a forward declaration stands for it.
///
/// # Errors
/// When a type is missing, or nested deeper than 32 levels.
#[doc(alias = "bpf_core_types_match")]
pub fn types_match(local: &Btf, local_id: TypeId, target: &Btf, target_id: TypeId) -> Result<bool, ErrorKind> {
    Matching { local, target, work: 0 }.check(local_id, target_id, false, MAX_DEPTH)
}

struct Matching<'l, 't> {
    local: &'l Btf,
    target: &'t Btf,
    work: u32,
}

impl Matching<'_, '_> {
    fn check(
        &mut self,
        mut local_id: TypeId,
        mut target_id: TypeId,
        mut behind_pointer: bool,
        level: u32,
    ) -> Result<bool, ErrorKind> {
        for _ in 0..if level == 0 { 0 } else { MAX_DEPTH } {
            self.spend(1)?;
            let (_, local) = self.local.resolve(local_id).map_err(ErrorKind::local)?;
            let (_, target) = self.target.resolve(target_id).map_err(ErrorKind::target)?;
            if !names_match(local.name(), target.name()) {
                return Ok(false);
            }
            (local_id, target_id) = match (local, target) {
                (Type::Void, Type::Void) => return Ok(true),
                (Type::Fwd { is_union: a, .. }, Type::Fwd { is_union: b, .. }) => return Ok(a == b),
                (Type::Fwd { is_union, .. }, Type::Struct(_)) => return Ok(behind_pointer && !is_union),
                (Type::Fwd { is_union, .. }, Type::Union(_)) => return Ok(behind_pointer && is_union),
                (Type::Struct(_), Type::Fwd { is_union, .. }) => return Ok(behind_pointer && !is_union),
                (Type::Union(_), Type::Fwd { is_union, .. }) => return Ok(behind_pointer && is_union),
                (Type::Enum(a), Type::Enum(b)) => return self.enums(a, b),
                (Type::Struct(a), Type::Struct(b)) | (Type::Union(a), Type::Union(b)) => {
                    return Ok(behind_pointer || self.composites(a, b, level)?);
                }
                (Type::Int(a), Type::Int(b)) => return Ok(a.size == b.size && a.is_signed() == b.is_signed()),
                (Type::Ptr(a), Type::Ptr(b)) => {
                    behind_pointer = true;
                    (a, b)
                }
                (Type::Array(a), Type::Array(b)) if a.len == b.len => (a.elem, b.elem),
                (Type::FuncProto(a), Type::FuncProto(b)) if a.len == b.len => {
                    for (a, b) in a.params().zip(b.params()) {
                        if !self.check(a.ty, b.ty, behind_pointer, level - 1)? {
                            return Ok(false);
                        }
                    }
                    (a.ret, b.ret)
                }
                _ => return Ok(false),
            };
        }
        Err(ErrorKind::TooDeep(Side::Local))
    }

    fn composites(&mut self, local: Composite<'_>, target: Composite<'_>, level: u32) -> Result<bool, ErrorKind> {
        if local.len > target.len {
            return Ok(false);
        }
        for wanted in local.members() {
            let mut found = false;
            for member in target.members() {
                self.spend(1)?;
                if names_match(wanted.name, member.name) && self.check(wanted.ty, member.ty, false, level - 1)? {
                    found = true;
                    break;
                }
            }
            if !found {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn enums(&mut self, local: Enum<'_>, target: Enum<'_>) -> Result<bool, ErrorKind> {
        if local.size != target.size || local.len > target.len {
            return Ok(false);
        }
        for wanted in local.values() {
            self.spend(target.len)?;
            if !target.values().any(|value| names_match(wanted.name, value.name)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn spend(&mut self, work: u32) -> Result<(), ErrorKind> {
        self.work = self.work.saturating_add(work);
        // Large enums and structs are compared member by member, which is quadratic.
        if self.work > 64 * MAX_WORK { Err(ErrorKind::TooDeep(Side::Local)) } else { Ok(()) }
    }
}

/// Whether two names agree but for flavours.
fn names_match(local: &str, target: &str) -> bool {
    essential(local) == essential(target)
}
