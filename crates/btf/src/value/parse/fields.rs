//! Structs and unions.

use super::{Parser, is_outermost};
use crate::{
    Endian, Place, Type, TypeId,
    value::{Fault, FaultKind, convention::Meaning},
};

impl Parser<'_> {
    pub(super) fn fields(&mut self, id: TypeId, at: usize, depth: u32) -> Result<(), Fault> {
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
            let member = self.btf.member(id, name).map_err(|error| self.fault(id, error.into()))?;
            if !self.scan.eat('=') && !self.scan.eat(':') {
                return Err(self.fault(id, FaultKind::Expected("`=` after the name of a member")));
            }
            let len = self.path.len();
            self.path.push_str(if len == 0 { "" } else { "." });
            self.path.push_str(name);
            self.part(member, name, at, depth)?;
            self.path.truncate(len);
        }
    }

    /// A part of what begins at `at`.
    pub(super) fn part(&mut self, part: Place, name: &str, at: usize, depth: u32) -> Result<(), Fault> {
        let Place { ty, bit_offset, bit_size } = part;
        let width = u32::from(bit_size);
        if width == 0 {
            let at = at.saturating_add(usize::try_from(bit_offset / 8).unwrap_or(usize::MAX));
            return self.value(ty, at, name, depth);
        }
        let bits = match self.btf.resolve(ty) {
            Ok((_, Type::Int(int))) => self.int(ty, int, Meaning::Plain, width)?,
            Ok((_, Type::Enum(values))) => self.enumerator(ty, values, width)?,
            _ => return Err(self.fault(ty, FaultKind::Unsupported)),
        };
        for bit in 0..width {
            let place = bit_offset.saturating_add(bit.into());
            // Bit 0 is the first in memory: the lowest of a little-endian number, the highest of a big-endian one.
            let (value, mask) = match self.btf.endian() {
                Endian::Little => (bits >> bit & 1, 1u8 << (place % 8)),
                Endian::Big => (bits >> (width - 1 - bit) & 1, 0x80 >> (place % 8)),
            };
            let index = at.saturating_add(usize::try_from(place / 8).unwrap_or(usize::MAX));
            match self.out.get_mut(index) {
                Some(byte) => *byte = if value == 1 { *byte | mask } else { *byte & !mask },
                None => return Err(self.fault(ty, FaultKind::Unsupported)),
            }
        }
        Ok(())
    }
}
