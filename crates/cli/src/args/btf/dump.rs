//! The arguments of `skep btf dump`.

use clap::{Args, ValueEnum};

use super::Base;

const EXAMPLES: &str = "Examples:
  skep btf dump running > vmlinux.h
  skep btf dump running task_struct              only what it needs
  skep btf dump running --format rust sock       the same in Rust
  skep btf dump nf_tables --format raw           a module's own types, one by one
  skep btf dump linux-image.deb:boot/vmlinuz-6.12";

/// `skep btf dump`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Dump {
    /// Where the types are; see `skep btf --help`.
    #[arg(value_name = "SRC")]
    pub source: String,
    /// Only these types, and what they need.
    #[arg(value_name = "TYPE")]
    pub types: Vec<String>,
    /// How they are printed.
    #[arg(long, value_enum, default_value_t = Format::C)]
    pub format: Format,
    /// What they go on from.
    #[command(flatten)]
    pub base: Base,
}

/// How types are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A C header.
    C,
    /// Rust definitions with the same layout.
    Rust,
    /// One by one with all their fields, as bpftool lists them.
    Raw,
    /// The same as JSON.
    Json,
}
