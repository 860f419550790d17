//! The container: header, where each type begins, and the way from an id to a type.

use alloc::{sync::Arc, vec::Vec};

use crate::{
    Array, Bytes, Composite, Datasec, Endian, Enum, Error, ErrorKind, Func, FuncProto, Int, Kind, StrOff, Type, TypeId,
    Var, kind::KindRow, pointer,
};

/// The most modifiers and typedefs before a type, and the deepest nesting of arrays, that are followed.
const MAX_DEPTH: u32 = 64;
/// The bytes of a type's head: name, info, and size or type.
const HEAD: usize = 12;

/// The types of an object, a kernel or a module.
#[derive(Clone, Debug)]
pub struct Btf {
    bytes: Bytes,
    endian: Endian,
    pointer_size: u8,
    base: Option<Arc<Btf>>,
    first_id: u32,
    first_str: u32,
    strings: (u32, u32),
    /// The offset in bytes of each own type.
    starts: Vec<u32>,
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
        let header = Header::read(bytes.as_ref())?;
        let (first_id, first_str) =
            base.as_ref().map_or((1, 0), |b| (b.end_id(), b.first_str.saturating_add(b.strings.1)));
        let mut btf = Self {
            bytes,
            endian: header.endian,
            pointer_size: 8,
            base,
            first_id,
            first_str,
            strings: header.strings,
            starts: Vec::new(),
        };
        btf.starts = btf.scan(&header)?;
        btf.pointer_size = btf.base.as_ref().map_or_else(|| pointer::size(&btf), |base| base.pointer_size);
        Ok(btf)
    }

    /// Finds where each type begins, checking that it fits.
    fn scan(&self, header: &Header) -> Result<Vec<u32>, Error> {
        let data = self.bytes.as_ref();
        let (mut at, end) = (header.types.0 as usize, (header.types.0 + header.types.1) as usize);
        let mut starts = Vec::with_capacity((end - at) / 20);
        while at < end {
            let short = |need: usize| {
                let what = "a type";
                Error::at(ErrorKind::Truncated { what, need: need as u64, have: (end - at) as u64 }, at)
            };
            let info = self.word(at + 4).filter(|_| end - at >= HEAD).ok_or_else(|| short(HEAD))?;
            let (kind, vlen) = (Kind((info >> 24) as u8 & 0x7f), (info & 0xff_ffff) as usize);
            let (info_size, elem_size) = match kind.row() {
                Some(&KindRow { info_size, elem_size, .. }) => (info_size, elem_size),
                None => header.layout_of(data, kind).ok_or_else(|| Error::at(ErrorKind::UnknownKind(kind.0), at))?,
            };
            let need = HEAD + usize::from(info_size) + usize::from(elem_size) * vlen;
            if end - at < need {
                return Err(short(need));
            }
            starts.push(at as u32);
            at += need;
        }
        Ok(starts)
    }

    /// The bytes as they were given.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The byte order.
    pub fn endian(&self) -> Endian {
        self.endian
    }

    /// The size of a pointer in bytes: that of the machine's `long`, 8 if there is none.
    pub fn pointer_size(&self) -> u8 {
        self.pointer_size
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
    fn end_id(&self) -> u32 {
        self.first_id + self.starts.len() as u32
    }

    /// The number of its own types, those of the base and `void` not counted.
    pub fn len(&self) -> u32 {
        self.starts.len() as u32
    }

    /// Whether it has no types of its own.
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// The ids of its own types, in order.
    pub fn ids(&self) -> impl Iterator<Item = TypeId> + use<> {
        (self.first_id..self.end_id()).map(TypeId)
    }

    /// The type with an id, its own or the base's.
    pub fn get(&self, id: TypeId) -> Option<Type<'_>> {
        if id.0 == 0 {
            return Some(Type::Void);
        }
        match id.0.checked_sub(self.first_id) {
            Some(i) => self.decode(*self.starts.get(i as usize)? as usize),
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
            Some(i) => Some(Kind((self.word(*self.starts.get(i as usize)? as usize + 4)? >> 24) as u8 & 0x7f)),
            None => self.base.as_ref()?.kind(id),
        }
    }

    /// The name of a type, cheaper than decoding it; empty if it has none.
    pub fn name(&self, id: TypeId) -> &str {
        match id.0.checked_sub(self.first_id) {
            Some(i) => self.starts.get(i as usize).and_then(|&at| self.name_at(at as usize)).unwrap_or_default(),
            None => self.base.as_ref().map_or("", |base| base.name(id)),
        }
    }

    /// The string at an offset, of its own or of the base's section. Bytes that are not UTF-8 give U+FFFD.
    pub fn string(&self, off: StrOff) -> Option<&str> {
        let bytes = self.string_bytes(off)?;
        Some(core::str::from_utf8(bytes).unwrap_or("\u{fffd}"))
    }

    /// The bytes of the string at an offset, without the NUL.
    pub fn string_bytes(&self, off: StrOff) -> Option<&[u8]> {
        let Some(own) = off.0.checked_sub(self.first_str) else { return self.base.as_ref()?.string_bytes(off) };
        let (start, len) = (self.strings.0 as usize, self.strings.1 as usize);
        let rest = self.bytes.as_ref().get(start..start + len)?.get(own as usize..)?;
        rest.split(|&b| b == 0).next()
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
                Type::Ptr(_) => u64::from(self.pointer_size),
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

    /// The 32-bit word at an offset of the data.
    pub(crate) fn word(&self, at: usize) -> Option<u32> {
        word(self.bytes.as_ref(), self.endian, at)
    }

    /// The string whose offset stands at an offset of the data.
    pub(crate) fn name_at(&self, at: usize) -> Option<&str> {
        self.string(StrOff(self.word(at)?))
    }

    fn decode(&self, at: usize) -> Option<Type<'_>> {
        let (name, info, third) = (self.name_at(at)?, self.word(at + 4)?, self.word(at + 8)?);
        let (kflag, len, body) = (info >> 31 != 0, info & 0xff_ffff, at + HEAD);
        let (size, target) = (third, TypeId(third));
        Some(match Kind((info >> 24) as u8 & 0x7f) {
            Kind::INT => {
                let w = self.word(body)?;
                Type::Int(Int { name, size, bits: w as u8, offset: (w >> 16) as u8, encoding: (w >> 24) as u8 & 0xf })
            }
            Kind::PTR => Type::Ptr(target),
            Kind::ARRAY => {
                let (elem, index) = (TypeId(self.word(body)?), TypeId(self.word(body + 4)?));
                Type::Array(Array { elem, index, len: self.word(body + 8)? })
            }
            Kind::STRUCT => Type::Struct(Composite { name, size, len, kflag, btf: self, at: body }),
            Kind::UNION => Type::Union(Composite { name, size, len, kflag, btf: self, at: body }),
            Kind::ENUM => Type::Enum(Enum { name, size, len, signed: kflag, is_64: false, btf: self, at: body }),
            Kind::ENUM64 => Type::Enum(Enum { name, size, len, signed: kflag, is_64: true, btf: self, at: body }),
            Kind::FWD => Type::Fwd { name, is_union: kflag },
            Kind::TYPEDEF => Type::Typedef { name, target },
            Kind::VOLATILE => Type::Volatile(target),
            Kind::CONST => Type::Const(target),
            Kind::RESTRICT => Type::Restrict(target),
            Kind::FUNC => Type::Func(Func { name, proto: target, linkage: len }),
            Kind::FUNC_PROTO => Type::FuncProto(FuncProto { ret: target, len, btf: self, at: body }),
            Kind::VAR => Type::Var(Var { name, ty: target, linkage: self.word(body)? }),
            Kind::DATASEC => Type::Datasec(Datasec { name, size, len, btf: self, at: body }),
            Kind::FLOAT => Type::Float { name, size },
            Kind::DECL_TAG => Type::DeclTag { name, target, component: self.word(body)? as i32, attribute: kflag },
            Kind::TYPE_TAG => Type::TypeTag { name, target, attribute: kflag },
            kind => Type::Unknown(kind),
        })
    }
}

fn word(data: &[u8], endian: Endian, at: usize) -> Option<u32> {
    let bytes = data.get(at..at.checked_add(4)?)?;
    Some(endian.u32(bytes.try_into().ok()?))
}

/// The header, its sections as (offset from the beginning of the data, length), checked.
struct Header {
    endian: Endian,
    types: (u32, u32),
    strings: (u32, u32),
    layout: (u32, u32),
}

impl Header {
    fn read(data: &[u8]) -> Result<Self, Error> {
        let truncated =
            |need: u64| Error::at(ErrorKind::Truncated { what: "the header", need, have: data.len() as u64 }, 0);
        let &[m0, m1, version, ..] = data else { return Err(truncated(24)) };
        let endian = match u16::from_le_bytes([m0, m1]) {
            0xeb9f => Endian::Little,
            0x9feb => Endian::Big,
            magic => return Err(Error::at(ErrorKind::Magic(magic), 0)),
        };
        if version != 1 {
            return Err(Error::at(ErrorKind::Version(version), 2));
        }
        let field = |at: usize| word(data, endian, at).ok_or_else(|| truncated(at as u64 + 4));
        let header_len = field(4)?;
        let section = |at: usize, what: &'static str| {
            let start = header_len.checked_add(field(at)?);
            let len = field(at + 4)?;
            match start.and_then(|s| Some((s, s.checked_add(len)?))) {
                Some((start, end)) if end as usize <= data.len() => Ok((start, len)),
                _ => Err(Error::at(ErrorKind::Section(what), at)),
            }
        };
        if header_len < 24 || header_len as usize > data.len() {
            return Err(truncated(header_len.max(24).into()));
        }
        let (types, strings) = (section(8, "type")?, section(16, "string")?);
        let layout = if header_len >= 32 { section(24, "layout")? } else { (0, 0) };
        let text = &data[strings.0 as usize..(strings.0 + strings.1) as usize];
        // Split BTF may have no strings of its own.
        if !text.is_empty() && text.last() != Some(&0) {
            return Err(Error::at(ErrorKind::Strings, strings.0 as usize));
        }
        Ok(Self { endian, types, strings, layout })
    }

    /// The sizes that the layout section gives for a kind: once after the head, and for each element.
    fn layout_of(&self, data: &[u8], kind: Kind) -> Option<(u8, u8)> {
        let at = 4 * usize::from(kind.0);
        let row = (at + 4 <= self.layout.1 as usize).then(|| self.layout.0 as usize + at)?;
        match data.get(row..row + 2)? {
            &[info, elem] => Some((info, elem)),
            _ => None,
        }
    }
}
