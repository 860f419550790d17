//! Where C puts members, to find what padding and attributes give the offsets that BTF says.

use alloc::{vec, vec::Vec};
use core::cell::RefCell;

use crate::{
    Kind, TypeId,
    view::{Raw, RawMember, View},
};

/// The deepest nesting of structs that alignment is looked for in.
const MAX_DEPTH: u32 = 64;

/// Alignments of types as the header gives them, in bytes.
pub(crate) struct Layout {
    /// By id: the alignment; 0 if not known yet. Highest bit: packed.
    known: RefCell<Vec<u8>>,
}

const PACKED: u8 = 0x80;

/// A member's place: where it begins in bits, its width as a bitfield or 0, and the bits of its type.
#[derive(Clone, Copy)]
pub(crate) struct Slot {
    pub(crate) offset: u64,
    pub(crate) width: u64,
    pub(crate) bits: u64,
}

impl Slot {
    /// The place of a member, bitfields of the old form included.
    pub(crate) fn of(view: &View<'_>, member: &RawMember) -> Self {
        Self::with(view, member, view.resolve(member.ty).map(|(_, raw)| raw))
    }

    /// The same with what its type resolves to.
    fn with(view: &View<'_>, member: &RawMember, resolved: Option<Raw<'_>>) -> Self {
        let (offset, width) = (u64::from(member.bit_offset), u64::from(member.bit_size));
        let size = match resolved {
            Some(raw) if matches!(raw.kind, Kind::INT | Kind::STRUCT) => Some(raw.third.into()),
            _ => view.size(member.ty),
        };
        let bits = size.unwrap_or_default().saturating_mul(8);
        match resolved.and_then(|raw| raw.int()) {
            Some((skip, int, _)) if width == 0 && u64::from(int) != bits && bits <= 64 => {
                Self { offset: offset + u64::from(skip), width: int.into(), bits }
            }
            _ => Self { offset, width, bits },
        }
    }

    /// The bit behind it.
    pub(crate) fn end(&self) -> u64 {
        self.offset.saturating_add(if self.width == 0 { self.bits } else { self.width })
    }
}

impl Layout {
    pub(crate) fn of(view: &View<'_>) -> Self {
        Self { known: RefCell::new(vec![0; view.end_id() as usize]) }
    }

    /// The alignment in bytes.
    pub(crate) fn align(&self, view: &View<'_>, id: TypeId) -> u64 {
        self.align_at(view, id, MAX_DEPTH)
    }

    /// Whether a struct or union must be packed.
    pub(crate) fn is_packed(&self, view: &View<'_>, id: TypeId) -> bool {
        self.align(view, id);
        self.known.borrow().get(id.0 as usize).is_some_and(|known| known & PACKED != 0)
    }

    fn align_at(&self, view: &View<'_>, id: TypeId, depth: u32) -> u64 {
        view.resolve(id).map_or(1, |resolved| self.align_of(view, resolved, depth))
    }

    /// The alignment of what a type resolves to.
    fn align_of(&self, view: &View<'_>, (mut at, mut raw): (TypeId, Raw<'_>), depth: u32) -> u64 {
        for _ in 0..MAX_DEPTH {
            let pointer = u64::from(view.pointer_size());
            return match raw.kind {
                Kind::ARRAY => {
                    let Some(elem) = raw.array().and_then(|(elem, _)| view.resolve(elem)) else { return 1 };
                    (at, raw) = elem;
                    continue;
                }
                Kind::PTR => pointer,
                Kind::INT if raw.third == 16 => 16,
                Kind::INT | Kind::ENUM | Kind::ENUM64 | Kind::FLOAT => {
                    let size = u64::from(raw.third);
                    if size.is_power_of_two() { size.min(pointer) } else { 1 }
                }
                Kind::STRUCT | Kind::UNION => self.composite(view, at, raw, depth),
                _ => 1,
            };
        }
        1
    }

    fn composite(&self, view: &View<'_>, id: TypeId, ty: Raw<'_>, depth: u32) -> u64 {
        match self.known.borrow_mut().get_mut(id.0 as usize) {
            Some(known) if *known != 0 => return u64::from(*known & !PACKED),
            // Until it is known, and for a struct that contains itself.
            Some(known) => *known = 1,
            None => return 1,
        }
        let Some(depth) = depth.checked_sub(1) else { return 1 };
        let (mut align, mut fits) = (1, true);
        for member in ty.members() {
            let resolved = view.resolve(member.ty);
            let of = resolved.map_or(1, |resolved| self.align_of(view, resolved, depth));
            let slot = Slot::with(view, &member, resolved.map(|(_, raw)| raw));
            fits &= match slot.width {
                0 => slot.offset.is_multiple_of(8 * of),
                // A bitfield lies in one unit of its type.
                width => slot.bits != 0 && slot.offset % slot.bits + width <= slot.bits,
            };
            align = of.max(align);
        }
        fits &= u64::from(ty.third).is_multiple_of(align);
        let (align, packed) = if fits { (align, 0) } else { (1, PACKED) };
        if let Some(known) = self.known.borrow_mut().get_mut(id.0 as usize) {
            *known = align as u8 | packed;
        }
        align
    }
}
