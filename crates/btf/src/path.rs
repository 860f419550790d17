//! From a type to a part of it by names: `se.vruntime`, `comm[3]`.

use alloc::{
    boxed::Box,
    string::{String, ToString},
};

use crate::{Btf, Composite, Error, ErrorKind, Member, NoSuchMember, Type, TypeId, nearest};

/// The deepest nesting of anonymous structs and unions in which a member is looked for.
const MAX_DEPTH: u32 = 16;
/// The most members that are looked at for one name.
const MAX_MEMBERS: u32 = 1 << 16;

/// A part of a type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// The type of the part.
    pub ty: TypeId,
    /// Its offset in bits from the beginning of the whole.
    pub bit_offset: u64,
    /// The width in bits of a bitfield; 0 for every other part.
    pub bit_size: u8,
}

impl Btf {
    /// The part of a type that a path leads to: names of members separated by dots, positions in arrays in brackets.
    /// Anonymous structs and unions are passed through. The empty path leads to the type itself.
    ///
    /// # Errors
    /// `btf-no-such-member` with the part of the path that leads nowhere; `btf-no-such-type`, `btf-too-deep`,
    /// `btf-no-size`.
    pub fn path(&self, root: TypeId, path: &str) -> Result<Place, Error> {
        self.path_and_name(root, path).map(|(place, _)| place)
    }

    /// The same with the name of the member; empty for an element.
    pub(crate) fn path_and_name(&self, root: TypeId, path: &str) -> Result<(Place, &str), Error> {
        let (mut place, mut last) = (Place { ty: root, bit_offset: 0, bit_size: 0 }, "");
        for step in path.split('.').filter(|_| !path.is_empty()) {
            let (name, positions) = step.split_once('[').map_or((step, None), |(name, rest)| (name, Some(rest)));
            if !name.is_empty() || positions.is_none() {
                let (next, member) = self.member_and_name(place.ty, name)?;
                last = member;
                let bit_offset = place.bit_offset.saturating_add(next.bit_offset);
                place = Place { bit_offset, ..next };
            }
            for position in positions.into_iter().flat_map(|positions| positions.split('[')) {
                place = self.element(place, position)?;
                last = "";
            }
        }
        Ok((place, last))
    }

    /// The member of a struct or union with a name, through anonymous structs and unions.
    ///
    /// # Errors
    /// As [`Btf::path`].
    pub fn member(&self, of: TypeId, name: &str) -> Result<Place, Error> {
        self.member_and_name(of, name).map(|(place, _)| place)
    }

    fn member_and_name(&self, of: TypeId, name: &str) -> Result<(Place, &str), Error> {
        let mut search = Search { btf: self, name, left: MAX_MEMBERS };
        let found = match self.resolve(of)?.1 {
            Type::Struct(composite) | Type::Union(composite) => search.within(composite, 0, MAX_DEPTH),
            _ => None,
        };
        found.ok_or_else(|| self.no_member(of, name))
    }

    /// The element of an array, from a position and the closing bracket.
    fn element(&self, array: Place, position: &str) -> Result<Place, Error> {
        let index = position.strip_suffix(']').and_then(|digits| digits.parse::<u32>().ok());
        match (self.resolve(array.ty)?.1, index) {
            // Of an array without a length every element is taken to be there.
            (Type::Array(ty), Some(index)) if index < ty.len || ty.len == 0 => {
                let bits = self.size(ty.elem)?.saturating_mul(8).saturating_mul(index.into());
                Ok(Place { ty: ty.elem, bit_offset: array.bit_offset.saturating_add(bits), bit_size: 0 })
            }
            _ => {
                let mut member = String::from("[");
                member.push_str(position);
                Err(self.no_member(array.ty, &member))
            }
        }
    }

    fn no_member(&self, of: TypeId, name: &str) -> Error {
        let nearest = match self.resolve(of) {
            Ok((_, Type::Struct(ty) | Type::Union(ty))) => nearest(name, ty.members().map(|member| member.name)),
            _ => None,
        };
        let (member, nearest) = (name.to_string(), nearest.map(ToString::to_string));
        let missing = NoSuchMember { member, of: self.spelled(of), nearest };
        Error::of(ErrorKind::NoSuchMember(Box::new(missing)), of)
    }
}

struct Search<'a, 'n> {
    btf: &'a Btf,
    name: &'n str,
    left: u32,
}

impl<'a> Search<'a, '_> {
    fn within(&mut self, composite: Composite<'a>, before: u64, depth: u32) -> Option<(Place, &'a str)> {
        let depth = depth.checked_sub(1)?;
        for member in composite.members() {
            self.left = self.left.checked_sub(1)?;
            let Member { name, ty, bit_offset, bit_size } = member;
            let bit_offset = before.saturating_add(bit_offset.into());
            if name == self.name && !name.is_empty() {
                return Some((Place { ty, bit_offset, bit_size }, name));
            }
            if !name.is_empty() {
                continue;
            }
            if let Ok((_, Type::Struct(inner) | Type::Union(inner))) = self.btf.resolve(ty)
                && let Some(found) = self.within(inner, bit_offset, depth)
            {
                return Some(found);
            }
        }
        None
    }
}
