//! What stands between braces.

use core::fmt;

use super::{Header, declare::MAX_DEPTH, layout::Slot, names::spelled};
use crate::{Composite, Enum, Kind, Type, TypeId};

/// Gaps above this many bits become an array.
const WIDE: u64 = 64 * 64;

impl<W: fmt::Write> Header<'_, W> {
    fn indent(&mut self, by: u32) -> fmt::Result {
        (0..by).try_for_each(|_| self.out.write_char('\t'))
    }

    /// Writes a struct or union with its members, up to the closing brace and attributes.
    pub(super) fn composite(&mut self, ty: Composite<'_>, id: TypeId, indent: u32) -> fmt::Result {
        if ty.name.is_empty() {
            return self.body(ty, id, indent);
        }
        let name = self.names.of_type(id);
        self.braces(ty, id, &name, indent)
    }

    /// The same without its name.
    fn body(&mut self, ty: Composite<'_>, id: TypeId, indent: u32) -> fmt::Result {
        self.braces(ty, id, "", indent)
    }

    fn braces(&mut self, ty: Composite<'_>, id: TypeId, name: &str, indent: u32) -> fmt::Result {
        let is_union = self.btf.kind(id) == Some(Kind::UNION);
        self.out.write_str(if is_union { "union " } else { "struct " })?;
        self.out.write_str(name)?;
        self.out.write_str(if name.is_empty() { "{\n" } else { " {\n" })?;
        let packed = self.layout.is_packed(id);
        let align = self.layout.align(id);
        if indent >= MAX_DEPTH || self.parts == 0 {
            self.opaque(ty.size.into(), 0, indent + 1)?;
        } else if is_union {
            self.union_members(ty, align, indent)?;
        } else {
            self.struct_members(ty, align, packed, indent)?;
        }
        self.indent(indent)?;
        self.out.write_str(if packed { "} __attribute__((packed))" } else { "}" })
    }

    fn struct_members(&mut self, ty: Composite<'_>, align: u64, packed: bool, indent: u32) -> fmt::Result {
        let mut at = 0;
        for member in ty.members() {
            let slot = self.layout.slot(&member);
            let of = if packed { 8 } else { 8 * self.layout.align(member.ty) };
            if natural(at, slot, of, packed) < slot.offset {
                self.pad(at, slot.offset, align, packed, indent + 1)?;
            }
            self.member(member.ty, member.name, slot.width, indent + 1)?;
            at = slot.offset + if slot.width == 0 { slot.bits } else { slot.width };
        }
        let size = 8 * u64::from(ty.size);
        if ty.len == 0 {
            return self.opaque(ty.size.into(), 0, indent + 1);
        }
        if at.next_multiple_of(8 * align) < size { self.pad(at, size, align, packed, indent + 1) } else { Ok(()) }
    }

    fn union_members(&mut self, ty: Composite<'_>, align: u64, indent: u32) -> fmt::Result {
        let mut largest = 0;
        for member in ty.members() {
            let slot = self.layout.slot(&member);
            self.member(member.ty, member.name, slot.width, indent + 1)?;
            largest = largest.max(if slot.width == 0 { slot.bits } else { slot.width });
        }
        let size = u64::from(ty.size);
        if largest.div_ceil(8).next_multiple_of(align) < size { self.opaque(size, 0, indent + 1) } else { Ok(()) }
    }

    fn member(&mut self, ty: TypeId, name: &str, width: u64, indent: u32) -> fmt::Result {
        self.parts = self.parts.saturating_sub(1);
        self.indent(indent)?;
        match self.btf.resolve(ty) {
            // A named type's members can be reached without a name for it only by an extension of C; unless its body
            // is here.
            Ok((id, Type::Struct(of) | Type::Union(of))) if name.is_empty() => self.body(of, id, indent)?,
            _ => self.declared(ty, spelled(name).into_owned(), indent)?,
        }
        if width != 0 { writeln!(self.out, ": {width};") } else { self.out.write_str(";\n") }
    }

    /// Bytes of which nothing is known.
    fn opaque(&mut self, size: u64, offset: u64, indent: u32) -> fmt::Result {
        if size == 0 {
            return Ok(());
        }
        self.indent(indent)?;
        writeln!(self.out, "char __unknown_{offset}[{size}];")
    }

    /// Fills a struct up to an offset, in bits, with bitfields without names.
    fn pad(&mut self, mut at: u64, to: u64, align: u64, packed: bool, indent: u32) -> fmt::Result {
        let widest = if packed { 64 } else { (8 * align).min(64) };
        while at < to {
            if to - at > WIDE && at.is_multiple_of(8) {
                let bytes = (to - at) / 8;
                self.opaque(bytes, at / 8, indent)?;
                at += 8 * bytes;
                continue;
            }
            // In one unit of the widest type that does not reach too far; packed ones need no unit.
            let bits = if packed { (to - at).min(widest) } else { (to - at).min(widest - at % widest) };
            let word = match widest {
                64 => "long long",
                32 => "int",
                16 => "short",
                _ => "char",
            };
            self.indent(indent)?;
            writeln!(self.out, "{word}: {bits};")?;
            at += bits;
        }
        Ok(())
    }

    /// Writes an enum, up to the closing brace and attributes.
    pub(super) fn enumeration(&mut self, ty: Enum<'_>, id: TypeId, indent: u32) -> fmt::Result {
        self.out.write_str("enum")?;
        if !ty.name.is_empty() {
            let name = self.names.of_type(id);
            write!(self.out, " {name}")?;
        }
        if ty.len == 0 {
            return Ok(());
        }
        self.out.write_str(" {\n")?;
        let mut wide = false;
        for (i, value) in (0..).zip(ty.values()) {
            let name =
                self.btf.get(id).map(|_| self.names.of_value(id, i, value.name).into_owned()).unwrap_or_default();
            self.indent(indent + 1)?;
            let (signed, suffix) = (value.value as i64, if ty.is_64 { "LL" } else { "" });
            if !ty.signed {
                wide |= value.value > u64::from(u32::MAX);
                writeln!(self.out, "{name} = {}{}{suffix},", value.value, if ty.is_64 { "U" } else { "" })?;
            } else if signed == i64::MIN {
                // The number without its sign has no type that holds it.
                wide = true;
                writeln!(self.out, "{name} = -9223372036854775807LL - 1,")?;
            } else {
                wide |= i32::try_from(signed).is_err();
                writeln!(self.out, "{name} = {signed}{suffix},")?;
            }
        }
        self.indent(indent)?;
        self.out.write_str(match ty.size {
            1 => "} __attribute__((mode(byte)))",
            2 => "} __attribute__((mode(HI)))",
            8 if !wide => "} __attribute__((mode(word)))",
            _ => "}",
        })
    }
}

/// Where C puts a member if nothing is done, in bits.
fn natural(at: u64, slot: Slot, align: u64, packed: bool) -> u64 {
    match slot.width {
        0 => at.next_multiple_of(align.max(8)),
        _ if packed || slot.bits == 0 => at,
        width if at % slot.bits + width > slot.bits => at.next_multiple_of(slot.bits),
        _ => at,
    }
}
