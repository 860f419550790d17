//! Types by kind and name, members by path.

use alloc::{boxed::Box, string::ToString};

use super::{Part, Ty, Typed};
use crate::{Btf, Error, ErrorKind, Kind, NoSuchName, Type, TypeId, nearest};

/// A kind of type that can be found by its name.
pub trait Lookup<'a>: Sized {
    /// What it is called in messages.
    const WORD: &'static str;
    /// The kinds of BTF that it stands for.
    const KINDS: &'static [Kind];
    /// What a type of this kind has; none for a type of another one.
    fn of(ty: Type<'a>) -> Option<Self>;
}

impl Btf {
    /// The first type of a kind with a name, the base's before its own: `btf.find::<Struct>("task_struct")`.
    ///
    /// # Errors
    /// `btf-no-such-name`, with the name that was meant, perhaps.
    pub fn find<'a, T: Lookup<'a>>(&'a self, name: &str) -> Result<Typed<'a, T>, Error> {
        let found = self.find_all(name).find_map(|id| {
            let kind = self.kind(id).filter(|kind| T::KINDS.contains(kind));
            let def = kind.and_then(|_| T::of(self.get(id)?))?;
            Some(Typed { ty: Ty { btf: self, id }, def })
        });
        found.ok_or_else(|| self.no_name(T::WORD, T::KINDS, name))
    }

    /// The type with an id, with the way on from it.
    ///
    /// # Errors
    /// `btf-no-such-type`.
    pub fn typed(&self, id: TypeId) -> Result<Ty<'_>, Error> {
        Ty::new(self, id)
    }

    /// The part that a path from the name of a type leads to: `task_struct.se.vruntime`, `struct sock.__sk_common`,
    /// `task_struct.comm[3]`. The type is a struct, a union or a typedef, whichever there is first of these.
    ///
    /// # Errors
    /// `btf-no-such-name`, and as [`Btf::path`].
    pub fn at(&self, path: &str) -> Result<Part<'_>, Error> {
        let all = [Kind::STRUCT, Kind::UNION, Kind::TYPEDEF];
        let (kinds, path) = match path.split_once(' ') {
            Some(("struct", rest)) => (&all[..1], rest.trim_start()),
            Some(("union", rest)) => (&all[1..2], rest.trim_start()),
            _ => (&all[..], path),
        };
        let end = path.find(['.', '[']).unwrap_or(path.len());
        let (name, rest) = path.split_at_checked(end).unwrap_or((path, ""));
        let found = kinds.iter().find_map(|&kind| self.find_kind(name, kind));
        let root = found.ok_or_else(|| self.no_name("type", kinds, name))?;
        Ty { btf: self, id: root }.path(rest.strip_prefix('.').unwrap_or(rest))
    }

    /// There is no such type; which one has nearly this name?
    #[cold]
    fn no_name(&self, word: &'static str, kinds: &[Kind], name: &str) -> Error {
        let bases = core::iter::successors(Some(self), |btf| btf.base().map(|base| &**base));
        let candidates = bases.flat_map(|btf| btf.kinds().filter(|(_, kind)| kinds.contains(kind)));
        let near = nearest(name, candidates.map(|(id, _)| self.name(id))).map(ToString::to_string);
        let missing = NoSuchName { word, name: name.to_string(), nearest: near };
        Error { type_id: None, offset: None, kind: ErrorKind::NoSuchName(Box::new(missing)) }
    }
}
