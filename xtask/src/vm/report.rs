//! What came of each test on each kernel, and the table of it all.

use super::initramfs::{CHECKS, Check, SYS};
use crate::process::Failure;
use std::fmt::Write;

/// What a job in the machine did.
#[derive(Default)]
pub struct Job {
    pub name: String,
    pub output: Vec<String>,
    pub errors: Vec<String>,
    /// `ok`, or how it ended; empty if it did not.
    pub status: String,
}

/// What came of one test.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Ok,
    Failed,
    Skipped,
}

/// One test on one kernel.
pub struct Row {
    pub name: String,
    pub status: Status,
    /// Why it was skipped, or what failed.
    pub detail: String,
}

/// Everything that ran on one kernel.
pub struct Report {
    pub label: String,
    /// What `uname -r` says; empty if it was not booted.
    pub release: String,
    pub rows: Vec<Row>,
    notes: Vec<String>,
}

impl Report {
    /// A report of what the jobs said.
    pub fn of(label: &str, jobs: Vec<Job>, notes: Vec<String>) -> Self {
        let mut rows = Vec::new();
        for job in &jobs {
            match CHECKS.iter().find(|check| check.name == job.name) {
                Some(check) => rows.push(check_row(check, job)),
                None => test_rows(job, &mut rows),
            }
        }
        Self { label: label.to_owned(), release: String::new(), rows, notes }
    }

    /// A kernel that could not be tried.
    pub fn broken(label: &str, failure: &Failure) -> Self {
        Self::of(label, Vec::new(), Vec::new()).and_broken(failure)
    }

    /// The same, and that it went no further.
    pub fn and_broken(mut self, failure: &Failure) -> Self {
        self.rows.push(Row { name: "boot".into(), status: Status::Failed, detail: failure.to_string() });
        self
    }

    /// Whether the machine stopped before it was done.
    pub fn is_broken(&self) -> bool {
        self.rows.iter().any(|row| row.name == "boot" && row.status == Status::Failed)
    }

    /// Counts, in words.
    pub fn summary(&self) -> String {
        let [ok, failed, skipped] = self.counts();
        format!("{ok} ok, {failed} failed, {skipped} skipped")
    }

    /// How many tests are sound, failed and were skipped.
    pub fn counts(&self) -> [usize; 3] {
        [Status::Ok, Status::Failed, Status::Skipped]
            .map(|status| self.rows.iter().filter(|row| row.status == status).count())
    }
}

/// The lines of the test program: `test NAME ... ok`, `FAILED` or `ignored (REASON)`.
fn test_rows(job: &Job, rows: &mut Vec<Row>) {
    let before = rows.len();
    for line in &job.output {
        let Some((name, outcome)) = line.strip_prefix("test ").and_then(|rest| rest.split_once(" ... ")) else {
            continue;
        };
        let name = name.trim();
        let (status, detail) = match outcome.split_once(' ').unwrap_or((outcome, "")) {
            ("ok", _) => (Status::Ok, String::new()),
            ("ignored", reason) => (Status::Skipped, reason.trim_matches(['(', ')']).to_owned()),
            _ => (Status::Failed, failure_text(name, &job.output)),
        };
        let prefix = if job.name == SYS { "sys::" } else { "" };
        rows.push(Row { name: format!("{prefix}{name}"), status, detail });
    }
    let any_failed = rows[before..].iter().any(|row| row.status == Status::Failed);
    if job.status != "ok" && !any_failed {
        let detail = format!("ended with {}\n{}", job.status, job.errors.join("\n"));
        rows.push(Row { name: job.name.clone(), status: Status::Failed, detail });
    }
}

/// What the test program says of a failed test below `---- NAME ----`.
fn failure_text(name: &str, output: &[String]) -> String {
    let head = format!("---- {name} ----");
    let rest = output.iter().skip_while(|line| **line != head).skip(1);
    let text = rest.take_while(|line| !line.starts_with("---- ") && *line != "failures:");
    text.map(String::as_str).collect::<Vec<_>>().join("\n").trim_end().to_owned()
}

fn check_row(check: &Check, job: &Job) -> Row {
    let (name, wanted) = (check.name.to_owned(), check.wanted);
    if job.status == "ok" && (wanted.is_empty() || job.output.iter().any(|line| line.contains(wanted))) {
        return Row { name, status: Status::Ok, detail: String::new() };
    }
    let mut detail = format!("ended with {}; its output should contain {wanted}", job.status);
    for line in job.errors.iter().chain(&job.output).take(30) {
        let _ = write!(detail, "\n{line}");
    }
    Row { name, status: Status::Failed, detail }
}

/// A line for each test, a column for each kernel; then why tests were skipped, and what failed.
pub fn table(reports: &[Report]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for row in reports.iter().flat_map(|report| &report.rows) {
        if !names.contains(&row.name.as_str()) {
            names.push(&row.name);
        }
    }
    let width = names.iter().map(|name| name.len()).max().unwrap_or(0).max(4);
    // Writing to a string does not fail.
    let mut text = format!("{:width$}", "test");
    for report in reports {
        let _ = write!(text, "  {:<6}", report.label);
    }
    for name in &names {
        let _ = write!(text, "\n{name:width$}");
        for report in reports {
            let cell = match report.rows.iter().find(|row| row.name == **name).map(|row| row.status) {
                Some(Status::Ok) => "ok",
                Some(Status::Failed) => "FAILED",
                Some(Status::Skipped) => "skip",
                None => "-",
            };
            let _ = write!(text, "  {cell:<6}");
        }
    }
    text.push('\n');
    explain(&mut text, reports, Status::Skipped, "skipped");
    explain(&mut text, reports, Status::Failed, "failed");
    for (report, note) in reports.iter().flat_map(|report| report.notes.iter().map(move |note| (report, note))) {
        let _ = writeln!(text, "{}: {note}", report.label);
    }
    text
}

fn explain(text: &mut String, reports: &[Report], status: Status, title: &str) {
    let rows = reports.iter().flat_map(|report| report.rows.iter().map(move |row| (report, row)));
    for (at, (report, row)) in rows.filter(|(_, row)| row.status == status).enumerate() {
        if at == 0 {
            let _ = writeln!(text, "\n{title}:");
        }
        let _ = writeln!(text, "  {:<6}{}: {}", report.label, row.name, row.detail.replace('\n', "\n    "));
    }
}
