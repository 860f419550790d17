//! The arguments of `skep check`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::cmd::check::{Allow, Policy};

const EXAMPLES: &str = "Examples:
  skep check exec.bpf.o                              against the running kernel
  skep check exec.bpf.o --target 5.10.btf 6.12.btf   against two kernels
  skep check *.bpf.o --target kernels/ --json        against every kernel in a directory, for a program to read
  skep check exec.bpf.o --target kernels/ --policy 5.15 --allow 'trace_*'

A kernel is a file with types (raw BTF, vmlinux, vmlinuz, a package), or a directory with `vmlinux` and, if they are
known, `config`, `release`, `System.map` and the BTF of modules. A directory of such files and directories is all of
them.

Exit status: 0 all fits, by the policy · 4 something is missing.";

/// `skep check`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Check {
    /// The objects.
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub files: Vec<PathBuf>,
    /// The kernels; can be given several times.
    #[arg(long, value_name = "DIR|FILE|running", num_args = 1.., default_value = "running", value_hint = ValueHint::AnyPath)]
    pub target: Vec<PathBuf>,
    /// Fail if a program misses something on `any` kernel, on `all` of them, `never`, or on any kernel of a RELEASE or
    /// later.
    #[arg(long, value_name = "any|all|never|RELEASE", default_value = "any")]
    pub policy: Policy,
    /// Do not fail for this program or error code, on all kernels or on one; `*` is any text; can be given several times.
    #[arg(long, value_name = "NAME[@KERNEL]")]
    pub allow: Vec<Allow>,
    /// Fail also for what is not known, and for programs that are not loaded by default.
    #[arg(long)]
    pub strict: bool,
    /// Show only what is missing, not what a program can do without.
    #[arg(long, short)]
    pub quiet: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}
