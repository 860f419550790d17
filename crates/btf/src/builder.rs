//! BTF that kernels take, built type by type.

use alloc::{sync::Arc, vec::Vec};
use core::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};
use skep_uapi::Release;

use crate::{
    Btf, Edit, Endian, Error, ErrorKind, Kind, TypeId, Writer,
    check::{Finding, Strings, What, check, check_words},
    edit::info,
};

/// Builds BTF in which equal types and strings are one as they come, and nothing is that kernels refuse.
///
/// [`Edit`] writes whatever it is told, to change what others made; this refuses at once what a type may not be by itself,
/// and at the end what types may not be together.
///
/// ```
/// use skep_btf::{Btf, Builder, Endian, Int, Kind, Member};
///
/// let mut builder = Builder::new(Endian::Little);
/// let int = builder.add(|ty| ty.int(Int { name: "int", size: 4, bits: 32, offset: 0, encoding: 1 }))?;
/// // A list refers to itself: it is announced before it is defined.
/// let list = builder.announce();
/// let next = builder.add(|ty| ty.ptr(list))?;
/// assert_eq!(builder.add(|ty| ty.ptr(list))?, next, "equal types are one");
/// let member = |name, ty, bit_offset| Member { name, ty, bit_offset, bit_size: 0 };
/// builder.define(list, |ty| ty.structure("list", 16, &[member("value", int, 0), member("next", next, 64)]))?;
///
/// let btf = Btf::parse(builder.finish()?)?;
/// assert_eq!(btf.path(list, "next")?.bit_offset, 64);
/// # Ok::<(), skep_btf::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Builder {
    edit: Edit,
    base: Option<Arc<Btf>>,
    /// Types by their words.
    known: HashTable<TypeId>,
    hasher: DefaultHashBuilder,
    /// Types that are announced and not yet defined.
    open: Vec<TypeId>,
}

/// Strings of types that are being built.
struct Names<'a>(&'a Edit, Option<&'a Btf>);

impl Strings for Names<'_> {
    fn name_at(&self, off: u32) -> Option<&[u8]> {
        self.0.text(off).or_else(|| self.1?.name_at(off))
    }
}

impl Builder {
    /// Begins without types.
    pub fn new(endian: Endian) -> Self {
        Self::of(Edit::new(endian), None)
    }

    /// Begins without types of its own, over a base.
    pub fn split(base: Arc<Btf>) -> Self {
        Self::of(Edit::split(&base), Some(base))
    }

    fn of(edit: Edit, base: Option<Arc<Btf>>) -> Self {
        Self { edit, base, known: HashTable::new(), hasher: DefaultHashBuilder::default(), open: Vec::new() }
    }

    /// Adds a type, unless there is an equal one; gives its id. Variables and sections are places, and always added.
    ///
    /// # Errors
    /// `btf-refused` for a type that no kernel takes, whatever others are; nothing is added then.
    pub fn add(&mut self, write: impl FnOnce(Writer<'_>) -> TypeId) -> Result<TypeId, Error> {
        let id = self.edit.next_id();
        write(self.edit.add());
        if let Err(error) = self.check(id) {
            self.edit.truncate(id);
            return Err(error);
        }
        let words = self.edit.words(id);
        let hash = self.hasher.hash_one(words);
        if matches!(self.edit.kind(id), Some(Kind::VAR | Kind::DATASEC)) {
            return Ok(id);
        }
        match self.known.find(hash, |&other| self.edit.words(other) == words) {
            Some(&other) => {
                self.edit.truncate(id);
                Ok(other)
            }
            None => {
                self.known.insert_unique(hash, id, |&other| self.hasher.hash_one(self.edit.words(other)));
                Ok(id)
            }
        }
    }

    /// Announces a type that is defined later, so that others can refer to it before.
    pub fn announce(&mut self) -> TypeId {
        let id = self.edit.push(&[0, info(Kind::FWD, 0, false), 0]);
        self.open.push(id);
        id
    }

    /// Defines a type that was announced.
    ///
    /// # Errors
    /// `btf-no-such-type` if it was not, or is defined already; `btf-refused`, after which it can be defined otherwise.
    pub fn define(&mut self, id: TypeId, write: impl FnOnce(Writer<'_>) -> TypeId) -> Result<(), Error> {
        let missing = || Error::of(ErrorKind::NoSuchType(id), id);
        let at = self.open.iter().position(|&open| open == id).ok_or_else(missing)?;
        write(self.edit.replace(id)?);
        self.check(id)?;
        self.open.swap_remove(at);
        Ok(())
    }

    /// What is wrong with a type by itself.
    fn check(&mut self, id: TypeId) -> Result<(), Error> {
        if core::mem::take(&mut self.edit.lossy) {
            return Err(refused(Finding { id: Some(id), element: None, what: What::Lossy }));
        }
        let names = Names(&self.edit, self.base.as_deref());
        check_words(&names, id, self.edit.words(id)).map_or(Ok(()), |finding| Err(refused(finding)))
    }

    /// The number of own types so far.
    pub fn len(&self) -> u32 {
        self.edit.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.edit.is_empty()
    }

    /// The bytes, in the byte order that was chosen, for newer kernels: what older ones do not know can be rewritten with
    /// [`downgrade`](crate::downgrade()).
    ///
    /// # Errors
    /// `btf-refused` with the first thing that no kernel takes.
    pub fn finish(self) -> Result<Vec<u8>, Error> {
        self.finish_if(|finding| finding.what.refused().until.is_none())
    }

    /// The bytes for a release.
    ///
    /// # Errors
    /// `btf-refused` with the first thing that it does not take.
    pub fn finish_for(self, release: Release) -> Result<Vec<u8>, Error> {
        self.finish_if(|finding| finding.what.refused().by(release))
    }

    fn finish_if(self, is_bad: impl Fn(&Finding) -> bool) -> Result<Vec<u8>, Error> {
        if let Some(&id) = self.open.iter().min() {
            return Err(refused(Finding { id: Some(id), element: None, what: What::Undefined }));
        }
        let bytes = self.edit.finish();
        let btf = match self.base {
            Some(base) => Btf::parse_split(bytes.clone(), base)?,
            None => Btf::parse(bytes.clone())?,
        };
        match check(&btf).into_iter().find(is_bad) {
            Some(finding) => Err(refused(finding)),
            None => Ok(bytes),
        }
    }
}

fn refused(finding: Finding) -> Error {
    Error { type_id: finding.id, offset: None, kind: ErrorKind::Refused(finding) }
}
