//! The container: bytes, where each type begins, and the way from an id to a type.

use alloc::{sync::Arc, vec::Vec};
use core::ffi::CStr;

use crate::{
    Bytes, Composite, Datasec, Endian, Enum, Error, ErrorKind, Int, Kind, StrOff, Type, TypeId,
    decode::decode,
    header::{Header, word},
    names::Names,
    pointer::PointerSize,
    starts::Starts,
};

/// The most modifiers and typedefs before a type, and the deepest nesting of arrays, that are followed.
const MAX_DEPTH: u32 = 64;

/// The longest string in bytes, its NUL counted; longer ones are cut. Kernels take names of up to 512. Strings may overlap: without a bound, all
/// names of a small file could be as long as the file, and every copy and comparison of them too.
pub(crate) const MAX_STRING: usize = 1 << 12;

/// The types of an object, a kernel or a module.
#[derive(Clone, Debug)]
pub struct Btf {
    bytes: Bytes,
    pub(crate) header: Header,
    pointer: PointerSize,
    base: Option<Arc<Btf>>,
    first_id: u32,
    pub(crate) first_str: u32,
    /// Where each own type begins.
    pub(crate) starts: Starts,
    pub(crate) names: Names,
}

impl Btf {
    /// Opens BTF without a base.
    ///
    /// # Errors
    /// When a header, a section or a type does not fit into the bytes, with the place.
    pub fn parse(bytes: impl Into<Bytes>) -> Result<Self, Error> {
        Self::open(bytes.into(), None)
    }

    /// Opens split BTF: its type ids and string offsets continue those of `base`.
    ///
    /// # Errors
    /// As [`Btf::parse`].
    pub fn parse_split(bytes: impl Into<Bytes>, base: Arc<Btf>) -> Result<Self, Error> {
        Self::open(bytes.into(), Some(base))
    }

    fn open(bytes: Bytes, base: Option<Arc<Btf>>) -> Result<Self, Error> {
        let data = bytes.as_ref();
        let header = Header::read(data)?;
        let (first_id, first_str) = base.as_ref().map_or((1, 0), |b| (b.end_id(), b.end_str()));
        // Only split BTF can do without strings of its own.
        let first = data.get(header.strings.0 as usize).filter(|_| header.strings.1 != 0);
        if base.is_none() && first != Some(&0) {
            return Err(Error::at(ErrorKind::Strings, header.strings.0 as usize));
        }
        let starts = Starts::scan(&header, data, first_str.saturating_add(header.strings.1), first_id)?;
        let (pointer, names) = (PointerSize::default(), Names::default());
        Ok(Self { bytes, header, pointer, base, first_id, first_str, starts, names })
    }

    /// The bytes as they were given.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The byte order.
    pub fn endian(&self) -> Endian {
        self.header.endian
    }

    /// The size of a pointer in bytes: that of the machine's `long`, 8 if there is none; with a base, the base's.
    #[doc(alias = "btf__pointer_size")]
    pub fn pointer_size(&self) -> u8 {
        self.pointer.of(self)
    }

    /// The same types for a machine whose pointers have 4 or 8 bytes, where their names do not tell: BTF does not say.
    /// Any other size is not taken.
    #[doc(alias = "btf__set_pointer_size")]
    #[must_use]
    pub fn with_pointer_size(self, bytes: u8) -> Self {
        if matches!(bytes, 4 | 8) { Self { pointer: PointerSize::known(bytes), ..self } } else { self }
    }

    /// The base of split BTF.
    pub fn base(&self) -> Option<&Arc<Btf>> {
        self.base.as_ref()
    }

    /// The first id of its own types: 1 without a base.
    pub fn first_id(&self) -> TypeId {
        TypeId(self.first_id)
    }

    /// One more than the last id.
    pub(crate) fn end_id(&self) -> u32 {
        self.first_id + self.starts.len()
    }

    /// One more than the last string offset.
    pub(crate) fn end_str(&self) -> u32 {
        self.first_str.saturating_add(self.header.strings.1)
    }

    /// The number of its own types, those of the base and `void` not counted.
    pub fn len(&self) -> u32 {
        self.starts.len()
    }

    /// Whether it has no types of its own.
    pub fn is_empty(&self) -> bool {
        self.starts.len() == 0
    }

    /// The ids of its own types, in order.
    pub fn ids(&self) -> impl Iterator<Item = TypeId> + use<> {
        (self.first_id..self.end_id()).map(TypeId)
    }

    /// The ids of its own types with their kinds, in order: quicker than asking for each.
    pub fn kinds(&self) -> impl Iterator<Item = (TypeId, Kind)> {
        let data = self.bytes.as_ref();
        let kind = |at: usize| (word(data, self.header.endian, at + 4).unwrap_or_default() >> 24) as u8 & 0x7f;
        self.starts.iter(0, data).map(move |(i, at)| (TypeId(self.first_id + i), Kind(kind(at))))
    }

    /// The type with an id, its own or the base's.
    pub fn get(&self, id: TypeId) -> Option<Type<'_>> {
        if id.0 == 0 {
            return Some(Type::Void);
        }
        match id.0.checked_sub(self.first_id) {
            Some(i) => {
                let data = self.bytes.as_ref();
                decode(self, data.get(self.starts.at(i, data)?..)?)
            }
            None => self.base.as_ref()?.get(id),
        }
    }

    /// The type with an id.
    ///
    /// # Errors
    /// `btf-no-such-type` if there is none.
    pub fn ty(&self, id: TypeId) -> Result<Type<'_>, Error> {
        self.get(id).ok_or(Error::of(ErrorKind::NoSuchType(id), id))
    }

    /// The kind of a type, cheaper than decoding it; none for `void` and ids that do not exist.
    pub fn kind(&self, id: TypeId) -> Option<Kind> {
        match id.0.checked_sub(self.first_id) {
            Some(i) => Some(Kind((self.head_word(i, 4)? >> 24) as u8 & 0x7f)),
            None => self.base.as_ref()?.kind(id),
        }
    }

    /// The name of a type, cheaper than decoding it; empty if it has none.
    pub fn name(&self, id: TypeId) -> &str {
        match self.name_off(id) {
            StrOff(0) => "",
            off => self.text_at(off.0),
        }
    }

    /// The offset of a type's name; 0 if it has none.
    pub fn name_off(&self, id: TypeId) -> StrOff {
        match id.0.checked_sub(self.first_id) {
            Some(i) => StrOff(self.head_word(i, 0).unwrap_or_default()),
            None => self.base.as_ref().map_or(StrOff(0), |base| base.name_off(id)),
        }
    }

    /// The string at an offset, of its own or of the base's section. Bytes that are not UTF-8 give U+FFFD.
    pub fn string(&self, off: StrOff) -> Option<&str> {
        let bytes = self.string_bytes(off)?;
        Some(core::str::from_utf8(bytes).unwrap_or("\u{fffd}"))
    }

    /// The bytes of the string at an offset, without the NUL. It is cut after 4095.
    pub fn string_bytes(&self, off: StrOff) -> Option<&[u8]> {
        let Some(own) = off.0.checked_sub(self.first_str) else { return self.base.as_ref()?.string_bytes(off) };
        if off.0 == 0 {
            return Some(&[]);
        }
        let rest = self.text().get(own as usize..)?;
        let cut = rest.get(..MAX_STRING);
        match CStr::from_bytes_until_nul(cut.unwrap_or(rest)) {
            Ok(text) => Some(text.to_bytes()),
            Err(_) => cut?.get(..MAX_STRING - 1),
        }
    }

    /// Its own string section.
    pub(crate) fn text(&self) -> &[u8] {
        let (start, len) = self.header.strings;
        self.bytes.as_ref().get(start as usize..(start + len) as usize).unwrap_or_default()
    }

    /// A name that a type or a member refers to; U+FFFD if there is no such string.
    pub(crate) fn text_at(&self, off: u32) -> &str {
        self.string(StrOff(off)).unwrap_or("\u{fffd}")
    }

    /// The type behind modifiers, typedefs and type tags.
    ///
    /// # Errors
    /// `btf-no-such-type` and `btf-too-deep`.
    pub fn resolve(&self, mut id: TypeId) -> Result<(TypeId, Type<'_>), Error> {
        for _ in 0..MAX_DEPTH {
            let ty = self.ty(id)?;
            match ty.modified() {
                Some(next) => id = next,
                None => return Ok((id, ty)),
            }
        }
        Err(Error::of(ErrorKind::TooDeep, id))
    }

    /// The size in bytes of a type, through modifiers, typedefs, variables and arrays.
    ///
    /// # Errors
    /// `btf-no-size` for void, functions and forward declarations; `btf-no-such-type`, `btf-too-deep`.
    pub fn size(&self, id: TypeId) -> Result<u64, Error> {
        let (mut at, mut count) = (id, 1u64);
        for _ in 0..MAX_DEPTH {
            let size = match self.resolve(at)?.1 {
                Type::Int(Int { size, .. })
                | Type::Struct(Composite { size, .. })
                | Type::Union(Composite { size, .. })
                | Type::Enum(Enum { size, .. })
                | Type::Datasec(Datasec { size, .. })
                | Type::Float { size, .. } => u64::from(size),
                Type::Ptr(_) => u64::from(self.pointer_size()),
                Type::Array(array) => {
                    count = count.saturating_mul(array.len.into());
                    at = array.elem;
                    continue;
                }
                Type::Var(var) => {
                    at = var.ty;
                    continue;
                }
                _ => return Err(Error::of(ErrorKind::NoSize, at)),
            };
            return Ok(count.saturating_mul(size));
        }
        Err(Error::of(ErrorKind::TooDeep, id))
    }

    /// The same types, each found at once: for passes that look at most of them.
    pub(crate) fn with_all_starts(&self) -> Self {
        let base = self.base.as_ref().map(|base| Arc::new(base.with_all_starts()));
        Self { base, starts: self.starts.all(self.bytes.as_ref()), ..self.clone() }
    }

    /// The offset in bytes of a type of its own.
    pub(crate) fn beginning(&self, id: TypeId) -> Option<usize> {
        self.starts.at(id.0.checked_sub(self.first_id)?, self.bytes.as_ref())
    }

    /// The same types with other numbers in them: each begins where it did, and has the name it had.
    pub(crate) fn with_numbers(&self, bytes: Vec<u8>) -> Self {
        Self { bytes: bytes.into(), ..self.clone() }
    }

    /// A 32-bit word of the head of an own type by its position.
    fn head_word(&self, i: u32, off: usize) -> Option<u32> {
        let data = self.bytes.as_ref();
        word(data, self.header.endian, self.starts.at(i, data)? + off)
    }
}
