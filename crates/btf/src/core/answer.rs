//! The numbers: what a way through the types comes to.

use super::{Candidate, CoreKind, ErrorKind, Side, Spec, spec::size_of};
use crate::{Endian, Type, TypeId};

/// What a record comes to on a kernel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Answer {
    /// The number that the object's own types give.
    pub local: u64,
    /// Whether the instruction must hold [`local`](Self::local) now. It need not where compiler and loader may rightly
    /// differ: ids of types, which a linker changes, and the load that covers a bitfield.
    pub checked: bool,
    /// The number that the kernel's types give.
    pub target: Target,
    /// The sizes of the field, for a load or store whose width is to follow.
    pub sizes: Sizes,
    /// The kernel type that matched; if several did, the first.
    pub candidate: Option<Candidate>,
}

/// What the instruction is to become.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Target {
    /// It is to hold this number.
    Value(u64),
    /// The kernel has no such field or value. The instruction must not be reached: it is to be made one that the
    /// verifier refuses.
    Absent,
}

/// The sizes in bytes of a field whose offset was asked for; for an array, of its element. Both 0 for other questions.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Sizes {
    /// The size in the object's types, 0 for a bitfield.
    pub local: u32,
    /// The size in the kernel's types, 0 for a bitfield.
    pub target: u32,
    /// Whether an instruction that loads or stores the field may simply be widened or narrowed: the sizes are equal, both
    /// fields are pointers, or both are integers without a sign. If not, such an instruction is to be made one that the
    /// verifier refuses; others may take the offset.
    pub adjustable: bool,
}

/// What one side's types give.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Number {
    pub value: u64,
    pub checked: bool,
    size: u32,
    ty: TypeId,
}

impl Number {
    fn plain(value: u64) -> Self {
        Self { value, checked: true, size: 0, ty: TypeId::VOID }
    }
}

/// Whether a kernel without it gives a number all the same.
fn when_absent(kind: CoreKind) -> Target {
    let is_zero = kind.is_type() || kind == CoreKind::FIELD_EXISTS || kind == CoreKind::ENUMVAL_EXISTS;
    if is_zero { Target::Value(0) } else { Target::Absent }
}

/// The answer for a way in the object's types and the same one in the kernel's, if it was found.
pub(super) fn answer(
    local: &Spec<'_>,
    target: Option<(&Spec<'_>, Candidate)>,
    endian: Endian,
) -> Result<Answer, ErrorKind> {
    let ours = number(local, endian, Side::Local)?;
    let Some((spec, candidate)) = target else {
        let target = when_absent(local.kind);
        let sizes = Sizes { local: ours.size, target: ours.size, adjustable: true };
        return Ok(Answer { local: ours.value, checked: ours.checked, target, sizes, candidate: None });
    };
    let theirs = number(spec, endian, Side::Target)?;
    let adjustable = ours.size == theirs.size || both_unsigned(local, ours.ty, spec, theirs.ty);
    Ok(Answer {
        local: ours.value,
        checked: ours.checked,
        target: Target::Value(theirs.value),
        sizes: Sizes { local: ours.size, target: theirs.size, adjustable },
        candidate: Some(candidate),
    })
}

/// Whether a narrower load of one gives the same number as a wider load of the other.
fn both_unsigned(local: &Spec<'_>, ours: TypeId, target: &Spec<'_>, theirs: TypeId) -> bool {
    match (local.btf.get(ours), target.btf.get(theirs)) {
        (Some(Type::Ptr(_)), Some(Type::Ptr(_))) => true,
        (Some(Type::Int(a)), Some(Type::Int(b))) => a.encoding != 1 && b.encoding != 1,
        _ => false,
    }
}

fn number(spec: &Spec<'_>, endian: Endian, side: Side) -> Result<Number, ErrorKind> {
    match spec.kind {
        CoreKind::FIELD_EXISTS | CoreKind::TYPE_EXISTS | CoreKind::TYPE_MATCHES | CoreKind::ENUMVAL_EXISTS => {
            Ok(Number::plain(1))
        }
        CoreKind::TYPE_ID_LOCAL | CoreKind::TYPE_ID_TARGET => {
            Ok(Number { checked: false, ..Number::plain(spec.root.0.into()) })
        }
        CoreKind::TYPE_SIZE => size_of(spec.btf, spec.root, side).map(|size| Number::plain(size.into())),
        CoreKind::ENUMVAL_VALUE => enum_value(spec).map(Number::plain).ok_or(ErrorKind::Kind),
        kind if kind.is_field() => field(spec, endian, side),
        _ => Err(ErrorKind::Kind),
    }
}

/// The number of an enum's value. 32-bit numbers are sign-extended even if the enum is not marked as signed: compilers
/// and kernels before Linux 6.0 never mark it.
fn enum_value(spec: &Spec<'_>) -> Option<u64> {
    let step = spec.steps.first()?;
    let Some(Type::Enum(ty)) = spec.btf.get(step.ty) else { return None };
    let value = ty.value(step.index)?.value;
    Some(if ty.is_64 { value } else { i64::from(value as i32) as u64 })
}

fn field(spec: &Spec<'_>, endian: Endian, side: Side) -> Result<Number, ErrorKind> {
    let step = spec.steps.last().ok_or(ErrorKind::Kind)?;
    if step.name.is_none() {
        return match spec.kind {
            CoreKind::FIELD_BYTE_OFFSET => Ok(Number {
                size: element_size(spec, step.ty, side)?,
                ty: step.ty,
                ..Number::plain((spec.bit_offset / 8).into())
            }),
            CoreKind::FIELD_BYTE_SIZE => Ok(Number::plain(size_of(spec.btf, step.ty, side)?.into())),
            _ => Err(ErrorKind::Element),
        };
    }
    let btf = |error| ErrorKind::Btf { side, error };
    let (Type::Struct(parent) | Type::Union(parent)) = spec.btf.ty(step.ty).map_err(btf)? else {
        return Err(ErrorKind::Kind);
    };
    let member = parent.member(step.index).ok_or(ErrorKind::Kind)?;
    let (id, ty) = spec.btf.resolve(member.ty).map_err(btf)?;
    let is_bitfield = member.bit_size > 0;
    let load = if is_bitfield {
        Load::covering(spec.bit_offset, member.bit_size.into(), &ty).ok_or(ErrorKind::Bitfield(side))?
    } else {
        Load::whole(spec.bit_offset, size_of(spec.btf, id, side)?)
    };
    let unchecked = |value: u64| Number { checked: !is_bitfield, ..Number::plain(value) };
    Ok(match spec.kind {
        CoreKind::FIELD_BYTE_OFFSET if is_bitfield => unchecked(load.at.into()),
        CoreKind::FIELD_BYTE_OFFSET => {
            Number { size: element_size(spec, id, side)?, ty: id, ..unchecked(load.at.into()) }
        }
        CoreKind::FIELD_BYTE_SIZE => unchecked(load.size.into()),
        CoreKind::FIELD_SIGNED => Number::plain(is_signed(&ty).into()),
        CoreKind::FIELD_LSHIFT_U64 => unchecked(load.left_shift(endian).into()),
        CoreKind::FIELD_RSHIFT_U64 => Number::plain(64u32.wrapping_sub(load.bits).into()),
        _ => return Err(ErrorKind::Kind),
    })
}

fn is_signed(ty: &Type<'_>) -> bool {
    match ty {
        Type::Enum(ty) => ty.signed,
        Type::Int(ty) => ty.is_signed(),
        _ => false,
    }
}

/// The size in bytes of a type, or of the elements if it is an array.
fn element_size(spec: &Spec<'_>, mut id: TypeId, side: Side) -> Result<u32, ErrorKind> {
    // An array's own size was computed on the way here, so nesting is bounded.
    while let (_, Type::Array(array)) = spec.btf.resolve(id).map_err(|error| ErrorKind::Btf { side, error })? {
        id = array.elem;
    }
    size_of(spec.btf, id, side)
}

/// The load that reads a field, and where in it the field lies.
struct Load {
    /// The offset in bytes of the load.
    at: u32,
    /// Its size in bytes.
    size: u32,
    /// The offset in bits of the field, from the same beginning.
    bit_offset: u32,
    /// The width in bits of the field.
    bits: u32,
}

impl Load {
    fn whole(bit_offset: u32, size: u32) -> Self {
        Self { at: bit_offset / 8, size, bit_offset, bits: size.wrapping_mul(8) }
    }

    /// The smallest aligned load that covers a bitfield, not smaller than its declared type.
    fn covering(bit_offset: u32, bits: u32, ty: &Type<'_>) -> Option<Self> {
        let mut size = match ty {
            Type::Int(ty) => ty.size,
            Type::Enum(ty) => ty.size,
            _ => 0,
        };
        loop {
            let at = (bit_offset / 8).checked_div(size)? * size;
            if u64::from(bit_offset) + u64::from(bits) - u64::from(at) * 8 <= u64::from(size) * 8 {
                return Some(Self { at, size, bit_offset, bits });
            }
            size = if size < 8 { size * 2 } else { return None };
        }
    }

    /// The shift that brings the field's highest bit to bit 63 of a register that the load has filled.
    /// Meaningless, but defined, for fields of more than 8 bytes.
    fn left_shift(&self, endian: Endian) -> u32 {
        let start = self.bit_offset.wrapping_sub(self.at.wrapping_mul(8));
        match endian {
            Endian::Little => 64u32.wrapping_sub(start.wrapping_add(self.bits)),
            Endian::Big => 8u32.wrapping_sub(self.size).wrapping_mul(8).wrapping_add(start),
        }
    }
}
