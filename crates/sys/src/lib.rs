//! The kernel ABI of BPF as safe functions: bpf(2), perf_event_open(2), mapped rings, netlink, and the files in
//! which the kernel describes itself.
//!
//! One kernel interface is one file. Every function borrows the descriptors it uses, returns owned ones that are
//! closed on exec and never 0, 1 or 2, and fails with the name of the call and the [`Errno`].
//!
//! What this crate does not do: it knows no objects and no programs, it keeps no state (but for which rings are being
//! read, see [`ring::Ring`]), it does not probe for
//! features or fall back from one interface to another, and it does not wait except in [`epoll::Epoll::wait`].

#![cfg(target_os = "linux")]
#![expect(unsafe_code, reason = "the one host crate that talks to the kernel")]

pub mod bpf;
pub mod caps;
pub mod cgroup;
pub mod cpu;
pub mod epoll;
mod error;
mod fd;
pub mod file;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
pub mod kallsyms;
pub mod kprobe_events;
pub mod mmap;
pub mod mounts;
pub mod netlink;
pub mod perf;
pub mod perf_ring;
pub mod pmu;
pub mod release;
pub mod ring;
pub mod rlimit;
pub mod socket;
pub mod tracefs;

pub use error::{Errno, Error, Result};
pub use fd::at_least_3;
