//! Numbers in bytes.

use crate::{Endian, Enum};

/// A value that is not made of others.
#[derive(Clone, Copy, Debug)]
pub(super) enum Scalar<'a> {
    Unsigned(u128),
    Signed(i128),
    Bool(bool),
    Char(u8),
    Float(f64),
    /// The bits, sign-extended if the enum is signed.
    Enum(Enum<'a>, u64),
    Pointer(u64),
    /// Characters; whether the bytes end before they do.
    Text(&'a [u8], bool),
    Bytes(&'a [u8]),
    V4([u8; 4]),
    V6([u8; 16]),
    Hardware([u8; 6]),
    /// The number, and the nanoseconds it stands for.
    Duration(u64, u64),
    Time(u64),
}

/// Bytes as an unsigned number. None if there are none or more than 16.
pub(super) fn number(bytes: &[u8], endian: Endian) -> Option<u128> {
    let add = |sum: u128, &byte: &u8| sum << 8 | u128::from(byte);
    (1..=16).contains(&bytes.len()).then(|| match endian {
        Endian::Big => bytes.iter().fold(0, add),
        Endian::Little => bytes.iter().rev().fold(0, add),
    })
}

/// The bits of a bitfield as an unsigned number. None if the bytes end before it, or it is wider than 64 bits.
pub(super) fn bits(bytes: &[u8], endian: Endian, offset: u32, width: u32) -> Option<u128> {
    let (first, skip) = (offset as usize / 8, offset % 8);
    let used = (skip + width).div_ceil(8);
    let load = number(bytes.get(first..)?.get(..used as usize)?, endian).filter(|_| width <= 64)?;
    let shift = match endian {
        Endian::Little => skip,
        Endian::Big => used * 8 - skip - width,
    };
    Some(load >> shift & low(width))
}

/// A number of the given width whose highest bit is its sign.
pub(super) fn extend(number: u128, width: u32) -> i128 {
    let unused = 128 - width.clamp(1, 128);
    (number << unused) as i128 >> unused
}

/// The lowest bits set.
pub(super) fn low(width: u32) -> u128 {
    if width >= 128 { u128::MAX } else { (1 << width) - 1 }
}

#[cfg(test)]
mod tests {
    use super::{bits, extend, number};
    use crate::Endian::{Big, Little};

    #[test]
    fn numbers_of_any_width_in_both_byte_orders() {
        assert_eq!(number(&[1, 2, 3], Little), Some(0x03_0201));
        assert_eq!(number(&[1, 2, 3], Big), Some(0x01_0203));
        assert_eq!((number(&[], Big), number(&[0; 17], Big)), (None, None));
        assert_eq!(number(&[0xff; 16], Little), Some(u128::MAX));
    }

    #[test]
    fn bitfields_count_from_the_first_byte_in_memory() {
        let bytes = [0b1010_0101, 0b0000_1111];
        assert_eq!(bits(&bytes, Little, 2, 4), Some(0b1001));
        assert_eq!(bits(&bytes, Big, 2, 4), Some(0b1001));
        assert_eq!(bits(&bytes, Little, 6, 4), Some(0b1110));
        assert_eq!(bits(&bytes, Big, 6, 4), Some(0b0100));
        assert_eq!(bits(&bytes, Big, 12, 5), None);
        assert_eq!(bits(&[0xff; 9], Little, 7, 64), Some(u64::MAX.into()));
    }

    #[test]
    fn signs_are_extended() {
        assert_eq!((extend(0b111, 3), extend(0b011, 3)), (-1, 3));
        assert_eq!(extend(u128::MAX, 128), -1);
    }
}
