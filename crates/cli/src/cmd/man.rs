//! `skep man`: the manual pages, made from the command line's own description.

use std::path::Path;

use clap::CommandFactory;

use crate::{
    args::Cli,
    input,
    report::{Failure, Report, status},
};

/// Writes `skep.1` and a page for each verb.
pub fn man(dir: &Path) -> Result<(), Failure> {
    clap_mangen::generate_to(Cli::command(), dir).map_err(|error| {
        let message = format!("cannot write to {}: {}", dir.display(), input::reason(&error));
        Failure::new(status::INPUT, Report::new("file-unwritable", message))
    })
}
