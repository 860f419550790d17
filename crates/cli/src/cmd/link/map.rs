//! The map file: where everything came from, and what was left out.

use std::fmt::Write;

use skep::linker::Report;

/// The whole of it.
pub fn text(output: &str, report: &Report) -> String {
    let mut out = format!("{output}\n\nInputs\n  {:>10} {:>12}  file\n", "insns", "data bytes");
    for input in &report.inputs {
        let _ = writeln!(out, "  {:>10} {:>12}  {}", input.slots, input.bytes, input.file);
        if let Some(wanted) = &input.wanted {
            let _ = writeln!(out, "  {:>10} {:>12}    for `{}`, used in {}", "", "", wanted.symbol, wanted.by);
        }
    }
    let _ = write!(out, "\nSections\n  {:>10} {:>12}  name\n", "offset", "bytes");
    for section in &report.sections {
        let _ = writeln!(out, "  {:>10} {:>12}  {}", "", section.size, section.name);
        for part in &section.parts {
            let what = if part.symbol.is_empty() { String::new() } else { format!("{} ", part.symbol) };
            let _ = writeln!(out, "  {:>#10x} {:>12}    {what}({})", part.offset, part.size, part.file);
        }
    }
    let _ = write!(out, "\nLeft out\n{}", dropped(report));
    out
}

/// What was left out, and why.
pub fn dropped(report: &Report) -> String {
    let mut out = String::new();
    for dropped in &report.dropped {
        let size = if dropped.size == 0 { String::new() } else { format!(", {} bytes", dropped.size) };
        let _ = writeln!(out, "  {} {}{size}: {}", dropped.what, dropped.site, dropped.why);
    }
    out
}
