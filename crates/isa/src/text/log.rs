//! The instructions of a verifier log.

use alloc::vec::Vec;

use super::{Dialect, Lexer, Syntax, Token};
use crate::{Insn, InsnIdx};

/// An instruction of a log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Logged {
    /// The line of the log, from 1.
    pub line: u32,
    /// The slot of the instruction.
    pub slot: InsnIdx,
    /// The instruction, as far as its text tells: the addresses of maps stand as numbers.
    pub insn: Insn,
}

/// The instructions of a verifier log, in the order in which they were verified. What is no instruction (register
/// states, source lines, messages) is passed over, and so is what cannot be read.
pub fn log(text: &str) -> impl Iterator<Item = Logged> {
    let syntax = Syntax::of(Dialect::Kernel);
    let numbered = text.lines().zip(1u32..);
    numbered.filter_map(move |(line, number)| {
        let (slot, rest) = line.trim_start().split_once(": ")?;
        let slot = InsnIdx(slot.parse().ok()?);
        let insn = syntax.plain(&tokens(after_live(rest))?)?;
        Some(Logged { line: number, slot, insn })
    })
}

/// What follows the live registers (`01........`), which stand before instructions in one part of a log.
fn after_live(rest: &str) -> &str {
    let live = |word: &str| word.len() >= 10 && word.bytes().all(|b| b == b'.' || b.is_ascii_hexdigit());
    rest.split_once(' ').filter(|(word, _)| live(word)).map_or(rest, |(_, insn)| insn)
}

fn tokens(line: &str) -> Option<Vec<Token<'_>>> {
    let mut tokens = Vec::new();
    // Most lines of a log are no instructions, and are told by their first sign.
    let begins = line.starts_with('(');
    Lexer::new(Dialect::Kernel, line).statement(&mut tokens).ok().filter(|_| begins && !tokens.is_empty())?;
    Some(tokens)
}
