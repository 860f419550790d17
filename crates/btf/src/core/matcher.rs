//! Records in, answers out.

use alloc::{format, string::String, vec::Vec};

use hashbrown::HashMap;

use super::{
    Answer, Candidate, CoreKind, Error, ErrorKind, Module, Record, Sizes, Source, Spec, Target, Targets,
    answer::answer,
    candidates::{Found, Wanted, search},
    walk,
};
use crate::{Btf, TypeId};

/// Answers the records of one object for one kernel.
///
/// Records with the same root type share their candidates. As a candidate that did not match while another one did is
/// dropped, the records of an object are to be asked in the order in which they stand in it.
pub struct Matcher<'a> {
    local: &'a Btf,
    targets: &'a dyn Targets,
    modules: Option<Vec<Module<'a>>>,
    candidates: HashMap<TypeId, Found>,
}

impl<'a> Matcher<'a> {
    /// A matcher of the types of an object against those of a kernel.
    pub fn new(local: &'a Btf, targets: &'a dyn Targets) -> Self {
        Self { local, targets, modules: None, candidates: HashMap::new() }
    }

    /// Finds the candidates for all these root types at once. It saves time and changes no answer; types that cannot be
    /// searched for are passed over.
    pub fn prepare(&mut self, roots: impl IntoIterator<Item = TypeId>) {
        let Some(kernel) = self.targets.kernel() else { return };
        let mut wanted = Vec::new();
        for root in roots {
            if !self.candidates.contains_key(&root) && !self.local.name(root).is_empty() {
                self.candidates.insert(root, Found::new());
                wanted.push(Wanted { root, found: Found::new() });
            }
        }
        if !wanted.is_empty() {
            search(self.local, kernel, Source::Kernel, &mut wanted);
            let missing = wanted.extract_if(.., |want| want.found.is_empty()).collect();
            wanted.extend(self.search_modules(missing));
            self.candidates.extend(wanted.into_iter().map(|want| (want.root, want.found)));
        }
    }

    /// The candidates for a root type that was searched for.
    pub(super) fn candidates(&self, root: TypeId) -> &[Candidate] {
        self.candidates.get(&root).map(Found::as_slice).unwrap_or_default()
    }

    /// Looks in every module for what the kernel itself does not have.
    fn search_modules(&mut self, mut missing: Vec<Wanted>) -> Vec<Wanted> {
        if !missing.is_empty() {
            let targets = self.targets;
            let modules = self.modules.get_or_insert_with(|| targets.modules());
            for (i, module) in modules.iter().enumerate() {
                search(self.local, module.btf, Source::Module(i), &mut missing);
            }
        }
        missing
    }

    /// The modules searched so far; empty until the kernel itself lacked a type.
    pub fn modules(&self) -> &[Module<'a>] {
        self.modules.as_deref().unwrap_or_default()
    }

    /// The BTF that a candidate's id belongs to.
    pub fn btf(&self, source: Source) -> Option<&'a Btf> {
        match source {
            Source::Kernel => self.targets.kernel(),
            Source::Module(i) => Some(self.modules().get(i)?.btf),
        }
    }

    /// What a record comes to.
    ///
    /// # Errors
    /// When the record does not suit the object's own types, when candidates disagree, or when there is no kernel BTF.
    /// That the kernel lacks what is asked for is not an error but an answer.
    pub fn resolve(&mut self, record: &Record<'_>) -> Result<Answer, Error> {
        self.decide(record).map_err(|kind| self.error(record, kind))
    }

    /// What a record means in the object's own types, to be printed.
    ///
    /// # Errors
    /// When the record does not suit them.
    pub fn local(&self, record: &Record<'_>) -> Result<Spec<'a>, Error> {
        Spec::of(self.local, record).map_err(|kind| self.error(record, kind))
    }

    /// Where a record leads in the type that its answer names, to be printed. None if it leads nowhere there.
    pub fn target(&self, record: &Record<'_>, candidate: Candidate) -> Option<Spec<'a>> {
        walk::find(&Spec::of(self.local, record).ok()?, self.btf(candidate.source)?, candidate.id).ok()?
    }

    fn error(&self, record: &Record<'_>, kind: ErrorKind) -> Error {
        let word = self.local.kind(record.type_id).map_or("void", |kind| kind.name());
        let record_text = format!("{word} {} ({})", self.local.name(record.type_id), record.access);
        Error { record: record_text.into_boxed_str(), question: record.kind, type_id: record.type_id, kind }
    }

    fn decide(&mut self, record: &Record<'_>) -> Result<Answer, ErrorKind> {
        let local = Spec::of(self.local, record)?;
        if record.kind == CoreKind::TYPE_ID_LOCAL {
            let value = record.type_id.0.into();
            let (target, sizes) = (Target::Value(value), Sizes { adjustable: true, ..Sizes::default() });
            return Ok(Answer { local: value, checked: false, target, sizes, candidate: None });
        }
        if self.local.name(record.type_id).is_empty() {
            return Err(ErrorKind::Anonymous);
        }
        self.targets.kernel().ok_or(ErrorKind::NoTarget)?;
        self.prepare([record.type_id]);
        let candidates = self.candidates(record.type_id);
        let mut others = Vec::new();
        let mut chosen: Option<(Spec<'_>, Answer)> = None;
        for &candidate in candidates {
            let found = match self.btf(candidate.source) {
                Some(btf) => walk::find(&local, btf, candidate.id)?,
                None => None,
            };
            let Some(spec) = found else {
                others.push(candidate);
                continue;
            };
            let new = answer(&local, Some((&spec, candidate)), self.local.endian())?;
            match &chosen {
                None => chosen = Some((spec, new)),
                Some((first, old)) if first.bit_offset != spec.bit_offset || old.target != new.target => {
                    return Err(ErrorKind::Ambiguous { first: describe(first, old), second: describe(&spec, &new) });
                }
                Some(_) => {}
            }
        }
        let Some((_, answered)) = chosen else { return answer(&local, None, self.local.endian()) };
        if !others.is_empty()
            && let Some(candidates) = self.candidates.get_mut(&record.type_id)
        {
            candidates.retain(|candidate| !others.contains(candidate));
        }
        Ok(answered)
    }
}

fn describe(spec: &Spec<'_>, answer: &Answer) -> String {
    match answer.target {
        Target::Value(value) => format!("{spec} [type {}] gives {value}", spec.root.0),
        Target::Absent => format!("{spec} [type {}] gives nothing", spec.root.0),
    }
}
