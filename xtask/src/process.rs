//! Running other commands, and what a task returns.

use std::env;
use std::fmt;
use std::path::Path;
use std::process::{Command, Stdio};

/// Why a task failed, for people.
#[derive(Debug)]
pub struct Failure(pub String);

/// What a task returns.
pub type Outcome<T = ()> = Result<T, Failure>;

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// A failure with this text.
pub fn fail<T>(text: impl fmt::Display) -> Outcome<T> {
    Err(Failure(text.to_string()))
}

/// Puts what was tried before the text of a failure.
pub trait During<T> {
    /// The same result; a failure says `what` first.
    fn during(self, what: impl fmt::Display) -> Outcome<T>;
}

impl<T, E: fmt::Display> During<T> for Result<T, E> {
    fn during(self, what: impl fmt::Display) -> Outcome<T> {
        self.map_err(|error| Failure(format!("{what}: {error}")))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Makes the root of the workspace the current directory, so that every path can be written from there.
pub fn enter_workspace() -> Outcome {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    env::set_current_dir(here.parent().unwrap_or(here)).during("cannot enter the workspace")
}

/// The cargo that runs this.
pub fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs a command with its output shown.
pub fn run(command: &mut Command) -> Outcome {
    let status = command.status().during(name(command))?;
    if status.success() { Ok(()) } else { fail(format_args!("{} ended with {status}", name(command))) }
}

/// Runs a command and returns what it printed. Its errors are part of the failure.
pub fn read(command: &mut Command) -> Outcome<String> {
    let output = command.stdin(Stdio::null()).output().during(name(command))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    fail(format_args!("{} ended with {}\n{}", name(command), output.status, errors.trim_end()))
}

fn name(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
