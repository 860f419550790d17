//! The arguments of `skep btf merge`.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use super::Base;

const EXAMPLES: &str = "Examples:
  skep btf merge a.bpf.o b.bpf.o -o all.btf
  skep btf merge running -o running.btf              one source: a copy
  skep btf merge lib/modules/6.12/kernel/net/*.ko.xz --base vmlinux.btf -o net.btf";

/// `skep btf merge`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Merge {
    /// Where the types are; see `skep btf --help`.
    #[arg(required = true, value_name = "SRC")]
    pub sources: Vec<String>,
    /// The file to write; without it, only what would be in it is said.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,
    /// Keep equal types apart.
    #[arg(long)]
    pub keep_equal: bool,
    /// Order types by name, as kernels since 7.0 do.
    #[arg(long)]
    pub sort: bool,
    /// Only these types, and what they need; can be given several times.
    #[arg(long = "type", value_name = "TYPE")]
    pub types: Vec<String>,
    /// The byte order to write; else that of the first source.
    #[arg(long, value_enum, value_name = "ORDER")]
    pub endian: Option<Endian>,
    /// Write what the types need of their base, too, as modules carry it: into this file.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "base")]
    pub distill: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// What they go on from.
    #[command(flatten)]
    pub base: Base,
}

/// A byte order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Endian {
    /// Least significant byte first.
    Little,
    /// Most significant byte first.
    Big,
}
