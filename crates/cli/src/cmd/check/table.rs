//! Programs × kernels.

use std::io::{self, Write};

use comfy_table::Table;
use skep::reloc::check::{ProgramReport, State, Verdict};

use super::Checked;
use crate::output::{self, BAD, FAINT, GOOD, HEAD, WARN, styled};

/// More kernels than this are put together where an object finds the same on them.
const COLUMNS: usize = 10;

/// Prints what becomes of each program of an object on each kernel.
pub fn print(out: &mut impl Write, object: &Checked, kernels: &[&str]) -> io::Result<()> {
    let groups = groups(object, kernels.len());
    let letters = kernels.len() > COLUMNS;
    let heads: Vec<String> = groups
        .iter()
        .enumerate()
        .map(|(i, group)| match (letters, group.first().and_then(|&first| kernels.get(first))) {
            (true, _) => format!("{} ({})", letter(i), group.len()),
            (false, first) => first.copied().unwrap_or_default().to_owned(),
        })
        .collect();
    writeln!(out, "{}", styled(HEAD, &object.file))?;
    let columns: Vec<&str> = ["PROGRAM", "SECTION"].into_iter().chain(heads.iter().map(String::as_str)).collect();
    let mut table = output::table(&columns, &[]);
    for (i, program) in object.reports.first().map_or(&[][..], |report| &report.programs).iter().enumerate() {
        row(&mut table, object, &groups, i, program);
    }
    writeln!(out, "{}", table.trim_fmt())?;
    for (i, group) in groups.iter().enumerate().filter(|_| letters) {
        let names: Vec<&str> = group.iter().filter_map(|&i| kernels.get(i).copied()).collect();
        writeln!(out, "{}", styled(FAINT, format!("{}: {}", letter(i), names.join(", "))))?;
    }
    writeln!(out)
}

fn row(table: &mut Table, object: &Checked, groups: &[Vec<usize>], i: usize, program: &ProgramReport) {
    let cell = |group: &Vec<usize>| {
        let report = group.first().and_then(|&first| object.reports.get(first)?.programs.get(i));
        report.map_or_else(String::new, cell)
    };
    let name = match program.autoload {
        true => program.name.to_string(),
        false => styled(FAINT, format!("{} (off)", program.name)),
    };
    let section = styled(FAINT, &program.section.full);
    table.add_row([name, section].into_iter().chain(groups.iter().map(cell)));
}

/// A verdict with the number of things that stand behind it.
fn cell(program: &ProgramReport) -> String {
    let count = |state: State| program.findings.iter().filter(|finding| finding.state == state).count();
    match program.verdict() {
        Verdict::Fits => styled(GOOD, "ok"),
        Verdict::Without => styled(GOOD, format!("ok, without {}", count(State::Guarded) + count(State::Weak))),
        Verdict::Unknown => styled(WARN, format!("unknown {}", count(State::Unknown))),
        Verdict::Missing => styled(BAD, format!("missing {}", count(State::Missing))),
    }
}

/// The kernels that make a column each: all, or if there are too many, those on which the object finds the same.
fn groups(object: &Checked, kernels: usize) -> Vec<Vec<usize>> {
    if kernels <= COLUMNS {
        return (0..kernels).map(|i| vec![i]).collect();
    }
    let mut groups: Vec<(Vec<String>, Vec<usize>)> = Vec::new();
    for (i, report) in object.reports.iter().enumerate() {
        let cells: Vec<String> = report.programs.iter().map(cell).collect();
        match groups.iter_mut().find(|(known, _)| *known == cells) {
            Some((_, group)) => group.push(i),
            None => groups.push((cells, vec![i])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// A, B, … Z, AA, …
fn letter(i: usize) -> String {
    let last = char::from(b'A' + (i % 26) as u8);
    if i < 26 { last.to_string() } else { letter(i / 26 - 1) + &last.to_string() }
}

#[cfg(test)]
mod tests {
    use super::letter;

    #[test]
    fn columns_have_letters() {
        assert_eq!([0, 25, 26, 52, 702].map(letter), ["A", "Z", "AA", "BA", "AAA"]);
    }
}
