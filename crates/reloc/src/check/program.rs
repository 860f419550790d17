//! One program on one kernel.

use alloc::{format, string::ToString, vec, vec::Vec};

use super::{
    Basis, Finding, State, Subject,
    finder::{Finder, add, finding, of_error},
    needs::{At, Hook, Needs},
    problem::Problem,
    reached::{Unknown, reached},
};
use crate::{
    Code, Kind, Note, Outcome, Program, Provided, Relocated, Why,
    lookup::names,
    object::{
        Extern, ExternKind,
        btf::{
            Btf,
            core::{Matcher, Record, Spec},
            nearest,
        },
        isa::{CoreKind, CoreRecord, InsnIdx},
        pattern,
        uapi::Helper,
    },
    place::beginning,
};

/// The most findings of a program.
const MAX: usize = 256;

/// What a program asks of a kernel, and what became of it.
pub(super) struct Asked<'a, 'f> {
    finder: &'a Finder<'f>,
    needs: &'a Needs,
    program: &'a Program,
    relocated: &'a Relocated,
    findings: Vec<Finding>,
    /// Which slots are reached, once somebody asked.
    reached: Option<Vec<bool>>,
}

impl<'a, 'f> Asked<'a, 'f> {
    pub(super) fn of(finder: &'a Finder<'f>, needs: &'a Needs, program: &'a Program, relocated: &'a Relocated) -> Self {
        Self { finder, needs, program, relocated, findings: Vec::new(), reached: None }
    }

    /// All that is lacking.
    pub(super) fn findings(mut self, matcher: Option<&mut Matcher<'_>>) -> Vec<Finding> {
        self.errors();
        self.section();
        self.hook();
        self.maps();
        self.instructions();
        self.externs();
        if let Some(code) = self.code() {
            self.notes(code, matcher);
        }
        self.findings.sort_by_key(|finding| finding.state);
        self.findings
    }

    /// The program's code, also if something is wrong with it.
    fn code(&self) -> Option<&'a Code> {
        self.program.code.as_ref().ok().or(self.program.partial.as_ref())
    }

    fn add(&mut self, mut finding: Finding) {
        // What is not in types that were cut may be in the kernel. Those that were kept are kept for CO-RE.
        let by_name = matches!(finding.subject, Subject::Target | Subject::Kfunc | Subject::Ksym);
        if self.finder.facts.is_partial && by_name && finding.basis == Basis::Btf && finding.state == State::Missing {
            finding.state = State::Unknown;
            finding.help = Some("give all types of the kernel: these are a part of them".to_string());
        }
        if self.findings.len() < MAX {
            add(&mut self.findings, finding);
        }
    }

    /// Adds what an instruction asks for; it does no harm if the instruction is not reached.
    fn add_at(&mut self, at: &At, problem: &Problem, state: State, basis: Basis) {
        let state = if self.is_reached(at.slot) { state } else { State::Guarded };
        let finder = self.finder;
        self.add(finding(problem, state, basis, || finder.place(at), 1));
    }

    /// Adds what the program as a whole asks for.
    fn add_whole(&mut self, problem: &Problem, state: State, basis: Basis) {
        let (linked, func) = (self.finder.linked, self.program.func);
        self.add(finding(problem, state, basis, || beginning(linked, func), 0));
    }

    fn is_reached(&mut self, slot: InsnIdx) -> bool {
        let Some(code) = self.code() else { return true };
        let (relocated, finder) = (self.relocated, self.finder);
        let reached = self.reached.get_or_insert_with(|| reached(code, relocated, &unknown(finder)));
        reached.get(slot.at()).copied().unwrap_or(true)
    }

    fn errors(&mut self) {
        let Err(errors) = &self.program.code else { return };
        for error in errors {
            let mut finding = of_error(error.site(), error.kind());
            let no_modules = || self.finder.target.modules().is_empty();
            if matches!(error.kind(), Kind::NoSuchModule { .. }) && no_modules() {
                finding.state = State::Unknown;
                finding.help = Some("give the BTF of the kernel's modules beside its own".into());
            }
            self.add(finding);
        }
    }

    /// What its section says: its type, the place it is attached to by number.
    fn section(&mut self) {
        let facts = &self.finder.facts;
        let ty = self.program.prog_type;
        if let Some((state, basis)) = facts.lacks_program(ty) {
            let option = facts.missing_option(ty.options()).filter(|_| basis == Basis::Config);
            return self.add_whole(&Problem::Program(ty, option), state, basis);
        }
        if let Some((ty, (state, basis))) = self.needs.attach.and_then(|ty| Some((ty, facts.lacks_attach(ty)?))) {
            let option = facts.missing_option(ty.options()).filter(|_| basis == Basis::Config);
            return self.add_whole(&Problem::Attach(ty, option), state, basis);
        }
        if let Some((ty, (state, basis))) = self.needs.replaced.and_then(|ty| Some((ty, facts.lacks_attach(ty)?))) {
            let state = if state == State::Missing { State::Guarded } else { state };
            self.add_whole(&Problem::Replaced(ty), state, basis);
        }
        for (what, since) in &self.needs.since {
            if let Some((state, basis)) = self.finder.facts.by_release(*since) {
                self.add_whole(&Problem::Section(what), state, basis);
            }
        }
    }

    /// What it is attached to by name.
    fn hook(&mut self) {
        let Some(hook) = &self.needs.hook else { return };
        let (finder, target) = (self.finder, self.finder.target);
        let Ok(vmlinux) = target.vmlinux() else { return };
        if hook.names.clone().any(|i| finder.found.first(i, hook.kind).is_some()) || hook.is_in(vmlinux, &[]) {
            return;
        }
        let wanted: Vec<&str> = hook.names.clone().filter_map(|i| Some(finder.names.get(i)?.as_str())).collect();
        let modules = (0..target.modules().len() as u32).map(crate::ModuleIdx);
        if modules.filter_map(|module| target.module_btf(module).ok()).any(|btf| hook.is_in(btf, &wanted)) {
            return;
        }
        let is_func = hook.kind == crate::object::btf::Kind::FUNC && hook.pattern.is_none();
        let basis = match if is_func { target.symbols(&wanted).ok() } else { None } {
            Some(found) if found.iter().any(|addresses| !addresses.is_empty()) => return,
            Some(_) => Basis::Symbols,
            None => Basis::Btf,
        };
        let prefix = if is_func || hook.pattern.is_some() { "" } else { "btf_trace_" };
        let name = hook.name.rsplit('/').next().unwrap_or(&hook.name);
        let others = names(vmlinux, hook.kind).filter_map(|name| name.strip_prefix(prefix));
        let near = if hook.pattern.is_none() { nearest(name, others) } else { None };
        let problem = Problem::Target(hook.what, hook.name.clone(), near.map(ToString::to_string));
        self.add_whole(&problem, State::Missing, basis);
    }

    fn maps(&mut self) {
        let finder = self.finder;
        for (at, map) in &self.needs.maps {
            let Some(map) = self.relocated.maps.get(map.at()) else { continue };
            map.fault.iter().for_each(|fault| self.add(of_error(fault.site(), fault.kind())));
            let mut problems = vec![];
            finder.map(map, &mut |problem, state, basis| problems.push((problem, state, basis)));
            for (problem, state, basis) in problems {
                // A map is created even if no instruction that refers to it is reached.
                let mut found = finding(&problem, state, basis, || finder.place(at), 1);
                found.message = format!("{} (`{}`)", found.message, map.name);
                self.add(found);
            }
        }
    }

    fn instructions(&mut self) {
        let facts = &self.finder.facts;
        for (at, call) in &self.needs.helpers {
            let helper = Helper(self.finder.helper(*call));
            if let Some((state, basis)) = facts.lacks_helper(helper) {
                self.add_at(at, &Problem::Helper(helper), state, basis);
            }
        }
        for (at, row) in &self.needs.insns {
            if let Some((state, basis)) = row.since.and_then(|since| facts.by_release(since)) {
                self.add_at(at, &Problem::Instruction(row), state, basis);
            }
        }
    }

    /// Options and symbols of which nothing is known, and weak options that are not set.
    fn externs(&mut self) {
        let finder = self.finder;
        for (at, ext) in &self.needs.externs {
            let Some(ext) = finder.linked.externs().get(ext.at()) else { continue };
            let name = || ext.name.to_string();
            match ext.kind {
                ExternKind::Kconfig { .. } if is_unknown_option(finder, ext) => {
                    self.add_at(
                        at,
                        &Problem::Option(name()),
                        if ext.weak { State::Weak } else { State::Unknown },
                        Basis::Config,
                    );
                }
                ExternKind::Kconfig { .. } if ext.weak && finder.facts.lacks_option(&ext.name) => {
                    self.add_at(at, &Problem::Weak("configuration option", name()), State::Weak, Basis::Config);
                }
                ExternKind::Ksym if !finder.knows.symbols => {
                    let state = if ext.weak { State::Weak } else { State::Unknown };
                    self.add_at(at, &Problem::Symbol(name()), state, Basis::Symbols);
                }
                _ => {}
            }
        }
    }

    /// What relocation left open: a program can do without what it does not reach.
    fn notes(&mut self, code: &Code, mut matcher: Option<&mut Matcher<'_>>) {
        for note in &code.notes {
            match &note.why {
                Why::Core(record, outcome) => {
                    if let Some(matcher) = matcher.as_deref_mut() {
                        self.core(note, record, outcome, matcher);
                    }
                }
                Why::Extern(name, Provided::Nothing) => self.nothing(note, name, false),
                Why::Extern(name, Provided::OtherType) => self.nothing(note, name, true),
                _ => {}
            }
        }
    }

    /// A weak extern that the kernel does not have, or not with the type that the object declares.
    fn nothing(&mut self, note: &Note, name: &str, differs: bool) {
        let linked = self.finder.linked;
        let ext = linked.externs().iter().find(|ext| &*ext.name == name);
        let (what, basis) = match ext.map(|ext| ext.kind) {
            Some(ExternKind::Kfunc) => ("kernel function", Basis::Btf),
            Some(ExternKind::TypedKsym) => ("kernel variable", Basis::Btf),
            _ if !self.finder.knows.symbols => return,
            _ => ("symbol", Basis::Symbols),
        };
        // An address of nothing does no harm, a call does.
        let is_call = note.original.code == crate::object::isa::Opcode::CALL;
        let state = if is_call && self.is_reached(note.insn) { State::Missing } else { State::Weak };
        let problem = Problem::Weak(what, name.to_string());
        let mut found = finding(&problem, state, basis, Default::default, 1);
        if state == State::Missing {
            found.help = Some(format!("call it only where `bpf_ksym_exists({name})` holds"));
        }
        if differs {
            let help = "this kernel has it with another type: declare one variant of it for each kernel";
            found.help = Some(format!("{help}: {name}___v2"));
        }
        self.add_note(found, note);
    }

    /// A question of CO-RE that the kernel has no answer to.
    fn core(&mut self, note: &Note, record: &CoreRecord, outcome: &Outcome, matcher: &mut Matcher<'_>) {
        let asks = matches!(
            record.kind,
            CoreKind::FIELD_EXISTS
                | CoreKind::TYPE_EXISTS
                | CoreKind::TYPE_MATCHES
                | CoreKind::ENUMVAL_EXISTS
                | CoreKind::TYPE_SIZE
                | CoreKind::TYPE_ID_TARGET
        );
        let state = match outcome {
            Outcome::Number { to: 0, .. } if asks => State::Guarded,
            Outcome::Number { .. } => return,
            _ if self.is_reached(note.insn) => State::Missing,
            _ => State::Guarded,
        };
        let question = Record { type_id: record.type_id, kind: record.kind, access: &record.access };
        let spec = || {
            let local = self.finder.linked.btf()?;
            let spec = Spec::of(local, &question).ok()?.to_string();
            Some(spec.split(" (").next().unwrap_or(&spec).to_string())
        };
        let miss = if let Outcome::Width { .. } = outcome { None } else { matcher.miss(&question) };
        let found = match (miss, outcome) {
            (Some(miss), _) => Finding {
                subject: Subject::Type,
                code: miss.code(),
                message: miss.to_string(),
                help: miss.hint(),
                state,
                basis: Basis::Btf,
                site: Default::default(),
                uses: 1,
            },
            (None, Outcome::Width { from, to }) => {
                let what = spec().unwrap_or_else(|| format!("type {}", record.type_id.0));
                let message = format!(
                    "`{what}` has {to} bytes in this kernel, {from} in the program, and such a one cannot be read otherwise"
                );
                finding(&Problem::Width(message), state, Basis::Btf, Default::default, 1)
            }
            (None, _) => return,
        };
        self.add_note(found, note);
    }

    /// Adds what is said of an instruction that relocation changed.
    fn add_note(&mut self, mut found: Finding, note: &Note) {
        let at = self.needs.at(self.finder.linked, note.insn);
        found.site = match at {
            Some(at) => self.finder.place(&at),
            None => beginning(self.finder.linked, self.program.func),
        };
        self.add(found);
    }
}

impl Hook {
    /// Whether a BTF has one of the names among its own types, or one that fits the pattern.
    fn is_in(&self, btf: &Btf, wanted: &[&str]) -> bool {
        match &self.pattern {
            Some(wanted) => names(btf, self.kind).any(|name| pattern::matches(wanted, name)),
            None if wanted.is_empty() => false,
            None => {
                let found = btf.find_many_own(wanted);
                (0..wanted.len()).any(|i| found.first(i, self.kind).is_some())
            }
        }
    }
}

/// Whether nothing is known of an option's value.
fn is_unknown_option(finder: &Finder<'_>, ext: &Extern) -> bool {
    match &*ext.name {
        name if name.starts_with("CONFIG_") => !finder.knows.config,
        name => name.starts_with("LINUX_") && !finder.knows.version,
    }
}

/// The bytes of maps that would be constant if more were known of the kernel.
fn unknown(finder: &Finder<'_>) -> Vec<Unknown> {
    let place = |ext: &Extern| match ext.kind {
        ExternKind::Kconfig { map, offset } if is_unknown_option(finder, ext) => {
            let size = finder.linked.btf().and_then(|btf| btf.size(ext.type_id).ok()).unwrap_or(8);
            Some((map, offset, offset.saturating_add(u32::try_from(size).unwrap_or(u32::MAX))))
        }
        _ => None,
    };
    finder.linked.externs().iter().filter_map(place).collect()
}
