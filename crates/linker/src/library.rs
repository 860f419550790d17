//! Archives: objects of which only those are taken that something needs.

use alloc::{
    format,
    string::{String, ToString},
    sync::Arc,
    vec::Vec,
};

use hashbrown::{HashMap, HashSet};
use object::read::archive::ArchiveFile;
use skep_object::{Errors, Linkage, Located, MapKind, Object, Site, elf};

use crate::{Kind, Wanted, live::callbacks};

/// `EM_BPF`.
const BPF: u16 = 247;
/// What an archive begins with, and one that only names its members.
const MAGICS: [&[u8]; 2] = [b"!<arch>\n", b"!<thin>\n"];

/// An archive of objects.
#[derive(Debug)]
pub struct Library {
    /// Its file.
    pub file: Arc<str>,
    /// Whether all of its objects are taken, and not only those that are needed.
    pub whole: bool,
    members: Vec<Member>,
}

/// An object, or what is wrong with it: that matters only if all are taken.
type Member = Result<Object, Errors<skep_object::Kind>>;

impl Library {
    /// Whether a file begins as archives do.
    pub fn is_one(bytes: &[u8]) -> bool {
        MAGICS.iter().any(|magic| bytes.starts_with(magic))
    }

    /// Reads the objects of an archive: BPF objects in ELF. Others, such as the metadata in a Rust library, are passed over.
    /// Thin archives name files, which `member` reads; names are relative to the archive's directory.
    ///
    /// # Errors
    /// `link-archive` if the archive does not hold together, or a file that it names cannot be read.
    pub fn read(
        file: &str,
        bytes: &[u8],
        member: impl FnMut(&str) -> Result<Vec<u8>, String>,
    ) -> Result<Self, Errors<Kind>> {
        Self::read_members(file, bytes, member, elf::read)
    }

    /// As [`Library::read`], the objects with their debug information.
    ///
    /// # Errors
    /// As [`Library::read`].
    pub fn read_with_debug(
        file: &str,
        bytes: &[u8],
        member: impl FnMut(&str) -> Result<Vec<u8>, String>,
    ) -> Result<Self, Errors<Kind>> {
        Self::read_members(file, bytes, member, |name, data| elf::read_with_debug(name, &data))
    }

    fn read_members(
        file: &str,
        bytes: &[u8],
        mut member: impl FnMut(&str) -> Result<Vec<u8>, String>,
        read_object: impl Fn(&str, &[u8]) -> Member,
    ) -> Result<Self, Errors<Kind>> {
        let fail = |why: String| Errors::from(Located::new(Site::file(&file.into()), Kind::Archive(why)));
        let archive = ArchiveFile::parse(bytes).map_err(|e| fail(e.to_string()))?;
        let mut library = Self { file: file.into(), whole: false, members: Vec::new() };
        for found in archive.members() {
            let found = found.map_err(|e| fail(e.to_string()))?;
            let name = String::from_utf8_lossy(found.name()).into_owned();
            let read;
            let data = match found.is_thin() {
                true => {
                    read = member(&name).map_err(&fail)?;
                    &*read
                }
                false => found.data(bytes).map_err(|e| fail(e.to_string()))?,
            };
            if is_bpf(data) {
                library.members.push(read_object(&format!("{file}({name})"), data).map(|o| renamed(o, &name)));
            }
        }
        Ok(library)
    }
}

/// A member's name is that of the file it was made from.
fn renamed(mut object: Object, name: &str) -> Object {
    let base = name.rsplit('/').next().unwrap_or(name);
    object.name = base.split('.').next().unwrap_or(base).into();
    object
}

fn is_bpf(data: &[u8]) -> bool {
    match data {
        [0x7f, b'E', b'L', b'F', 2, order, ..] => {
            let machine = data.get(18..20).and_then(|m| <[u8; 2]>::try_from(m).ok()).unwrap_or_default();
            BPF == if *order == 2 { u16::from_be_bytes(machine) } else { u16::from_le_bytes(machine) }
        }
        _ => false,
    }
}

/// The objects of archives that are needed: those that define what the objects or each other leave undefined, or the
/// names in `undefined`. A name is looked for in the archives in order, whatever the order in which it is needed. Of a
/// library that is taken as a [whole](Library::whole), all of them.
///
/// # Errors
/// What is wrong with an object that cannot be read, if its library is taken as a whole.
pub fn pull(
    objects: &[Object],
    libraries: Vec<Library>,
    undefined: &[String],
) -> Result<Vec<(Object, Option<Wanted>)>, Errors<Kind>> {
    let (whole, searched): (Vec<Library>, Vec<Library>) = libraries.into_iter().partition(|l| l.whole);
    let (mut taken, mut errors) = (Vec::new(), Vec::new());
    for member in whole.into_iter().flat_map(|l| l.members) {
        match member {
            Ok(object) => taken.push((object, None)),
            Err(found) => errors.extend(found.into_iter().map(|e| {
                let site = e.site().clone();
                Located::new(site, Kind::Member(e))
            })),
        }
    }
    Errors::check(errors)?;
    // What is wrong with one that nobody needs is nobody's affair; one without symbols cannot be needed.
    let members = searched.into_iter().flat_map(|l| l.members);
    let mut members: Vec<Option<Object>> = members.map(Result::ok).collect();
    let mut homes: HashMap<Arc<str>, usize> = HashMap::new();
    for (i, member) in members.iter().enumerate() {
        for name in member.iter().flat_map(defined) {
            homes.entry(name).or_insert(i);
        }
    }
    let all = || objects.iter().chain(taken.iter().map(|(object, _)| object));
    let mut known: HashSet<Arc<str>> = all().flat_map(defined).collect();
    let command: Arc<str> = "the command line".into();
    let mut wanted: Vec<(Arc<str>, Arc<str>)> =
        undefined.iter().rev().map(|name| (name.as_str().into(), command.clone())).collect();
    let first: Vec<_> = all().map(needs).collect();
    wanted.extend(first.into_iter().rev().flatten());
    while let Some((symbol, by)) = wanted.pop() {
        if known.contains(&symbol) {
            continue;
        }
        let Some(object) = homes.get(&symbol).and_then(|&i| members.get_mut(i)?.take()) else { continue };
        known.extend(defined(&object));
        wanted.extend(needs(&object));
        taken.push((object, Some(Wanted { symbol, by })));
    }
    Ok(taken)
}

/// The names that others can use.
fn defined(object: &Object) -> Vec<Arc<str>> {
    let seen = |linkage: Linkage| linkage != Linkage::Local;
    let funcs = object.funcs.iter().filter(|f| seen(f.linkage)).map(|f| f.name.clone());
    let vars = object.vars.iter().filter(|v| seen(v.linkage)).map(|v| v.name.clone());
    let maps = object.maps.iter().filter(|m| seen(m.linkage) && !matches!(m.kind, MapKind::Data { .. }));
    funcs.chain(vars).chain(maps.map(|m| m.name.clone())).collect()
}

/// The names that an object leaves to others, and its file; the first one last.
fn needs(object: &Object) -> Vec<(Arc<str>, Arc<str>)> {
    let strong = object.externs.iter().rev().filter(|e| e.kind.is_of_objects() && !e.weak);
    let called = callbacks(object).map(Arc::from);
    called.chain(strong.map(|e| e.name.clone())).map(|name| (name, object.file.clone())).collect()
}
