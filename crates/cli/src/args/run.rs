//! The arguments of `skep run`.

use std::{ffi::OsString, path::PathBuf, time::Duration};

use clap::{Args, ValueHint};

use super::{What, duration};

const EXAMPLES: &str = "Examples:
  skep run examples/exec.bpf.o                     every process that is started
  skep run examples/exec.bpf.o --json --count 10   ten events, one JSON object a line
  skep run examples/exec.bpf.o --set only_uid=1000 with a constant of the program changed
  skep run examples/exec.bpf.o --exec make -j4     while a command runs
  skep run examples/xdp_count.bpf.o --iface eth0   an XDP program on an interface
  skep run main.bpf.o helpers.bpf.o libnet.a       objects that are linked first";

/// `skep run`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Run {
    /// The objects; those that need each other, and what they need of archives, are linked first.
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
