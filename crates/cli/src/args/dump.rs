//! The arguments of `skep dump`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

const EXAMPLES: &str = "Examples:
  skep dump examples/exec.bpf.o
  skep dump examples/exec.bpf.o --json | jq '.programs[].name'";

/// `skep dump`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Dump {
    /// The object; several objects and archives are linked into one first.
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub files: Vec<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}
