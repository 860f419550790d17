//! Types where they stand: node `i` is type `i`, those of the bases come first.

use alloc::vec::Vec;

use super::strings::Strings;
use crate::{
    Btf, Endian, Error, ErrorKind, Kind, TypeId,
    header::{HEAD, word},
    shape::{Role, Shape},
};

/// All types from void on.
pub(crate) struct Nodes<'a> {
    levels: Vec<&'a Btf>,
    shapes: [Option<Shape>; 128],
    /// The first node that is not the base's.
    pub(crate) own: u32,
    /// One more than the last.
    pub(crate) end: u32,
}

/// A type.
#[derive(Clone, Copy)]
pub(crate) struct Node<'a> {
    words: &'a [[u8; 4]],
    endian: Endian,
    shape: Shape,
}

impl<'a> Node<'a> {
    /// Calls `f` with each word and what it is.
    #[inline(always)]
    pub(crate) fn each(&self, mut f: impl FnMut(Role, u32)) {
        self.shape.roles(self.words, |part, word| f(part, self.endian.u32(*word)));
    }

    /// Whether `equal` holds for each word and that of another type at the same place. False if these are not the same.
    pub(crate) fn all(&self, other: &Node<'_>, mut equal: impl FnMut(Role, u32, u32) -> bool) -> bool {
        let mut others = other.words.iter().map(|word| other.endian.u32(*word));
        let mut all = self.words.len() == other.words.len() && self.word(1) == other.word(1);
        if all {
            self.each(|part, word| all &= others.next().is_some_and(|other| equal(part, word, other)));
        }
        all
    }

    fn word(&self, at: usize) -> u32 {
        self.words.get(at).map_or(0, |word| self.endian.u32(*word))
    }

    pub(crate) fn kind(&self) -> Kind {
        Kind((self.word(1) >> 24) as u8 & 0x7f)
    }

    /// The number of elements and the flag.
    pub(crate) fn info(&self) -> (u32, bool) {
        (self.word(1) & 0xff_ffff, self.word(1) >> 31 != 0)
    }

    /// The offset of the name.
    pub(crate) fn name(&self) -> u32 {
        self.word(0)
    }

    /// How many words it has.
    pub(crate) fn len(&self) -> usize {
        self.words.len()
    }

    /// Variables and sections are places, and each is another one.
    pub(crate) fn is_place(&self) -> bool {
        matches!(self.kind(), Kind::VAR | Kind::DATASEC)
    }
}

impl<'a> Nodes<'a> {
    pub(crate) fn of(btf: &'a Btf) -> Self {
        let mut levels: Vec<&Btf> = core::iter::successors(Some(btf), |btf| btf.base().map(|base| &**base)).collect();
        levels.reverse();
        let shapes = core::array::from_fn(|kind| Shape::of(Kind(kind as u8)));
        Self { levels, shapes, own: btf.first_id().0, end: btf.end_id() }
    }

    /// Checks that all that types refer to is there.
    pub(crate) fn check(&self, strings: &mut Strings<'_>) -> Result<(), Error> {
        for level in &self.levels {
            let mut broken = None;
            level.starts.iter(0, level.bytes().as_ref()).for_each(|(i, at)| {
                let id = TypeId(level.first_id().0 + i);
                let Some(node) = self.at(level, at) else {
                    let kind = level.kind(id).map_or(0, |kind| kind.0);
                    broken.get_or_insert(Error::of(ErrorKind::UnknownKind(kind), id));
                    return;
                };
                node.each(|part, word| match part {
                    Role::Ref if word >= level.end_id() => {
                        broken.get_or_insert(Error::of(ErrorKind::NoSuchType(TypeId(word)), id));
                    }
                    Role::Name if word != 0 => {
                        if let Err(error) = strings.meet(word) {
                            broken.get_or_insert(Error { type_id: Some(id), ..error });
                        }
                    }
                    _ => {}
                });
            });
            broken.map_or(Ok(()), Err)?;
        }
        Ok(())
    }

    /// Calls `f` with all nodes but void, in order.
    #[inline(always)]
    pub(crate) fn each(&self, f: impl FnMut(u32, Node<'a>)) {
        self.each_from(0, f);
    }

    /// The same with those that are not the base's.
    #[inline(always)]
    pub(crate) fn each_own(&self, f: impl FnMut(u32, Node<'a>)) {
        self.each_from(self.levels.len() - 1, f);
    }

    #[inline(always)]
    fn each_from(&self, first: usize, mut f: impl FnMut(u32, Node<'a>)) {
        for level in self.levels.iter().skip(first) {
            level.starts.iter(0, level.bytes().as_ref()).for_each(|(i, at)| {
                if let Some(node) = self.at(level, at) {
                    f(level.first_id().0 + i, node);
                }
            });
        }
    }

    /// A node other than void.
    pub(crate) fn node(&self, id: u32) -> Option<Node<'a>> {
        let level = self.levels.iter().rev().find(|level| level.first_id().0 <= id)?;
        self.at(level, level.beginning(TypeId(id))?)
    }

    #[inline(always)]
    fn at(&self, level: &'a Btf, at: usize) -> Option<Node<'a>> {
        let (data, endian) = (level.bytes().as_ref(), level.endian());
        let info = word(data, endian, at + 4)?;
        let shape = self.shapes[(info >> 24 & 0x7f) as usize]?;
        let size = HEAD + shape.size((info & 0xff_ffff) as usize);
        Some(Node { words: data.get(at..)?.get(..size)?.as_chunks().0, endian, shape })
    }
}
