//! Instructions as text.
//!
//! Four [dialects](Dialect) are written, and read again by [`parse`]; how each instruction reads in each of them stands in
//! the [table](crate::table) and nowhere else. [`log`] reads the instructions of a verifier log.
//!
//! The first dialect is what clang and llvm-objdump write. It differs from llvm-objdump where that loses something:
//! - 64-bit loads with a pseudo kind show both halves and say the kind: `r1 = map_value(4, 16) ll`.
//! - Calls say what is called: a helper (`call bpf_ktime_get_ns`, `call 5`), a function (`call pc+7`), a kernel function
//!   (`call kfunc(4711, 0)`).
//! - Indirect packet loads show the immediate: `r0 = *(u8 *)skb[r2 + 4]`.
//! - An instruction that is unknown, or has a field set that has no meaning, is written field by field:
//!   `.insn 0x07, r1, r2, 0, 5` (opcode, destination, source, offset, immediate; ` ll` after a 64-bit immediate).

mod compiled;
mod dialect;
mod digits;
mod error;
mod fix;
mod grammar;
mod lex;
mod log;
mod matching;
mod names;
mod near;
mod parse;
mod print;
mod quote;
mod slot;
mod statement;

pub use dialect::Dialect;
pub use error::{Error, ErrorKind, Errors, Expected};
pub use fix::slot_of;
pub use lex::{Lexer, Token, TokenKind};
pub use log::{Logged, log};
pub use names::{Label, Names, Numbers, Symbols};
pub use parse::{parse, parse_with};
pub use print::Display;
pub use quote::{Quoted, escape, quoted, unescape, unquoted};
pub use statement::{Mistake, Name, Operands, Role, Statement, Syntax};

use crate::Insn;

impl Insn {
    /// The instruction as text in LLVM's dialect, with what it refers to by name.
    ///
    /// Numbers are decimal, 64-bit immediates hexadecimal; [`Display::hex`] makes all of them hexadecimal, as
    /// llvm-objdump does.
    ///
    /// ```
    /// use skep_isa::{Insn, Opcode, Reg, text::Numbers};
    ///
    /// let load = Insn::new(Opcode(0x79), Reg(0), Reg(1), 8, 0);
    /// assert_eq!(load.display(&Numbers).to_string(), "r0 = *(u64 *)(r1 + 8)");
    /// assert_eq!(load.display(&()).hex().to_string(), "r0 = *(u64 *)(r1 + 0x8)");
    /// ```
    pub fn display<'a>(&'a self, names: &'a dyn Names) -> Display<'a> {
        Display::new(self, names)
    }
}
