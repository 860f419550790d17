//! Something for programs to see: processes that start and end, packets on the loopback interface, files that go away.

use std::fs::{self, File};
use std::net::UdpSocket;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Activity that goes on until this is dropped.
pub struct Activity {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Activity {
    pub fn start() -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            while !seen.load(Ordering::Relaxed) {
                let _ = Command::new("/init").stdin(Stdio::null()).status();
                let _ = UdpSocket::bind("127.0.0.1:0").and_then(|from| from.send_to(b"hello", "127.0.0.1:9"));
                let _ = File::create("/tmp/activity").and_then(|_| fs::remove_file("/tmp/activity"));
                thread::sleep(Duration::from_millis(100));
            }
        });
        Self { stop, thread: Some(thread) }
    }
}

impl Drop for Activity {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
