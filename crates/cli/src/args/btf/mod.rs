//! The arguments of `skep btf`.

mod check;
mod dedup;
mod diff;
mod dump;
mod find;
mod merge;
mod min;

use clap::{Args, Subcommand};

pub use check::Check;
pub use dedup::Dedup;
pub use diff::Diff;
pub use dump::{Dump, Format};
pub use find::Find;
pub use merge::{Endian, Merge};
pub use min::Min;

const EXAMPLES: &str = "Sources of types:
  running                            the running kernel (also `vmlinux`)
  nf_tables, module:nf_tables        a module of the running kernel
  id:7  prog:12  map:3               loaded BTF, and that of a program or map, by id
  FILE                               raw BTF; an object, a module, a kernel (ELF or vmlinuz); also .gz, .xz, .zst, .lz4
  PACKAGE, PACKAGE:FILE              the kernel in a package (.deb, .rpm, .tar.zst), or any file in it";

/// `skep btf`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES, arg_required_else_help = true)]
pub struct Btf {
    /// The verb.
    #[command(subcommand)]
    pub verb: Verb,
}

/// The verbs of `skep btf`.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Print types.
    Dump(Dump),
    /// Find types by name, where their members are, and who uses them.
    Find(Find),
    /// Say what changed from one kernel's types to another's.
    Diff(Diff),
    /// Make equal types one.
    Dedup(Dedup),
    /// Put types together.
    Merge(Merge),
    /// Of a kernel's types, write those that objects ask about.
    Min(Min),
    /// Say which kernels take types, and why others do not.
    Check(Check),
}

/// What the types of a source go on from.
#[derive(Args, Debug, Default)]
pub struct Base {
    /// The kernel that split types (those of modules) go on from; else it is looked for.
    #[arg(long, value_name = "SRC")]
    pub base: Option<String>,
}
