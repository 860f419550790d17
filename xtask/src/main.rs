//! The project's own tasks, as `cargo xtask NAME`.
//!
//! One row of [`TASKS`] is one task; each lives in the file of its name. Nothing here is part of skep.

mod ci;
mod clang;
mod docs;
mod fixtures;
mod kernels;
mod oracles;
mod process;
mod rust;
mod vm;

use process::{Failure, Outcome};
use std::env;
use std::process::ExitCode;

/// One task: its name, what may follow the name, what it does, and the function that does it.
type Task = (&'static str, &'static str, &'static str, fn(&[String]) -> Outcome);

const TASKS: &[Task] = &[
    ("ci", "", "everything that must hold before a change lands", ci::run_task),
    (
        "fixtures",
        "[--check] [--install] [--btf DIR] [--kernels DIR]",
        "compile examples/ and fixtures/ with the pinned clang",
        fixtures::run,
    ),
    ("oracles", "[COUNT]", "instructions beside those of LLVM and of the newest GNU assembler", oracles::run_task),
    ("docs", "[--check]", "write the tables in docs/ from those in the source", docs::run),
    (
        "vm",
        "[VERSION…] [--docs] [-- FILTER]",
        "the kernel tests and the examples on other kernels, under qemu",
        vm::run,
    ),
];

fn main() -> ExitCode {
    let mut args = env::args().skip(1);
    let name = args.next().unwrap_or_default();
    let rest: Vec<String> = args.collect();
    let Some((.., task)) = TASKS.iter().find(|row| row.0 == name) else {
        return usage(&name);
    };
    match process::enter_workspace().and_then(|()| task(&rest)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(text)) => {
            eprintln!("xtask {name}: {text}");
            ExitCode::FAILURE
        }
    }
}

fn usage(name: &str) -> ExitCode {
    let asked = matches!(name, "" | "help" | "-h" | "--help");
    if !asked {
        eprintln!("xtask: no task is called {name}\n");
    }
    println!("usage: cargo xtask TASK\n");
    for (name, args, help, _) in TASKS {
        println!("  {:<44} {help}", format!("{name} {args}"));
    }
    if asked { ExitCode::SUCCESS } else { ExitCode::from(2) }
}
