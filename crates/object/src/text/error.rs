//! What can be wrong with a source file.

use alloc::{borrow::Cow, format, string::String};
use core::fmt;

use skep_isa::text as isa;

use crate::Diagnostic;

/// What is wrong at a place of a source file.
#[derive(Debug)]
#[non_exhaustive]
pub enum Kind {
    /// An instruction that cannot be read.
    Insn(isa::ErrorKind),
    /// Something else is expected.
    Unexpected {
        /// What stands there; empty at the end.
        found: String,
        /// What may stand there.
        expected: Cow<'static, str>,
    },
    /// Something has no end.
    Unterminated(&'static str),
    /// A number that is none, or too large.
    Number(String),
    /// A directive that there is not.
    Directive {
        /// Its name.
        name: String,
        /// One that comes close.
        near: Option<String>,
    },
    /// A symbol that nothing defines and nothing declares.
    Symbol {
        /// Its name.
        name: String,
        /// One that comes close.
        near: Option<String>,
    },
    /// A symbol that is not what the operand says.
    Operand {
        /// The operand (`map`).
        operand: &'static str,
        /// The symbol.
        name: String,
        /// What it is.
        found: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// An operand where the kernel does not take it.
    OperandPlace {
        /// The operand (`map`).
        operand: &'static str,
        /// What takes it.
        expected: &'static str,
    },
    /// An operand that there is not.
    UnknownOperand {
        /// Its name.
        name: String,
        /// One that comes close.
        near: Option<&'static str>,
    },
    /// An expression that has no value here.
    Expression(&'static str),
    /// A value that has no room.
    Range {
        /// The value.
        value: i64,
        /// The bits there are.
        bits: u32,
    },
    /// A name that is defined already.
    Redefined {
        /// The name.
        name: String,
        /// Where it was defined before: the line.
        line: u32,
    },
    /// A type that is not known.
    UnknownType {
        /// Its name.
        name: String,
        /// One that comes close.
        near: Option<String>,
    },
    /// A type that is declared but not defined, where its size or its members are needed.
    Incomplete {
        /// The type.
        name: String,
        /// One that is close, and known.
        near: Option<String>,
    },
    /// A second type of the same name.
    TypeConflict(String),
    /// A member that a type does not have.
    Member {
        /// The type.
        of: String,
        /// The name of the member.
        name: String,
        /// One that comes close.
        near: Option<String>,
    },
    /// A declaration that means nothing here.
    Declaration(&'static str),
    /// Something wrong with the contents of a variable.
    Initializer(&'static str),
    /// Something wrong with a section.
    Section(String),
    /// Something wrong with a macro, a repetition or a condition.
    Macro(Cow<'static, str>),
    /// More than this assembler does.
    Limit(&'static str),
    /// A file that cannot be included.
    Include {
        /// Its name.
        name: String,
        /// Why.
        reason: String,
    },
    /// What the source says itself (`.error`).
    Said(String),
    /// Something wrong with a type of a `.btf` block.
    Btf(Cow<'static, str>),
    /// A CO-RE operand that asks for nothing that is there.
    Core(Cow<'static, str>),
    /// A jump out of its section.
    Jump(String),
    /// What was written is no object.
    Object(crate::Kind),
}

/// Something wrong at a byte of the text that is read.
#[derive(Debug)]
pub(super) struct Fault {
    pub at: usize,
    pub kind: Kind,
}

impl Fault {
    pub fn new(at: usize, kind: Kind) -> Self {
        Self { at, kind }
    }
}

impl Kind {
    /// The error for `void` where something has to have a size or members.
    pub(super) fn incomplete_void() -> Self {
        Self::Incomplete { name: "void".into(), near: None }
    }
}

impl Diagnostic for Kind {
    fn code(&self) -> &'static str {
        match self {
            Self::Insn(kind) => kind.code(),
            Self::Unexpected { .. } => "asm-unexpected",
            Self::Unterminated(_) => "asm-unterminated",
            Self::Number(_) => "asm-number",
            Self::Directive { .. } => "asm-directive",
            Self::Symbol { .. } => "asm-unknown-symbol",
            Self::Operand { .. } => "asm-operand",
            Self::OperandPlace { .. } => "asm-operand-place",
            Self::UnknownOperand { .. } => "asm-unknown-operand",
            Self::Expression(_) => "asm-expression",
            Self::Range { .. } => "asm-range",
            Self::Redefined { .. } => "asm-redefined",
            Self::UnknownType { .. } => "asm-unknown-type",
            Self::Incomplete { .. } => "asm-incomplete-type",
            Self::TypeConflict(_) => "asm-type-conflict",
            Self::Member { .. } => "asm-unknown-member",
            Self::Declaration(_) => "asm-declaration",
            Self::Initializer(_) => "asm-initializer",
            Self::Section(_) => "asm-section",
            Self::Macro(_) => "asm-macro",
            Self::Limit(_) => "asm-limit",
            Self::Include { .. } => "asm-include",
            Self::Said(_) => "asm-error",
            Self::Btf(_) => "asm-btf",
            Self::Core(_) => "asm-core",
            Self::Jump(_) => "asm-jump",
            Self::Object(kind) => kind.code(),
        }
    }

    fn help(&self) -> Option<Cow<'_, str>> {
        Some(match self {
            Self::Insn(kind) => return kind.help().map(Into::into),
            Self::Directive { near: Some(near), .. } => format!("did you mean `.{near}`?").into(),
            Self::Symbol { near: Some(near), .. } | Self::UnknownType { near: Some(near), .. } => {
                format!("did you mean `{near}`?").into()
            }
            Self::Member { near: Some(near), .. } => format!("did you mean `{near}`?").into(),
            Self::UnknownOperand { near: Some(near), .. } => format!("did you mean `%{near}(…)`?").into(),
            Self::UnknownOperand { .. } => {
                "there are %map, %value, %func, %ksym, %kfunc, %kconfig, %helper, %sym and %core".into()
            }
            Self::Symbol { .. } => {
                "define it, or declare what another object or the kernel defines with `extern`".into()
            }
            Self::OperandPlace { operand: "map" | "value" | "ksym" | "kconfig" | "func", .. } => {
                "an address has 64 bits: load it with `r1 = … ll`, or with `ldimm64 r1, …`".into()
            }
            Self::UnknownType { .. } => "define it before it is used; `struct NAME` names a struct".into(),
            Self::Incomplete { near: Some(near), .. } => format!("did you mean `{near}`?").into(),
            Self::Incomplete { .. } => "define the type before this line, with the members that are used".into(),
            Self::TypeConflict(_) => {
                "rename one; for CO-RE a name with `___` and more behind it is the same name".into()
            }
            Self::Jump(_) => "call a function, or put both into one section".into(),
            Self::Object(kind) => return kind.help(),
            _ => return None,
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Insn(kind) => kind.fmt(f),
            Self::Unexpected { found, expected } if found.is_empty() => write!(f, "expected {expected}"),
            Self::Unexpected { found, expected } => write!(f, "`{found}` cannot stand here; expected {expected}"),
            Self::Unterminated(what) => write!(f, "{what} has no end"),
            Self::Number(text) => write!(f, "`{text}` is no number of at most 64 bits"),
            Self::Directive { name, .. } => write!(f, "there is no directive `{name}`"),
            Self::Symbol { name, .. } => write!(f, "nothing is called `{name}`"),
            Self::Operand { operand, name, found, expected } => {
                write!(f, "`%{operand}({name})` needs {expected}, and `{name}` is {found}")
            }
            Self::OperandPlace { operand, expected } => {
                write!(f, "`%{operand}(…)` cannot stand here: it needs {expected}")
            }
            Self::UnknownOperand { name, .. } => write!(f, "there is no operand `%{name}(…)`"),
            Self::Expression(why) | Self::Declaration(why) | Self::Initializer(why) | Self::Limit(why) => {
                f.write_str(why)
            }
            Self::Range { value, bits } => write!(f, "{value} does not fit {bits} bits"),
            Self::Redefined { name, line: 0 } => write!(f, "`{name}` is defined already"),
            Self::Redefined { name, line } => write!(f, "`{name}` is defined in line {line} already"),
            Self::UnknownType { name, .. } => write!(f, "there is no type `{name}`"),
            Self::Incomplete { name, .. } => write!(f, "`{name}` is declared, but not what is in it"),
            Self::TypeConflict(name) => write!(f, "`{name}` is defined already, with other contents"),
            Self::Member { of, name, .. } => write!(f, "`{of}` has no member `{name}`"),
            Self::Section(why) | Self::Said(why) => f.write_str(why),
            Self::Macro(why) | Self::Btf(why) | Self::Core(why) => f.write_str(why),
            Self::Include { name, reason } => write!(f, "`{name}` cannot be read: {reason}"),
            Self::Jump(name) => write!(f, "`{name}` is in another section, where a jump does not reach"),
            Self::Object(kind) => kind.fmt(f),
        }
    }
}
