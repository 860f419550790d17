//! `skep btf`: a file for each of its verbs.

mod check;
mod dedup;
mod diff;
mod dump;
mod find;
mod merge;
mod min;

use crate::{
    args::btf::{Btf, Verb},
    report::Failure,
};

/// Whether errors are to be JSON.
pub fn is_json(args: &Btf) -> bool {
    match &args.verb {
        Verb::Dump(_) => false,
        Verb::Find(args) => args.json,
        Verb::Diff(args) => args.json,
        Verb::Dedup(args) => args.json,
        Verb::Merge(args) => args.json,
        Verb::Min(args) => args.json,
        Verb::Check(args) => args.json,
    }
}

/// Runs the verb; gives the exit status.
pub fn btf(args: &Btf) -> Result<u8, Failure> {
    match &args.verb {
        Verb::Diff(args) => return diff::diff(args),
        Verb::Dump(args) => dump::dump(args),
        Verb::Find(args) => find::find(args),
        Verb::Dedup(args) => dedup::dedup(args),
        Verb::Merge(args) => merge::merge(args),
        Verb::Min(args) => min::min(args),
        Verb::Check(args) => check::check(args),
    }
    .map(|()| 0)
}
