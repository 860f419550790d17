//! Generated streams, compared with independent tools where they are installed: LLVM's assembler and disassembler, GNU
//! as and objdump. What they are known to do otherwise stands in `docs/instructions.md`; everything else has to agree.
//!
//! `ORACLE_COUNT=3000000 cargo test --release -p skep-isa --test oracles` compares that many instructions with each tool;
//! `ORACLE_SEED` makes them other ones. `LLVM_MC`, `BPF_AS`, `BPF_OBJDUMP` and `BPF_OBJCOPY` name the programs.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod gnu;
mod llvm;
mod streams;
mod tool;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

/// A comparison: its name, the programs it needs, and what it does.
type Case = (&'static str, &'static [&'static tool::Tool], fn() -> Result<(), String>);

const CASES: &[Case] = &[
    ("llvm_reads_bytes_as_we_do", &[&tool::LLVM_MC], llvm::disassembles),
    ("llvm_makes_our_bytes_of_our_text", &[&tool::LLVM_MC], llvm::assembles),
    ("we_make_its_bytes_of_the_text_of_llvm", &[&tool::LLVM_MC], llvm::is_read),
    ("gnu_as_makes_our_bytes_of_our_text", &[&tool::BPF_AS, &tool::BPF_OBJCOPY], gnu::assembles),
    ("we_make_its_bytes_of_the_text_of_gnu_objdump", &[&tool::BPF_OBJDUMP], gnu::is_read),
];

fn main() -> ExitCode {
    let trials = CASES.iter().map(|&(name, tools, run)| {
        let missing: Vec<_> = tools.iter().filter(|tool| !tool.is_there()).map(|tool| tool.name()).collect();
        let title = match &missing[..] {
            [] => name.to_string(),
            missing => format!("{name} (ignored: {} is not installed)", missing.join(", ")),
        };
        Trial::test(title, move || run().map_err(Failed::from)).with_ignored_flag(!missing.is_empty())
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}
