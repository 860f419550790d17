//! The types of many objects as one BTF, equal types made one as they come.
//!
//! Compilers write each type once, and objects that are linked mostly mean the same by the same name. So a type is known by
//! its words and those of what it refers to, as far as the next struct or union with a name; and if all structs of a name
//! are alike, that is all there is to know. Names of which there are several structs go a step further each round. What does
//! not settle in a few rounds is left to [`dedup`](crate::dedup()), as are declarations of what is defined in several ways.
//!
//! 1. [`Join::add`]: the types of an object as words, names already those of the result.
//! 2. [`hash`]: a number for each type, equal for equal types.
//! 3. [`write`](mod@write): the first type of each number stays; the others are compared with it, since numbers can be equal
//!    by chance.

mod hash;
mod write;

use alloc::{vec, vec::Vec};

use crate::{
    Btf, Edit, Endian, Error, ErrorKind, Kind, StrOff, TypeId,
    shape::{Part, Shape, kind_of},
};

/// No string yet: offsets are below this.
const NONE: u32 = u32::MAX;

/// Types of several objects, about to become one BTF.
#[derive(Clone, Debug)]
pub struct Join {
    /// The strings of the result.
    edit: Edit,
    /// The types that stay as words, which refer to each other by their positions here, counted from 1.
    words: Vec<u32>,
    starts: Vec<u32>,
    /// For each type of each object its position, 0 for one that goes.
    nodes: Vec<u32>,
    /// Where the types of each object begin in `nodes`.
    objects: Vec<u32>,
    /// For each byte of the last object's strings the offset in the result of the string there.
    strings: Vec<u32>,
}

/// The types of all objects, and where each of them went.
#[derive(Clone, Debug)]
pub struct Joined {
    /// The types.
    pub edit: Edit,
    /// The id of each position.
    ids: Vec<u32>,
    nodes: Vec<u32>,
    objects: Vec<u32>,
}

impl Joined {
    /// The id of a type of an object, objects counted as they were added; void if the type was left out.
    pub fn id(&self, object: u32, old: TypeId) -> TypeId {
        let node = node(&self.nodes, &self.objects, object, old);
        TypeId(self.ids.get(node as usize).copied().unwrap_or_default())
    }
}

/// The position of a type of an object; 0 if there is none.
fn node(nodes: &[u32], objects: &[u32], object: u32, old: TypeId) -> u32 {
    let start = objects.get(object as usize).copied().unwrap_or(u32::MAX) as usize;
    let end = objects.get(object as usize + 1).map_or(nodes.len(), |&end| end as usize);
    let own = nodes.get(start..end).unwrap_or_default();
    old.0.checked_sub(1).and_then(|i| own.get(i as usize)).copied().unwrap_or_default()
}

impl Join {
    /// Begins without types.
    pub fn new(endian: Endian) -> Self {
        let (words, starts, nodes, objects) = (Vec::new(), vec![0], Vec::new(), Vec::new());
        Self { edit: Edit::new(endian), words, starts, nodes, objects, strings: Vec::new() }
    }

    /// Adds the types of an object for which `stays` is true. Without types it is counted all the same.
    ///
    /// # Errors
    /// `btf-no-such-type` for a reference to a type that does not stay; `btf-unknown-kind` for a type of an unknown kind,
    /// since nobody knows which of its words refer to types; `btf-string-offset` for a name that does not exist.
    pub fn add(&mut self, btf: Option<&Btf>, stays: impl Fn(TypeId) -> bool) -> Result<(), Error> {
        let (first, from) = (self.nodes.len(), self.words.len());
        self.objects.push(first as u32);
        self.strings.clear();
        let Some(btf) = btf else { return Ok(()) };
        self.strings.resize(btf.text().len(), NONE);
        self.nodes.reserve(btf.len() as usize);
        let node = self.starts.len();
        for (i, at, to) in btf.extents() {
            let id = TypeId(btf.first_id().0 + i);
            if !stays(id) {
                self.nodes.push(0);
                continue;
            }
            let start = self.words.len();
            self.starts.push(start as u32);
            self.nodes.push(self.starts.len() as u32 - 1);
            let bytes = btf.bytes().as_ref().get(at..to).unwrap_or_default();
            self.words.extend(bytes.as_chunks().0.iter().map(|&bytes| btf.endian().u32(bytes)));
        }
        let mut words = self.words.get_mut(from..).unwrap_or_default();
        let own = self.nodes.get(first..).unwrap_or_default();
        let (starts, edit, strings) = (&self.starts, &mut self.edit, &mut self.strings);
        for (i, _) in (1..).zip(own).filter(|(_, node)| **node != 0) {
            let at = own.get(i as usize - 1).copied().unwrap_or_default() as usize;
            debug_assert!(at >= node, "positions grow");
            let len = starts.get(at + 1).map_or(words.len(), |&end| (end - starts[at]) as usize);
            let Some((ty, rest)) = words.split_at_mut_checked(len) else { break };
            words = rest;
            let (kind, id) = (kind_of(ty), TypeId(i));
            let shape = Shape::of(kind).ok_or(Error::of(ErrorKind::UnknownKind(kind.0), id))?;
            shape.visit(ty, |part, word| {
                *word = match part {
                    Part::Name if *word == 0 => 0,
                    Part::Name => {
                        string(edit, strings, btf, *word).ok_or(Error::of(ErrorKind::StringOffset(*word), id))?
                    }
                    Part::Ref if *word == 0 => 0,
                    Part::Ref => match own.get(*word as usize - 1) {
                        Some(&node) if node != 0 => node,
                        _ => return Err(Error::of(ErrorKind::NoSuchType(TypeId(*word)), id)),
                    },
                };
                Ok(())
            })?;
        }
        Ok(())
    }

    /// The offset in the result of a string of the object that was added last; 0 if it has none there.
    pub fn string(&mut self, btf: &Btf, old: StrOff) -> StrOff {
        StrOff(string(&mut self.edit, &mut self.strings, btf, old.0).unwrap_or_default())
    }

    /// Adds a string for others than types.
    pub fn add_string(&mut self, text: &str) {
        self.edit.string(text);
    }

    /// Sets the linkage of a function or a variable of an object: 0 static, 1 global, 2 extern. One that was left out, or
    /// is neither, stays as it is.
    pub fn set_linkage(&mut self, object: u32, id: TypeId, linkage: u32) {
        let node = node(&self.nodes, &self.objects, object, id) as usize;
        let Some(&start) = self.starts.get(node).filter(|_| node != 0) else { return };
        let end = self.starts.get(node + 1).map_or(self.words.len(), |&end| end as usize);
        match self.words.get_mut(start as usize..end).map(|words| (kind_of(words), words)) {
            Some((Kind::FUNC, [_, info, ..])) => *info = *info & !0xff_ffff | linkage & 0xff_ffff,
            Some((Kind::VAR, [_, _, _, var])) => *var = linkage,
            _ => {}
        }
    }

    /// Makes equal types one.
    ///
    /// # Errors
    /// As [`dedup`](crate::dedup()), where it is needed.
    pub fn finish(mut self) -> Result<Joined, Error> {
        self.strings = Vec::new();
        let numbers = hash::numbers(&self.words, &self.starts);
        let ids = numbers.and_then(|numbers| write::write(&mut self.edit, &self.words, &self.starts, &numbers));
        let (edit, ids) = match ids {
            Some(ids) => (self.edit, ids),
            None => write::deduplicated(self.edit, self.words, self.starts)?,
        };
        Ok(Joined { edit, ids, nodes: self.nodes, objects: self.objects })
    }
}

/// The offset in the result of a string.
fn string(edit: &mut Edit, known: &mut [u32], btf: &Btf, old: u32) -> Option<u32> {
    let place = known.get_mut(old as usize)?;
    if *place == NONE {
        *place = edit.string_bytes(btf.string_bytes(StrOff(old))?).0;
    }
    Some(*place)
}

/// The words of a type by its position.
fn words<'a>(words: &'a [u32], starts: &[u32], node: u32) -> &'a [u32] {
    let start = starts.get(node as usize).copied().unwrap_or_default() as usize;
    let end = starts.get(node as usize + 1).map_or(words.len(), |&end| end as usize);
    words.get(start..end).unwrap_or_default()
}
