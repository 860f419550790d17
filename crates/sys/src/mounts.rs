//! The file systems of the kernel: whether they are mounted, and mounting them.

use crate::error::During;
use crate::{Errno, Error, Result, file};
use rustix::fs::statfs;
use rustix::mount::{MountFlags, mount};
use std::ffi::{CStr, OsString};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

const BPF_FS: u64 = 0xcafe_4a11;
const TRACEFS: u64 = 0x7472_6163;
pub(crate) const CGROUP2: u64 = 0x6367_7270;

/// Where the bpf file system is expected.
pub const BPF_PATH: &str = "/sys/fs/bpf";

fn is(path: &str, magic: u64) -> bool {
    // The magic fills 32 bits, which some architectures extend with a sign.
    statfs(path).is_ok_and(|stat| stat.f_type as u32 == magic as u32)
}

/// The bpf file system at `/sys/fs/bpf`, mounted if it is not.
///
/// # Errors
/// `EPERM` without `CAP_SYS_ADMIN`; `ENODEV` without BPF; `ENOENT` without sysfs.
#[doc(alias = "BPF_FS_MAGIC")]
pub fn bpffs() -> Result<&'static Path> {
    if !is(BPF_PATH, BPF_FS) {
        // The default mode lets everybody write.
        mount_here("bpf", BPF_PATH, Some(c"mode=0700"), "mount(bpf)")?;
    }
    Ok(Path::new(BPF_PATH))
}

/// Whether a path lies in a bpf file system.
pub fn is_bpffs(path: &Path) -> bool {
    statfs(path).is_ok_and(|stat| stat.f_type as u32 == BPF_FS as u32)
}

/// The tracing file system, mounted if it is not.
///
/// # Errors
/// `EPERM` without `CAP_SYS_ADMIN`; `ENODEV` if the kernel has no tracing; `ENOENT` without sysfs.
#[doc(alias = "TRACEFS_MAGIC")]
pub fn tracefs() -> Result<&'static Path> {
    const PATHS: [&str; 2] = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];
    match PATHS.into_iter().find(|path| is(path, TRACEFS)) {
        Some(path) => Ok(Path::new(path)),
        None => {
            mount_here("tracefs", PATHS[0], None, "mount(tracefs)")?;
            Ok(Path::new(PATHS[0]))
        }
    }
}

fn mount_here(kind: &str, path: &str, options: Option<&CStr>, call: &'static str) -> Result<()> {
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    match mount(kind, path, kind, flags, options) {
        // Somebody else mounted it between our look and our call.
        Err(rustix::io::Errno::BUSY) => Ok(()),
        result => result.during(call),
    }
}

/// Where a file system of this kind is mounted first, if at all.
///
/// # Errors
/// When `/proc/self/mounts` cannot be read.
pub fn find(kind: &str) -> Result<Option<PathBuf>> {
    Ok(parse(&file::text("/proc/self/mounts", "/proc/self/mounts")?, kind))
}

pub(crate) fn parse(mounts: &str, kind: &str) -> Option<PathBuf> {
    mounts.lines().find_map(|line| {
        let mut words = line.split(' ').skip(1);
        let path = words.next()?;
        (words.next()? == kind).then(|| unescape(path))
    })
}

/// Undoes the octal escapes of spaces and the like.
fn unescape(path: &str) -> PathBuf {
    let bytes = path.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escape = bytes
            .get(at + 1..at + 4)
            .filter(|digits| byte == b'\\' && digits.iter().all(|d| (b'0'..=b'7').contains(d)));
        out.push(escape.map_or(byte, |d| ((d[0] - b'0') << 6) | (d[1] - b'0') << 3 | (d[2] - b'0')));
        at += if escape.is_some() { 4 } else { 1 };
    }
    PathBuf::from(OsString::from_vec(out))
}

/// Makes the directory for pins, and those above it, inside a bpf file system.
///
/// # Errors
/// Those of mkdir(2); `EINVAL` if it is not in a bpf file system.
pub fn make_pin_dir(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path).during("mkdir")?;
    if is_bpffs(path) { Ok(()) } else { Err(Error::new("mkdir", Errno::EINVAL)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_are_found_by_kind() {
        let text = "proc /proc proc rw 0 0\ncgroup2 /sys/fs/a\\040b cgroup2 rw 0 0\nx\n";
        assert_eq!(parse(text, "cgroup2"), Some(PathBuf::from("/sys/fs/a b")));
        assert_eq!(parse(text, "bpf"), None);
        assert_eq!(unescape("a\\777b\\04"), PathBuf::from(OsString::from_vec(b"a\xffb\\04".to_vec())));
    }
}
