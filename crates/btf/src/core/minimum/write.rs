//! What is kept, written as BTF of its own.

use alloc::{vec, vec::Vec};

use hashbrown::HashMap;

use super::{Kept, Minimum};
use crate::{
    Edit, Error, ErrorKind, Kind, TypeId,
    select::Names,
    shape::{Part, Shape, kind_of},
};

/// The words of a type's head.
const HEAD: usize = 3;

impl Minimum<'_> {
    /// The BTF with what is kept: structs with the members that are looked at, at their offsets, enums with the values.
    ///
    /// # Errors
    /// When a type of the kernel is broken.
    pub fn finish(mut self) -> Result<Vec<u8>, Error> {
        self.settle();
        let Some(&kernel) = self.spaces.first() else { return Ok(Vec::new()) };
        let mut places: Vec<(usize, TypeId)> = self.kept.keys().copied().collect();
        places.sort_unstable();
        let ids: HashMap<(usize, TypeId), TypeId> = places.iter().copied().zip((1..).map(TypeId)).collect();
        let mut edit = Edit::new(kernel.endian());
        let mut names: Vec<Names<'_>> = self.spaces.iter().map(|btf| Names::of(btf)).collect();
        let mut words = Vec::new();
        for (space, id) in places {
            let (Some(btf), Some(kept)) = (self.spaces.get(space), self.kept.get(&(space, id))) else { continue };
            btf.words_of(id, &mut words)?;
            let mut some = parts(&words, kept);
            let kind = kind_of(&some);
            let shape = Shape::of(kind).ok_or(Error::of(ErrorKind::UnknownKind(kind.0), id))?;
            shape.visit(&mut some, |part, word| {
                *word = match part {
                    Part::Ref => ids.get(&self.place(space, TypeId(*word))).map_or(0, |id| id.0),
                    // A module's type may be named by a string of the kernel's.
                    Part::Name => {
                        let level = if *word < btf.first_str { 0 } else { space };
                        let names = names.get_mut(level).ok_or(Error::of(ErrorKind::StringOffset(*word), id))?;
                        names.put(&mut edit, *word, id)?
                    }
                };
                Ok::<(), Error>(())
            })?;
            edit.push(&some);
        }
        Ok(edit.finish())
    }
}

/// The words of a type with the members or values that are kept.
fn parts(words: &[u32], kept: &Kept) -> Vec<u32> {
    let kind = kind_of(words);
    let size = match kind {
        Kind::STRUCT | Kind::UNION | Kind::ENUM64 => 3,
        Kind::ENUM => 2,
        _ => return words.to_vec(),
    };
    let Some((&[name, info, third], rest)) = words.split_first_chunk::<HEAD>() else { return Vec::new() };
    let some = kept.parts.iter().filter_map(|&i| rest.get(size * i as usize..size * (i as usize + 1)));
    let mut out = vec![name, info & !0xff_ffff | some.clone().count() as u32, third];
    some.for_each(|part| out.extend_from_slice(part));
    out
}
