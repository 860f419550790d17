//! Why CO-RE made of an instruction what it did, at length.

use alloc::{
    string::{String, ToString},
    sync::Arc,
    vec::Vec,
};

use crate::{
    Linked, Target,
    core::Types,
    object::{
        btf::{
            TypeId,
            core::{Candidate, Matcher, Miss, Record, Source},
        },
        isa::CoreRecord,
    },
};

/// How a CO-RE record was answered.
#[derive(Clone, Debug)]
pub struct Reason {
    /// What it is about in the object's types, as in `struct task_struct.pid (0:0 @ offset 8)`; what is wrong with the
    /// record if it does not suit them.
    pub local: String,
    /// What was chosen of the kernel's types; none if nothing there suits.
    pub chosen: Option<Choice>,
    /// Types of the same name that were passed over, and why.
    pub passed_over: Vec<(Choice, Miss)>,
    /// What came closest, if nothing was chosen.
    pub miss: Option<Miss>,
}

/// A type of a kernel.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Choice {
    /// Where the record leads in it, as in `struct task_struct.pid (0:85 @ offset 2496)`; the type alone if it leads
    /// nowhere.
    pub way: String,
    /// Its id.
    pub type_id: TypeId,
    /// The module that has it; none for the kernel proper.
    pub module: Option<Arc<str>>,
}

/// Why each of these records, in the order of the object, became what it did. It looks at more of the kernel's types than
/// relocation does, so it is to be asked when somebody wants to read it.
pub fn explain(linked: &Linked, target: &Target, records: &[&CoreRecord]) -> Vec<Reason> {
    let Some(local) = linked.btf() else { return Vec::new() };
    let types = Types(target, None);
    let mut matcher = Matcher::new(local, &types);
    matcher.prepare(records.iter().map(|record| record.type_id));
    records.iter().map(|record| reason(&mut matcher, record)).collect()
}

fn reason(matcher: &mut Matcher<'_>, record: &CoreRecord) -> Reason {
    let question = Record { type_id: record.type_id, kind: record.kind, access: &record.access };
    let local = match matcher.local(&question) {
        Ok(spec) => spec.to_string(),
        Err(error) => error.to_string(),
    };
    let passed_over = matcher.passed_over(&question);
    let passed_over = passed_over.into_iter().map(|(c, miss)| (choice(matcher, &question, c), miss)).collect();
    let answer = matcher.resolve(&question).ok();
    let chosen = answer.and_then(|answer| answer.candidate).map(|c| choice(matcher, &question, c));
    let miss = if chosen.is_none() { matcher.miss(&question) } else { None };
    Reason { local, chosen, passed_over, miss }
}

fn choice(matcher: &Matcher<'_>, record: &Record<'_>, candidate: Candidate) -> Choice {
    let spelled = || matcher.btf(candidate.source).map(|btf| btf.spelled(candidate.id)).unwrap_or_default();
    let way = matcher.target(record, candidate).map_or_else(spelled, |spec| spec.to_string());
    let module = match candidate.source {
        Source::Kernel => None,
        Source::Module(i) => matcher.modules().get(i).map(|module| Arc::from(module.name)),
    };
    Choice { way, type_id: candidate.id, module }
}
