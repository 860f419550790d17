//! Some of the types, in any order.

use alloc::{vec, vec::Vec};

use crate::{
    Btf, Edit, Error, ErrorKind, Rewritten, StrOff, TypeId,
    shape::{Part, Shape, kind_of},
};

/// The types in `order`, each once, with new ids in this order, and no strings that nobody uses. With all types it is a
/// permutation, with those that are [`reachable`](crate::reachable) from some it is a selection. Strings in `keep` stay for
/// others than types.
///
/// # Errors
/// `btf-no-such-type` for a type that is not one of its own, that stands in `order` twice, or that is needed by another
/// one and left out; `btf-unknown-kind`, since nobody knows what such a type refers to; `btf-string-offset`.
#[doc(alias = "btf__permute")]
pub fn select(btf: &Btf, order: &[TypeId], keep: &[StrOff]) -> Result<Rewritten, Error> {
    let first_id = btf.first_id().0;
    let mut map = vec![TypeId(0); btf.len() as usize];
    for (id, next) in order.iter().zip(first_id..) {
        let place = id.0.checked_sub(first_id).and_then(|own| map.get_mut(own as usize));
        match place {
            Some(place) if place.0 == 0 => *place = TypeId(next),
            _ => return Err(Error::of(ErrorKind::NoSuchType(*id), *id)),
        }
    }
    let btf = &btf.with_all_starts();
    let edit = Edit::of_words(btf, Vec::new(), Vec::new(), if btf.base().is_some() { vec![] } else { vec![0] });
    let mut out = Rewritten { edit, first_id, map, strings: Vec::new() };
    let mut names = Names::of(btf);
    let mut words = Vec::new();
    for &id in order {
        btf.words_of(id, &mut words)?;
        let kind = kind_of(&words);
        let shape = Shape::of(kind).ok_or(Error::of(ErrorKind::UnknownKind(kind.0), id))?;
        shape.visit(&mut words, |part, word| {
            match part {
                Part::Name => *word = names.put(&mut out.edit, *word, id)?,
                Part::Ref => match out.id(TypeId(*word)) {
                    TypeId(0) if *word != 0 => return Err(Error::of(ErrorKind::NoSuchType(TypeId(*word)), id)),
                    new => *word = new.0,
                },
            }
            Ok(())
        })?;
        out.edit.push(&words);
    }
    for &old in keep {
        out.strings.push((old, StrOff(names.put(&mut out.edit, old.0, TypeId(0))?)));
    }
    out.strings.sort_unstable();
    Ok(out)
}

/// Strings on their way from one BTF into another.
pub(crate) struct Names<'a> {
    text: &'a [u8],
    /// Where each string ends.
    ends: Vec<u32>,
    /// By string, one more than the new offset.
    known: Vec<u32>,
    /// Below this, offsets are those of a base that both have.
    shared: u32,
}

impl<'a> Names<'a> {
    /// From `btf` into one over the same base.
    pub(crate) fn of(btf: &'a Btf) -> Self {
        let text = btf.text();
        let ends: Vec<u32> = text.iter().zip(0u32..).filter(|(byte, _)| **byte == 0).map(|(_, at)| at).collect();
        Self { text, known: vec![0; ends.len()], ends, shared: btf.first_str }
    }

    /// The new offset of a string. One that ends another string does so again: thousands of names could share their ends.
    pub(crate) fn put(&mut self, edit: &mut Edit, off: u32, id: TypeId) -> Result<u32, Error> {
        if off == 0 || off < self.shared {
            return Ok(off);
        }
        let own = off - self.shared;
        let missing = || Error::of(ErrorKind::StringOffset(off), id);
        let i = self.ends.partition_point(|&end| end < own);
        let end = *self.ends.get(i).ok_or_else(missing)?;
        let start = i.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |&end| end + 1);
        let known = self.known.get_mut(i).ok_or_else(missing)?;
        if *known == 0 {
            let text = self.text.get(start as usize..end as usize).ok_or_else(missing)?;
            *known = edit.string_bytes(text).0.wrapping_add(1);
        }
        Ok(match *known - 1 {
            // The end of a string is the empty string.
            _ if own == end => 0,
            new => new + (own - start),
        })
    }
}

/// The ids of the own types as kernels since 7.0 order theirs: those without a name first, as they were, then the others
/// by name, so that a name is found by bisection. To be given to [`select`].
pub fn by_name(btf: &Btf) -> Vec<TypeId> {
    let btf = &btf.with_all_starts();
    let mut order: Vec<TypeId> = btf.ids().collect();
    let name = |id: &TypeId| btf.string_bytes(btf.name_off(*id)).unwrap_or_default();
    order.sort_by(|a, b| name(a).cmp(name(b)));
    order
}
