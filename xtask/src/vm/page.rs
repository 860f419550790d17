//! The page about the kernels that the tests ran on.

use super::report::{Report, Status};
use crate::process::{During, Outcome};
use std::fmt::Write;
use std::fs;

const PATH: &str = "docs/kernels.md";
const ABOUT: &str = "# Kernels

<!-- Written by `cargo xtask vm --docs`. -->

`cargo xtask vm` boots these kernels of Debian's under qemu and runs in each the kernel tests (`tests/kernel`), the tests
of the crate `sys` (`sys::…`), the examples and the command on them. A test is skipped only where the kernel cannot have
what it is about; the reason names the release that brought it, or the option the kernel is built without.

| kernel | release | passed | failed | skipped |
| --- | --- | ---: | ---: | ---: |
";

/// Writes it.
pub fn write(reports: &[Report]) -> Outcome {
    fs::write(PATH, page(reports)).during(PATH)?;
    println!("written: {PATH}");
    Ok(())
}

fn page(reports: &[Report]) -> String {
    let mut text = ABOUT.to_owned();
    // Writing to a string does not fail.
    for report in reports {
        let [ok, failed, skipped] = report.counts();
        let _ = writeln!(text, "| {} | {} | {ok} | {failed} | {skipped} |", report.label, report.release);
    }
    text += "\n## What is skipped, and why\n\n| test | kernels | reason |\n| --- | --- | --- |\n";
    for (name, reason, labels) in skips(reports) {
        let _ = writeln!(text, "| `{name}` | {} | {} |", labels.join(", "), reason.replace('|', "\\|"));
    }
    text
}

/// Each test that was skipped for a reason, with the kernels on which it was.
fn skips(reports: &[Report]) -> Vec<(&str, &str, Vec<&str>)> {
    let mut skips: Vec<(&str, &str, Vec<&str>)> = Vec::new();
    for report in reports {
        for row in report.rows.iter().filter(|row| row.status == Status::Skipped) {
            match skips.iter_mut().find(|skip| (skip.0, skip.1) == (&*row.name, &*row.detail)) {
                Some(skip) => skip.2.push(&report.label),
                None => skips.push((&row.name, &row.detail, vec![&report.label])),
            }
        }
    }
    skips.sort();
    skips
}
