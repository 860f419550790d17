//! The first 8 bytes of names as numbers: what decides nearly every comparison, in a load or two.

use crate::{
    Btf, Kind,
    btf::MAX_STRING,
    header::{word, words},
    starts::{Iter, Part},
};

/// Its bytes that are `_` have their highest bit set, all others are 0.
const fn underscores(word: u64) -> u64 {
    let low7 = u64::MAX / 255 * 0x7f;
    let differs = word ^ (u64::MAX / 255 * b'_' as u64);
    !(((differs & low7) + low7) | differs | low7)
}

/// The bytes before the first NUL, zeroes after it; and whether there is one.
const fn until_nul(word: u64) -> (u64, bool) {
    let low = u64::MAX / 255;
    let nuls = word.wrapping_sub(low) & !word & low << 7;
    (word & (nuls ^ nuls.wrapping_sub(1)), nuls != 0)
}

/// The first 8 bytes of a name, with zeroes for those it does not have.
pub(crate) fn head(name: &[u8]) -> u64 {
    let mut head = [0; 8];
    head.iter_mut().zip(name).for_each(|(to, from)| *to = *from);
    u64::from_le_bytes(head)
}

/// A BTF's own types and strings, for passes over all names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heads<'a> {
    btf: &'a Btf,
    bytes: &'a [u8],
    text: &'a [u8],
}

impl<'a> Heads<'a> {
    pub(crate) fn of(btf: &'a Btf) -> Self {
        Self { btf, bytes: btf.bytes().as_ref(), text: btf.text() }
    }

    /// The offset of the name of an own type by its position.
    pub(crate) fn off(&self, i: u32) -> u32 {
        let at = self.btf.starts.at(i, self.bytes).unwrap_or(usize::MAX);
        word(self.bytes, self.btf.endian(), at).unwrap_or_default()
    }

    /// The own types from a position on, each with the offset of its name.
    pub(crate) fn offs(self, from: u32) -> Offs<'a> {
        Offs { starts: self.btf.starts.iter(from, self.bytes), names: self }
    }

    /// Calls `f` with the position and the offset of the name of each own type that has one and belongs to a part, and
    /// with its kind.
    pub(crate) fn each_of(self, part: Part, mut f: impl FnMut(u32, u32, Kind)) {
        let endian = self.btf.endian();
        self.btf.starts.each_of(part, self.bytes, |i, at| {
            let [off, info] = words(self.bytes, endian, at).unwrap_or_default();
            let kind = Kind((info >> 24) as u8 & 0x7f);
            if off != 0 && Part::of(kind) == part {
                f(i, off, kind);
            }
        });
    }

    /// The name of an own type by its position.
    pub(crate) fn bytes(&self, i: u32) -> &'a [u8] {
        self.bytes_at(self.off(i))
    }

    /// The name at an offset.
    pub(crate) fn bytes_at(&self, off: u32) -> &'a [u8] {
        self.btf.string_bytes(crate::StrOff(off)).unwrap_or_default()
    }

    /// Whether the name at an offset may begin with this one: cheaper than to compare all of it.
    #[inline]
    pub(crate) fn begins(&self, off: u32, with: &str) -> bool {
        let own = off.checked_sub(self.btf.first_str);
        own.is_none_or(|own| self.text.get(own as usize..).is_some_and(|text| text.starts_with(with.as_bytes())))
    }

    /// The first 8 bytes of the name at an offset.
    #[inline]
    pub(crate) fn head(&self, off: u32) -> u64 {
        self.word(off).0
    }

    /// Whether two names by their offsets do not descend.
    pub(crate) fn in_order(&self, a: u32, b: u32) -> bool {
        // The first byte is the most significant one.
        let (first, second) = (self.head(a).swap_bytes(), self.head(b).swap_bytes());
        first < second || first == second && (a == b || self.bytes_at(a) <= self.bytes_at(b))
    }

    /// 8 bytes of the strings up to a NUL, and whether there is one among them.
    #[inline]
    fn word(&self, off: u32) -> (u64, bool) {
        let own = off.wrapping_sub(self.btf.first_str) as usize;
        match self.text.get(own..).and_then(<[u8]>::first_chunk::<8>) {
            Some(word) => until_nul(u64::from_le_bytes(*word)),
            None => self.last_word(off),
        }
    }

    /// The same where fewer than 8 bytes are left, or the string is the base's.
    #[cold]
    fn last_word(&self, off: u32) -> (u64, bool) {
        let rest = self.btf.string_bytes(crate::StrOff(off)).unwrap_or_default();
        (head(rest), rest.len() < 8)
    }

    /// The hash of the name at an offset; 0 if that is 0. None if the name may have a flavour, or is cut.
    #[inline]
    pub(crate) fn hash(&self, mut off: u32) -> Option<u32> {
        let (mut hash, mut before) = (0, 0);
        if off == 0 {
            return Some(0);
        }
        for _ in 0..MAX_STRING / 8 {
            let (word, last) = self.word(off);
            hash = mix(hash, word);
            let here = underscores(word);
            if here & (here << 8 | before >> 56) & (here << 16 | before >> 48) != 0 {
                return None;
            }
            if last {
                return Some(finish(hash));
            }
            before = here;
            off = off.wrapping_add(8);
        }
        None
    }
}

/// See [`Heads::offs`].
#[derive(Clone, Debug)]
pub(crate) struct Offs<'a> {
    names: Heads<'a>,
    starts: Iter<'a>,
}

impl Iterator for Offs<'_> {
    type Item = (u32, u32);

    #[inline]
    fn next(&mut self) -> Option<(u32, u32)> {
        let (i, at) = self.starts.next()?;
        Some((i, word(self.names.bytes, self.names.btf.endian(), at).unwrap_or_default()))
    }

    #[inline]
    fn fold<B, F: FnMut(B, Self::Item) -> B>(self, init: B, mut f: F) -> B {
        let (bytes, endian) = (self.names.bytes, self.names.btf.endian());
        self.starts.fold(init, |folded, (i, at)| f(folded, (i, word(bytes, endian, at).unwrap_or_default())))
    }
}

const fn mix(hash: u64, word: u64) -> u64 {
    (hash.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95)
}

/// The hash is never 0.
const fn finish(hash: u64) -> u32 {
    (hash >> 32) as u32 | 1 << 31
}

/// The hash of a name.
pub(crate) fn hash(name: &[u8]) -> u32 {
    let (words, rest) = name.as_chunks::<8>();
    let hash = words.iter().fold(0, |hash, &word| mix(hash, u64::from_le_bytes(word)));
    finish(mix(hash, head(rest)))
}

#[cfg(test)]
mod tests {
    use super::{underscores, until_nul};

    #[test]
    fn bytes_after_the_first_nul_do_not_count() {
        for (word, expected, found) in [
            (*b"pid\0uid\0", *b"pid\0\0\0\0\0", true),
            (*b"\0\0abcdef", [0; 8], true),
            (*b"abcdefgh", *b"abcdefgh", false),
            (*b"\x80\x01\xff\0\x01\x01\x01\x01", *b"\x80\x01\xff\0\0\0\0\0", true),
        ] {
            assert_eq!(until_nul(u64::from_le_bytes(word)), (u64::from_le_bytes(expected), found));
        }
    }

    #[test]
    fn underscores_are_told_from_their_neighbours() {
        let word = u64::from_le_bytes(*b"_^`\xdf__a\0");
        assert_eq!(underscores(word).to_le_bytes(), [0x80, 0, 0, 0, 0x80, 0x80, 0, 0]);
    }
}
