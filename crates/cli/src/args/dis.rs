//! The arguments of `skep dis`.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

const EXAMPLES: &str = "What is printed is assembled again by `skep asm`, but with --brief.

Examples:
  skep dis examples/exec.bpf.o
  skep dis examples/exec.bpf.o --brief --source
  skep dis examples/exec.bpf.o --only handle_exec --bytes --dialect gnu
  skep dis examples/exec.bpf.o --json | jq '.functions[].name'";

/// `skep dis`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Dis {
    /// The object.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// How instructions are written: `llvm`, `gnu`, `ubpf` or `kernel`.
    #[arg(long, value_enum, default_value_t = Dialect::Llvm, value_name = "DIALECT")]
    pub dialect: Dialect,
    /// Print lines of source as comments, where the object has them.
    #[arg(long)]
    pub source: bool,
    /// Print the slot and the bytes of each instruction as a comment.
    #[arg(long, alias = "raw")]
    pub bytes: bool,
    /// How the targets of jumps are written.
    #[arg(long, value_enum, default_value_t = Jumps::Labels, value_name = "HOW")]
    pub jumps: Jumps,
    /// Leave out types and records: for reading.
    #[arg(long)]
    pub brief: bool,
    /// Only this function or section; can be given several times.
    #[arg(long, value_name = "NAME")]
    pub only: Vec<String>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// How instructions are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Dialect {
    /// What clang and llvm-objdump write.
    Llvm,
    /// What GNU as reads.
    Gnu,
    /// What uBPF and the BPF conformance suite write.
    Ubpf,
    /// What the verifier and bpftool write.
    Kernel,
}

/// How the targets of jumps are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Jumps {
    /// By labels.
    Labels,
    /// By distances in slots.
    Relative,
    /// By slots of the section.
    Absolute,
}

impl From<Dialect> for skep::isa::text::Dialect {
    fn from(dialect: Dialect) -> Self {
        match dialect {
            Dialect::Llvm => Self::Llvm,
            Dialect::Gnu => Self::Gnu,
            Dialect::Ubpf => Self::Ubpf,
            Dialect::Kernel => Self::Kernel,
        }
    }
}
