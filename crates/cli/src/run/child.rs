//! The command that is watched.

use std::{
    ffi::OsString,
    io,
    os::{fd::AsFd, unix::process::ExitStatusExt},
    process::{Child, Command, ExitStatus, Stdio},
};

use crate::{
    input,
    report::{Failure, Report, status},
};

/// A command that runs while its events are shown.
pub struct Watched {
    child: Child,
    status: Option<ExitStatus>,
}

impl Watched {
    /// Starts the command, if there is one. With `apart` what it prints goes to standard error.
    pub fn start(command: &[OsString], apart: bool) -> Result<Option<Self>, Failure> {
        let Some((name, rest)) = command.split_first() else { return Ok(None) };
        let failed = |error: io::Error| {
            let message = format!("cannot run {}: {}", name.to_string_lossy(), input::reason(&error));
            let mut report = Report::new("exec", message);
            report.help = (error.kind() == io::ErrorKind::NotFound)
                .then(|| "give its path, or `sh -c '…'` for what only a shell understands".into());
            Failure::new(status::USAGE, report)
        };
        let mut command = Command::new(name);
        if apart {
            command.stdout(Stdio::from(io::stderr().as_fd().try_clone_to_owned().map_err(failed)?));
        }
        let child = command.args(rest).spawn().map_err(failed)?;
        Ok(Some(Self { child, status: None }))
    }

    /// Whether it has ended.
    pub fn is_over(&mut self) -> bool {
        if self.status.is_none() {
            // A child that cannot be asked about is as good as gone.
            self.status = self.child.try_wait().unwrap_or(Some(ExitStatus::from_raw(0)));
        }
        self.status.is_some()
    }

    /// Its exit status as a shell gives it. A command that still runs is ended, which is no failure.
    pub fn end(mut self) -> u8 {
        if self.is_over() {
            let status = self.status.unwrap_or_default();
            return status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(0) as u8;
        }
        0
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if !self.is_over() {
            // It may have ended by itself meanwhile.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
