//! Printing, compared with an independent disassembler.
//!
//! The files in `tests/golden` hold what llvm-mc 22 says, so that the tests need no LLVM:
//! - `llvm.txt`: bytes (little endian), text, text with `--print-imm-hex`, for several operands of every row.
//! - `differs.txt`: the same where skep says more than LLVM: bytes, what LLVM says, what skep says.
//! - `known.txt`: which of the words of a sweep over all opcodes LLVM knows.
//!
//! `cargo test -p skep-isa --test llvm -- --ignored` writes them again (`LLVM_MC` names the program).

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod golden;
mod regenerate;
mod samples;

use std::{fs, path::PathBuf};

/// The lines of a golden file, cut at tabs.
fn read(name: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(path(name)).unwrap();
    text.lines().map(|line| line.split('\t').map(String::from).collect()).collect()
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}
