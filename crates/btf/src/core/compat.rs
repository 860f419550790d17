//! Whether two types may stand for each other.

use super::{ErrorKind, Side, essential};
use crate::{Btf, Int, Type, TypeId};

/// The longest chain of pointers and arrays, and the deepest nesting of prototypes, that is followed.
pub(super) const MAX_DEPTH: u32 = 32;
/// The most types compared for one question.
pub(super) const MAX_WORK: u32 = 1 << 18;

/// Whether a type of the object and one of the kernel are of the same make, whatever their names and contents: what
/// `bpf_core_type_exists` asks, and what must hold between a ksym or kfunc and its declaration.
///
/// Modifiers and typedefs are looked through. Integers may differ in size and sign, arrays in length; pointers and
/// arrays must lead to compatible types, prototypes must agree in the number of parameters and in each of them.
///
/// # Errors
/// When a type is missing, or nested deeper than 32 levels.
#[doc(alias = "bpf_core_types_are_compat")]
pub fn types_are_compatible(local: &Btf, local_id: TypeId, target: &Btf, target_id: TypeId) -> Result<bool, ErrorKind> {
    let mut compat = Compat { local, target, forward: false, work: 0 };
    Ok(compat.same_kind(local_id, target_id) && compat.check(local_id, target_id, MAX_DEPTH)?)
}

/// The same, but that a struct or union may be declared on one side and defined on the other (`struct task_struct;`).
/// libbpf refuses that in ksyms and kfuncs; the kernel itself does not look at the declaration.
///
/// # Errors
/// When a type is missing, or nested deeper than 32 levels.
pub fn declarations_are_compatible(
    local: &Btf,
    local_id: TypeId,
    target: &Btf,
    target_id: TypeId,
) -> Result<bool, ErrorKind> {
    let mut compat = Compat { local, target, forward: true, work: 0 };
    Ok(compat.same_kind(local_id, target_id) && compat.check(local_id, target_id, MAX_DEPTH)?)
}

/// Whether two types are of the same kind; both forms of an enum are.
pub(super) fn same_kind(local: &Btf, local_id: TypeId, target: &Btf, target_id: TypeId) -> bool {
    let (a, b) = (local.kind(local_id), target.kind(target_id));
    a == b || a.is_some_and(is_enum) && b.is_some_and(is_enum)
}

fn is_enum(kind: crate::Kind) -> bool {
    kind == crate::Kind::ENUM || kind == crate::Kind::ENUM64
}

/// Whether neither is the old form of a bitfield. Integers are else compatible, whatever their size and sign.
fn ordinary(a: Int<'_>, b: Int<'_>) -> bool {
    a.offset == 0 && b.offset == 0
}

/// Whether one is the declaration of a struct or union, and the other a definition of the same sort.
fn one_is_declared(a: &Type<'_>, b: &Type<'_>) -> bool {
    match (a, b) {
        (Type::Fwd { is_union, .. }, other) | (other, Type::Fwd { is_union, .. }) => match other {
            Type::Struct(_) => !is_union,
            Type::Union(_) => *is_union,
            _ => false,
        },
        _ => false,
    }
}

struct Compat<'l, 't> {
    local: &'l Btf,
    target: &'t Btf,
    /// Whether a declaration stands for a definition.
    forward: bool,
    work: u32,
}

impl Compat<'_, '_> {
    fn same_kind(&self, local_id: TypeId, target_id: TypeId) -> bool {
        same_kind(self.local, local_id, self.target, target_id)
            || self.forward
                && match (self.local.get(local_id), self.target.get(target_id)) {
                    (Some(a), Some(b)) => one_is_declared(&a, &b),
                    _ => false,
                }
    }

    fn check(&mut self, mut local_id: TypeId, mut target_id: TypeId, level: u32) -> Result<bool, ErrorKind> {
        for _ in 0..MAX_DEPTH {
            self.work += 1;
            if self.work > MAX_WORK {
                break;
            }
            let (_, local) = self.local.resolve(local_id).map_err(ErrorKind::local)?;
            let (_, target) = self.target.resolve(target_id).map_err(ErrorKind::target)?;
            (local_id, target_id) = match (local, target) {
                (Type::Void, Type::Void)
                | (Type::Struct(_), Type::Struct(_))
                | (Type::Union(_), Type::Union(_))
                | (Type::Enum(_), Type::Enum(_))
                | (Type::Fwd { .. }, Type::Fwd { .. }) => return Ok(true),
                (a, b) if self.forward && one_is_declared(&a, &b) => return Ok(true),
                (Type::Int(a), Type::Int(b)) => return Ok(ordinary(a, b)),
                (Type::Ptr(a), Type::Ptr(b)) => (a, b),
                (Type::Array(a), Type::Array(b)) => (a.elem, b.elem),
                (Type::FuncProto(a), Type::FuncProto(b)) => {
                    if a.len != b.len {
                        return Ok(false);
                    }
                    for (a, b) in a.params().zip(b.params()) {
                        let level = level.checked_sub(1).ok_or(ErrorKind::TooDeep(Side::Local))?;
                        if !self.parameter(a.ty, b.ty, level)? {
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

    fn parameter(&mut self, local_id: TypeId, target_id: TypeId, level: u32) -> Result<bool, ErrorKind> {
        let (local_id, _) = self.local.resolve(local_id).map_err(ErrorKind::local)?;
        let (target_id, _) = self.target.resolve(target_id).map_err(ErrorKind::target)?;
        Ok(self.same_kind(local_id, target_id) && self.check(local_id, target_id, level)?)
    }
}

/// Whether an access written for a field of one type may be applied to a field of another.
///
/// Any two structs or unions will do, any two pointers and any two floats; enums and forward declarations if their
/// essential names agree or one has none; integers whatever their size and sign; arrays if their elements agree.
pub(super) fn fields_are_compatible(
    local: &Btf,
    mut local_id: TypeId,
    target: &Btf,
    mut target_id: TypeId,
) -> Result<bool, ErrorKind> {
    for _ in 0..2 * MAX_DEPTH {
        let (_, a) = local.resolve(local_id).map_err(ErrorKind::local)?;
        let (_, b) = target.resolve(target_id).map_err(ErrorKind::target)?;
        return Ok(match (a, b) {
            (Type::Struct(_) | Type::Union(_), Type::Struct(_) | Type::Union(_))
            | (Type::Ptr(_), Type::Ptr(_))
            | (Type::Float { .. }, Type::Float { .. }) => true,
            (Type::Enum(_), Type::Enum(_)) | (Type::Fwd { .. }, Type::Fwd { .. }) => {
                let (a, b) = (essential(a.name()), essential(b.name()));
                a.is_empty() || b.is_empty() || a == b
            }
            (Type::Int(a), Type::Int(b)) => ordinary(a, b),
            (Type::Array(a), Type::Array(b)) => {
                (local_id, target_id) = (a.elem, b.elem);
                continue;
            }
            _ => false,
        });
    }
    Err(ErrorKind::TooDeep(Side::Local))
}
