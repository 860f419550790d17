//! Types of several BTFs put together.

use alloc::vec::Vec;

use crate::{
    Btf, Edit, Error, ErrorKind, StrOff, TypeId,
    select::Names,
    shape::{Part, Shape, kind_of},
};

/// What became of the types that [`Edit::append`] appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The first own id where they came from.
    old: u32,
    /// The id it has now.
    new: u32,
    len: u32,
}

impl Appended {
    /// The new id of an old type. Types of a base that both have keep theirs; void for a type that never was.
    pub fn id(&self, old: TypeId) -> TypeId {
        match old.0.checked_sub(self.old) {
            Some(own) if own < self.len => TypeId(self.new + own),
            Some(_) => TypeId(0),
            None => old,
        }
    }

    /// The new ids, in the order of the old ones.
    pub fn ids(&self) -> impl Iterator<Item = TypeId> + use<> {
        (self.new..self.new + self.len).map(TypeId)
    }
}

impl Edit {
    /// Appends all types of `btf`, whatever its byte order, with the strings they name. Nothing is made one: that is
    /// [`dedup`](crate::dedup)'s. Split BTF can be appended where its base is this one's, too; else its base's types are
    /// taken for this one's.
    ///
    /// Strings that others than types refer to (those in `.BTF.ext`) are added with [`Edit::string`].
    ///
    /// # Errors
    /// `btf-no-such-type` and `btf-string-offset` for what types refer to and is not there; `btf-unknown-kind`. Nothing is
    /// appended then.
    #[doc(alias = "btf__add_btf")]
    pub fn append(&mut self, btf: &Btf) -> Result<Appended, Error> {
        let before = self.next_id();
        let appended = Appended { old: btf.first_id().0, new: before.0, len: btf.len() };
        let result = self.append_all(btf, appended);
        if result.is_err() {
            self.truncate(before);
        }
        result.map(|()| appended)
    }

    fn append_all(&mut self, btf: &Btf, appended: Appended) -> Result<(), Error> {
        let mut names = Names::of(btf);
        let mut words = Vec::new();
        for ((_, from, to), id) in btf.extents().zip(btf.ids()) {
            btf.words_into(from..to, &mut words);
            let kind = kind_of(&words);
            let shape = Shape::of(kind).ok_or(Error::of(ErrorKind::UnknownKind(kind.0), id))?;
            shape.visit(&mut words, |part, word| {
                match part {
                    Part::Name => *word = names.put(self, *word, id)?,
                    Part::Ref => match appended.id(TypeId(*word)) {
                        TypeId(0) if *word != 0 => return Err(Error::of(ErrorKind::NoSuchType(TypeId(*word)), id)),
                        new => *word = new.0,
                    },
                }
                Ok(())
            })?;
            self.push(&words);
        }
        Ok(())
    }

    /// Lets every reference of its own types lead where `id` says, and every name be the string that `name` says.
    ///
    /// # Errors
    /// `btf-unknown-kind` for a type of which nobody knows what it refers to.
    #[doc(alias = "btf_field_iter")]
    pub fn remap(
        &mut self,
        mut id: impl FnMut(TypeId) -> TypeId,
        mut name: impl FnMut(StrOff) -> StrOff,
    ) -> Result<(), Error> {
        for i in 0..self.len() {
            let own = TypeId(self.first_id().0 + i);
            let words = self.words_mut(own)?;
            let kind = kind_of(words);
            let shape = Shape::of(kind).ok_or(Error::of(ErrorKind::UnknownKind(kind.0), own))?;
            shape.visit(words, |part, word| {
                *word = match part {
                    Part::Ref => id(TypeId(*word)).0,
                    Part::Name => name(StrOff(*word)).0,
                };
                Ok::<(), Error>(())
            })?;
        }
        Ok(())
    }
}
