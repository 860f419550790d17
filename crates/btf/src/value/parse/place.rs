//! A part of a value, by the way to it.

use alloc::string::ToString;

use super::{Fault, FaultKind, MAX_DEPTH, Parser, fields::find};
use crate::{Btf, Member, Type, TypeId, nearest, value::scan::Scan};

/// Writes text as the part of a value that `path` leads to: a member `limits.cpu`, an element `ports[2]`, or the whole if
/// it is empty. The rest of the bytes stays; they are untouched after an error.
///
/// # Errors
/// As [`parse`](super::parse); and when the path leads nowhere, or beyond the bytes.
pub fn set(btf: &Btf, ty: TypeId, bytes: &mut [u8], path: &str, text: &str) -> Result<(), Fault> {
    let place = Place::of(btf, ty, path)?;
    let mut parser = Parser::new(btf, path.to_string(), text);
    if let Some(member) = place.bitfield {
        parser.out = bytes.to_vec();
        parser.member(member, 0, place.bits - u64::from(member.bit_offset), MAX_DEPTH)?;
        parser.end(place.ty)?;
        bytes.copy_from_slice(&parser.out);
        return Ok(());
    }
    let value = parser.whole(place.ty, place.name)?;
    let start = usize::try_from(place.bits / 8).unwrap_or(usize::MAX);
    match start.checked_add(value.len()).and_then(|end| bytes.get_mut(start..end)) {
        Some(part) => part.copy_from_slice(&value),
        None => return Err(fault(btf, place.ty, path, FaultKind::Unsupported)),
    }
    Ok(())
}

/// Where a path leads.
#[derive(Clone, Copy)]
struct Place<'b> {
    ty: TypeId,
    /// The name that conventions go by.
    name: &'b str,
    /// The distance in bits from the beginning of the value.
    bits: u64,
    bitfield: Option<Member<'b>>,
}

impl<'b> Place<'b> {
    fn of(btf: &'b Btf, ty: TypeId, path: &str) -> Result<Self, Fault> {
        let mut place = match btf.get(ty) {
            Some(Type::Var(var)) => Self { ty: var.ty, name: var.name, bits: 0, bitfield: None },
            _ => Self { ty, name: "", bits: 0, bitfield: None },
        };
        let mut scan = Scan::new(path);
        while !scan.is_end() {
            place = if scan.eat('[') {
                let word = scan.word();
                let index = word.parse::<u32>().ok().filter(|_| scan.eat(']'));
                place.element(btf, index.ok_or_else(|| fault(btf, place.ty, path, FaultKind::Expected("`[number]`")))?)
            } else {
                place.member(btf, scan.name())
            }
            .map_err(|(ty, kind)| fault(btf, ty, path, kind))?;
        }
        Ok(place)
    }

    fn element(self, btf: &'b Btf, index: u32) -> Result<Self, (TypeId, FaultKind)> {
        let array = match btf.resolve(self.ty) {
            Ok((_, Type::Array(array))) => array,
            _ => return Err((self.ty, FaultKind::Expected("an array before `[`"))),
        };
        if index >= array.len {
            return Err((self.ty, FaultKind::TooMany { count: u64::from(index) + 1, max: array.len.into() }));
        }
        let size = btf.size(array.elem).map_err(|error| (self.ty, FaultKind::Type(error)))?;
        let bits = self.bits.saturating_add(size.saturating_mul(8).saturating_mul(index.into()));
        Ok(Self { ty: array.elem, bits, ..self })
    }

    fn member(self, btf: &'b Btf, name: &str) -> Result<Self, (TypeId, FaultKind)> {
        let (Ok((_, Type::Struct(parent))) | Ok((_, Type::Union(parent)))) = btf.resolve(self.ty) else {
            return Err((self.ty, FaultKind::Expected("a struct before the name of a member")));
        };
        let (member, start) = find(btf, parent, name, 0, MAX_DEPTH).ok_or_else(|| {
            let nearest = nearest(name, parent.members().map(|member| member.name)).map(ToString::to_string);
            (self.ty, FaultKind::Member { name: name.to_string(), nearest })
        })?;
        let bits = self.bits.saturating_add(start).saturating_add(member.bit_offset.into());
        let bitfield = (member.bit_size > 0).then_some(member);
        Ok(Self { ty: member.ty, name: member.name, bits, bitfield })
    }
}

fn fault(btf: &Btf, ty: TypeId, path: &str, kind: FaultKind) -> Fault {
    Fault { path: path.to_string(), ty: btf.spelled(ty), kind }
}
