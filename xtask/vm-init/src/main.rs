//! The first process of the virtual machines that `cargo xtask vm` boots.
//!
//! It mounts what tests look at, works through `/job`, one line each, and powers the machine off. What happens goes to the
//! second serial port, a line at a time, so that messages of the kernel on the first cannot garble it:
//!
//! ```text
//! hello RELEASE
//! begin NAME
//! | a line of the job's output        ! one of its errors
//! end NAME STATUS MILLISECONDS        STATUS: ok, exit-N, signal-N, timeout or why it did not start
//! bye
//! ```
//!
//! The fields of a job are separated by tabs: `module PATH` loads a kernel module, `run NAME COMMAND ARGS…` runs a command,
//! `busy NAME COMMAND ARGS…` does so while processes start and packets flow, and `busy-5` interrupts it after 5 seconds.
//!
//! Started as any other process it ends at once: it is also the program that is run for there to be something to see.

mod activity;
mod job;
mod mounts;
mod port;

use job::Job;
use port::Port;
use rustix::process::getpid;
use rustix::system::{RebootCommand, reboot, uname};
use std::fs;

fn main() {
    if !getpid().is_init() {
        return;
    }
    let failures = mounts::mount_all();
    let port = Port::open();
    port.say(&format!("hello {}", uname().release().to_string_lossy()));
    for failure in failures.into_iter().chain(mounts::loopback_up().err()) {
        port.say(&format!("! {failure}"));
    }
    let list = fs::read_to_string("/job").unwrap_or_default();
    for job in list.lines().filter_map(Job::parse) {
        job.run(&port);
    }
    port.say("bye");
    port.drain();
    // With -no-reboot qemu ends here, also where there is no ACPI to power off with.
    let _ = reboot(RebootCommand::Restart);
}
