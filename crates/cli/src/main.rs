//! The `skep` command: one verb per stage of the pipeline.
//!
//! Only this crate prints. Each verb is a function from its arguments to an exit status or a [`report::Failure`].

mod args;
mod assembly;
mod cmd;
mod input;
mod open;
mod output;
mod privilege;
mod report;
mod run;
mod source;
mod target;

use std::{env, ffi::OsString, path::Path, process::ExitCode};

use clap::{CommandFactory, Parser};

use args::{Cli, Verb};

fn main() -> ExitCode {
    let cli = Cli::parse_from(arguments(env::args_os()));
    output::choose(cli.color);
    let done = |()| 0;
    let (json, result) = match &cli.verb {
        Verb::Run(args) => (args.json, run::run(args)),
        Verb::Verify(args) => (args.json, cmd::verify(args).map(done)),
        Verb::Load(args) => (args.json, cmd::load(args).map(done)),
        Verb::Dis(args) => (args.json, cmd::dis(args).map(done)),
        Verb::Asm(args) => (args.json, cmd::asm(args).map(done)),
        Verb::Dump(args) => (args.json, cmd::dump(args).map(done)),
        Verb::Link(args) => (args.json, cmd::link::link(args).map(done)),
        Verb::Reloc(args) => (args.json, cmd::reloc(args).map(done)),
        Verb::Check(args) => (args.json, cmd::check::check(args)),
        Verb::Btf(args) => (cmd::btf::is_json(args), cmd::btf::btf(args)),
        Verb::Completions { shell } => {
            clap_complete::generate(*shell, &mut Cli::command(), "skep", &mut std::io::stdout());
            (false, Ok(0))
        }
        Verb::Man { dir } => (false, cmd::man(dir).map(done)),
    };
    match result {
        Ok(status) => ExitCode::from(status),
        Err(failure) => {
            output::failure(&failure, json);
            ExitCode::from(failure.status)
        }
    }
}

/// Names by which the command is `skep link`, for those who can only name a program.
const LINKERS: [&str; 2] = ["skep-link", "bpf-linker"];
/// What rustc says first to the linker of BPF.
const FROM_RUSTC: &str = "--export-symbols";

/// The arguments, with the verb that the name of the command stands for, or who calls it.
fn arguments(given: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = given.into_iter().collect();
    let name = arguments.first().and_then(|first| Path::new(first).file_name());
    let is_linker = name.is_some_and(|name| LINKERS.iter().any(|linker| name == *linker));
    if is_linker || arguments.get(1).is_some_and(|first| first == FROM_RUSTC) {
        arguments.insert(1, "link".into());
    }
    match arguments.iter().skip(1).find(|argument| !argument.to_string_lossy().starts_with('-')) {
        Some(verb) if verb == "link" => args::expanded(arguments),
        _ => arguments,
    }
}
