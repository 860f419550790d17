//! The arguments of `skep link`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

const EXAMPLES: &str = "Examples:
  skep link -o app.bpf.o main.bpf.o helpers.bpf.o      two objects into one
  skep link -o app.bpf.o main.bpf.o -L lib -l net      with what it needs of lib/libnet.a
  skep link -o app.bpf.o *.o --gc-sections --map -     without what nothing uses; print where everything is
  skep link -r -o part.bpf.o a.bpf.o b.bpf.o           a part: what it lacks comes from a later link";

/// `skep link`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Link {
    /// The objects, and archives of objects, of which only those are taken that are needed.
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub files: Vec<PathBuf>,
    /// The object to be written.
    #[arg(short, long, value_name = "OUT", value_hint = ValueHint::FilePath)]
    pub output: PathBuf,
    /// Leave what no object defines to a later link.
    #[arg(short, long)]
    pub relocatable: bool,
    /// An archive `libNAME.a`; can be given several times.
    #[arg(short = 'l', long = "library", value_name = "NAME")]
    pub libraries: Vec<String>,
    /// Where archives given by name are looked for; can be given several times.
    #[arg(short = 'L', long = "library-path", value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub library_paths: Vec<PathBuf>,
    /// Take all objects of archives, not only those that are needed.
    #[arg(long)]
    pub whole_archive: bool,
    /// Take what defines this name out of an archive; can be given several times.
    #[arg(short, long, value_name = "NAME")]
    pub undefined: Vec<String>,
    /// Leave out functions, maps and variables that nothing uses.
    #[arg(long)]
    pub gc_sections: bool,
    /// Keep this function, map, variable or section, whatever uses it; `*` stands for any characters.
    #[arg(long, value_name = "NAME")]
    pub keep: Vec<String>,
    /// Print what is left out because nothing uses it.
    #[arg(long, visible_alias = "print-gc-sections")]
    pub print_gc: bool,
    /// Make functions static that are not exported: the verifier then checks them with their callers.
    #[arg(long)]
    pub internalize: bool,
    /// Export this function; `*` stands for any characters.
    #[arg(long, visible_alias = "export-dynamic-symbol", value_name = "NAME")]
    pub export: Vec<String>,
    /// Let this function stay undefined: it returns VALUE (0) until another program replaces it (freplace).
    #[arg(long, value_name = "NAME[=VALUE]")]
    pub replaceable: Vec<String>,
    /// 0 keeps equal constants and strings apart; for bitcode it is rustc's level.
    #[arg(short = 'O', value_name = "LEVEL", default_value = "2", value_parser = ["0", "1", "2", "3", "s", "z"])]
    pub optimize: String,
    /// The compiler that makes code of the bitcode of Rust programs [default: $RUSTC, rustc].
    #[arg(long, value_name = "FILE", value_hint = ValueHint::ExecutablePath)]
    pub rustc: Option<PathBuf>,
    /// Export the symbols that a file lists; rustc says so.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub export_symbols: Option<PathBuf>,
    /// For bitcode: write the object as rustc makes it.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub save_compiled: Option<PathBuf>,
    /// For bitcode: the target.
    #[arg(long, value_name = "TARGET", default_value = "bpfel-unknown-none")]
    pub target: String,
    /// For bitcode: the version of the instruction set (`v3`).
    #[arg(long, value_name = "CPU")]
    pub cpu: Option<String>,
    /// For bitcode: what of the instruction set is used beside (`+alu32`).
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    pub cpu_features: Option<String>,
    /// Taken from rustc: debug information becomes types and lines anyway.
    #[arg(long, hide = true)]
    pub debug: bool,
    /// Taken from projects that link with another linker: there are always types.
    #[arg(long, hide = true)]
    pub btf: bool,
    /// Write where everything came from, its size, and what was left out and why; `-` prints it.
    #[arg(long, visible_alias = "Map", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub map: Option<PathBuf>,
    /// Write which files the output depends on, for make.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub dependency_file: Option<PathBuf>,
    /// Print errors as JSON.
    #[arg(long)]
    pub json: bool,
}
