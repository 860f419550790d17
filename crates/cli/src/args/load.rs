//! The arguments of `skep load`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::What;

const EXAMPLES: &str = "Examples:
  skep load agent.bpf.o                            does it load here?
  skep load agent.bpf.o --pin /sys/fs/bpf/agent    keep programs and maps";

/// `skep load`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Load {
    /// The object; several objects and archives are linked into one first.
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub files: Vec<PathBuf>,
    /// Keep programs and maps below this directory of a BPF file system.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub pin: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// What to load and how.
    #[command(flatten)]
    pub what: What,
}
