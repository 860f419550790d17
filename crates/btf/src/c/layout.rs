//! Where C puts members, to find what padding and attributes give the offsets that BTF says.

use alloc::{vec, vec::Vec};
use core::cell::RefCell;

use crate::{Btf, Composite, Member, Type, TypeId};

/// The deepest nesting of structs that alignment is looked for in.
const MAX_DEPTH: u32 = 64;

/// Alignments of types as the header gives them, in bytes.
pub(super) struct Layout<'a> {
    btf: &'a Btf,
    /// By id: the alignment; 0 if not known yet. Highest bit: packed.
    known: RefCell<Vec<u8>>,
}

const PACKED: u8 = 0x80;

/// A member's place: where it begins in bits, its width as a bitfield or 0, and the bits of its type.
#[derive(Clone, Copy)]
pub(super) struct Slot {
    pub(super) offset: u64,
    pub(super) width: u64,
    pub(super) bits: u64,
}

impl<'a> Layout<'a> {
    pub(super) fn of(btf: &'a Btf) -> Self {
        Self { btf, known: RefCell::new(vec![0; btf.end_id() as usize]) }
    }

    /// The place of a member, bitfields of the old form included.
    pub(super) fn slot(&self, member: &Member<'_>) -> Slot {
        let (offset, bits) = (u64::from(member.bit_offset), self.btf.size(member.ty).unwrap_or_default() * 8);
        let width = u64::from(member.bit_size);
        match self.btf.resolve(member.ty) {
            Ok((_, Type::Int(int))) if width == 0 && u64::from(int.bits) != bits && bits <= 64 => {
                Slot { offset: offset + u64::from(int.offset), width: int.bits.into(), bits }
            }
            _ => Slot { offset, width, bits },
        }
    }

    /// The alignment in bytes.
    pub(super) fn align(&self, id: TypeId) -> u64 {
        self.align_at(id, MAX_DEPTH)
    }

    /// Whether a struct or union must be packed.
    pub(super) fn is_packed(&self, id: TypeId) -> bool {
        self.align(id);
        self.known.borrow().get(id.0 as usize).is_some_and(|known| known & PACKED != 0)
    }

    fn align_at(&self, mut id: TypeId, depth: u32) -> u64 {
        for _ in 0..MAX_DEPTH {
            let Ok((at, ty)) = self.btf.resolve(id) else { return 1 };
            let pointer = u64::from(self.btf.pointer_size());
            return match ty {
                Type::Array(array) => {
                    id = array.elem;
                    continue;
                }
                Type::Ptr(_) => pointer,
                Type::Int(int) if int.size == 16 => 16,
                Type::Int(_) | Type::Enum(_) | Type::Float { .. } => {
                    let size = self.btf.size(at).unwrap_or(1);
                    if size.is_power_of_two() { size.min(pointer) } else { 1 }
                }
                Type::Struct(ty) | Type::Union(ty) => self.composite(at, ty, depth),
                _ => 1,
            };
        }
        1
    }

    fn composite(&self, id: TypeId, ty: Composite<'_>, depth: u32) -> u64 {
        match self.known.borrow_mut().get_mut(id.0 as usize) {
            Some(known) if *known != 0 => return u64::from(*known & !PACKED),
            // Until it is known, and for a struct that contains itself.
            Some(known) => *known = 1,
            None => return 1,
        }
        let Some(depth) = depth.checked_sub(1) else { return 1 };
        let (mut align, mut fits) = (1, true);
        for member in ty.members() {
            let (of, slot) = (self.align_at(member.ty, depth), self.slot(&member));
            fits &= match slot.width {
                0 => slot.offset % (8 * of) == 0,
                // A bitfield lies in one unit of its type.
                width => slot.bits != 0 && slot.offset % slot.bits + width <= slot.bits,
            };
            align = of.max(align);
        }
        fits &= u64::from(ty.size) % align == 0;
        let (align, packed) = if fits { (align, 0) } else { (1, PACKED) };
        if let Some(known) = self.known.borrow_mut().get_mut(id.0 as usize) {
            *known = align as u8 | packed;
        }
        align
    }
}
