//! One line of the list of jobs.

use crate::activity::Activity;
use crate::port::Port;
use rustix::process::{Pid, Signal, kill_process};
use rustix::system::finit_module;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// A job that takes longer is ended.
const LIMIT: Duration = Duration::from_secs(300);

/// One job.
pub enum Job<'a> {
    /// Load a kernel module.
    Module(&'a str),
    /// Run a command, with or without activity around it.
    Run {
        /// What it is called in the report.
        name: &'a str,
        /// The command.
        command: &'a str,
        /// Its arguments.
        args: Vec<&'a str>,
        /// Whether there is to be something to see.
        busy: bool,
        /// After how long it is interrupted, as by Ctrl-C.
        interrupt: Option<Duration>,
    },
}

impl<'a> Job<'a> {
    pub fn parse(line: &'a str) -> Option<Self> {
        let mut fields = line.split('\t');
        match fields.next()? {
            "module" => Some(Self::Module(fields.next()?)),
            kind => {
                let (kind, seconds) = kind.split_once('-').unwrap_or((kind, ""));
                let interrupt = seconds.parse().ok().map(Duration::from_secs);
                let (name, command) = (fields.next()?, fields.next()?);
                Some(Self::Run { name, command, args: fields.collect(), busy: kind == "busy", interrupt })
            }
        }
    }

    pub fn run(&self, port: &Port) {
        match self {
            Self::Module(path) => {
                let loaded = File::open(path).and_then(|file| Ok(finit_module(file, c"", 0)?));
                if let Err(error) = loaded {
                    port.say(&format!("! {path}: {error}"));
                }
            }
            Self::Run { name, command, args, busy, interrupt } => {
                port.say(&format!("begin {name}"));
                let _activity = busy.then(Activity::start);
                let start = Instant::now();
                let status = run(command, args, *interrupt, port);
                port.say(&format!("end {name} {status} {}", start.elapsed().as_millis()));
            }
        }
    }
}

/// Runs a command to its end and says how it ended, in one word.
fn run(command: &str, args: &[&str], interrupt: Option<Duration>, port: &Port) -> String {
    let mut child = Command::new(command);
    child
        .args(args)
        .current_dir("/")
        .env("RUST_BACKTRACE", "1")
        .env("PATH", "/bin")
        .env("HOME", "/tmp")
        .env("SKEP_TEST_ROOT", "/");
    child.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    match child.spawn() {
        Ok(mut child) => {
            let output = child.stdout.take().map(|pipe| forward(pipe, '|', port));
            let errors = child.stderr.take().map(|pipe| forward(pipe, '!', port));
            let word = match wait(&mut child, interrupt) {
                Some(status) => word(status),
                None => "timeout".into(),
            };
            for thread in [output, errors].into_iter().flatten() {
                let _ = thread.join();
            }
            word
        }
        Err(error) => format!("not-started:{:?}", error.kind()),
    }
}

fn wait(child: &mut Child, mut interrupt: Option<Duration>) -> Option<ExitStatus> {
    let start = Instant::now();
    while start.elapsed() < LIMIT {
        if interrupt.is_some_and(|after| start.elapsed() > after) {
            interrupt = None;
            let _ = kill_process(Pid::from_child(child), Signal::INT);
        }
        match child.try_wait() {
            Ok(None) => thread::sleep(Duration::from_millis(20)),
            Ok(status) => return status,
            Err(_) => return None,
        }
    }
    let _ = child.kill();
    let _ = child.wait();
    None
}

fn word(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(0), _) => "ok".into(),
        (Some(code), _) => format!("exit-{code}"),
        (None, signal) => format!("signal-{}", signal.unwrap_or_default()),
    }
}

/// Sends each line of a pipe to the port, with a mark before it.
fn forward(pipe: impl Read + Send + 'static, mark: char, port: &Port) -> thread::JoinHandle<()> {
    let port = port.clone();
    thread::spawn(move || {
        for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
            port.say(&format!("{mark} {}", String::from_utf8_lossy(&line).trim_end()));
        }
    })
}
