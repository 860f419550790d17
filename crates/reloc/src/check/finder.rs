//! One object on one kernel.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use super::{
    Basis, Finding, ProgramReport, Report, State, Subject,
    facts::Facts,
    needs::{All, At, Needs},
    problem::{Problem, classify, help_of},
    program::Asked,
};
use crate::{
    Config, Contents, Kind, Linked, MapSpec, Relocated, Selection, Target,
    core::Types,
    downgrade::Helpers,
    object::{
        Diagnostic, ExternKind, MapDef, Site,
        btf::{Btf, Found, core::Matcher},
        isa::{MapIdx, Raw},
        uapi::MapFlags,
    },
    place::place,
    relocate,
};

/// What is the same for all programs on one kernel.
pub(super) struct Finder<'a> {
    pub linked: &'a Linked,
    pub target: &'a Target,
    pub facts: Facts<'a>,
    /// Where the names of the object were found in the kernel proper.
    pub found: Found,
    pub names: &'a [String],
    /// Helpers that relocation replaces on this kernel.
    helpers: Helpers,
    /// Whether the values of options and the addresses of symbols are known.
    pub knows: Knows,
}

/// Which of a kernel's facts are known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Knows {
    pub config: bool,
    pub symbols: bool,
    pub version: bool,
}

impl<'a> Finder<'a> {
    pub(super) fn report(linked: &'a Linked, needs: &'a All, target: &'a Target) -> Report {
        let btf = target.vmlinux().ok();
        let btf: Option<&Btf> = btf.map(|btf| &**btf);
        let wanted: Vec<&str> = needs.names.iter().map(String::as_str).collect();
        let found = btf.map(|btf| btf.find_many_own(&wanted)).unwrap_or_default();
        let uses = |wanted: fn(&ExternKind) -> bool| linked.externs().iter().any(|ext| wanted(&ext.kind));
        let uses_config = uses(|kind| matches!(kind, ExternKind::Kconfig { .. }));
        let finder = Self {
            linked,
            target,
            facts: Facts::of(target, btf, &found),
            found,
            names: &needs.names,
            helpers: Helpers::of(target),
            knows: Knows {
                config: !uses_config || target.config().is_ok(),
                // To ask for no symbol costs nothing where they are not known, and a pass over them where they are.
                symbols: !uses(|kind| *kind == ExternKind::Ksym) || target.symbols(&[]).is_ok(),
                version: target.version() != 0,
            },
        };
        let config = Config { assume: true, ..Config::new().select(Selection::All) };
        let mut report = Report { release: finder.facts.known, object: Vec::new(), programs: Vec::new() };
        let relocated = match relocate(linked, target, &config) {
            Ok(relocated) => relocated,
            Err(errors) => {
                errors.iter().for_each(|error| report.object.push(of_error(error.site(), error.kind())));
                return report;
            }
        };
        if linked.endian() != target.endian() {
            let problem = Problem::ByteOrder(linked.endian());
            let site = || Site::file(linked.file());
            report.object.push(finding(&problem, State::Missing, Basis::Btf, site, 0));
        }
        let types = Types(target, None);
        let mut matcher = linked.btf().map(|local| Matcher::new(local, &types));
        for ((needs, program), entry) in needs.programs.iter().zip(&relocated.programs).zip(linked.programs()) {
            let findings = Asked::of(&finder, needs, program, &relocated).findings(matcher.as_mut());
            report.programs.push(ProgramReport {
                name: program.name.clone(),
                section: program.section.clone(),
                prog_type: program.prog_type,
                autoload: entry.autoload,
                findings,
            });
        }
        finder.maps_of_nobody(&needs.programs, &relocated, &mut report.object);
        report
    }

    /// What is lacking for maps that no program refers to: they are created all the same.
    fn maps_of_nobody(&self, programs: &[Needs], relocated: &Relocated, findings: &mut Vec<Finding>) {
        for (i, map) in relocated.maps.iter().enumerate().filter(|(_, map)| map.needed) {
            let index = MapIdx(i as u32);
            if programs.iter().any(|program| program.maps.iter().any(|(_, map)| *map == index)) {
                continue;
            }
            let site = Site::file(self.linked.file()).symbol(map.name.clone());
            map.fault.iter().for_each(|fault| add(findings, of_error(fault.site(), fault.kind())));
            self.map(map, &mut |problem, state, basis| {
                let mut found = finding(&problem, state, basis, || site.clone(), 0);
                found.message = format!("{} (`{}`)", found.message, map.name);
                add(findings, found);
            });
        }
    }

    /// What is lacking for a map.
    pub(super) fn map(&self, map: &MapSpec, report: &mut impl FnMut(Problem, State, Basis)) {
        // Flags of maps of variables are those that relocation and loading replace.
        let is_data = matches!(map.contents, Contents::Value { .. });
        for def in core::iter::once(&map.def).chain(map.def.inner.as_deref()) {
            self.map_def(def, is_data, report);
        }
    }

    fn map_def(&self, def: &MapDef, is_data: bool, report: &mut impl FnMut(Problem, State, Basis)) {
        if let Some((state, basis)) = self.facts.lacks_map(def.map_type) {
            let option = self.facts.missing_option(def.map_type.options()).filter(|_| basis == Basis::Config);
            report(Problem::Map(def.map_type, option), state, basis);
        }
        for row in MapFlags::ROWS.iter().filter(|row| !is_data && def.flags.contains(row.value)) {
            if let Some((state, basis)) = self.facts.lacks_flag(row) {
                report(Problem::MapFlag(row.uapi), state, basis);
            }
        }
    }

    /// The helper that a call asks for on this kernel: relocation replaces some.
    pub(super) fn helper(&self, call: Raw) -> u32 {
        let mut call = call;
        self.helpers.replace(&mut call);
        call.imm as u32
    }

    /// The place of an instruction.
    pub(super) fn place(&self, at: &At) -> Site {
        place(self.linked, at.func, at.position)
    }
}

/// An error of relocation as a finding.
pub(super) fn of_error(site: &Site, kind: &Kind) -> Finding {
    let (subject, state, basis) = classify(kind);
    Finding {
        subject,
        code: kind.code(),
        message: kind.to_string(),
        help: help_of(kind),
        state,
        basis,
        site: site.clone(),
        uses: u32::from(site.insn.is_some()),
    }
}

/// A problem as a finding.
pub(super) fn finding(
    problem: &Problem,
    state: State,
    basis: Basis,
    site: impl FnOnce() -> Site,
    uses: u32,
) -> Finding {
    Finding {
        subject: problem.subject(),
        code: problem.code(),
        message: problem.sentence(state),
        help: help_of(problem),
        state,
        basis,
        site: site(),
        uses,
    }
}

/// Adds a finding; the same thing asked for again is one finding, as severe as the worst of them.
pub(super) fn add(findings: &mut Vec<Finding>, new: Finding) {
    let same = |old: &&mut Finding| old.code == new.code && old.message == new.message && old.basis == new.basis;
    match findings.iter_mut().find(same) {
        Some(old) => {
            old.uses += new.uses;
            if new.state < old.state {
                (old.state, old.site) = (new.state, new.site);
            }
        }
        None => findings.push(new),
    }
}

impl Subject {
    /// Whether findings of this sort are of the object and not of a kernel.
    pub fn is_object(self) -> bool {
        self == Self::Object
    }
}
