//! `skep btf merge`: several become one.

use std::io::Write;

use serde_json::json;
use skep::btf::{self, Btf, Edit, TypeId, by_name, dedup, distill, reachable, select};

use super::dump::named;
use crate::{
    args::btf::{Endian, Merge},
    output,
    report::Failure,
    source,
};

/// Writes the types of all sources as one.
pub fn merge(args: &Merge) -> Result<(), Failure> {
    let base = args.base.base.as_deref().map(source::base_of).transpose()?;
    let opened = Failure::collect(args.sources.iter().map(|name| source::open_settled(name, &args.base)))?;
    // The types of several modules go on from one kernel, which they need not name.
    let shared = opened.iter().find_map(|opened| opened.btf.base().cloned());
    let base = base.or(shared);
    let order = match (args.endian, opened.first()) {
        (Some(Endian::Little), _) => btf::Endian::Little,
        (Some(Endian::Big), _) => btf::Endian::Big,
        (None, first) => first.map_or(btf::Endian::Little, |first| first.btf.endian()),
    };
    let mut edit = base.as_ref().map_or_else(|| Edit::new(order), |base| Edit::split(base));
    for opened in &opened {
        edit.append(&opened.btf).map_err(|error| source::broken(&opened.name, &error))?;
    }
    let before = edit.len();
    let broken = |error: btf::Error| source::broken("the types together", &error);
    let reopen = |bytes| match &base {
        Some(base) => Btf::parse_split(bytes, base.clone()),
        None => Btf::parse(bytes),
    };
    let mut merged = reopen(edit.finish()).map_err(broken)?;
    if !args.types.is_empty() {
        let roots = Failure::collect(args.types.iter().map(|name| named(&merged, name)))?;
        let some = reachable(&merged, roots.into_iter().flatten()).map_err(broken)?;
        merged = reopen(select(&merged, &some, &[]).map_err(broken)?.bytes()).map_err(broken)?;
    }
    if !args.keep_equal {
        merged = reopen(dedup(&merged).map_err(broken)?.bytes()).map_err(broken)?;
    }
    if args.sort {
        let order: Vec<TypeId> = by_name(&merged);
        merged = reopen(select(&merged, &order, &[]).map_err(broken)?.bytes()).map_err(broken)?;
    }
    let mut bytes = Edit::of(&merged).encode(order);
    if let Some(path) = &args.distill {
        let distilled = distill(&merged).map_err(broken)?;
        source::write(path, &distilled.base)?;
        bytes = distilled.split;
    }
    if let Some(path) = &args.output {
        source::write(path, &bytes)?;
    }
    let printed = if args.json {
        output::json_line(&json!({
            "sources": opened.iter().map(|opened| &opened.name).collect::<Vec<_>>(),
            "before": before,
            "types": merged.len(),
            "bytes": bytes.len(),
        }))
    } else {
        let (types, name) = (merged.len(), source::said(args.output.as_deref()));
        writeln!(output::out(), "{name}{types} types, {} bytes, of {before} types", bytes.len())
    };
    printed.map_err(output::lost)
}
