//! Text to bytes, by a type.

mod array;
mod fields;
mod place;
mod scalar;

use alloc::{
    string::{String, ToString},
    vec,
    vec::Vec,
};

use super::{
    Fault, FaultKind, Style,
    convention::{Meaning, meaning},
    scan::Scan,
};
use crate::{Btf, Endian, Type, TypeId};

pub use place::set;

/// The largest value that is made.
const MAX_SIZE: u64 = 64 << 20;
/// The deepest nesting that is followed.
const MAX_DEPTH: u32 = 32;

/// The bytes of a value that is written as text, in the byte order of `btf`.
///
/// Numbers are decimal or begin with `0x`, `0b` or `0o`; `bool` is `true` or `false`; an enum is a name, a number, or
/// names joined by `|`; a `char` may be `'c'`. An array of `char` is text, which keeps room for its NUL unless it is in quotes;
/// one of `unsigned char` is hex digits; others are `[1, 2, 3]`. A struct is `{a=1, b={c=2}}`. The outermost brackets
/// may be left out. What is not mentioned is zero. Addresses and durations (`10.0.0.1`, `250ms`) go by the same
/// conventions as when they are shown: what [`text`](super::text) and [`json`](super::json) show, this reads, but for `…`.
/// So JSON is read, too: names and words may stand in quotes, `:` for `=`, and `null` leaves what is there.
///
/// # Errors
/// With the way to the part that is wrong, its type, and the range of that.
pub fn parse(btf: &Btf, ty: TypeId, text: &str) -> Result<Vec<u8>, Fault> {
    let (ty, name) = match btf.get(ty) {
        Some(Type::Var(var)) => (var.ty, var.name),
        _ => (ty, ""),
    };
    Parser::new(btf, name.to_string(), text).whole(ty, name)
}

struct Parser<'p> {
    btf: &'p Btf,
    scan: Scan<'p>,
    out: Vec<u8>,
    /// The way to the part that is being read.
    path: String,
}

impl<'p> Parser<'p> {
    fn new(btf: &'p Btf, path: String, text: &'p str) -> Self {
        Self { btf, scan: Scan::new(text), out: Vec::new(), path }
    }

    /// All of the text as one value; gives its bytes.
    fn whole(mut self, id: TypeId, name: &str) -> Result<Vec<u8>, Fault> {
        let size = self.btf.size(id).map_err(|error| self.fault(id, FaultKind::Type(error)))?;
        if size > MAX_SIZE {
            return Err(self.fault(id, FaultKind::TooMany { count: size, max: MAX_SIZE }));
        }
        self.out = vec![0; size as usize];
        self.value(id, 0, name, MAX_DEPTH)?;
        self.end(id)?;
        Ok(self.out)
    }

    fn end(&self, id: TypeId) -> Result<(), Fault> {
        if self.scan.is_end() { Ok(()) } else { Err(self.fault(id, FaultKind::Expected("the end"))) }
    }

    fn fault(&self, ty: TypeId, kind: FaultKind) -> Fault {
        Fault { path: self.path.clone(), ty: self.btf.spelled(ty), kind }
    }

    fn not_a(&self, ty: TypeId, text: &str, written: &'static str) -> Fault {
        self.fault(ty, FaultKind::NotA { text: text.to_string(), written })
    }

    /// A value whose bytes begin at `at`.
    fn value(&mut self, id: TypeId, at: usize, name: &str, depth: u32) -> Result<(), Fault> {
        if self.scan.null() {
            return Ok(());
        }
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
            Type::Ptr(_) => {
                let size = self.btf.pointer_size();
                let bits = self.pointer(id, u32::from(size) * 8)?;
                self.store(id, at, size.into(), bits, self.btf.endian())
            }
            Type::Struct(_) | Type::Union(_) => self.fields(id, at, depth),
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
}

/// Whether nothing is around a value, so that its brackets may be left out.
fn is_outermost(depth: u32) -> bool {
    depth + 1 == MAX_DEPTH
}
