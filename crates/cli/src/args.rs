//! The command line: one verb per stage of the pipeline.

use std::{ffi::OsString, path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};

/// Run, check and look into BPF objects.
#[derive(Parser, Debug)]
#[command(name = "skep", version, max_term_width = 100, arg_required_else_help = true)]
#[command(after_help = "Exit status: 0 done · 1 the kernel refused a program · 2 wrong usage · 3 unusable input ·\n\
    4 it does not fit the kernel · 5 a privilege is missing · 6 it could not be attached.")]
pub struct Cli {
    /// The verb.
    #[command(subcommand)]
    pub verb: Verb,

    /// When to use colours.
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto, value_name = "WHEN")]
    pub color: Colour,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The verbs.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Load objects, attach their programs, and print events until Ctrl-C.
    #[command(after_help = RUN_EXAMPLES)]
    Run(Run),
    /// Show each program to the kernel's verifier, by itself, attaching none.
    #[command(after_help = VERIFY_EXAMPLES)]
    Verify(Verify),
    /// Load an object as an agent would, then exit.
    #[command(after_help = LOAD_EXAMPLES)]
    Load(Load),
    /// Say what is in an object.
    #[command(after_help = DUMP_EXAMPLES)]
    Dump(Dump),
    /// Relocate an object for a kernel, without privileges, and print the final instructions.
    #[command(after_help = RELOC_EXAMPLES)]
    Reloc(Reloc),
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Write the manual pages into a directory.
    Man {
        /// The directory.
        #[arg(value_hint = ValueHint::DirPath)]
        dir: PathBuf,
    },
}

const RUN_EXAMPLES: &str = "Examples:
  skep run examples/exec.bpf.o                     every process that is started
  skep run examples/exec.bpf.o --json --count 10   ten events, one JSON object a line
  skep run examples/exec.bpf.o --set only_uid=1000 with a constant of the program changed
  skep run examples/exec.bpf.o --exec make -j4     while a command runs
  skep run examples/xdp_count.bpf.o --iface eth0   an XDP program on an interface";
const VERIFY_EXAMPLES: &str = "Examples:
  skep verify examples/*.bpf.o           a table
  skep verify big.bpf.o --csv > cost.csv for comparison between compilers or kernels
  skep verify bad.bpf.o --log            with the verifier's log of what it refuses";
const LOAD_EXAMPLES: &str = "Examples:
  skep load agent.bpf.o                            does it load here?
  skep load agent.bpf.o --pin /sys/fs/bpf/agent    keep programs and maps";
const DUMP_EXAMPLES: &str = "Examples:
  skep dump examples/exec.bpf.o
  skep dump examples/exec.bpf.o --json | jq '.programs[].name'";
const RELOC_EXAMPLES: &str = "Examples:
  skep reloc examples/exec.bpf.o --target running
  skep reloc examples/exec.bpf.o --target 5.10.btf --json
  skep reloc examples/exec.bpf.o --target btf/6.12/    vmlinux, modules and config of a kernel";

/// `skep run`.
#[derive(Args, Debug)]
pub struct Run {
    /// The objects.
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub files: Vec<PathBuf>,
    /// Stop after this time, such as `500ms`, `5s` or `2m`.
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    pub limit: Option<Duration>,
    /// Stop after this many events.
    #[arg(long, value_name = "N")]
    pub count: Option<u64>,
    /// Print one JSON object a line.
    #[arg(long)]
    pub json: bool,
    /// The interface that XDP, tc and socket programs attach to.
    #[arg(long, value_name = "IF")]
    pub iface: Option<String>,
    /// The cgroup that cgroup programs attach to.
    #[arg(long, value_name = "PATH", value_hint = ValueHint::DirPath)]
    pub cgroup: Option<PathBuf>,
    /// The type of a map's events, as `TYPE` or `MAP=TYPE`, where the object does not say it.
    #[arg(long = "type", value_name = "[MAP=]TYPE")]
    pub types: Vec<String>,
    /// How often tables are drawn anew.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "1s")]
    pub every: Duration,
    /// What to load and how.
    #[command(flatten)]
    pub what: What,
    /// Run a command, and stop when it ends.
    #[arg(long, num_args = 1.., allow_hyphen_values = true, value_name = "CMD", value_hint = ValueHint::CommandName)]
    pub exec: Vec<OsString>,
}

/// What to load, for the verbs that load.
#[derive(Args, Debug, Default)]
pub struct What {
    /// Only this program, and what it needs; can be given several times.
    #[arg(long, value_name = "PROG")]
    pub only: Vec<String>,
    /// Set a global variable before loading; can be given several times.
    #[arg(long, value_name = "VAR=VALUE")]
    pub set: Vec<String>,
    /// Where maps that are shared by name are pinned.
    #[arg(long, value_name = "DIR", default_value = "/sys/fs/bpf", value_hint = ValueHint::DirPath)]
    pub pin_root: PathBuf,
}

/// `skep verify`.
#[derive(Args, Debug)]
pub struct Verify {
    /// The objects.
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub files: Vec<PathBuf>,
    /// Print one JSON object a line, a program each.
    #[arg(long, conflicts_with = "csv")]
    pub json: bool,
    /// Print comma-separated values.
    #[arg(long)]
    pub csv: bool,
    /// Print the verifier's whole log of each program that is refused.
    #[arg(long)]
    pub log: bool,
    /// Only this program; can be given several times.
    #[arg(long, value_name = "PROG")]
    pub only: Vec<String>,
}

/// `skep load`.
#[derive(Args, Debug)]
pub struct Load {
    /// The object.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
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

/// `skep dump`.
#[derive(Args, Debug)]
pub struct Dump {
    /// The object.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// `skep reloc`.
#[derive(Args, Debug)]
pub struct Reloc {
    /// The object.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// The kernel: a file of BTF, a directory with `vmlinux`, modules and `config`, or `running`.
    #[arg(long, value_name = "FILE|DIR|running", value_hint = ValueHint::AnyPath)]
    pub target: PathBuf,
    /// Only this program; can be given several times.
    #[arg(long, value_name = "PROG")]
    pub only: Vec<String>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// A duration with its unit.
fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: f64 = digits.parse().map_err(|_| format!("`{text}` is not a time; try `5s`"))?;
    let seconds = match &text[digits.len()..] {
        "ms" => number / 1e3,
        "" | "s" => number,
        "m" => number * 60.0,
        "h" => number * 3600.0,
        unit => return Err(format!("`{unit}` is not a unit of time; use ms, s, m or h")),
    };
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn durations() {
        assert_eq!(duration("500ms").unwrap(), Duration::from_millis(500));
        assert_eq!(duration("2m").unwrap(), Duration::from_secs(120));
        assert_eq!(duration("1.5").unwrap(), Duration::from_millis(1500));
        assert!(duration("5y").unwrap_err().contains("not a unit"));
        assert!(duration("-1s").is_err());
        assert!(duration("soon").unwrap_err().contains("`soon`"));
    }
}
