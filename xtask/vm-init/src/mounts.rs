//! The file systems that tests look at, and the loopback interface.

use rustix::mount::{MountFlags, mount};
use std::fs;

const MOUNTS: &[(&str, &str)] = &[
    ("proc", "/proc"),
    ("sysfs", "/sys"),
    ("devtmpfs", "/dev"),
    ("tmpfs", "/tmp"),
    ("tmpfs", "/run"),
    ("bpf", "/sys/fs/bpf"),
    ("cgroup2", "/sys/fs/cgroup"),
    ("debugfs", "/sys/kernel/debug"),
    ("tracefs", "/sys/kernel/tracing"),
];

/// Mounts everything and returns what could not be.
pub fn mount_all() -> Vec<String> {
    let mut failures = Vec::new();
    for (kind, place) in MOUNTS {
        let _ = fs::create_dir_all(place);
        if let Err(error) = mount(*kind, *place, *kind, MountFlags::empty(), None) {
            failures.push(format!("{place}: {error}"));
        }
    }
    failures
}

/// Brings up the loopback interface; the kernel gives it its address.
pub fn loopback_up() -> Result<(), String> {
    // IFF_UP | IFF_LOOPBACK | IFF_RUNNING
    fs::write("/sys/class/net/lo/flags", "0x49").map_err(|error| format!("lo: {error}"))
}
