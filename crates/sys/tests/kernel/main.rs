//! The functions of this crate on the running kernel. Those that need privileges say so when they lack them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod attach;
mod files;
mod insns;
mod maps;
mod net;
mod perf;
mod programs;
mod ring;

use skep_sys::caps::Caps;

/// Whether the tests may do what they are about; prints why not.
fn privileged() -> bool {
    let caps = Caps::effective().unwrap();
    let enough = caps.contains(Caps::BPF) && caps.contains(Caps::PERFMON) && caps.contains(Caps::NET_ADMIN);
    if !enough {
        eprintln!("skipped: needs CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN, has {caps:?}");
    }
    // Before 5.11 maps are charged to a limit that is too low for anything.
    let _ = skep_sys::rlimit::lift_memlock();
    enough
}

/// Whether the running kernel is at least this release.
fn since(major: u16, minor: u16) -> bool {
    let running = skep_sys::release::running().unwrap().release();
    let wanted = skep_uapi::Release::new(major, minor);
    if running < wanted {
        eprintln!("skipped: needs Linux {wanted}, runs {running}");
    }
    running >= wanted
}
