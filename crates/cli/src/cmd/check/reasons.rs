//! Why programs do not fit: each thing once, with the kernels that lack it.

use std::io::{self, Write};

use skep::reloc::check::{Finding, State};

use super::Checked;
use crate::output::{BAD, FAINT, GOOD, NAME, WARN, styled};

/// The most kernels that are named.
const NAMED: usize = 8;

/// A finding, and the kernels that it is true of.
type Shared<'a> = (&'a Finding, Vec<usize>);

/// Prints what is behind the table of an object; `quiet` leaves out what programs can do without.
pub fn print(out: &mut impl Write, object: &Checked, kernels: &[&str], quiet: bool) -> io::Result<()> {
    let whole = object.reports.iter().map(|report| &report.object[..]);
    list(out, None, &shared(whole, quiet), kernels)?;
    for (i, program) in object.reports.first().map_or(&[][..], |report| &report.programs).iter().enumerate() {
        let each = object.reports.iter().map(|report| report.programs.get(i).map_or(&[][..], |p| &p.findings[..]));
        list(out, Some(&program.name), &shared(each, quiet), kernels)?;
    }
    Ok(())
}

/// The findings of all kernels, each once, the worst first.
fn shared<'a>(each: impl Iterator<Item = &'a [Finding]>, quiet: bool) -> Vec<Shared<'a>> {
    let mut all: Vec<Shared<'a>> = Vec::new();
    for (kernel, findings) in each.enumerate() {
        for finding in findings.iter().filter(|f| !quiet || matches!(f.state, State::Missing | State::Unknown)) {
            let same = |(old, _): &&mut Shared<'_>| {
                old.message == finding.message && old.state == finding.state && old.basis == finding.basis
            };
            match all.iter_mut().find(same) {
                Some((_, kernels)) => kernels.push(kernel),
                None => all.push((finding, vec![kernel])),
            }
        }
    }
    all.sort_by_key(|(finding, _)| finding.state);
    all
}

fn list(out: &mut impl Write, program: Option<&str>, findings: &[Shared<'_>], kernels: &[&str]) -> io::Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}", styled(NAME, program.unwrap_or("the object")))?;
    for (finding, on) in findings {
        let style = match finding.state {
            State::Missing => BAD,
            State::Unknown => WARN,
            State::Guarded | State::Weak => GOOD,
        };
        let word = styled(style, format!("{:<8}", finding.state.word()));
        let basis = styled(FAINT, format!("({})", finding.basis));
        writeln!(out, "  {word} {}  {basis}", finding.message)?;
        writeln!(out, "           {}", styled(FAINT, format!("on {}", names(on, kernels))))?;
        if let Some(place) = place(finding) {
            writeln!(out, "           {}", styled(FAINT, place))?;
        }
        if let Some(help) = finding.help.as_ref().filter(|_| matches!(finding.state, State::Missing | State::Unknown)) {
            writeln!(out, "           {} {help}", styled(NAME, "="))?;
        }
    }
    writeln!(out)
}

/// The kernels, in a few words.
fn names(on: &[usize], kernels: &[&str]) -> String {
    if on.len() == kernels.len() && on.len() > 1 {
        return format!("all {} kernels", on.len());
    }
    let named: Vec<&str> = on.iter().take(NAMED).filter_map(|&i| kernels.get(i).copied()).collect();
    match on.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

/// Where the first instruction is that asks for it.
fn place(finding: &Finding) -> Option<String> {
    if finding.uses == 0 {
        return None;
    }
    let site = &finding.site;
    let place = match (&site.source, &site.symbol) {
        (Some(source), _) => format!("{}:{}: {}", source.file, source.line, source.text.trim()),
        (None, Some(symbol)) => match site.insn {
            Some(insn) => format!("{symbol}, insn {insn}"),
            None => symbol.to_string(),
        },
        (None, None) => return None,
    };
    Some(match finding.uses {
        1 => format!("at {place}"),
        uses => format!("at {place}  and {} more", uses - 1),
    })
}
