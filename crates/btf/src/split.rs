//! Types that go on from others.

use alloc::vec::Vec;

use crate::{
    Btf, Error, ErrorKind, TypeId,
    header::Header,
    shape::{Part, Shape, kind_of},
};

/// Whether the bytes are split BTF, which means nothing without its base: the strings do not begin with the empty one,
/// or there are none. False for what is no BTF.
pub fn needs_base(data: &[u8]) -> bool {
    let Ok(header) = Header::read(data) else { return false };
    let first = data.get(header.strings.0 as usize).filter(|_| header.strings.1 != 0);
    first != Some(&0)
}

impl Btf {
    /// Checks that every type that others refer to exists, and every name. This is what tells a base from one that only
    /// looks like it. Types of unknown kinds are not looked into.
    ///
    /// # Errors
    /// `btf-no-such-type` and `btf-string-offset` with the type that refers to what there is not.
    pub fn check_references(&self) -> Result<(), Error> {
        let (end, strings) = (self.end_id(), self.end_str());
        let mut words = Vec::new();
        for (i, at, to) in self.extents() {
            let id = TypeId(self.first_id().0 + i);
            self.words_into(at..to, &mut words);
            let Some(shape) = Shape::of(kind_of(&words)) else { continue };
            shape.visit(&mut words, |part, word| match part {
                Part::Ref if *word >= end => Err(Error::of(ErrorKind::NoSuchType(TypeId(*word)), id)),
                Part::Name if *word >= strings => Err(Error::of(ErrorKind::StringOffset(*word), id)),
                _ => Ok(()),
            })?;
        }
        Ok(())
    }

    /// The number of bytes of all types that can be seen from here: the own ones and those of the bases. What is printed is
    /// in proportion to it.
    pub(crate) fn whole_len(&self) -> usize {
        let levels = core::iter::successors(Some(self), |btf| btf.base().map(|base| &**base));
        levels.map(|btf| btf.bytes().as_ref().len()).sum()
    }

    /// The words of a type by where it is.
    pub(crate) fn words_into(&self, range: core::ops::Range<usize>, words: &mut Vec<u32>) {
        words.clear();
        let bytes = self.bytes().as_ref().get(range).unwrap_or_default();
        words.extend(bytes.as_chunks().0.iter().map(|&bytes| self.endian().u32(bytes)));
    }

    /// The words of an own type.
    pub(crate) fn words_of(&self, id: TypeId, words: &mut Vec<u32>) -> Result<(), Error> {
        let missing = || Error::of(ErrorKind::NoSuchType(id), id);
        let i = id.0.checked_sub(self.first_id().0).filter(|&i| i < self.len()).ok_or_else(missing)?;
        let data = self.bytes().as_ref();
        let at = self.starts.at(i, data).ok_or_else(missing)?;
        let types_end = (self.header.types.0 + self.header.types.1) as usize;
        let end = self.starts.at(i + 1, data).filter(|_| i + 1 < self.len()).unwrap_or(types_end);
        self.words_into(at..end, words);
        Ok(())
    }

    /// The own types by position: where each begins and ends in the bytes.
    pub(crate) fn extents(&self) -> impl Iterator<Item = (u32, usize, usize)> {
        let types_end = (self.header.types.0 + self.header.types.1) as usize;
        let mut starts = self.starts.iter(0, self.bytes().as_ref()).peekable();
        core::iter::from_fn(move || {
            let (i, at) = starts.next()?;
            Some((i, at, starts.peek().map_or(types_end, |&(_, next)| next)))
        })
    }
}
