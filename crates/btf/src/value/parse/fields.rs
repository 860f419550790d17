//! Structs and unions.

use alloc::string::ToString;

use super::{MAX_DEPTH, Parser, is_outermost};
use crate::{
    Btf, Composite, Endian, Member, Type, TypeId, nearest,
    value::{Fault, FaultKind, convention::Meaning},
};

impl<'p> Parser<'p> {
    pub(super) fn fields(&mut self, id: TypeId, ty: Composite<'p>, at: usize, depth: u32) -> Result<(), Fault> {
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
    pub(super) fn member(&mut self, member: Member<'_>, at: usize, start: u64, depth: u32) -> Result<(), Fault> {
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
}

/// A member by name, of the struct itself or of its anonymous members, and where in bits the one that has it begins.
pub(super) fn find<'b>(
    btf: &'b Btf,
    ty: Composite<'b>,
    name: &str,
    start: u64,
    depth: u32,
) -> Option<(Member<'b>, u64)> {
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
