//! Types for passes that look at most of them: each found at once, and decoded without its names.

use alloc::vec::Vec;

use crate::{Btf, Endian, Kind, StrOff, TypeId, header::HEAD};

/// The most modifiers and typedefs before a type, and the deepest nesting of arrays, that are followed.
const MAX_DEPTH: u32 = 64;

/// A BTF and its bases.
pub(crate) struct View<'a> {
    btf: &'a Btf,
    /// From the lowest base to the BTF itself.
    levels: Vec<Level<'a>>,
    pointer_size: u32,
}

/// The types and strings of one of them.
struct Level<'a> {
    first_id: u32,
    first_str: u32,
    data: &'a [u8],
    text: &'a [u8],
    /// The strings if all of them are UTF-8.
    utf8: Option<&'a str>,
    starts: Vec<u32>,
    endian: Endian,
}

/// A type without its name.
#[derive(Clone, Copy)]
pub(crate) struct Raw<'a> {
    pub(crate) kind: Kind,
    pub(crate) kflag: bool,
    /// The number of elements.
    pub(crate) len: u32,
    /// The offset of its name.
    pub(crate) name: u32,
    /// Its size, or the type it refers to.
    pub(crate) third: u32,
    body: &'a [u8],
    endian: Endian,
}

/// A member without its name.
#[derive(Clone, Copy)]
pub(crate) struct RawMember {
    /// The offset of its name.
    pub(crate) name: u32,
    pub(crate) ty: TypeId,
    pub(crate) bit_offset: u32,
    pub(crate) bit_size: u32,
}

impl<'a> Raw<'a> {
    const VOID: Self =
        Self { kind: Kind(0), kflag: false, len: 0, name: 0, third: 0, body: &[], endian: Endian::Little };

    /// The words of an element, of which each has `N`.
    #[inline]
    pub(crate) fn words<const N: usize>(&self, i: u32) -> Option<[u32; N]> {
        let bytes = self.body.get((i as usize).checked_mul(4 * N)?..)?.get(..4 * N)?;
        let mut words = [0; N];
        for (word, bytes) in words.iter_mut().zip(bytes.as_chunks().0) {
            *word = self.endian.u32(*bytes);
        }
        Some(words)
    }

    /// The type it refers to.
    pub(crate) fn target(&self) -> TypeId {
        TypeId(self.third)
    }

    /// The type that a modifier, a typedef or a type tag stands before.
    #[inline]
    pub(crate) fn modified(&self) -> Option<TypeId> {
        let modifies = [Kind::TYPEDEF, Kind::VOLATILE, Kind::CONST, Kind::RESTRICT, Kind::TYPE_TAG];
        modifies.contains(&self.kind).then_some(TypeId(self.third))
    }

    pub(crate) fn is_composite(&self) -> bool {
        matches!(self.kind, Kind::STRUCT | Kind::UNION)
    }

    pub(crate) fn is_enum(&self) -> bool {
        matches!(self.kind, Kind::ENUM | Kind::ENUM64)
    }

    /// The members of a struct or union.
    pub(crate) fn members(self) -> impl Iterator<Item = RawMember> + use<'a> {
        (0..if self.is_composite() { self.len } else { 0 }).map_while(move |i| {
            let [name, ty, at] = self.words(i)?;
            let (bit_offset, bit_size) = if self.kflag { (at & 0xff_ffff, at >> 24) } else { (at, 0) };
            Some(RawMember { name, ty: TypeId(ty), bit_offset, bit_size })
        })
    }

    /// The parameters of a prototype: name and type.
    pub(crate) fn params(self) -> impl Iterator<Item = (u32, TypeId)> + use<'a> {
        let len = if self.kind == Kind::FUNC_PROTO { self.len } else { 0 };
        (0..len).map_while(move |i| self.words(i).map(|[name, ty]| (name, TypeId(ty))))
    }

    /// The element type and the length of an array.
    pub(crate) fn array(&self) -> Option<(TypeId, u32)> {
        let [elem, _, len] = self.words(0)?;
        (self.kind == Kind::ARRAY).then_some((TypeId(elem), len))
    }

    /// Offset and width in bits, and encoding, of an integer.
    pub(crate) fn int(&self) -> Option<(u32, u32, u32)> {
        let [word] = self.words(0)?;
        (self.kind == Kind::INT).then_some((word >> 16 & 0xff, word & 0xff, word >> 24 & 0xf))
    }
}

impl<'a> View<'a> {
    pub(crate) fn of(btf: &'a Btf) -> Self {
        let mut levels: Vec<Level<'a>> =
            core::iter::successors(Some(btf), |btf| btf.base().map(|base| &**base)).map(Level::of).collect();
        levels.reverse();
        Self { btf, levels, pointer_size: btf.pointer_size().into() }
    }

    pub(crate) fn btf(&self) -> &'a Btf {
        self.btf
    }

    pub(crate) fn pointer_size(&self) -> u32 {
        self.pointer_size
    }

    /// One more than the last id.
    pub(crate) fn end_id(&self) -> u32 {
        self.btf.end_id()
    }

    /// The type with an id.
    #[inline]
    pub(crate) fn raw(&self, id: TypeId) -> Option<Raw<'a>> {
        if id.0 == 0 {
            return Some(Raw::VOID);
        }
        let level = self.levels.iter().rev().find(|level| level.first_id <= id.0)?;
        level.raw(id.0 - level.first_id)
    }

    /// The type behind modifiers, typedefs and type tags.
    #[inline]
    pub(crate) fn resolve(&self, mut id: TypeId) -> Option<(TypeId, Raw<'a>)> {
        for _ in 0..MAX_DEPTH {
            let raw = self.raw(id)?;
            match raw.modified() {
                Some(next) => id = next,
                None => return Some((id, raw)),
            }
        }
        None
    }

    /// The size in bytes of a type.
    pub(crate) fn size(&self, mut id: TypeId) -> Option<u64> {
        let mut count = 1u64;
        for _ in 0..MAX_DEPTH {
            let raw = self.resolve(id)?.1;
            let size = match raw.kind {
                Kind::PTR => self.pointer_size,
                Kind::INT | Kind::STRUCT | Kind::UNION | Kind::ENUM | Kind::ENUM64 | Kind::DATASEC | Kind::FLOAT => {
                    raw.third
                }
                Kind::ARRAY => {
                    let (elem, len) = raw.array()?;
                    count = count.saturating_mul(len.into());
                    id = elem;
                    continue;
                }
                Kind::VAR => {
                    id = raw.target();
                    continue;
                }
                _ => return None,
            };
            return Some(count.saturating_mul(size.into()));
        }
        None
    }

    /// The bytes from the beginning of a string to the end of the strings it stands among.
    #[inline]
    pub(crate) fn rest(&self, off: u32) -> &'a [u8] {
        let level = self.levels.iter().rev().find(|level| level.first_str <= off);
        level.and_then(|level| level.text.get((off - level.first_str) as usize..)).unwrap_or_default()
    }

    /// So many bytes of the strings at an offset, which are known to be UTF-8.
    #[inline]
    pub(crate) fn known(&self, off: u32, len: usize) -> Option<&'a str> {
        let level = self.levels.iter().rev().find(|level| level.first_str <= off)?;
        let at = (off - level.first_str) as usize;
        match level.utf8 {
            Some(text) => text.get(at..at + len),
            None => core::str::from_utf8(level.text.get(at..at + len)?).ok(),
        }
    }

    /// The string at an offset; U+FFFD if there is none, or one that is not UTF-8.
    pub(crate) fn text(&self, off: u32) -> &'a str {
        self.btf.string(StrOff(off)).unwrap_or("\u{fffd}")
    }
}

impl<'a> Level<'a> {
    fn of(btf: &'a Btf) -> Self {
        let data = btf.bytes().as_ref();
        let starts = btf.starts.iter(0, data).map(|(_, at)| at as u32).collect();
        let (first_id, first_str) = (btf.first_id().0, btf.first_str);
        let (text, endian) = (btf.text(), btf.endian());
        Self { first_id, first_str, data, text, utf8: core::str::from_utf8(text).ok(), starts, endian }
    }

    #[inline]
    fn raw(&self, i: u32) -> Option<Raw<'a>> {
        let start = *self.starts.get(i as usize)? as usize;
        let (head, body) = self.data.get(start..)?.split_first_chunk::<HEAD>()?;
        let &[n0, n1, n2, n3, i0, i1, i2, i3, t0, t1, t2, t3] = head;
        let [name, info, third] = [[n0, n1, n2, n3], [i0, i1, i2, i3], [t0, t1, t2, t3]].map(|b| self.endian.u32(b));
        let (kind, kflag, len) = (Kind((info >> 24) as u8 & 0x7f), info >> 31 != 0, info & 0xff_ffff);
        Some(Raw { kind, kflag, len, name, third, body, endian: self.endian })
    }
}
