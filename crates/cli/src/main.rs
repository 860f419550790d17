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

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use args::{Cli, Verb};

fn main() -> ExitCode {
    let cli = Cli::parse();
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
