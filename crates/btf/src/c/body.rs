//! What stands between braces.

use core::fmt;

use super::{
    Header,
    declare::{Declared, MAX_DEPTH},
    layout::Slot,
};
use crate::{
    Kind, TypeId,
    list::{digits, signed},
    view::Raw,
};

/// Gaps above this many bits become an array.
const WIDE: u64 = 1 << 16;

impl<'a, W: fmt::Write> Header<'a, W> {
    fn indent(&mut self, by: u32) -> fmt::Result {
        const TABS: &str = "\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t";
        match TABS.get(..by as usize) {
            Some(tabs) => self.out.write_str(tabs),
            None => (0..by).try_for_each(|_| self.out.write_char('\t')),
        }
    }

    /// Writes a struct or union with its members, up to the closing brace and attributes.
    pub(super) fn composite(&mut self, ty: Raw<'a>, id: TypeId, indent: u32) -> fmt::Result {
        self.braces(ty, id, indent, ty.name != 0)
    }

    fn braces(&mut self, ty: Raw<'a>, id: TypeId, indent: u32, named: bool) -> fmt::Result {
        let is_union = ty.kind == Kind::UNION;
        self.out.write_str(if is_union { "union " } else { "struct " })?;
        if named {
            self.names.write_type(self.out, &self.view, id, ty.name)?;
            self.out.write_char(' ')?;
        }
        if ty.len == 0 && ty.third == 0 {
            return self.out.write_str("{}");
        }
        self.out.write_str("{\n")?;
        let align = self.layout.align(&self.view, id);
        let packed = self.layout.is_packed(&self.view, id);
        let align = if packed { 1 } else { align };
        if indent >= MAX_DEPTH || self.parts == 0 {
            self.opaque(ty.third.into(), 0, indent + 1)?;
        } else if is_union {
            self.union_members(ty, align, indent)?;
        } else {
            self.struct_members(ty, align, packed, indent)?;
        }
        self.indent(indent)?;
        self.out.write_str(if packed { "} __attribute__((packed))" } else { "}" })
    }

    fn struct_members(&mut self, ty: Raw<'a>, align: u64, packed: bool, indent: u32) -> fmt::Result {
        let (mut at, mut in_bitfield) = (0, false);
        for member in ty.members() {
            let slot = Slot::of(&self.view, &member);
            if at < slot.offset {
                let next = if packed { 1 } else { self.layout.align(&self.view, member.ty) };
                self.pad(at, slot.offset, next, in_bitfield && slot.width != 0, indent + 1)?;
            }
            self.member(member.ty, member.name, slot.width, indent + 1)?;
            (at, in_bitfield) = (slot.end(), slot.width != 0);
        }
        let size = 8 * u64::from(ty.third);
        self.pad(at, size, align, false, indent + 1)
    }

    fn union_members(&mut self, ty: Raw<'a>, align: u64, indent: u32) -> fmt::Result {
        let mut largest = 0;
        for member in ty.members() {
            let slot = Slot::of(&self.view, &member);
            self.member(member.ty, member.name, slot.width, indent + 1)?;
            largest = largest.max(if slot.width == 0 { slot.bits } else { slot.width });
        }
        let size = u64::from(ty.third);
        if largest.div_ceil(8).next_multiple_of(align) < size { self.opaque(size, 0, indent + 1) } else { Ok(()) }
    }

    fn member(&mut self, ty: TypeId, name: u32, width: u64, indent: u32) -> fmt::Result {
        self.parts = self.parts.saturating_sub(1);
        self.indent(indent)?;
        // A named type's members can be reached without a name for it only by an extension of C; unless its body is here.
        match self.view.resolve(ty).filter(|(id, of)| name == 0 && of.is_composite() && self.has_name(ty, *id, of)) {
            Some((id, of)) => self.braces(of, id, indent, false)?,
            None => self.declared(ty, Declared::Name(name), indent)?,
        }
        if width != 0 {
            self.out.write_str(": ")?;
            digits(self.out, width)?;
        }
        self.out.write_str(";\n")
    }

    /// Whether a type that resolves to a struct or union has a name in C.
    fn has_name(&self, mut ty: TypeId, id: TypeId, of: &Raw<'_>) -> bool {
        while let Some(raw) = self.view.raw(ty).filter(|_| ty != id) {
            if raw.kind == Kind::TYPEDEF {
                return true;
            }
            ty = raw.target();
        }
        of.name != 0
    }

    /// Bytes of which nothing is known.
    fn opaque(&mut self, size: u64, offset: u64, indent: u32) -> fmt::Result {
        if size == 0 {
            return Ok(());
        }
        self.indent(indent)?;
        writeln!(self.out, "char __unknown_{offset}[{size}];")
    }

    /// Fills a struct up to an offset, in bits, with bitfields without names: the compiler would not leave all of it by
    /// itself before what comes there, which is aligned to so many bytes.
    fn pad(&mut self, mut at: u64, to: u64, align: u64, in_bitfield: bool, indent: u32) -> fmt::Result {
        if at >= to {
            return Ok(());
        }
        if to - at > WIDE && at.is_multiple_of(8) {
            self.opaque((to - at) / 8, at / 8, indent)?;
            at = to - (to - at) % 8;
        }
        let units = [("long", 8 * u64::from(self.view.pointer_size())), ("int", 32), ("short", 16), ("char", 8)];
        // The widest unit that has a boundary in the gap.
        let fit = units.into_iter().find(|&(_, bits)| at.next_multiple_of(bits) <= to);
        let (unit, bits) = fit.unwrap_or(("char", 8));
        let boundary = at.next_multiple_of(bits);
        if at < boundary && boundary <= to {
            // By itself the compiler goes on where the next member is aligned, and puts a field of a whole unit into the
            // gap if it fits there.
            let ends_elsewhere = boundary == to && at.next_multiple_of(8 * align.max(1)) != boundary;
            let fits_before = boundary != to && to - boundary <= boundary - at;
            if in_bitfield {
                self.filler(unit, boundary - at, indent)?;
            } else if ends_elsewhere || fits_before {
                self.filler(unit, 0, indent)?;
            }
            at = boundary;
        }
        while at < to {
            let left = to - at;
            let narrowest = || units.into_iter().rev().find(|&(_, bits)| bits >= left).map_or(unit, |(unit, _)| unit);
            let (unit, width) = if left >= bits { (unit, bits) } else { (narrowest(), left) };
            self.filler(unit, width, indent)?;
            at += width;
        }
        Ok(())
    }

    /// A bitfield without a name.
    fn filler(&mut self, unit: &str, width: u64, indent: u32) -> fmt::Result {
        self.indent(indent)?;
        self.out.write_str(unit)?;
        self.out.write_str(": ")?;
        digits(self.out, width)?;
        self.out.write_str(";\n")
    }

    /// Writes an enum, up to the closing brace and attributes.
    pub(super) fn enumeration(&mut self, ty: Raw<'a>, id: TypeId, indent: u32) -> fmt::Result {
        // Two typedefs of one enum without a name, as a module's and its kernel's: its values can be defined but once.
        if ty.name == 0 && ty.len > 0 && !self.enums.insert(id) {
            return self.out.write_str(match (ty.third, ty.kflag) {
                (1, false) => "unsigned char",
                (1, true) => "signed char",
                (2, false) => "unsigned short",
                (2, true) => "short",
                (8, false) => "unsigned long long",
                (8, true) => "long long",
                (_, false) => "unsigned int",
                (_, true) => "int",
            });
        }
        self.out.write_str("enum")?;
        if ty.name != 0 {
            self.out.write_char(' ')?;
            self.names.write_type(self.out, &self.view, id, ty.name)?;
        }
        if ty.len == 0 {
            return Ok(());
        }
        self.out.write_str(" {\n")?;
        let mut wide = false;
        for i in 0..ty.len {
            let is_64 = ty.kind == Kind::ENUM64;
            let (name, value) = if is_64 {
                let [name, low, high] = ty.words(i).unwrap_or_default();
                (name, u64::from(low) | u64::from(high) << 32)
            } else {
                let [name, low] = ty.words(i).unwrap_or_default();
                (name, if ty.kflag { i64::from(low as i32) as u64 } else { low.into() })
            };
            self.indent(indent + 1)?;
            self.names.write_value(self.out, &self.view, (id, i), name)?;
            self.out.write_str(" = ")?;
            if !ty.kflag {
                wide |= value > u64::from(u32::MAX);
                digits(self.out, value)?;
                self.out.write_str(if is_64 { "ULL" } else { "" })?;
            } else if value == 1 << 63 {
                // The number without its sign has no type that holds it.
                wide = true;
                self.out.write_str("-9223372036854775807LL - 1")?;
            } else {
                wide |= i32::try_from(value as i64).is_err();
                signed(self.out, value as i64)?;
                self.out.write_str(if is_64 { "LL" } else { "" })?;
            }
            self.out.write_str(",\n")?;
        }
        self.indent(indent)?;
        self.out.write_str(match ty.third {
            1 => "} __attribute__((mode(byte)))",
            2 => "} __attribute__((mode(HI)))",
            8 if !wide => "} __attribute__((mode(word)))",
            _ => "}",
        })
    }
}
