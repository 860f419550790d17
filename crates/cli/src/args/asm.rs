//! The arguments of `skep asm`.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint, builder::PossibleValuesParser};
use skep::isa::text::Dialect;

const EXAMPLES: &str = "Examples:
  skep asm prog.s -o prog.bpf.o
  skep asm clang-output.s --dialect llvm -o - | llvm-objdump -d -
  skep run prog.s";

/// `skep asm`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Asm {
    /// The source; `-` is standard input.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// The object; `-` is standard output. Without it, FILE with `.bpf.o` in place of its extension.
    #[arg(short, long, value_name = "OUT", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,
    /// The dialect that the source begins with.
    #[arg(long, value_name = "D", default_value = "llvm", value_parser = PossibleValuesParser::new(Dialect::ALL.map(Dialect::name)))]
    pub dialect: String,
    /// The byte order of the object, unless the source says it.
    #[arg(long, value_enum, default_value_t = Endian::Little, value_name = "ORDER")]
    pub endian: Endian,
    /// Where included files are looked for, besides the folder of the file that includes them; can be given several times.
    #[arg(short = 'I', value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub include: Vec<PathBuf>,
    /// Write the object even if it could not be loaded.
    #[arg(long)]
    pub no_check: bool,
    /// Print errors as JSON.
    #[arg(long)]
    pub json: bool,
}

/// A byte order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Endian {
    /// Little endian.
    Little,
    /// Big endian.
    Big,
}
