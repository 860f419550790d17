//! Sizes, alignments, and where members are.

use alloc::string::{String, ToString};

use super::{Composite, Id, Member, Ty, Types};
use crate::text::error::Kind;

/// The deepest array of arrays.
const MAX_DEPTH: u32 = 32;

/// The size and the alignment of a type in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::text) struct Shape {
    pub size: u32,
    pub align: u32,
}

/// A member before it has its place.
#[derive(Debug)]
pub(in crate::text) struct Field {
    pub name: String,
    pub ty: Id,
    /// The width of a bitfield.
    pub bits: Option<u32>,
    /// The offset in bits that was asked for.
    pub at: Option<u32>,
    pub align: Option<u32>,
    pub packed: bool,
}

impl Types {
    pub fn shape(&self, id: Id) -> Result<Shape, Kind> {
        self.shape_within(id, MAX_DEPTH)
    }

    pub fn size(&self, id: Id) -> Result<u32, Kind> {
        Ok(self.shape(id)?.size)
    }

    fn shape_within(&self, id: Id, depth: u32) -> Result<Shape, Kind> {
        let depth = depth.checked_sub(1).ok_or(Kind::Limit("arrays of arrays that go deeper than 32"))?;
        let whole = |size: u32| Shape { size, align: size.next_power_of_two().clamp(1, 8) };
        Ok(match self.resolve(id) {
            Some((_, Ty::Int { size, .. } | Ty::Float { size, .. })) => whole(*size),
            Some((_, Ty::Enum(e))) => whole(e.size),
            Some((_, Ty::Ptr(_))) => whole(8),
            Some((_, Ty::Composite(c))) => Shape { size: c.size, align: c.align.max(1) },
            Some((_, Ty::Array { elem, len, .. })) => {
                let elem = self.shape_within(*elem, depth)?;
                let size = elem.size.checked_mul(*len).ok_or(Kind::Limit("a type of more than 4 GiB"))?;
                Shape { size, ..elem }
            }
            Some((id, Ty::Fwd { .. })) => return Err(self.incomplete(id)),
            Some((_, Ty::Var { ty, .. })) => self.shape_within(*ty, depth)?,
            Some((_, Ty::Datasec { size, .. })) => Shape { size: *size, align: 1 },
            Some((_, Ty::Func { .. } | Ty::Proto { .. })) => return Err(Kind::Declaration("a function has no size")),
            _ => return Err(Kind::incomplete_void()),
        })
    }
}

/// Gives members their places, as C does on BPF; the size and alignment follow.
pub(in crate::text) fn lay_out(
    types: &Types,
    name: &str,
    union: bool,
    packed: bool,
    fields: impl IntoIterator<Item = Field>,
) -> Result<Composite, Kind> {
    let mut out = Composite { name: name.to_string(), union, align: 1, ..Composite::default() };
    // In bits.
    let (mut next, mut end) = (0u64, 0u64);
    for field in fields {
        let shape = types.shape(field.ty)?;
        let natural = if packed || field.packed { 1 } else { shape.align };
        let align = natural.max(field.align.unwrap_or(1));
        let size = u64::from(shape.size) * 8;
        let at = match (field.at, field.bits) {
            (Some(at), _) => at.into(),
            (None, Some(0)) => {
                next = next.next_multiple_of(size.max(1));
                end = end.max(next);
                continue;
            }
            (None, Some(bits)) if packed || size == 0 || next % size + u64::from(bits) <= size => next,
            (None, Some(_)) => next.next_multiple_of(size),
            (None, None) => next.next_multiple_of(u64::from(align) * 8),
        };
        let width = field.bits.map_or(size, u64::from);
        if field.bits.is_some_and(|bits| u64::from(bits) > size || bits > 255) {
            return Err(Kind::Declaration("a bitfield is wider than its type"));
        }
        let placed = u32::try_from(at).map_err(|_| Kind::Limit("a type of more than 512 MiB"))?;
        end = end.max(at + width);
        if !union {
            next = at + width;
        }
        // Bitfields without a name are only room.
        if field.bits.is_some() && field.name.is_empty() {
            continue;
        }
        out.align = out.align.max(align);
        let bit_size = field.bits.unwrap_or(0) as u8;
        out.members.push(Member { name: field.name, ty: field.ty, bit_offset: placed, bit_size });
    }
    let size = end.div_ceil(8).next_multiple_of(out.align.into());
    out.size = u32::try_from(size).map_err(|_| Kind::Limit("a type of more than 4 GiB"))?;
    Ok(out)
}
