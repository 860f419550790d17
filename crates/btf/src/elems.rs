//! The elements of a type: members, values, parameters and variables, read when they are asked for.

use crate::{Btf, Composite, Datasec, Enum, FuncProto, Member, Param, SecVar, TypeId, Value};

/// What follows the head of a type, with the BTF that its names and byte order come from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Elems<'a> {
    pub(crate) btf: &'a Btf,
    pub(crate) bytes: &'a [u8],
}

impl<'a> Elems<'a> {
    /// The words of the element at a position; none beyond the last.
    pub(crate) fn words<const N: usize>(&self, i: u32) -> Option<[u32; N]> {
        let endian = self.btf.endian();
        let mut words = [0; N];
        let bytes = self.bytes.get((i as usize).checked_mul(4 * N)?..)?.get(..4 * N)?;
        for (word, bytes) in words.iter_mut().zip(bytes.as_chunks().0) {
            *word = endian.u32(*bytes);
        }
        Some(words)
    }
}

impl<'a> Composite<'a> {
    /// The member at a position.
    pub fn member(&self, i: u32) -> Option<Member<'a>> {
        let [name, ty, word] = self.elems.words((i < self.len).then_some(i)?)?;
        let (bit_size, bit_offset) = if self.kflag { ((word >> 24) as u8, word & 0xff_ffff) } else { (0, word) };
        Some(Member { name: self.elems.btf.text_at(name), ty: TypeId(ty), bit_offset, bit_size })
    }

    /// The members in order.
    pub fn members(self) -> impl Iterator<Item = Member<'a>> {
        (0..self.len).map_while(move |i| self.member(i))
    }
}

impl<'a> Enum<'a> {
    /// The value at a position.
    pub fn value(&self, i: u32) -> Option<Value<'a>> {
        let i = (i < self.len).then_some(i)?;
        let (name, value) = if self.is_64 {
            let [name, low, high] = self.elems.words(i)?;
            (name, u64::from(low) | u64::from(high) << 32)
        } else {
            let [name, low] = self.elems.words(i)?;
            (name, if self.signed { i64::from(low as i32) as u64 } else { low.into() })
        };
        Some(Value { name: self.elems.btf.text_at(name), value })
    }

    /// The values in order.
    pub fn values(self) -> impl Iterator<Item = Value<'a>> {
        (0..self.len).map_while(move |i| self.value(i))
    }
}

impl<'a> FuncProto<'a> {
    /// The parameters in order.
    pub fn params(self) -> impl Iterator<Item = Param<'a>> {
        (0..self.len).map_while(move |i| {
            let [name, ty] = self.elems.words(i)?;
            Some(Param { name: self.elems.btf.text_at(name), ty: TypeId(ty) })
        })
    }
}

impl<'a> Datasec<'a> {
    /// The variables in order.
    pub fn vars(self) -> impl Iterator<Item = SecVar> + 'a {
        (0..self.len).map_while(move |i| {
            let [ty, offset, size] = self.elems.words(i)?;
            Some(SecVar { ty: TypeId(ty), offset, size })
        })
    }
}
