//! Where output goes: colours, tables and JSON lines.

use std::io::{self, IsTerminal, Write};

use anstyle::{AnsiColor, Style};
use comfy_table::{CellAlignment, ColumnConstraint, Table, presets};
use serde_json::Value;

use crate::{
    args::Colour,
    input,
    report::{Failure, Report, status},
};

/// What is dimmed: positions, units, separators.
pub const FAINT: Style = Style::new().dimmed();
/// Names of things.
pub const NAME: Style = AnsiColor::Cyan.on_default();
/// Headings.
pub const HEAD: Style = Style::new().bold();
/// What went well.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// What went wrong.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// What to look at.
pub const WARN: Style = AnsiColor::Yellow.on_default();

/// Sets for the whole process whether styles become escape sequences.
pub fn choose(colour: Colour) {
    match colour {
        Colour::Auto => {}
        Colour::Always => anstream::ColorChoice::Always.write_global(),
        Colour::Never => anstream::ColorChoice::Never.write_global(),
    }
}

/// Whether errors are shown in colours.
pub fn stderr_colours() -> bool {
    anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never
}

/// Whether a person watches standard output.
pub fn watched() -> bool {
    io::stdout().is_terminal()
}

/// Whether a person reads what is said beside the output.
pub fn is_attended() -> bool {
    io::stderr().is_terminal()
}

/// Says something that is no error.
pub fn warn(text: &str) {
    anstream::eprintln!("{}: {text}", styled(WARN, "warning"));
}

/// Standard output that drops escape sequences where they are not wanted.
pub fn out() -> impl Write {
    anstream::AutoStream::auto(io::stdout()).lock()
}

/// `text` in a style.
pub fn styled(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// Prints one JSON value a line; a reader that has gone away is no error.
pub fn json_line(value: &Value) -> io::Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, value)?;
    out.write_all(b"\n")
}

/// The failure to print. A reader that has gone away is no failure worth a message.
pub fn lost(error: io::Error) -> Failure {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Failure { status: 0, reports: Vec::new() };
    }
    Failure::new(status::INPUT, Report::new("output", input::reason(&error)))
}

/// Shows why a command failed, on standard error; with `json`, one object a line.
pub fn failure(failure: &Failure, json: bool) {
    for report in &failure.reports {
        if json {
            eprintln!("{}", report.json());
        } else {
            eprintln!("{}\n", report.text(stderr_colours()));
        }
    }
}

/// A table without lines; columns named in `right` are aligned to the right.
pub fn table(columns: &[&str], right: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    table.set_header(columns.iter().map(|c| styled(HEAD, c)));
    for (i, column) in columns.iter().enumerate() {
        if let Some(c) = table.column_mut(i) {
            c.set_padding((0, 2));
            c.set_constraint(ColumnConstraint::ContentWidth);
            if right.contains(column) {
                c.set_cell_alignment(CellAlignment::Right);
            }
        }
    }
    table
}

/// A duration in nanoseconds, as people say it.
pub fn nanoseconds(n: u64) -> String {
    match n {
        0..1000 => format!("{n} ns"),
        1000..1_000_000 => trim(n as f64 / 1e3, "µs"),
        1_000_000..1_000_000_000 => trim(n as f64 / 1e6, "ms"),
        _ => trim(n as f64 / 1e9, "s"),
    }
}

fn trim(n: f64, unit: &str) -> String {
    let text = if n < 10.0 { format!("{n:.2}") } else { format!("{n:.1}") };
    format!("{} {unit}", text.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        assert_eq!(nanoseconds(1_234), "1.23 µs");
        assert_eq!(nanoseconds(12_000_000_000), "12 s");
    }
}
