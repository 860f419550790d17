//! The kernel that the tests run on.

use crate::case::{During, Outcome};
use skep_uapi::Release;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// The release of the running kernel.
pub fn release() -> Release {
    let text = rustix::system::uname().release().to_string_lossy().into_owned();
    let mut numbers = text.split(['.', '-', '+']).map_while(|part| part.parse().ok());
    Release::new(numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default())
}

/// Why this process may not test the kernel, if it may not.
pub fn unprivileged() -> Option<String> {
    const CAP_SYS_ADMIN: u32 = 21;
    const CAP_BPF: u32 = 39;
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    let effective = line.and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok()).unwrap_or_default();
    let held = |capability: u32| effective >> capability & 1 == 1;
    (!held(CAP_SYS_ADMIN) && !held(CAP_BPF)).then(|| "needs root, or CAP_BPF and CAP_PERFMON".into())
}

/// Whether the kernel is built with an option; nothing if it does not say.
pub fn option(name: &str) -> Option<bool> {
    static CONFIG: LazyLock<Option<String>> = LazyLock::new(config);
    let text = CONFIG.as_deref()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    Some(matches!(line, Some("y" | "m")))
}

fn config() -> Option<String> {
    let release = rustix::system::uname().release().to_string_lossy().into_owned();
    if let Ok(text) = fs::read_to_string(format!("/boot/config-{release}")) {
        return Some(text);
    }
    let packed = fs::File::open("/proc/config.gz").ok()?;
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed).read_to_string(&mut text).ok()?;
    Some(text)
}

/// Whether this is a virtual machine of ours, where everything is allowed.
pub fn is_ours() -> bool {
    std::env::var_os("SKEP_TEST_ROOT").is_some()
}

/// A BPF file system for as long as this lives: the one that is there, or one that is mounted for it.
pub struct PinFolder {
    path: PathBuf,
    mounted: bool,
}

impl PinFolder {
    /// An empty folder in a BPF file system.
    pub fn new() -> Outcome<Self> {
        let usual = PathBuf::from("/sys/fs/bpf");
        let mounts = fs::read_to_string("/proc/mounts")?;
        let name = format!("skep-test-{}", std::process::id());
        if mounts.lines().any(|line| line.split(' ').nth(1) == Some("/sys/fs/bpf") && line.contains(" bpf ")) {
            let path = usual.join(name);
            fs::create_dir_all(&path)?;
            return Ok(Self { path, mounted: false });
        }
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path)?;
        rustix::mount::mount("bpf", &path, "bpf", rustix::mount::MountFlags::empty(), None).during("mount bpf")?;
        Ok(Self { path, mounted: true })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for PinFolder {
    fn drop(&mut self) {
        if self.mounted {
            let _ = rustix::mount::unmount(&self.path, rustix::mount::UnmountFlags::empty());
            let _ = fs::remove_dir(&self.path);
        } else {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// A file of the project, by its path from the root (`fixtures/o/el/ring.bpf.o`).
pub fn file(path: &str) -> PathBuf {
    let root = std::env::var_os("SKEP_TEST_ROOT").map(PathBuf::from);
    root.unwrap_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))).join(path)
}
