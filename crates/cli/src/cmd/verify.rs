//! `skep verify`: what the verifier says of each program.

use std::{
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use skep::{
    Config, Linked, Target,
    reloc::Program,
    verify::{Outcome, Verdict, Verifier, prepare},
};

use crate::{
    args, input,
    open::{failure, only_known, report},
    output::{self, BAD, FAINT, GOOD, NAME, WARN, nanoseconds, styled, table},
    privilege,
    report::{Failure, Report, status},
    target,
};

/// Tries every program of every object; fails if one that should load does not.
pub fn verify(args: &args::Verify) -> Result<(), Failure> {
    let target = target::running()?;
    let mut rows = Rows::begin(args).map_err(output::lost)?;
    let mut failure: Option<Failure> = None;
    for linked in each(&args.files) {
        let done = linked.and_then(|linked| one(&linked, args, &target, &mut rows));
        match (done, &mut failure) {
            (Ok(()), _) => {}
            (Err(more), Some(all)) => all.reports.extend(more.reports),
            // A reader that has gone away wants no more.
            (Err(lost), None) if lost.reports.is_empty() => return Err(lost),
            (Err(first), None) => failure = Some(first),
        }
    }
    let verdicts = rows.end().map_err(output::lost)?;
    match (failure, verdicts) {
        (None, None) => Ok(()),
        (Some(failure), None) | (None, Some(failure)) => Err(failure),
        (Some(mut failure), Some(verdicts)) => {
            failure.reports.extend(verdicts.reports);
            // That a program was refused outweighs a file that cannot be read.
            if verdicts.status == status::REFUSED {
                failure.status = status::REFUSED;
            }
            Err(failure)
        }
    }
}

/// The objects, each by itself if they do not need each other: then one that is unusable is no other's affair.
fn each(files: &[PathBuf]) -> Vec<Result<Linked, Failure>> {
    let alone = || files.iter().map(|file| input::one(std::slice::from_ref(file))).collect();
    match files {
        [_] => alone(),
        several => match input::groups_of(several) {
            Ok(groups) => groups.into_iter().map(input::linked).collect(),
            Err(_) if !several.iter().any(|file| input::is_library(file)) => alone(),
            Err(failure) => vec![Err(failure)],
        },
    }
}

fn one(linked: &Linked, args: &args::Verify, target: &Target, rows: &mut Rows) -> Result<(), Failure> {
    let file = Path::new(&**linked.file());
    // Of several files each may have some of the programs.
    if args.files.len() == 1 {
        only_known([linked].into_iter(), &args.only)?;
    }
    let relocated = prepare(linked, target).map_err(|errors| failure(&errors))?;
    let config = Config::new().file(linked.file().clone());
    let mut verifier = Verifier::new(&relocated, &config).map_err(|errors| failure(&errors))?;
    for program in verifier.programs() {
        if args.only.is_empty() || args.only.iter().any(|name| *name == *program.name) {
            let verdict = verifier.verify(program);
            rows.add(file, program, verdict).map_err(output::lost)?;
        }
    }
    Ok(())
}

/// The verdicts as they come, in one of three forms.
struct Rows<'a> {
    args: &'a args::Verify,
    table: comfy_table::Table,
    progress: ProgressBar,
    reports: Vec<Report>,
    denied: Vec<skep::Error>,
    counts: [u32; 3],
}

impl<'a> Rows<'a> {
    fn begin(args: &'a args::Verify) -> io::Result<Self> {
        if args.csv {
            writeln!(
                output::out(),
                "object,program,section,type,verdict,insns,states,peak_states,stack,time_us,reason"
            )?;
        }
        let columns = ["object", "program", "section", "verdict", "insns", "states", "stack", "time", ""];
        let progress = if io::stderr().is_terminal() { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
        // The template is constant; without it the bar has its ordinary form.
        if let Ok(style) = ProgressStyle::with_template("{spinner} {pos} programs  {wide_msg}") {
            progress.set_style(style);
        }
        let table = table(&columns, &["insns", "states", "stack", "time"]);
        Ok(Self { args, table, progress, reports: Vec::new(), denied: Vec::new(), counts: [0; 3] })
    }

    fn add(&mut self, file: &Path, program: &Program, verdict: Verdict) -> io::Result<()> {
        self.progress.set_message(program.name.to_string());
        self.progress.inc(1);
        let reason = match &verdict.outcome {
            Outcome::Accepted => String::new(),
            Outcome::Skipped(reason) => reason.clone(),
            Outcome::Rejected(errors) | Outcome::Denied(errors) => {
                errors.first().map_or(String::new(), |error| error.kind().to_string())
            }
        };
        self.counts[match verdict.outcome {
            Outcome::Accepted => 0,
            Outcome::Rejected(_) => 1,
            Outcome::Skipped(_) | Outcome::Denied(_) => 2,
        }] += 1;
        let time = verdict.counts.time.unwrap_or(verdict.elapsed);
        let time = Some(time).filter(|time| !time.is_zero());
        if self.args.csv {
            self.csv(file, program, &verdict, time, &reason)?;
        } else if self.args.json {
            self.json(file, program, &verdict, time, &reason)?;
        } else {
            self.row(file, program, &verdict, time, &reason);
        }
        if self.args.log && matches!(verdict.outcome, Outcome::Rejected(_)) && !self.args.json {
            let mut err = anstream::stderr().lock();
            writeln!(err, "{}\n{}", styled(NAME, format!("log of {}:", program.name)), verdict.log)?;
        }
        match verdict.outcome {
            Outcome::Rejected(errors) => self.reports.extend(errors.iter().map(report)),
            Outcome::Denied(errors) => self.denied.extend(errors),
            Outcome::Accepted | Outcome::Skipped(_) => {}
        }
        Ok(())
    }

    fn csv(
        &self,
        file: &Path,
        program: &Program,
        verdict: &Verdict,
        time: Option<Duration>,
        reason: &str,
    ) -> io::Result<()> {
        let c = &verdict.counts;
        let number = |n: Option<u64>| n.map_or(String::new(), |n| n.to_string());
        let time = time.map(|time| time.as_micros() as u64);
        let fields = [
            file.display().to_string(),
            program.name.to_string(),
            program.section.full.to_string(),
            program.prog_type.to_string(),
            verdict.outcome.word().into(),
            number(c.insns),
            number(c.states),
            number(c.peak_states),
            number(c.stack),
            number(time),
            reason.into(),
        ];
        writeln!(output::out(), "{}", fields.map(|field| quoted(&field)).join(","))
    }

    fn json(
        &self,
        file: &Path,
        program: &Program,
        verdict: &Verdict,
        time: Option<Duration>,
        reason: &str,
    ) -> io::Result<()> {
        let c = &verdict.counts;
        let errors = match &verdict.outcome {
            Outcome::Rejected(errors) => errors.iter().map(|error| report(error).json()).collect(),
            _ => Vec::new(),
        };
        output::json_line(&json!({
            "object": file.display().to_string(),
            "program": &*program.name,
            "section": &*program.section.full,
            "type": program.prog_type.to_string(),
            "verdict": verdict.outcome.word(),
            "insns": c.insns,
            "states": c.states,
            "peak_states": c.peak_states,
            "stack": c.stack,
            "time_us": time.map(|time| time.as_micros() as u64),
            "reason": (!reason.is_empty()).then_some(reason),
            "errors": errors,
            "log": (self.args.log && !verdict.log.is_empty()).then_some(&verdict.log),
        }))
    }

    fn row(&mut self, file: &Path, program: &Program, verdict: &Verdict, time: Option<Duration>, reason: &str) {
        let c = &verdict.counts;
        let number = |n: Option<u64>| n.map_or(String::new(), |n| n.to_string());
        let (style, note) = match verdict.outcome {
            Outcome::Accepted => (GOOD, ""),
            Outcome::Rejected(_) => (BAD, "see below"),
            Outcome::Skipped(_) => (WARN, reason),
            Outcome::Denied(_) => (WARN, "a capability is missing"),
        };
        let time = time.map_or(String::new(), |time| nanoseconds(time.as_nanos() as u64));
        self.table.add_row([
            file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            styled(NAME, &program.name),
            program.section.full.to_string(),
            styled(style, verdict.outcome.word()),
            number(c.insns),
            number(c.states),
            number(c.stack),
            time,
            styled(FAINT, note),
        ]);
    }

    /// Prints what is left to print; the failure if a program was refused or could not be tried.
    fn end(self) -> io::Result<Option<Failure>> {
        self.progress.finish_and_clear();
        let [ok, rejected, skipped] = self.counts;
        if !self.args.csv && !self.args.json && ok + rejected + skipped > 0 {
            writeln!(output::out(), "{}\n\n{ok} ok, {rejected} rejected, {skipped} skipped", self.table)?;
        }
        let status = match (rejected, self.denied.is_empty()) {
            (1.., _) => status::REFUSED,
            (0, false) => status::PRIVILEGE,
            (0, true) => return Ok(None),
        };
        // In JSON each program carries its own errors.
        let mut reports = if self.args.json { Vec::new() } else { self.reports };
        reports.extend(privilege::merge(self.denied.iter().map(|error| (error, report(error)))));
        Ok(Some(Failure { status, reports }))
    }
}

/// A field of CSV (RFC 4180).
fn quoted(field: &str) -> String {
    match field.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", field.replace('"', "\"\"")),
        false => field.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn fields_with_separators_are_quoted() {
        assert_eq!(quoted("tp/sched"), "tp/sched");
        assert_eq!(quoted("a, \"b\""), "\"a, \"\"b\"\"\"");
    }
}
