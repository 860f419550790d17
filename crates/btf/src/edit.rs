//! BTF that can be changed: types rewritten in place, types and strings appended, ids always kept.

use alloc::{vec, vec::Vec};
use core::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::{
    Btf, Endian, Error, ErrorKind, Kind, KindRow, Param, SecVar, StrOff, TypeId,
    build::Writer,
    header::{HEAD, LONG, SHORT},
};

/// BTF as words and strings, to be changed and encoded again.
///
/// A type's id never changes. What a type is can be read from the [`Btf`] that the edit began with; what is appended is
/// known to whoever appends it.
#[derive(Clone, Debug)]
pub struct Edit {
    endian: Endian,
    first_id: u32,
    first_str: u32,
    words: Vec<u32>,
    /// The position in `words` of each type.
    starts: Vec<u32>,
    strings: Vec<u8>,
    /// The offsets of the strings, by content; made when the first string is added.
    interned: Option<HashTable<u32>>,
    hasher: DefaultHashBuilder,
    layout: Vec<u8>,
    /// Whether something was written that did not fit into its place.
    pub(crate) lossy: bool,
}

impl Edit {
    /// Begins without types.
    #[doc(alias = "btf__new_empty")]
    pub fn new(endian: Endian) -> Self {
        Self {
            endian,
            first_id: 1,
            first_str: 0,
            words: Vec::new(),
            starts: Vec::new(),
            strings: vec![0],
            interned: None,
            hasher: DefaultHashBuilder::default(),
            layout: Vec::new(),
            lossy: false,
        }
    }

    /// Begins without types of its own, over a base: what is encoded is to be opened with [`Btf::parse_split`].
    #[doc(alias = "btf__new_empty_split")]
    pub fn split(base: &Btf) -> Self {
        let (first_id, first_str) = (base.end_id(), base.end_str());
        Self { first_id, first_str, strings: Vec::new(), ..Self::new(base.endian()) }
    }

    /// Begins with the types of `btf`, over the same base.
    pub fn of(btf: &Btf) -> Self {
        let (data, endian, types) = (btf.bytes().as_ref(), btf.endian(), btf.header.types);
        let section = |(start, len): (u32, u32)| data.get(start as usize..(start + len) as usize).unwrap_or_default();
        let words = section(types).as_chunks().0.iter().map(|&bytes| endian.u32(bytes)).collect();
        Self {
            first_id: btf.first_id().0,
            first_str: btf.first_str,
            words,
            starts: btf.starts.iter(0, data).map(|(_, at)| (at as u32).wrapping_sub(types.0) / 4).collect(),
            strings: btf.text().to_vec(),
            layout: section(btf.header.layout).to_vec(),
            ..Self::new(endian)
        }
    }

    /// Begins with types as words, over the base that `btf` has.
    pub(crate) fn of_words(btf: &Btf, words: Vec<u32>, starts: Vec<u32>, strings: Vec<u8>) -> Self {
        let (start, len) = btf.header.layout;
        let layout = btf.bytes().as_ref().get(start as usize..(start + len) as usize).unwrap_or_default();
        let (first_id, first_str) = (btf.first_id().0, btf.first_str);
        Self { first_id, first_str, words, starts, strings, layout: layout.to_vec(), ..Self::new(btf.endian()) }
    }

    /// Appends a type.
    pub fn add(&mut self) -> Writer<'_> {
        let id = TypeId(self.end_id());
        Writer::new(self, id)
    }

    /// Puts another type in the place of one.
    ///
    /// # Errors
    /// `btf-no-such-type` if it is not one of its own types.
    pub fn replace(&mut self, id: TypeId) -> Result<Writer<'_>, Error> {
        self.range(id)?;
        Ok(Writer::new(self, id))
    }

    /// One more than the last id.
    fn end_id(&self) -> u32 {
        self.first_id + self.starts.len() as u32
    }

    /// The number of its own types.
    pub fn len(&self) -> u32 {
        self.starts.len() as u32
    }

    /// Whether it has no types of its own.
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// The offset of a string, which is added unless its own strings have it.
    #[doc(alias = "btf__add_str")]
    pub fn string(&mut self, text: &str) -> StrOff {
        // A NUL would end the string early.
        self.lossy |= text.contains('\0');
        self.string_bytes(text.split('\0').next().unwrap_or_default().as_bytes())
    }

    /// As [`Edit::string`], for bytes without a NUL.
    pub(crate) fn string_bytes(&mut self, text: &[u8]) -> StrOff {
        if text.is_empty() {
            return StrOff(0);
        }
        let (strings, hasher) = (&mut self.strings, &self.hasher);
        let interned = self.interned.get_or_insert_with(|| intern(strings, hasher));
        let hash = hasher.hash_one(text);
        let own = match interned.find(hash, |&at| string_at(strings, at) == text) {
            Some(&at) => at,
            None => {
                let at = strings.len() as u32;
                strings.extend_from_slice(text);
                strings.push(0);
                interned.insert_unique(hash, at, |&at| hasher.hash_one(string_at(strings, at)));
                at
            }
        };
        StrOff(self.first_str + own)
    }

    /// Appends a type as words, whose names and references are its own.
    pub(crate) fn push(&mut self, words: &[u32]) -> TypeId {
        let id = TypeId(self.end_id());
        self.starts.push(self.words.len() as u32);
        self.words.extend_from_slice(words);
        id
    }

    /// The words of an own type.
    pub(crate) fn words(&self, id: TypeId) -> &[u32] {
        self.range(id).ok().and_then(|range| self.words.get(range)).unwrap_or_default()
    }

    /// One of its own strings.
    pub(crate) fn text(&self, off: u32) -> Option<&[u8]> {
        let own = off.checked_sub(self.first_str)?;
        ((own as usize) < self.strings.len()).then(|| string_at(&self.strings, own))
    }

    /// Leaves out a type and all behind it.
    pub(crate) fn truncate(&mut self, id: TypeId) {
        if let Ok(range) = self.range(id) {
            self.words.truncate(range.start);
            self.starts.truncate((id.0 - self.first_id) as usize);
        }
    }

    /// The first id of its own types.
    pub fn first_id(&self) -> TypeId {
        TypeId(self.first_id)
    }

    /// The id that the next type gets.
    pub fn next_id(&self) -> TypeId {
        TypeId(self.end_id())
    }

    /// The kind of one of its own types, as it is now.
    pub fn kind(&self, id: TypeId) -> Option<Kind> {
        let info = self.words.get(self.range(id).ok()?.start + 1)?;
        Some(Kind((info >> 24) as u8 & 0x7f))
    }

    /// Renames a type.
    ///
    /// # Errors
    /// `btf-no-such-type`.
    pub fn rename(&mut self, id: TypeId, name: &str) -> Result<(), Error> {
        let name = self.string(name).0;
        self.type_mut(id)?.0[0] = name;
        Ok(())
    }

    /// Sets the size in bytes of an INT, STRUCT, UNION, ENUM, ENUM64, FLOAT or DATASEC.
    ///
    /// # Errors
    /// `btf-no-such-type`; `btf-wrong-kind` for a type without a size of its own.
    pub fn resize(&mut self, id: TypeId, size: u32) -> Result<(), Error> {
        let sized = [Kind::INT, Kind::STRUCT, Kind::UNION, Kind::ENUM, Kind::ENUM64, Kind::FLOAT, Kind::DATASEC];
        self.expect(id, &sized)?.0[2] = size;
        Ok(())
    }

    /// Lets a type that refers to another one (PTR, TYPEDEF, CONST, VAR, FUNC, …) refer to `target`. For a FUNC_PROTO it
    /// is what the function returns.
    ///
    /// # Errors
    /// `btf-no-such-type`; `btf-wrong-kind` for a type that does not refer to one.
    pub fn retarget(&mut self, id: TypeId, target: TypeId) -> Result<(), Error> {
        let kind = self.kind(id).ok_or(Error::of(ErrorKind::NoSuchType(id), id))?;
        if !kind.row().is_some_and(|row| row.refers) {
            return Err(Error::of(ErrorKind::WrongKind(kind), id));
        }
        self.type_mut(id)?.0[2] = target.0;
        Ok(())
    }

    /// Sets the linkage of a FUNC or VAR: 0 static, 1 global, 2 extern.
    ///
    /// # Errors
    /// `btf-no-such-type`, `btf-wrong-kind`.
    pub fn set_linkage(&mut self, id: TypeId, linkage: u32) -> Result<(), Error> {
        match self.expect(id, &[Kind::FUNC, Kind::VAR])? {
            (_, [var]) => *var = linkage,
            ([_, info, _], _) => *info = *info & !0xff_ffff | linkage & 0xff_ffff,
        }
        Ok(())
    }

    /// Replaces the size and the variables of a DATASEC, in the order given. Their number may change.
    ///
    /// # Errors
    /// `btf-no-such-type`, `btf-wrong-kind`.
    pub fn set_datasec(&mut self, id: TypeId, size: u32, vars: &[SecVar]) -> Result<(), Error> {
        let name = self.expect(id, &[Kind::DATASEC])?.0[0];
        let elems: Vec<u32> = vars.iter().flat_map(|var| [var.ty.0, var.offset, var.size]).collect();
        self.put(id, [name, info(Kind::DATASEC, vars.len(), false), size], &elems);
        Ok(())
    }

    /// Sets the name and type of a FUNC_PROTO's parameter.
    ///
    /// # Errors
    /// `btf-no-such-type`; `btf-wrong-kind` if it is not a FUNC_PROTO; `btf-no-such-element` if it has fewer parameters.
    pub fn set_param(&mut self, id: TypeId, position: u32, param: Param<'_>) -> Result<(), Error> {
        let name = self.string(param.name).0;
        let (_, params) = self.expect(id, &[Kind::FUNC_PROTO])?;
        let place = params.as_chunks_mut::<2>().0.get_mut(position as usize);
        *place.ok_or(Error::of(ErrorKind::NoSuchElement(position), id))? = [name, param.ty.0];
        Ok(())
    }

    /// Adds the section that tells the sizes of all kinds known here, so that who knows fewer can skip types of the others.
    /// Kernels take it since 7.1.
    #[doc(alias = "btf_layout")]
    pub fn describe_layout(&mut self) {
        let row = |row: &KindRow| [row.info_size, row.elem_size, 0, 0];
        self.layout = core::iter::once([0; 4]).chain(Kind::ROWS.iter().map(row)).flatten().collect();
    }

    /// Leaves out the section that tells the sizes of kinds (Linux 7.1).
    pub fn drop_layout(&mut self) {
        self.layout.clear();
    }

    /// The bytes, in the byte order it began with.
    pub fn finish(&self) -> Vec<u8> {
        self.encode(self.endian)
    }

    /// The bytes, in a byte order.
    #[doc(alias = "btf__raw_data")]
    #[doc(alias = "btf__set_endianness")]
    pub fn encode(&self, endian: Endian) -> Vec<u8> {
        let header_len = if self.layout.is_empty() { SHORT } else { LONG };
        let (types, layout) = (4 * self.words.len() as u32, self.layout.len() as u32);
        let mut out =
            Vec::with_capacity(header_len as usize + 4 * self.words.len() + self.layout.len() + self.strings.len());
        out.extend(endian.bytes16(0xeb9f));
        // Version 1, no flags.
        out.extend([1, 0]);
        // Behind the types the layout stands, and behind it the strings, which need no alignment.
        let header = [header_len, 0, types, types + layout, self.strings.len() as u32, types, layout];
        let header = &header[..header_len as usize / 4 - 1];
        out.extend(header.iter().chain(&self.words).flat_map(|&word| endian.bytes32(word)));
        out.extend_from_slice(&self.layout);
        out.extend_from_slice(&self.strings);
        out
    }

    /// Where the words of an own type are.
    fn range(&self, id: TypeId) -> Result<core::ops::Range<usize>, Error> {
        let none = Error::of(ErrorKind::NoSuchType(id), id);
        let i = id.0.checked_sub(self.first_id).ok_or_else(|| none.clone())? as usize;
        let start = *self.starts.get(i).ok_or(none)? as usize;
        Ok(start..self.starts.get(i + 1).map_or(self.words.len(), |&end| end as usize))
    }

    /// The words of an own type: at least the three of its head.
    pub(crate) fn words_mut(&mut self, id: TypeId) -> Result<&mut [u32], Error> {
        let range = self.range(id)?;
        let words = self.words.get_mut(range).filter(|words| words.len() >= HEAD / 4);
        words.ok_or(Error::of(ErrorKind::NoSuchType(id), id))
    }

    /// The three words that every type has, and what follows them.
    fn type_mut(&mut self, id: TypeId) -> Result<(&mut [u32; HEAD / 4], &mut [u32]), Error> {
        self.words_mut(id)?.split_first_chunk_mut().ok_or(Error::of(ErrorKind::NoSuchType(id), id))
    }

    fn expect(&mut self, id: TypeId, kinds: &[Kind]) -> Result<(&mut [u32; HEAD / 4], &mut [u32]), Error> {
        match self.kind(id) {
            Some(kind) if !kinds.contains(&kind) => Err(Error::of(ErrorKind::WrongKind(kind), id)),
            _ => self.type_mut(id),
        }
    }

    /// Writes a type over an own one, or as the next.
    pub(crate) fn put(&mut self, id: TypeId, head: [u32; 3], elems: &[u32]) {
        let words = head.iter().chain(elems).copied();
        let Ok(range) = self.range(id) else {
            self.starts.push(self.words.len() as u32);
            return self.words.extend(words);
        };
        let grown = (HEAD / 4 + elems.len()).wrapping_sub(range.len()) as u32;
        let after = id.0.saturating_sub(self.first_id) as usize + 1;
        self.words.splice(range, words);
        for start in self.starts.iter_mut().skip(after).filter(|_| grown != 0) {
            *start = start.wrapping_add(grown);
        }
    }
}

/// The second word of a type's head.
pub(crate) fn info(kind: Kind, len: usize, flag: bool) -> u32 {
    u32::from(flag) << 31 | u32::from(kind.0) << 24 | len.min(0xff_ffff) as u32
}

/// The offsets of all strings by content; of equal ones the first.
fn intern(strings: &[u8], hasher: &DefaultHashBuilder) -> HashTable<u32> {
    let mut table = HashTable::new();
    let mut at = 0;
    for text in strings.split_inclusive(|&byte| byte == 0) {
        let text = text.strip_suffix(&[0]).unwrap_or(text);
        let entry = table.entry(
            hasher.hash_one(text),
            |&at| string_at(strings, at) == text,
            |&at| hasher.hash_one(string_at(strings, at)),
        );
        entry.or_insert(at);
        at += text.len() as u32 + 1;
    }
    table
}

fn string_at(strings: &[u8], at: u32) -> &[u8] {
    let rest = strings.get(at as usize..).unwrap_or_default();
    rest.split(|&byte| byte == 0).next().unwrap_or_default()
}
