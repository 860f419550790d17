//! The arguments of `skep reloc`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

const EXAMPLES: &str = "Examples:
  skep reloc examples/exec.bpf.o --target running
  skep reloc examples/exec.bpf.o --target 5.10.btf --json
  skep reloc examples/exec.bpf.o --target btf/6.12/    vmlinux, modules and config of a kernel
  skep reloc examples/exec.bpf.o --target 5.10.btf --explain  why each instruction is what it is";

/// `skep reloc`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Reloc {
    /// The object; several objects and archives are linked into one first.
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub files: Vec<PathBuf>,
    /// The kernel: a file of BTF, a directory with `vmlinux`, modules and `config`, or `running`.
    #[arg(long, value_name = "FILE|DIR|running", value_hint = ValueHint::AnyPath)]
    pub target: PathBuf,
    /// Only this program; can be given several times.
    #[arg(long, value_name = "PROG")]
    pub only: Vec<String>,
    /// Print only what was changed: each instruction as it was and as it is, and why, with what was asked, what was
    /// chosen and what came close.
    #[arg(long)]
    pub explain: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}
