//! The arguments of `skep btf diff`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::Base;

const EXAMPLES: &str = "Examples:
  skep btf diff linux-image-6.1.deb linux-image-6.12.deb
  skep btf diff 6.1.btf running --used-by agent.bpf.o     only what an agent looks at
  skep btf diff 6.1.btf 6.12.btf task_struct 'bpf_*'";

/// `skep btf diff`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Diff {
    /// The old types; see `skep btf --help`.
    #[arg(value_name = "A")]
    pub old: String,
    /// The new types.
    #[arg(value_name = "B")]
    pub new: String,
    /// Only types with these names; patterns with `*` and `?`.
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// Only what this object uses: types and members of its CO-RE records, functions it attaches to or calls; can be given
    /// several times.
    #[arg(long, value_name = "OBJ", num_args = 1.., value_hint = ValueHint::FilePath)]
    pub used_by: Vec<PathBuf>,
    /// Exit with status 1 if something differs.
    #[arg(long)]
    pub exit_code: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// What they go on from.
    #[command(flatten)]
    pub base: Base,
}
