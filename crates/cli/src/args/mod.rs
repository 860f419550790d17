//! The command line: one verb per stage of the pipeline.

mod asm;
pub mod btf;
mod check;
mod dis;
mod dump;
mod link;
mod load;
mod reloc;
mod response;
mod run;
mod verify;

use std::{path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};

pub use asm::{Asm, Endian};
pub use check::Check;
pub use dis::{Dis, Jumps as DisJumps};
pub use dump::Dump;
pub use link::{Input as LinkInput, Link, Name as LinkName};
pub use load::Load;
pub use reloc::Reloc;
pub use response::expanded;
pub use run::Run;
pub use verify::Verify;

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
    Run(Run),
    /// Show each program to the kernel's verifier, by itself, attaching none.
    Verify(Verify),
    /// Load an object as an agent would, then exit.
    Load(Load),
    /// Make an object of assembly text.
    Asm(Asm),
    /// Say what is in an object.
    Dump(Dump),
    /// Print an object as assembly text, which can be assembled again.
    Dis(Dis),
    /// Link objects and archives of objects into one object.
    Link(Link),
    /// Relocate an object for a kernel, without privileges, and print the final instructions.
    Reloc(Reloc),
    /// Say what objects would miss on any number of kernels, without privileges.
    Check(Check),
    /// Types: print, find, compare, make smaller, check.
    Btf(btf::Btf),
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

/// What to load, for the verbs that load.
#[derive(Args, Debug, Default)]
pub struct What {
    /// Only this program, and what it needs; can be given several times.
    #[arg(long, value_name = "PROG")]
    pub only: Vec<String>,
    /// Set a global variable, or a member of a struct_ops variable, before loading; can be given several times.
    #[arg(long, value_name = "VAR=VALUE")]
    pub set: Vec<String>,
    /// Take a function for a program of a section, such as `handle=xdp`; can be given several times.
    #[arg(long, value_name = "FUNC=SECTION")]
    pub entry: Vec<String>,
    /// Create this map although its section begins with `?`; can be given several times.
    #[arg(long, value_name = "MAP")]
    pub create: Vec<String>,
    /// Where maps that are shared by name are pinned.
    #[arg(long, value_name = "DIR", default_value = "/sys/fs/bpf", value_hint = ValueHint::DirPath)]
    pub pin_root: PathBuf,
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
