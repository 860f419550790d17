//! What types need.

use alloc::{vec, vec::Vec};

use crate::{
    Btf, Error, ErrorKind, Kind, TypeId,
    shape::{Part, Shape, kind_of},
};

/// The own types that can be reached from some, these among them, in the order of their ids; with them the tags on any of
/// these. To be given to [`select`](crate::select).
///
/// # Errors
/// `btf-no-such-type` for a root or a reference that does not exist; `btf-unknown-kind`.
pub fn reachable(btf: &Btf, roots: impl IntoIterator<Item = TypeId>) -> Result<Vec<TypeId>, Error> {
    let btf = &btf.with_all_starts();
    let first = btf.first_id().0;
    let mut reached = Reached { first, seen: vec![false; btf.len() as usize], work: Vec::new() };
    for root in roots {
        reached.add(root, root)?;
    }
    let mut tags: Vec<(TypeId, TypeId)> = Vec::new();
    let mut words = Vec::new();
    for id in btf.kinds().filter(|&(_, kind)| kind == Kind::DECL_TAG).map(|(id, _)| id) {
        btf.words_of(id, &mut words)?;
        tags.extend(words.get(2).map(|&target| (TypeId(target), id)));
    }
    tags.sort_unstable();
    while let Some(id) = reached.work.pop() {
        btf.words_of(id, &mut words)?;
        let kind = kind_of(&words);
        let shape = Shape::of(kind).ok_or(Error::of(ErrorKind::UnknownKind(kind.0), id))?;
        shape.visit(&mut words, |part, word| match part {
            Part::Ref => reached.add(TypeId(*word), id),
            Part::Name => Ok(()),
        })?;
        let from = tags.partition_point(|&(target, _)| target < id);
        for &(_, tag) in tags.iter().skip(from).take_while(|&&(target, _)| target == id) {
            reached.add(tag, tag)?;
        }
    }
    Ok(btf.ids().zip(&reached.seen).filter(|&(_, &seen)| seen).map(|(id, _)| id).collect())
}

struct Reached {
    first: u32,
    seen: Vec<bool>,
    work: Vec<TypeId>,
}

impl Reached {
    fn add(&mut self, id: TypeId, by: TypeId) -> Result<(), Error> {
        let Some(own) = id.0.checked_sub(self.first) else {
            // What the base has is there.
            return Ok(());
        };
        let seen = self.seen.get_mut(own as usize).ok_or(Error::of(ErrorKind::NoSuchType(id), by))?;
        if !core::mem::replace(seen, true) {
            self.work.push(id);
        }
        Ok(())
    }
}
