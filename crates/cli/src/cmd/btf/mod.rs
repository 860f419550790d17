//! `skep btf`: a file for each of its verbs.

mod dedup;
mod dump;

use crate::{
    args::btf::{Btf, Verb},
    report::Failure,
};

/// Whether errors are to be JSON.
pub fn is_json(args: &Btf) -> bool {
    match &args.verb {
        Verb::Dump(_) => false,
        Verb::Dedup(args) => args.json,
    }
}

/// Runs the verb.
pub fn btf(args: &Btf) -> Result<(), Failure> {
    match &args.verb {
        Verb::Dump(args) => dump::dump(args),
        Verb::Dedup(args) => dedup::dedup(args),
    }
}
