//! BTF built by hand, in either byte order, for tests.
#![allow(dead_code, clippy::unwrap_used, reason = "each test file uses a part; tests may unwrap")]

use skep_btf::{Btf, Endian, TypeId};

pub struct Build {
    endian: Endian,
    types: Vec<u8>,
    strings: Vec<u8>,
    count: u32,
    /// The number of types and the length of the strings of the base.
    base: (u32, u32),
}

/// A member: name, type, offset in bits, width in bits of a bitfield or 0.
pub type M<'a> = (&'a str, TypeId, u32, u32);

impl Build {
    pub fn new(endian: Endian) -> Self {
        Self { endian, types: vec![], strings: vec![0], count: 0, base: (0, 0) }
    }

    pub fn little() -> Self {
        Self::new(Endian::Little)
    }

    /// Split BTF over what was built so far.
    pub fn split(&self) -> Self {
        let base = (self.base.0 + self.count, self.base.1 + self.strings.len() as u32);
        Self { base, ..Self::new(self.endian) }
    }

    pub fn string(&mut self, text: &str) -> u32 {
        if text.is_empty() {
            return 0;
        }
        let at = self.base.1 + self.strings.len() as u32;
        self.strings.extend(text.bytes().chain([0]));
        at
    }

    fn words(&mut self, words: &[u32]) {
        let endian = self.endian;
        self.types.extend(words.iter().flat_map(|&w| endian.bytes32(w)));
    }

    fn head(&mut self, name: &str, kind: u32, kflag: bool, len: usize, third: u32) -> TypeId {
        let name = self.string(name);
        self.words(&[name, u32::from(kflag) << 31 | kind << 24 | len as u32, third]);
        self.count += 1;
        TypeId(self.base.0 + self.count)
    }

    /// `encoding`: signed 1, char 2, bool 4.
    pub fn int(&mut self, name: &str, size: u32, encoding: u32) -> TypeId {
        let id = self.head(name, 1, false, 0, size);
        self.words(&[(encoding << 24) | (size * 8)]);
        id
    }

    pub fn ptr(&mut self, to: TypeId) -> TypeId {
        self.head("", 2, false, 0, to.0)
    }

    pub fn array(&mut self, elem: TypeId, len: u32) -> TypeId {
        let id = self.head("", 3, false, 0, 0);
        self.words(&[elem.0, elem.0, len]);
        id
    }

    fn composite(&mut self, kind: u32, name: &str, size: u32, members: &[M<'_>]) -> TypeId {
        let kflag = members.iter().any(|m| m.3 != 0);
        let id = self.head(name, kind, kflag, members.len(), size);
        for &(name, ty, offset, width) in members {
            let name = self.string(name);
            self.words(&[name, ty.0, width << 24 | offset]);
        }
        id
    }

    pub fn structure(&mut self, name: &str, size: u32, members: &[M<'_>]) -> TypeId {
        self.composite(4, name, size, members)
    }

    pub fn union(&mut self, name: &str, size: u32, members: &[M<'_>]) -> TypeId {
        self.composite(5, name, size, members)
    }

    pub fn enumeration(&mut self, name: &str, size: u32, signed: bool, values: &[(&str, i64)]) -> TypeId {
        let id = self.head(name, 6, signed, values.len(), size);
        for &(name, value) in values {
            let name = self.string(name);
            self.words(&[name, value as u32]);
        }
        id
    }

    pub fn enum64(&mut self, name: &str, signed: bool, values: &[(&str, u64)]) -> TypeId {
        let id = self.head(name, 19, signed, values.len(), 8);
        for &(name, value) in values {
            let name = self.string(name);
            self.words(&[name, value as u32, (value >> 32) as u32]);
        }
        id
    }

    pub fn fwd(&mut self, name: &str, is_union: bool) -> TypeId {
        self.head(name, 7, is_union, 0, 0)
    }

    pub fn typedef(&mut self, name: &str, target: TypeId) -> TypeId {
        self.head(name, 8, false, 0, target.0)
    }

    pub fn constant(&mut self, target: TypeId) -> TypeId {
        self.head("", 10, false, 0, target.0)
    }

    pub fn proto(&mut self, ret: TypeId, params: &[TypeId]) -> TypeId {
        let id = self.head("", 13, false, params.len(), ret.0);
        for param in params {
            self.words(&[0, param.0]);
        }
        id
    }

    pub fn float(&mut self, name: &str, size: u32) -> TypeId {
        self.head(name, 16, false, 0, size)
    }

    pub fn bytes(&self) -> Vec<u8> {
        let e = self.endian;
        let mut out = match e {
            Endian::Little => vec![0x9f, 0xeb, 1, 0],
            Endian::Big => vec![0xeb, 0x9f, 1, 0],
        };
        let types = self.types.len() as u32;
        for word in [24, 0, types, types, self.strings.len() as u32] {
            out.extend(e.bytes32(word));
        }
        out.extend(&self.types);
        out.extend(&self.strings);
        out
    }

    pub fn done(&self) -> Btf {
        Btf::parse(self.bytes()).unwrap()
    }
}
