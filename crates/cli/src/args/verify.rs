//! The arguments of `skep verify`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

const EXAMPLES: &str = "Examples:
  skep verify examples/*.bpf.o           a table
  skep verify big.bpf.o --csv > cost.csv for comparison between compilers or kernels
  skep verify bad.bpf.o --log            with the verifier's log of what it refuses";

/// `skep verify`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Verify {
    /// The objects; those that need each other, and what they need of archives, are linked first.
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub files: Vec<PathBuf>,
    /// Print one JSON object a line, a program each.
    #[arg(long, conflicts_with = "csv")]
    pub json: bool,
    /// Print comma-separated values.
    #[arg(long)]
    pub csv: bool,
    /// Print the verifier's whole log of each program that is refused.
    #[arg(long)]
    pub log: bool,
    /// Only this program; can be given several times.
    #[arg(long, value_name = "PROG")]
    pub only: Vec<String>,
}
