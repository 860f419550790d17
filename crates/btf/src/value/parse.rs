//! Text to bytes, by a type.

use alloc::{
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};
use core::net::{Ipv4Addr, Ipv6Addr};

use super::{
    Fault, FaultKind, Style,
    convention::{Meaning, meaning},
    number::{Number, range},
    read::low,
    scan::Scan,
};
use crate::{Array, Btf, Composite, Endian, Enum, Int, Member, Type, TypeId, nearest};

/// The largest value that is made.
const MAX_SIZE: u64 = 64 << 20;
/// The deepest nesting that is followed.
const MAX_DEPTH: u32 = 32;

/// The bytes of a value that is written as text, in the byte order of `btf`.
///
/// Numbers are decimal or begin with `0x`, `0b` or `0o`; `bool` is `true` or `false`; an enum is a name, a number, or
/// names joined by `|`; a `char` may be `'c'`. An array of `char` is text, in quotes or not, and keeps room for its NUL;
/// one of `unsigned char` is hex digits; others are `[1, 2, 3]`. A struct is `{a=1, b={c=2}}`. The outermost brackets
/// may be left out. What is not mentioned is zero. Addresses and durations (`10.0.0.1`, `250ms`) go by the same
/// conventions as when they are shown: what [`text`](super::text) shows, this reads, but for `…`.
///
/// # Errors
/// With the way to the part that is wrong, its type, and the range of that.
pub fn parse(btf: &Btf, ty: TypeId, text: &str) -> Result<Vec<u8>, Fault> {
    let (ty, name) = match btf.get(ty) {
        Some(Type::Var(var)) => (var.ty, var.name),
        _ => (ty, ""),
    };
    let mut parser = Parser { btf, scan: Scan::new(text), out: Vec::new(), path: name.to_string() };
    let size = btf.size(ty).map_err(|error| parser.fault(ty, FaultKind::Type(error)))?;
    if size > MAX_SIZE {
        return Err(parser.fault(ty, FaultKind::TooMany { count: size, max: MAX_SIZE }));
    }
    parser.out = vec![0; size as usize];
    parser.value(ty, 0, name, MAX_DEPTH)?;
    if parser.scan.is_end() { Ok(parser.out) } else { Err(parser.fault(ty, FaultKind::Expected("the end"))) }
}

struct Parser<'p> {
    btf: &'p Btf,
    scan: Scan<'p>,
    out: Vec<u8>,
    /// The way to the part that is being read.
    path: String,
}

impl<'p> Parser<'p> {
    fn fault(&self, ty: TypeId, kind: FaultKind) -> Fault {
        Fault { path: self.path.clone(), ty: self.btf.spelled(ty), kind }
    }

    fn not_a(&self, ty: TypeId, text: &str, written: &'static str) -> Fault {
        self.fault(ty, FaultKind::NotA { text: text.to_string(), written })
    }

    /// A value whose bytes begin at `at`.
    fn value(&mut self, id: TypeId, at: usize, name: &str, depth: u32) -> Result<(), Fault> {
        let unsupported = || self.fault(id, FaultKind::Unsupported);
        let depth = depth.checked_sub(1).ok_or_else(unsupported)?;
        let (ty, meaning) = meaning(self.btf, id, name, &Style::default()).ok_or_else(unsupported)?;
        match ty {
            Type::Int(int) => {
                let bits = self.int(id, int, meaning, int.size.saturating_mul(8))?;
                let endian = if meaning == Meaning::Network { Endian::Big } else { self.btf.endian() };
                self.store(id, at, int.size as usize, bits, endian)
            }
            Type::Enum(ty) => {
                let bits = self.enumerator(id, ty, ty.size.saturating_mul(8))?;
                self.store(id, at, ty.size as usize, bits, self.btf.endian())
            }
            Type::Float { size, .. } => {
                let word = self.scan.word();
                let number: f64 = word.parse().map_err(|_| self.not_a(id, word, "a number such as 1.5"))?;
                let bits = match size {
                    4 => (number as f32).to_bits().into(),
                    8 => number.to_bits().into(),
                    _ => return Err(self.fault(id, FaultKind::Unsupported)),
                };
                self.store(id, at, size as usize, bits, self.btf.endian())
            }
            Type::Struct(ty) if meaning == Meaning::Address && matches!(ty.name, "in_addr" | "in6_addr") => {
                let bytes = self.address(id, ty.size as usize)?;
                self.put(id, at, &bytes)
            }
            Type::Struct(ty) | Type::Union(ty) => self.fields(id, ty, at, depth),
            Type::Array(array) => self.array(id, array, meaning, at, name, depth),
            _ => Err(self.fault(id, FaultKind::Unsupported)),
        }
    }

    fn put(&mut self, id: TypeId, at: usize, bytes: &[u8]) -> Result<(), Fault> {
        match at.checked_add(bytes.len()).and_then(|end| self.out.get_mut(at..end)) {
            Some(place) => place.copy_from_slice(bytes),
            // A member that lies outside its struct.
            None => return Err(self.fault(id, FaultKind::Unsupported)),
        }
        Ok(())
    }

    fn store(&mut self, id: TypeId, at: usize, size: usize, bits: u128, endian: Endian) -> Result<(), Fault> {
        let little = bits.to_le_bytes();
        let mut bytes = little.get(..size).ok_or_else(|| self.fault(id, FaultKind::Unsupported))?.to_vec();
        if endian == Endian::Big {
            bytes.reverse();
        }
        self.put(id, at, &bytes)
    }

    /// The bits of an integer in a field of `width` bits.
    fn int(&mut self, id: TypeId, int: Int<'_>, meaning: Meaning, width: u32) -> Result<u128, Fault> {
        if (int.is_char() || int.name == "char")
            && let Some(c) = self.character()
        {
            return Ok(c.into());
        }
        let word = self.scan.word();
        if int.is_bool() {
            return match word {
                "true" | "1" => Ok(1),
                "false" | "0" => Ok(0),
                _ => Err(self.not_a(id, word, "true or false")),
            };
        }
        if meaning == Meaning::Address
            && int.size == 4
            && let Ok(address) = word.parse::<Ipv4Addr>()
        {
            return Ok(self.btf.endian().u32(address.octets()).into());
        }
        let number = match meaning {
            Meaning::Duration(unit) => Number::read_duration(word, unit),
            Meaning::Time => Number::read_duration(word, 1),
            _ => Number::read(word),
        };
        let written = match meaning {
            Meaning::Address if int.size == 4 => "an address such as 10.0.0.1, or a number",
            Meaning::Duration(_) => "a duration such as 10ms, or a number",
            _ => "a number such as 42 or 0x2a",
        };
        let number = number.ok_or_else(|| self.not_a(id, word, written))?;
        self.fit(id, word, number, width, int.is_signed())
    }

    fn fit(&self, id: TypeId, word: &str, number: Number, width: u32, signed: bool) -> Result<u128, Fault> {
        let (min, max) = range(width, signed);
        let out_of_range = || self.fault(id, FaultKind::Range { text: word.to_string(), min, max });
        Ok(number.fit(width, signed).ok_or_else(out_of_range)? & low(width))
    }

    /// A character in single quotes.
    fn character(&mut self) -> Option<u8> {
        if self.scan.peek() != Some('\'') {
            return None;
        }
        match self.scan.word().as_bytes() {
            &[b'\'', c, b'\''] => Some(c),
            _ => None,
        }
    }

    fn enumerator(&mut self, id: TypeId, ty: Enum<'_>, width: u32) -> Result<u128, Fault> {
        let word = self.scan.word();
        // As unknown numbers and sets of bits are shown: `kind(9)`, `A|B(3)`.
        let shown = word.strip_suffix(')').and_then(|word| word.split_once('(')).map(|(_, number)| number);
        if let Some(number) = Number::read(shown.unwrap_or(word)) {
            let signed = ty.signed || number.is_negative;
            return self.fit(id, word, number, width, signed);
        }
        let mut bits = 0u64;
        for name in word.split('|').map(str::trim) {
            let Some(value) = ty.values().find(|value| value.name == name) else {
                let nearest = nearest(name, ty.values().map(|value| value.name)).map(ToString::to_string);
                return Err(self.fault(id, FaultKind::Enumerator { name: name.to_string(), nearest }));
            };
            bits |= value.value;
        }
        Ok(u128::from(bits) & low(width))
    }

    fn fields(&mut self, id: TypeId, ty: Composite<'p>, at: usize, depth: u32) -> Result<(), Fault> {
        let is_braced = self.scan.eat('{');
        if !is_braced && !is_outermost(depth) {
            return Err(self.fault(id, FaultKind::Expected("`{`")));
        }
        loop {
            while self.scan.eat(',') {}
            if if is_braced { self.scan.eat('}') } else { self.scan.is_end() } {
                return Ok(());
            }
            let name = self.scan.name();
            let (member, start) = find(self.btf, ty, name, 0, MAX_DEPTH).ok_or_else(|| {
                let nearest = nearest(name, ty.members().map(|member| member.name)).map(ToString::to_string);
                self.fault(id, FaultKind::Member { name: name.to_string(), nearest })
            })?;
            if !self.scan.eat('=') && !self.scan.eat(':') {
                return Err(self.fault(id, FaultKind::Expected("`=` after the name of a member")));
            }
            let len = self.path.len();
            self.path.push_str(if len == 0 { "" } else { "." });
            self.path.push_str(name);
            self.member(member, at, start, depth)?;
            self.path.truncate(len);
        }
    }

    /// A member whose struct begins `start` bits after `at`.
    fn member(&mut self, member: Member<'_>, at: usize, start: u64, depth: u32) -> Result<(), Fault> {
        let offset = start.saturating_add(member.bit_offset.into());
        let width = u32::from(member.bit_size);
        if width == 0 {
            let at = at.saturating_add(usize::try_from(offset / 8).unwrap_or(usize::MAX));
            return self.value(member.ty, at, member.name, depth);
        }
        let bits = match self.btf.resolve(member.ty) {
            Ok((_, Type::Int(int))) => self.int(member.ty, int, Meaning::Plain, width)?,
            Ok((_, Type::Enum(ty))) => self.enumerator(member.ty, ty, width)?,
            _ => return Err(self.fault(member.ty, FaultKind::Unsupported)),
        };
        for bit in 0..width {
            let place = offset + u64::from(bit);
            // Bit 0 is the first in memory: the lowest of a little-endian number, the highest of a big-endian one.
            let (value, mask) = match self.btf.endian() {
                Endian::Little => (bits >> bit & 1, 1u8 << (place % 8)),
                Endian::Big => (bits >> (width - 1 - bit) & 1, 0x80 >> (place % 8)),
            };
            let index = at.saturating_add(usize::try_from(place / 8).unwrap_or(usize::MAX));
            match self.out.get_mut(index) {
                Some(byte) => *byte = if value == 1 { *byte | mask } else { *byte & !mask },
                None => return Err(self.fault(member.ty, FaultKind::Unsupported)),
            }
        }
        Ok(())
    }

    fn array(
        &mut self,
        id: TypeId,
        array: Array,
        meaning: Meaning,
        at: usize,
        name: &str,
        depth: u32,
    ) -> Result<(), Fault> {
        let size = self.btf.size(array.elem).map_err(|error| self.fault(id, FaultKind::Type(error)))? as usize;
        let room = size.saturating_mul(array.len as usize);
        let elem = self.btf.resolve(array.elem).ok().map(|(_, ty)| ty);
        let is_listed = self.scan.peek() == Some('[');
        match elem {
            Some(Type::Int(int)) if int.size == 1 && (int.name == "char" || int.is_char()) && !is_listed => {
                return self.characters(id, room, at, depth);
            }
            Some(Type::Int(int))
                if meaning == Meaning::Address && matches!(room, 4 | 16) && !is_listed && int.size <= 4 =>
            {
                let bytes = self.address(id, room)?;
                return self.put(id, at, &bytes);
            }
            Some(Type::Int(int)) if int.size == 1 && !int.is_signed() && !int.is_bool() && !is_listed => {
                return self.hex(id, room, at);
            }
            _ => {}
        }
        if !self.scan.eat('[') && !is_outermost(depth) {
            return Err(self.fault(id, FaultKind::Expected("`[`")));
        }
        let mut count = 0u64;
        while !self.scan.is_end() && !self.scan.eat(']') {
            if count >= array.len.into() {
                return Err(self.fault(id, FaultKind::TooMany { count: count + 1, max: array.len.into() }));
            }
            let (len, start) = (self.path.len(), at + count as usize * size);
            self.path += &format!("[{count}]");
            self.value(array.elem, start, name, depth)?;
            self.path.truncate(len);
            count += 1;
            // As many equal elements are shown: `0 x62`.
            if self.scan.eat('x') {
                let word = self.scan.word();
                let times = Number::read(word).ok_or_else(|| self.not_a(id, word, "how often the element occurs"))?;
                let times = u64::try_from(times.magnitude).unwrap_or(u64::MAX);
                if times == 0 || (count - 1).saturating_add(times) > array.len.into() {
                    return Err(self.fault(id, FaultKind::TooMany { count: times, max: array.len.into() }));
                }
                let end = start + size;
                for i in 1..times as usize {
                    self.out.copy_within(start..end, start + i * size);
                }
                count += times - 1;
            }
            while self.scan.eat(',') {}
        }
        Ok(())
    }

    /// The text of an array of `char`: in quotes, else all that is left if nothing is around it, else a word.
    fn characters(&mut self, id: TypeId, room: usize, at: usize, depth: u32) -> Result<(), Fault> {
        let bytes = if self.scan.peek() == Some('"') {
            let quoted = self.scan.quoted();
            quoted.ok_or_else(|| self.fault(id, FaultKind::Expected("a closing quote, after known escapes only,")))?
        } else if is_outermost(depth) {
            self.scan.all().as_bytes().to_vec()
        } else {
            self.scan.word().as_bytes().to_vec()
        };
        // Programs expect a NUL at the end.
        let max = room.saturating_sub(1);
        if bytes.len() > max {
            return Err(self.fault(id, FaultKind::TooMany { count: bytes.len() as u64, max: max as u64 }));
        }
        self.put(id, at, &bytes)
    }

    fn hex(&mut self, id: TypeId, room: usize, at: usize) -> Result<(), Fault> {
        let word = self.scan.word();
        let digits: String = word.strip_prefix("0x").unwrap_or(word).chars().filter(|&c| c != ':').collect();
        let pair = |pair: &[u8]| u8::from_str_radix(core::str::from_utf8(pair).ok()?, 16).ok();
        let is_hex = digits.len().is_multiple_of(2) && digits.bytes().all(|b| b.is_ascii_hexdigit());
        let bytes: Option<Vec<u8>> = digits.as_bytes().chunks(2).map(pair).collect();
        let bytes = bytes.filter(|_| is_hex).ok_or_else(|| self.not_a(id, word, "hex digits such as 0aff"))?;
        if bytes.len() > room {
            return Err(self.fault(id, FaultKind::TooMany { count: bytes.len() as u64, max: room as u64 }));
        }
        self.put(id, at, &bytes)
    }

    fn address(&mut self, id: TypeId, size: usize) -> Result<Vec<u8>, Fault> {
        let word = self.scan.word();
        let v4 = || word.parse::<Ipv4Addr>().ok().map(|address| address.octets().to_vec());
        let v6 = || word.parse::<Ipv6Addr>().ok().map(|address| address.octets().to_vec());
        let (bytes, written) =
            if size == 4 { (v4(), "an address such as 10.0.0.1") } else { (v6(), "an address such as fe80::1") };
        bytes.ok_or_else(|| self.not_a(id, word, written))
    }
}

/// Whether nothing is around a value, so that its brackets may be left out.
fn is_outermost(depth: u32) -> bool {
    depth + 1 == MAX_DEPTH
}

/// A member by name, of the struct itself or of its anonymous members, and where in bits the one that has it begins.
fn find<'b>(btf: &'b Btf, ty: Composite<'b>, name: &str, start: u64, depth: u32) -> Option<(Member<'b>, u64)> {
    let depth = depth.checked_sub(1)?;
    if name.is_empty() {
        return None;
    }
    if let Some(member) = ty.members().find(|member| member.name == name) {
        return Some((member, start));
    }
    let anonymous = ty.members().filter(|member| member.name.is_empty()).take(64);
    let mut inner = anonymous.filter_map(|member| match btf.resolve(member.ty).ok()?.1 {
        Type::Struct(inner) | Type::Union(inner) => Some((inner, start + u64::from(member.bit_offset))),
        _ => None,
    });
    inner.find_map(|(inner, start)| find(btf, inner, name, start, depth))
}
