//! The arguments of `skep link`.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches, ValueHint, value_parser};

const EXAMPLES: &str = "Examples:
  skep link -o app.bpf.o main.bpf.o helpers.bpf.o      two objects into one
  skep link -o app.bpf.o main.bpf.o -L lib -l net      with what it needs of lib/libnet.a
  skep link -o app.bpf.o *.o --gc-sections --map -     without what nothing uses; print where everything is
  skep link -r -o part.bpf.o a.bpf.o b.bpf.o           a part: what it lacks comes from a later link";

/// `skep link`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Link {
    /// What is linked, in order.
    #[command(flatten)]
    pub inputs: Inputs,
    /// The object to be written.
    #[arg(short, long, value_name = "OUT", value_hint = ValueHint::FilePath)]
    pub output: PathBuf,
    /// Leave what no object defines to a later link.
    #[arg(short, long)]
    pub relocatable: bool,
    /// Where archives given by name are looked for; can be given several times.
    #[arg(short = 'L', long = "library-path", value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub library_paths: Vec<PathBuf>,
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
    /// Keep debug information (DWARF), for debuggers and llvm-objdump: no loader needs it.
    #[arg(short = 'g', long, overrides_with = "strip_debug")]
    pub keep_debug: bool,
    /// Leave debug information out, which is the default.
    #[arg(short = 'S', long, overrides_with = "keep_debug")]
    pub strip_debug: bool,
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

/// Files and archives in the order in which they were given.
#[derive(Debug, Default)]
pub struct Inputs {
    /// Each of them.
    pub all: Vec<Input>,
}

/// A file to be linked.
#[derive(Debug)]
pub struct Input {
    /// What it is called.
    pub name: Name,
    /// Whether all objects are taken if it is an archive.
    pub whole: bool,
}

/// What a file to be linked is called.
#[derive(Debug)]
pub enum Name {
    /// By its path.
    File(PathBuf),
    /// `libNAME.a`, somewhere.
    Library(String),
}

const WHOLE: &str = "whole_archive";
const NO_WHOLE: &str = "no_whole_archive";

impl Args for Inputs {
    fn augment_args(command: Command) -> Command {
        let flag = |id: &'static str, name: &'static str| {
            // Each time counts, since it is about what follows.
            Arg::new(id).long(name).action(ArgAction::Append).num_args(0).default_missing_value("true")
        };
        command
            .arg(
                Arg::new("files")
                    .value_name("FILE")
                    .required_unless_present("libraries")
                    .num_args(1..)
                    .action(ArgAction::Append)
                    .value_hint(ValueHint::FilePath)
                    .value_parser(value_parser!(PathBuf))
                    .help("The objects, and archives of objects, of which only those are taken that are needed; @FILE names a file of arguments"),
            )
            .arg(
                Arg::new("libraries")
                    .short('l')
                    .long("library")
                    .value_name("NAME")
                    .action(ArgAction::Append)
                    .help("An archive `libNAME.a`; can be given several times"),
            )
            .arg(flag(WHOLE, "whole-archive").help("Take all objects of the archives that follow (behind all files: of all archives), not only those that are needed"))
            .arg(flag(NO_WHOLE, "no-whole-archive").help("Take only what is needed of the archives that follow"))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Inputs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let at = |id: &str| matches.indices_of(id).into_iter().flatten();
        let files = matches.get_many::<PathBuf>("files").into_iter().flatten().map(|path| Name::File(path.clone()));
        let libraries = matches.get_many::<String>("libraries").into_iter().flatten();
        let libraries = libraries.map(|name| Name::Library(name.clone()));
        let mut named: Vec<(usize, Name)> = at("files").zip(files).chain(at("libraries").zip(libraries)).collect();
        named.sort_by_key(|(at, _)| *at);
        let whole = at(WHOLE).map(|at| (at, true));
        let mut switches: Vec<(usize, bool)> = whole.chain(at(NO_WHOLE).map(|at| (at, false))).collect();
        switches.sort_unstable();
        // One behind all files is about all of them: there is nothing else it could be about.
        let end = named.last().map_or(0, |(at, _)| *at);
        let all = switches.last().is_some_and(|&(at, whole)| whole && at > end) && switches.len() == 1;
        let is_whole = |at: usize| all || switches.iter().rev().find(|(switch, _)| *switch < at).is_some_and(|s| s.1);
        Ok(Self { all: named.into_iter().map(|(at, name)| Input { whole: is_whole(at), name }).collect() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
