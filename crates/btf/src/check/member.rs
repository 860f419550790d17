//! Members: whether they fit into their struct.

use super::{
    What,
    resolve::{Walk, is_modifier},
};
use crate::{Int, Kind, Type, TypeId};

/// The width in bits of what is copied at most.
const WIDEST: u32 = 128;

/// Whether an integer is one of C: of 1, 2, 4, 8 or 16 bytes, all of which are used.
pub(super) fn is_regular(int: &Int<'_>) -> bool {
    let bytes = u32::from(int.bits).div_ceil(8);
    int.bits.is_multiple_of(8) && int.offset == 0 && bytes <= 16 && bytes.is_power_of_two()
}

/// Checks a member of type `id` whose third word is `word`, in a struct of `size` bytes.
pub(super) fn check(walk: &Walk<'_>, id: TypeId, word: u32, flag: bool, size: u32) -> Result<(), What> {
    let id = match is_modifier(walk.kind(id)) {
        true => walk.sized(id).ok_or(What::NoSize(id))?.0,
        false => id,
    };
    let (offset, width) = if flag { (word & 0xff_ffff, word >> 24) } else { (word, 0) };
    match (walk.btf.get(id), walk.kind(id)) {
        (Some(Type::Int(int)), _) if flag => {
            if !is_regular(&int) || width > u32::from(int.bits) {
                return Err(What::Width);
            }
            if width == 0 && offset % 8 != 0 {
                return Err(What::Alignment);
            }
            bits(offset, if width == 0 { int.bits.into() } else { width }, size)
        }
        (Some(Type::Int(int)), _) => {
            let offset = offset.checked_add(int.offset.into()).ok_or(What::Beyond)?;
            bits(offset, int.bits.into(), size)
        }
        (_, Kind::ENUM | Kind::ENUM64) if flag => {
            if width > 32 {
                return Err(What::Width);
            }
            if width == 0 && offset % 8 != 0 {
                return Err(What::Alignment);
            }
            let end = (offset + if width == 0 { 32 } else { width }).div_ceil(8);
            if end > size { Err(What::Beyond) } else { Ok(()) }
        }
        _ if width != 0 => Err(What::Width),
        (Some(Type::Float { size: own, .. }), _) => {
            let align = 8 * own.min(8);
            if align != 0 && offset % align != 0 {
                return Err(What::Alignment);
            }
            if u64::from(offset / 8) + u64::from(own) > u64::from(size) { Err(What::Beyond) } else { Ok(()) }
        }
        _ => {
            if offset % 8 != 0 {
                return Err(What::Alignment);
            }
            // What is known of members by themselves is that they begin inside.
            let (_, own) = walk.sized(id).ok_or(What::NoSize(id))?;
            if size.saturating_sub(offset / 8) < own { Err(What::Beyond) } else { Ok(()) }
        }
    }
}

/// An integer of some bits.
fn bits(offset: u32, width: u32, size: u32) -> Result<(), What> {
    let copied = width + offset % 8;
    if copied > WIDEST {
        return Err(What::Width);
    }
    match size.checked_sub(offset / 8) {
        Some(left) if left >= copied.div_ceil(8) => Ok(()),
        _ => Err(What::Beyond),
    }
}
