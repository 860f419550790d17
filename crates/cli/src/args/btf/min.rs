//! The arguments of `skep btf min`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

const EXAMPLES: &str = "Examples:
  skep btf min agent.bpf.o --kernel 5.4/vmlinux -o 5.4.btf
  skep btf min *.bpf.o --kernel linux-image-5.10.deb -o 5.10.btf
  skep btf min agent.bpf.o --kernel running --module nf_tables -o min.btf";

/// `skep btf min`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Min {
    /// The objects.
    #[arg(required = true, value_name = "OBJ", value_hint = ValueHint::FilePath)]
    pub objects: Vec<PathBuf>,
    /// The kernel; see `skep btf --help`.
    #[arg(long, value_name = "SRC")]
    pub kernel: String,
    /// A module of that kernel, for types that the kernel itself does not have; can be given several times.
    #[arg(long = "module", value_name = "SRC")]
    pub modules: Vec<String>,
    /// The file to write; without it, only what would be in it is said.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}
