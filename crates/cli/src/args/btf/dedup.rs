//! The arguments of `skep btf dedup`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::Base;

const EXAMPLES: &str = "Examples:
  skep btf dedup big.btf -o small.btf
  skep btf dedup module.btf --base vmlinux.btf -o module.small.btf";

/// `skep btf dedup`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Dedup {
    /// Where the types are; see `skep btf --help`.
    #[arg(value_name = "SRC")]
    pub source: String,
    /// The file to write; without it, only what would be gained is said.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// What they go on from.
    #[command(flatten)]
    pub base: Base,
}
