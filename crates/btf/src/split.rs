//! Types that go on from others.

use crate::{
    Btf, Error, ErrorKind, TypeId,
    header::{Header, word},
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
        let (data, end, strings) = (self.bytes().as_ref(), self.end_id(), self.end_str());
        let mut words = alloc::vec::Vec::new();
        for (i, at, to) in self.extents() {
            let id = TypeId(self.first_id().0 + i);
            words.clear();
            words.extend((at..to).step_by(4).map(|at| word(data, self.endian(), at).unwrap_or_default()));
            let Some(shape) = Shape::of(kind_of(&words)) else { continue };
            shape.visit(&mut words, |part, word| match part {
                Part::Ref if *word >= end => Err(Error::of(ErrorKind::NoSuchType(TypeId(*word)), id)),
                Part::Name if *word >= strings => Err(Error::of(ErrorKind::StringOffset(*word), id)),
                _ => Ok(()),
            })?;
        }
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
