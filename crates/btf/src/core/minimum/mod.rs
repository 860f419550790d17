//! The types of a kernel that objects ask about, and nothing else: for kernels that have no BTF of their own.

mod mark;
mod write;

use alloc::vec::Vec;

use hashbrown::HashMap;

use super::{
    CoreKind, Error, Matcher, Record, Source, Spec, Targets,
    candidates::{Found, Module, Wanted, search},
    walk,
};
use crate::{Btf, TypeId};
use mark::Kept;

/// Types of a kernel, and of modules over it, that records lead to. With what [`Minimum::finish`] writes, the records of
/// all objects asked about come to the same answers as with the whole kernel; but ids of types are others there.
///
/// ```
/// use skep_btf::{Btf, Edit, Endian, Int, Member, core::{CoreKind, Minimum, Record}};
///
/// let types = |offset| {
///     let mut edit = Edit::new(Endian::Little);
///     let int = edit.add().int(Int { name: "int", size: 4, bits: 32, offset: 0, encoding: 1 });
///     let member = |name, bit_offset| Member { name, ty: int, bit_offset, bit_size: 0 };
///     edit.add().structure("task", 16, &[member("other", 0), member("pid", offset)]);
///     Btf::parse(edit.finish())
/// };
/// let (object, kernel) = (types(32)?, types(64)?);
/// let pid = Record { type_id: object.ids().nth(1).ok_or("no struct")?, kind: CoreKind::FIELD_BYTE_OFFSET, access: "0:1" };
///
/// let mut minimum = Minimum::new(&kernel, &[]);
/// minimum.need(&object, [pid])?;
/// let small = Btf::parse(minimum.finish()?)?;
/// assert_eq!(small.len(), 2);
/// assert_eq!(small.path(small.ids().nth(1).ok_or("no struct")?, "pid")?.bit_offset, 64);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[doc(alias = "min_core_btf")]
pub struct Minimum<'a> {
    /// The kernel, then the modules.
    spaces: Vec<&'a Btf>,
    kept: HashMap<(usize, TypeId), Kept>,
    work: Vec<mark::Work>,
    /// Types that something was asked of which they are not.
    unlike: Vec<mark::Work>,
}

/// A kernel and modules, as matchers search them.
struct Kernel<'a>(&'a [&'a Btf]);

impl Targets for Kernel<'_> {
    fn kernel(&self) -> Option<&Btf> {
        self.0.first().copied()
    }

    fn modules(&self) -> Vec<Module<'_>> {
        self.0.iter().skip(1).map(|btf| Module { name: "", btf }).collect()
    }
}

impl<'a> Minimum<'a> {
    /// Nothing yet of a kernel and of modules, whose base it is.
    pub fn new(kernel: &'a Btf, modules: &[&'a Btf]) -> Self {
        let spaces = core::iter::once(kernel).chain(modules.iter().copied()).collect();
        Self { spaces, kept: HashMap::new(), work: Vec::new(), unlike: Vec::new() }
    }

    /// Adds what the records of an object lead to, in every type that could be meant.
    ///
    /// # Errors
    /// When a record does not suit the object's own types.
    pub fn need<'r>(&mut self, local: &Btf, records: impl IntoIterator<Item = Record<'r>>) -> Result<(), Error> {
        let spaces = self.spaces.clone();
        let kernel = Kernel(&spaces);
        let matcher = Matcher::new(local, &kernel);
        let mut by_root: HashMap<TypeId, Vec<Record<'r>>> = HashMap::new();
        for record in records {
            // What is asked of the object itself needs no kernel.
            if record.kind != CoreKind::TYPE_ID_LOCAL {
                matcher.local(&record)?;
                by_root.entry(record.type_id).or_default().push(record);
            }
        }
        let mut missing: Vec<Wanted> = by_root.keys().map(|&root| Wanted { root, found: Found::new() }).collect();
        missing.retain(|want| !local.name(want.root).is_empty());
        // Modules are looked into for what the kernel itself does not have.
        let mut found = Vec::new();
        for (i, btf) in spaces.iter().enumerate() {
            let source = i.checked_sub(1).map_or(Source::Kernel, Source::Module);
            search(local, btf, source, &mut missing);
            if i == 0 || i + 1 == spaces.len() {
                found.extend(missing.extract_if(.., |want| !want.found.is_empty()));
            }
        }
        for want in found {
            for record in by_root.get(&want.root).map_or(&[][..], Vec::as_slice) {
                let Ok(local) = Spec::of(local, record) else { continue };
                for candidate in &want.found {
                    let space = match candidate.source {
                        Source::Kernel => 0,
                        Source::Module(i) => i + 1,
                    };
                    let Some(btf) = spaces.get(space) else { continue };
                    match walk::find(&local, btf, candidate.id) {
                        Ok(Some(spec)) => self.keep(space, &spec),
                        _ => self.keep_unlike(space, candidate.id, record.kind),
                    }
                }
            }
        }
        Ok(())
    }

    /// The number of types kept so far.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether nothing is kept so far.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }
}
