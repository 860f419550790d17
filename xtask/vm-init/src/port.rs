//! The serial port that results go to.

use rustix::fs::{OFlags, fcntl_setfl};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::Duration;

/// The port, shared by those who write lines to it.
#[derive(Clone)]
pub struct Port(Arc<Mutex<Option<File>>>);

impl Port {
    /// Opens the second serial port, or else the console.
    pub fn open() -> Self {
        let open = |path| OpenOptions::new().write(true).open(path).ok();
        let file = open("/dev/ttyS1").or_else(|| open("/dev/console"));
        if let Some(file) = &file {
            let _ = fcntl_setfl(file, OFlags::empty());
        }
        Self(Arc::new(Mutex::new(file)))
    }

    /// Writes one line, whole.
    pub fn say(&self, line: &str) {
        if let Ok(mut file) = self.0.lock()
            && let Some(file) = file.as_mut()
        {
            let _ = file.write_all(format!("{line}\n").as_bytes());
        }
    }

    /// Gives the hardware the time to send what was written.
    pub fn drain(&self) {
        sleep(Duration::from_millis(200));
    }
}
