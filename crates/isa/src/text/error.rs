//! What can be wrong with text.

use alloc::{string::String, vec::Vec};
use core::fmt;

use super::{Dialect, slot::Slot};

/// All that is wrong with a text, in the order of its lines; at most 100.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Errors(pub Vec<Error>);

/// An error at a place of a text.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Error {
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
    /// What is wrong.
    pub kind: ErrorKind,
}

/// What is wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A word that no instruction has here.
    Unexpected {
        /// What stands there; empty at the end of the statement.
        found: String,
        /// What may stand there, at most eight.
        expected: Vec<Expected>,
        /// The word that comes close.
        near: Option<String>,
        /// The dialect in which the statement would be right.
        dialect: Option<Dialect>,
    },
    /// A number that its field has no room for.
    Range {
        /// As it is written.
        number: String,
        /// The least that fits.
        min: i64,
        /// The most that fits.
        max: i64,
    },
    /// A jump whose target is out of reach.
    TooFar {
        /// The label or the number.
        target: String,
        /// How far it is, in slots.
        slots: i64,
        /// Whether it is a jump with a 16-bit distance.
        short: bool,
        /// Whether it jumps always.
        always: bool,
    },
    /// A name that is neither a label nor known otherwise.
    UnknownName {
        /// The name.
        name: String,
        /// The label that comes close.
        near: Option<String>,
    },
    /// A name that cannot be called or loaded, whichever the instruction does.
    WrongName {
        /// The name.
        name: String,
        /// Whether it is called.
        call: bool,
    },
    /// A label that is there already.
    Twice {
        /// The label.
        label: String,
        /// The line it stood in before.
        line: u32,
    },
    /// An operand that has to be the same twice in the statement, and is not.
    Differs {
        /// The second one.
        found: String,
    },
    /// Something that is not closed.
    Unterminated {
        /// What it is.
        what: &'static str,
    },
    /// A statement longer than any instruction.
    TooLong,
}

/// What may stand at a place.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Expected {
    /// This word or sign.
    Word(&'static str),
    /// An operand of this kind.
    Operand(&'static str),
    /// The end of the statement.
    End,
}

impl Error {
    /// The code of the kind of error, the same in every release.
    pub const fn code(&self) -> &'static str {
        self.kind.code()
    }

    /// What to do about it, if that can be said.
    pub const fn help(&self) -> Option<&'static str> {
        self.kind.help()
    }
}

impl ErrorKind {
    /// The code, the same in every release.
    pub const fn code(&self) -> &'static str {
        match self {
            ErrorKind::Unexpected { .. } => "text-unexpected",
            ErrorKind::Range { .. } => "text-number-range",
            ErrorKind::TooFar { .. } => "text-jump-too-far",
            ErrorKind::UnknownName { .. } => "text-unknown-name",
            ErrorKind::WrongName { .. } => "text-wrong-name",
            ErrorKind::Twice { .. } => "text-label-twice",
            ErrorKind::Differs { .. } => "text-operand-differs",
            ErrorKind::Unterminated { .. } => "text-unterminated",
            ErrorKind::TooLong => "text-statement-too-long",
        }
    }

    /// What to do about it, if that can be said.
    pub const fn help(&self) -> Option<&'static str> {
        Some(match self {
            ErrorKind::Range { min: -0x8000_0000, .. } => {
                "load the value into a register with a 64-bit load and use the register; -1 is all bits set"
            }
            ErrorKind::TooFar { short: true, always: true, .. } => "jump with gotol, which reaches 2^31 slots (ISA v4)",
            ErrorKind::TooFar { short: true, always: false, .. } => {
                "jump on the opposite condition over a gotol, which reaches 2^31 slots (ISA v4)"
            }
            ErrorKind::UnknownName { .. } => "define it as a label: a name and a colon before an instruction",
            ErrorKind::Twice { .. } => "rename one; a label that is a number may stand often (`1:`, then `1b` or `1f`)",
            ErrorKind::Differs { .. } => "write the same register in both places",
            ErrorKind::TooLong => "write one instruction on a line",
            _ => return None,
        })
    }
}

impl Expected {
    pub(super) const fn of(slot: Slot) -> Self {
        Self::Operand(match slot {
            Slot::Rd | Slot::Rs => "a register",
            Slot::Wd | Slot::Ws => "the lower half of a register (w0 to w10)",
            Slot::Off | Slot::Disp => "an offset (+8, -8)",
            Slot::To16 | Slot::To32 | Slot::Pc16 | Slot::Pc32 => "a label or a distance (+1, -1)",
            Slot::Rel => "a distance (+1, -1)",
            Slot::Helper | Slot::Known | Slot::Number => "a helper",
            Slot::Symbol | Slot::Note => "a name",
            _ => "a number",
        })
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) => write!(f, "`{word}`"),
            Self::Operand(what) => f.write_str(what),
            Self::End => f.write_str("the end of the line"),
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unexpected { found, expected, near, dialect } => {
                match found.as_str() {
                    "" => f.write_str("the line ends too early")?,
                    found => write!(f, "`{found}` cannot stand here")?,
                }
                for (at, what) in expected.iter().enumerate() {
                    write!(f, "{}{what}", if at == 0 { "; expected " } else { ", " })?;
                }
                near.as_ref().map_or(Ok(()), |near| write!(f, "; did you mean `{near}`?"))?;
                dialect.map_or(Ok(()), |other| write!(f, "; this is how dialect `{other}` writes it"))
            }
            Self::Range { number, min, max } => write!(f, "{number} does not fit: {min} to {max} do"),
            Self::TooFar { target, slots, short, .. } => {
                write!(f, "{target} is {slots} slots away, more than {} bits hold", if *short { 16 } else { 32 })
            }
            Self::UnknownName { name, near } => {
                write!(f, "nothing is called `{name}`")?;
                near.as_ref().map_or(Ok(()), |near| write!(f, "; did you mean `{near}`?"))
            }
            Self::WrongName { name, call: true } => write!(f, "`{name}` is no function and cannot be called"),
            Self::WrongName { name, call: false } => write!(f, "the address of `{name}` cannot be loaded"),
            Self::Twice { label, line } => write!(f, "label `{label}` stands in line {line} already"),
            Self::Differs { found } => write!(f, "`{found}` differs from the same operand before"),
            Self::Unterminated { what } => write!(f, "a {what} has no end"),
            Self::TooLong => f.write_str("the statement is longer than any instruction"),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.kind)?;
        self.help().map_or(Ok(()), |help| write!(f, "; {help}"))
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, error) in self.0.iter().enumerate() {
            write!(f, "{}{error}", if at == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

impl core::error::Error for Error {}
impl core::error::Error for Errors {}
