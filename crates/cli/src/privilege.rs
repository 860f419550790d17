//! Missing capabilities: which, for what, what to do, and what works without them.

use skep::{Kind, Linked};

use crate::report::Report;

/// The reports of errors. Of those that miss the same capability one is left, which names what else needs it.
pub fn merge<'a>(errors: impl Iterator<Item = (&'a skep::Error, Report)>) -> Vec<Report> {
    let mut merged: Vec<Report> = Vec::new();
    let mut first: Vec<(&str, usize, Vec<String>)> = Vec::new();
    for (error, report) in errors {
        let Kind::MissingCapability { capability, .. } = error.kind() else {
            merged.push(report);
            continue;
        };
        match first.iter_mut().find(|(name, ..)| name == capability) {
            Some((.., others)) => others.extend(report.site.symbol.as_ref().map(|symbol| format!("`{symbol}`"))),
            None => {
                first.push((capability, merged.len(), Vec::new()));
                merged.push(report);
            }
        }
    }
    for (_, at, others) in first.into_iter().filter(|(.., others)| !others.is_empty()) {
        merged[at].notes.push(format!("it is needed for {} as well", others.join(", ")));
    }
    merged
}

/// What to do for an object to be loaded, and what can be done without.
pub fn advice(linked: &Linked) -> String {
    let mut names = vec!["CAP_BPF"];
    for program in linked.programs() {
        for name in program.section.def.iter().flat_map(|def| skep::capabilities(def.prog_type)) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    format!(
        "this object needs {}: use sudo, or grant them (`setcap`, `AmbientCapabilities=` of systemd, `--cap-add` of a \
         container); `skep dump` and `skep reloc` work without",
        names.join(" and ")
    )
}
