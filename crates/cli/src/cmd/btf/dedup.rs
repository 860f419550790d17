//! `skep btf dedup`: equal types made one.

use std::io::{self, Write};

use serde_json::json;
use skep::btf;

use crate::{args::btf::Dedup, output, report::Failure, source};

/// Writes what is left, and says how much that is.
pub fn dedup(args: &Dedup) -> Result<(), Failure> {
    let opened = source::open(&args.source, &args.base)?;
    let deduped = btf::dedup(&opened.btf).map_err(|error| source::broken(&opened.name, &error))?;
    let bytes = deduped.bytes();
    if let Some(path) = &args.output {
        source::write(path, &bytes)?;
    }
    let before = (opened.btf.len() as usize, opened.btf.bytes().as_ref().len());
    let after = (deduped.edit.len() as usize, bytes.len());
    let printed = if args.json {
        output::json_line(&json!({
            "source": opened.name,
            "before": { "types": before.0, "bytes": before.1 },
            "after": { "types": after.0, "bytes": after.1 },
        }))
    } else {
        say(&opened.name, before, after)
    };
    printed.map_err(output::lost)
}

fn say(name: &str, before: (usize, usize), after: (usize, usize)) -> io::Result<()> {
    let mut out = output::out();
    writeln!(out, "{name}: {} types, {} bytes → {} types, {} bytes", before.0, before.1, after.0, after.1)
}
