//! The walk over a value, which is the same for every rendering.

use core::fmt;

use super::{
    Style,
    convention::{Meaning, meaning},
    read::{Scalar, bits, extend, number},
};
use crate::{Array, Btf, Composite, Datasec, Endian, Int, Member, Type, TypeId};

/// The deepest nesting shown.
const MAX_DEPTH: u32 = 32;
/// The most members and elements shown.
const MAX_PARTS: usize = 1 << 16;
/// The bytes of an array that count as much as a member.
const BYTES_PER_PART: usize = 64;

/// What a value is written to.
pub(super) trait Sink {
    /// A value that is not made of others.
    fn scalar(&mut self, scalar: Scalar<'_>) -> fmt::Result;
    /// A value that the bytes end before, or that cannot be shown.
    fn missing(&mut self) -> fmt::Result;
    /// The beginning of a struct, union or section.
    fn open_fields(&mut self) -> fmt::Result;
    /// The name of the value that follows.
    fn field(&mut self, name: &str) -> fmt::Result;
    /// The end of it.
    fn close_fields(&mut self) -> fmt::Result;
    /// The beginning of an array.
    fn open_elements(&mut self) -> fmt::Result;
    /// An element follows.
    fn element(&mut self) -> fmt::Result;
    /// All `count` elements that are left are zero. False if they are to be shown one by one.
    fn zeros(&mut self, count: usize) -> Result<bool, fmt::Error>;
    /// The end of it.
    fn close_elements(&mut self) -> fmt::Result;
}

/// Shows a value.
pub(super) fn show(sink: &mut dyn Sink, btf: &Btf, ty: TypeId, bytes: &[u8], style: &Style<'_>) -> fmt::Result {
    let (ty, name) = match btf.get(ty) {
        Some(Type::Var(var)) => (var.ty, var.name),
        _ => (ty, ""),
    };
    Walk { btf, style, sink, left: MAX_PARTS }.value(ty, bytes, name, MAX_DEPTH)
}

struct Walk<'w> {
    btf: &'w Btf,
    style: &'w Style<'w>,
    sink: &'w mut dyn Sink,
    left: usize,
}

impl<'w> Walk<'w> {
    /// A value at the beginning of `bytes`, which may go on after it.
    fn value(&mut self, id: TypeId, bytes: &[u8], name: &str, depth: u32) -> fmt::Result {
        let Some(depth) = depth.checked_sub(1) else { return self.sink.missing() };
        let Some((ty, meaning)) = meaning(self.btf, id, name, self.style) else { return self.sink.missing() };
        match ty {
            Type::Int(int) => self.scalar(self.int(int, meaning, bytes)),
            Type::Enum(ty) => self.scalar(bytes.get(..ty.size as usize).and_then(|bytes| {
                let raw = number(bytes, self.btf.endian())?;
                Some(Scalar::Enum(ty, if ty.signed { extend(raw, ty.size * 8) as u64 } else { raw as u64 }))
            })),
            Type::Ptr(_) => {
                let pointer = bytes.get(..self.btf.pointer_size().into());
                self.scalar(pointer.and_then(|b| number(b, self.btf.endian())).map(|n| Scalar::Pointer(n as u64)))
            }
            Type::Float { size, .. } => self.scalar(self.float(size, bytes)),
            Type::Array(array) => self.array(array, meaning, bytes, name, depth),
            Type::Struct(ty) if meaning == Meaning::Address && self.is_address(ty.name) => {
                self.scalar(bytes.get(..ty.size as usize).and_then(address))
            }
            Type::Struct(ty) | Type::Union(ty) => {
                self.sink.open_fields()?;
                self.fields(ty, bytes, depth)?;
                self.sink.close_fields()
            }
            Type::Datasec(ty) => self.section(ty, bytes, depth),
            _ => self.sink.missing(),
        }
    }

    /// Whether so much may still be shown.
    fn spend(&mut self, parts: usize) -> bool {
        let left = self.left.checked_sub(parts);
        self.left = left.unwrap_or(0);
        left.is_some()
    }

    fn is_address(&self, name: &str) -> bool {
        matches!(name, "in_addr" | "in6_addr")
    }

    fn scalar(&mut self, scalar: Option<Scalar<'_>>) -> fmt::Result {
        match scalar {
            Some(scalar) => self.sink.scalar(scalar),
            None => self.sink.missing(),
        }
    }

    fn int<'b>(&self, int: Int<'_>, meaning: Meaning, bytes: &'b [u8]) -> Option<Scalar<'b>> {
        let bytes = bytes.get(..int.size as usize)?;
        match (meaning, bytes) {
            (Meaning::Address, &[_, _, _, _]) => return address(bytes),
            (Meaning::Address, &[_, _, _, _, _, _, _, _]) => {
                return number(bytes, self.btf.endian()).map(|n| Scalar::Pointer(n as u64));
            }
            _ => {}
        }
        let endian = if meaning == Meaning::Network { Endian::Big } else { self.btf.endian() };
        let raw = number(bytes, endian)?;
        Some(match (meaning, u64::try_from(raw)) {
            (Meaning::Time, Ok(raw)) if int.size == 8 => Scalar::Time(raw),
            // A negative duration is shown as the number it is.
            (Meaning::Duration(unit), Ok(raw))
                if int.size >= 4 && (!int.is_signed() || raw >> (int.size * 8 - 1) == 0) =>
            {
                Scalar::Duration(raw, raw.saturating_mul(unit))
            }
            _ => plain(int, raw, int.size.saturating_mul(8)),
        })
    }

    fn float<'b>(&self, size: u32, bytes: &'b [u8]) -> Option<Scalar<'b>> {
        let bytes = bytes.get(..size as usize)?;
        let raw = number(bytes, self.btf.endian())?;
        Some(match size {
            4 => Scalar::Float(f32::from_bits(raw as u32).into()),
            8 => Scalar::Float(f64::from_bits(raw as u64)),
            _ => Scalar::Bytes(bytes),
        })
    }

    /// The members of a struct or union; those of anonymous members as if they were its own.
    fn fields(&mut self, parent: Composite<'_>, bytes: &[u8], depth: u32) -> fmt::Result {
        for (i, member) in (1..).zip(parent.members()) {
            if !self.spend(1) {
                return Ok(());
            }
            let is_last = i == parent.len;
            let start = member.bit_offset as usize / 8;
            let rest = bytes.get(start..).unwrap_or_default();
            // Only the last one may go on after its end.
            let size = self.btf.size(member.ty).ok().filter(|_| !is_last).and_then(|size| usize::try_from(size).ok());
            let own = size.and_then(|size| rest.get(..size)).unwrap_or(rest);
            if member.name.is_empty() {
                let inner = self.btf.resolve(member.ty);
                if let (Some(depth), Ok((_, Type::Struct(inner) | Type::Union(inner)))) = (depth.checked_sub(1), inner)
                {
                    self.fields(inner, own, depth)?;
                }
                continue;
            }
            self.sink.field(member.name)?;
            match self.width(&member) {
                Some((offset, width)) => self.scalar(self.bitfield(&member, offset, width, bytes))?,
                None => self.value(member.ty, own, member.name, depth)?,
            }
        }
        Ok(())
    }

    /// The offset and width in bits of a member that is a bitfield, in the new form or the old one.
    fn width(&self, member: &Member<'_>) -> Option<(u32, u32)> {
        if member.bit_size > 0 {
            return Some((member.bit_offset, member.bit_size.into()));
        }
        match self.btf.resolve(member.ty).ok()?.1 {
            Type::Int(int) if u32::from(int.bits) != int.size.saturating_mul(8) || int.offset > 0 => {
                Some((member.bit_offset.checked_add(int.offset.into())?, int.bits.into()))
            }
            _ => None,
        }
    }

    fn bitfield(&self, member: &Member<'_>, offset: u32, width: u32, bytes: &[u8]) -> Option<Scalar<'w>> {
        let raw = bits(bytes, self.btf.endian(), offset, width)?;
        Some(match self.btf.resolve(member.ty).ok()?.1 {
            Type::Enum(ty) => Scalar::Enum(ty, if ty.signed { extend(raw, width) as u64 } else { raw as u64 }),
            Type::Int(int) => plain(int, raw, width),
            _ => Scalar::Unsigned(raw),
        })
    }

    fn section(&mut self, section: Datasec<'_>, bytes: &[u8], depth: u32) -> fmt::Result {
        self.sink.open_fields()?;
        for var in section.vars() {
            if !self.spend(1) {
                break;
            }
            let (ty, name) = match self.btf.get(var.ty) {
                Some(Type::Var(var)) => (var.ty, var.name),
                _ => continue,
            };
            self.sink.field(name)?;
            let rest = bytes.get(var.offset as usize..).unwrap_or_default();
            self.value(ty, rest.get(..var.size as usize).unwrap_or(rest), name, depth)?;
        }
        self.sink.close_fields()
    }

    fn array(&mut self, array: Array, meaning: Meaning, bytes: &[u8], name: &str, depth: u32) -> fmt::Result {
        let size = self.btf.size(array.elem).ok().and_then(|size| usize::try_from(size).ok()).unwrap_or(0);
        // The elements there, and whether all are.
        let there = bytes.len().checked_div(size).unwrap_or(0);
        let len = array.len as usize;
        let (count, is_whole) = if len == 0 { (there, true) } else { (there.min(len), size == 0 || there >= len) };
        let own = &bytes[..count * size];
        // Members may share their bytes.
        if !self.spend(own.len() / BYTES_PER_PART) {
            return self.sink.missing();
        }
        if let Ok((_, Type::Int(int))) = self.btf.resolve(array.elem) {
            let is_char = int.size == 1 && (int.name == "char" || int.is_char());
            if is_char {
                return self.sink.scalar(Scalar::Text(own, !is_whole));
            }
            // Several addresses, as their plural says, are an array of them.
            let is_one = meaning == Meaning::Address && is_whole && int.size <= 4 && !name.ends_with("addrs");
            if let Some(address) = address(own).filter(|_| is_one) {
                return self.sink.scalar(address);
            }
            if int.size == 1 && !int.is_bool() && !int.is_signed() {
                let hardware = <[u8; 6]>::try_from(own).ok().filter(|_| self.style.addresses && is_whole);
                return self.sink.scalar(hardware.map_or(Scalar::Bytes(own), Scalar::Hardware));
            }
        }
        self.sink.open_elements()?;
        self.elements(array.elem, own, size, name, depth)?;
        if !is_whole {
            self.sink.element()?;
            self.sink.missing()?;
        }
        self.sink.close_elements()
    }

    fn elements(&mut self, elem: TypeId, bytes: &[u8], size: usize, name: &str, depth: u32) -> fmt::Result {
        if size == 0 {
            return Ok(());
        }
        let used = bytes.iter().rposition(|&b| b != 0).map_or(0, |last| last / size + 1);
        let zeros = bytes.len() / size - used;
        for (i, element) in bytes.chunks_exact(size).enumerate() {
            if i == used && zeros > 3 && self.sink.zeros(zeros)? {
                break;
            }
            if !self.spend(1) {
                break;
            }
            self.sink.element()?;
            self.value(elem, element, name, depth)?;
        }
        Ok(())
    }
}

/// An integer without a meaning.
fn plain<'b>(int: Int<'_>, raw: u128, width: u32) -> Scalar<'b> {
    match raw {
        0 | 1 if int.is_bool() => Scalar::Bool(raw == 1),
        _ if int.size == 1 && width == 8 && (int.name == "char" || int.is_char()) => Scalar::Char(raw as u8),
        _ if int.is_signed() => Scalar::Signed(extend(raw, width)),
        _ => Scalar::Unsigned(raw),
    }
}

/// 4 or 16 bytes as an IP address.
fn address<'b>(bytes: &[u8]) -> Option<Scalar<'b>> {
    let v4 = || <[u8; 4]>::try_from(bytes).ok().map(Scalar::V4);
    v4().or_else(|| <[u8; 16]>::try_from(bytes).ok().map(Scalar::V6))
}
