//! The strings that stay, in the order in which they were.

use alloc::{vec, vec::Vec};

use crate::Btf;

/// The bytes of its own strings that stay.
pub(crate) struct Kept<'a> {
    first: u32,
    text: &'a [u8],
    /// A bit for each.
    bits: Vec<u64>,
}

/// Where they are now.
pub(crate) struct Offsets {
    first: u32,
    bits: Vec<u64>,
    /// How many bytes stay before those of each word of bits.
    before: Vec<u32>,
}

impl<'a> Kept<'a> {
    pub(crate) fn of(btf: &'a Btf) -> Self {
        let text = btf.text();
        let mut kept = Self { first: btf.first_str, text, bits: vec![0; text.len() / 64 + 1] };
        if btf.base().is_none() {
            kept.keep(0);
        }
        kept
    }

    /// Keeps the string at an offset, up to its end or to what is kept already: that of a name that ends another one.
    pub(crate) fn keep(&mut self, off: u32) {
        let Some(own) = off.checked_sub(self.first) else { return };
        for (at, &byte) in self.text.iter().enumerate().skip(own as usize) {
            let Some(bits) = self.bits.get_mut(at / 64).filter(|bits| **bits >> (at % 64) & 1 == 0) else { return };
            *bits |= 1 << (at % 64);
            if byte == 0 {
                return;
            }
        }
    }

    /// The strings that stay, and the way to them.
    pub(crate) fn done(self) -> (Offsets, Vec<u8>) {
        let mut count = 0u32;
        let before = self.bits.iter().map(|bits| {
            count += bits.count_ones();
            count - bits.count_ones()
        });
        let offsets = Offsets { first: self.first, before: before.collect(), bits: self.bits };
        let mut text = Vec::with_capacity(count as usize);
        for (bytes, &bits) in self.text.chunks(64).zip(&offsets.bits) {
            match bits {
                0 => {}
                u64::MAX => text.extend_from_slice(bytes),
                _ => text.extend(bytes.iter().enumerate().filter(|(i, _)| bits >> i & 1 != 0).map(|(_, byte)| *byte)),
            }
        }
        (offsets, text)
    }
}

impl Offsets {
    /// The new offset of a string that stays. Those of the base are where they were.
    pub(crate) fn of(&self, off: u32) -> u32 {
        let Some(own) = off.checked_sub(self.first) else { return off };
        let (word, bit) = ((own / 64) as usize, own % 64);
        let Some((bits, before)) = self.bits.get(word).zip(self.before.get(word)) else { return 0 };
        self.first + before + (bits & ((1 << bit) - 1)).count_ones()
    }
}
