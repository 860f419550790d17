//! Types as words and references.

use alloc::{vec, vec::Vec};

use super::strings::Table;
use crate::{
    Btf, Error, ErrorKind, Kind, TypeId,
    header::word,
    shape::{Part, Shape, kind_of},
};

/// All types from void on, those of the bases first: node `i` is type `i`.
pub(crate) struct Graph {
    /// The types' words, names replaced by the numbers of strings and references by 0.
    words: Vec<u32>,
    starts: Vec<u32>,
    /// What each type refers to, in order.
    refs: Vec<u32>,
    ref_starts: Vec<u32>,
    /// The first node that is not the base's.
    pub(crate) own: u32,
}

impl Graph {
    pub(crate) fn of(btf: &Btf, strings: &mut Table) -> Result<Self, Error> {
        let mut levels: Vec<&Btf> = core::iter::successors(Some(btf), |btf| btf.base().map(|base| &**base)).collect();
        levels.reverse();
        let size = levels.iter().map(|level| level.header.types.1 as usize / 4).sum();
        let mut graph = Self {
            words: Vec::with_capacity(size),
            starts: vec![0, 0],
            refs: Vec::with_capacity(size / 4),
            ref_starts: vec![0, 0],
            own: btf.first_id().0,
        };
        for level in levels {
            graph.add(level, strings)?;
        }
        Ok(graph)
    }

    fn add(&mut self, btf: &Btf, strings: &mut Table) -> Result<(), Error> {
        let (data, end) = (btf.bytes().as_ref(), btf.end_id());
        let types_end = (btf.header.types.0 + btf.header.types.1) as usize;
        let mut starts = btf.starts.iter(0, data).map(|(_, at)| at).peekable();
        let mut id = btf.first_id();
        while let Some(at) = starts.next() {
            let to = starts.peek().copied().unwrap_or(types_end);
            let from = self.words.len();
            self.words.extend((at..to).step_by(4).map(|at| word(data, btf.endian(), at).unwrap_or_default()));
            let words = self.words.get_mut(from..).unwrap_or_default();
            let kind = kind_of(words);
            let shape = Shape::of(kind).ok_or(Error::of(ErrorKind::UnknownKind(kind.0), id))?;
            let refs = &mut self.refs;
            shape.visit(words, |part, word| match part {
                Part::Name => {
                    *word = strings.number(*word).map_err(|error| Error { type_id: Some(id), ..error })?;
                    Ok(())
                }
                Part::Ref if *word >= end => Err(Error::of(ErrorKind::NoSuchType(TypeId(*word)), id)),
                Part::Ref => {
                    refs.push(core::mem::take(word));
                    Ok(())
                }
            })?;
            self.starts.push(self.words.len() as u32);
            self.ref_starts.push(self.refs.len() as u32);
            id.0 += 1;
        }
        Ok(())
    }

    /// The number of nodes.
    pub(crate) fn len(&self) -> u32 {
        self.starts.len() as u32 - 1
    }

    /// A type's words without its references.
    pub(crate) fn words(&self, node: u32) -> &[u32] {
        slice(&self.words, &self.starts, node)
    }

    /// What a type refers to.
    pub(crate) fn refs(&self, node: u32) -> &[u32] {
        slice(&self.refs, &self.ref_starts, node)
    }

    pub(crate) fn kind(&self, node: u32) -> Kind {
        kind_of(self.words(node))
    }

    /// The number of elements and the flag of a type.
    pub(crate) fn info(&self, node: u32) -> (u32, bool) {
        let info = self.words(node).get(1).copied().unwrap_or_default();
        (info & 0xff_ffff, info >> 31 != 0)
    }

    /// The number of a type's name.
    pub(crate) fn name(&self, node: u32) -> u32 {
        self.words(node).first().copied().unwrap_or_default()
    }

    /// Appends a type's words with its names and references as the two functions give them.
    pub(crate) fn emit(
        &self,
        node: u32,
        out: &mut Vec<u32>,
        mut name: impl FnMut(u32) -> u32,
        mut ty: impl FnMut(u32) -> u32,
    ) {
        let from = out.len();
        out.extend_from_slice(self.words(node));
        let Some(shape) = Shape::of(self.kind(node)) else { return };
        let mut refs = self.refs(node).iter();
        let _ = shape.visit(out.get_mut(from..).unwrap_or_default(), |part, word| {
            *word = match part {
                Part::Name => name(*word),
                Part::Ref => refs.next().map_or(0, |&target| ty(target)),
            };
            Ok::<_, core::convert::Infallible>(())
        });
    }
}

fn slice<'a>(all: &'a [u32], starts: &[u32], i: u32) -> &'a [u32] {
    let at = |i: usize| starts.get(i).copied().unwrap_or_default() as usize;
    all.get(at(i as usize)..at(i as usize + 1)).unwrap_or_default()
}
