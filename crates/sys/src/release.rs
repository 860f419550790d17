//! Which kernel runs.

use crate::{Result, file};
use skep_uapi::Release;

/// The version of a kernel.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Version {
    /// The first number.
    pub major: u16,
    /// The second.
    pub minor: u16,
    /// The third, 0 if there is none.
    pub patch: u16,
}

impl Version {
    /// Major and minor.
    pub fn release(self) -> Release {
        Release::new(self.major, self.minor)
    }

    /// As the kernel packs it; patch levels above 255 count as 255.
    #[doc(alias = "LINUX_VERSION_CODE")]
    #[doc(alias = "KERNEL_VERSION")]
    pub fn code(self) -> u32 {
        u32::from(self.major) << 16 | u32::from(self.minor) << 8 | u32::from(self.patch).min(255)
    }

    /// The version at the beginning of `6.1.0-13-amd64`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split('.').map(|part| {
            let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
            (part[..end].parse().ok(), end == part.len())
        });
        let (major, _) = numbers.next()?;
        let (minor, whole) = numbers.next()?;
        // After `6.1-rc3` there is no patch level, whatever follows.
        let patch = if whole { numbers.next().and_then(|(patch, _)| patch) } else { None };
        Some(Self { major: major?, minor: minor?, patch: patch.unwrap_or(0) })
    }

    /// The version by which the kernel was built, from all that it says of itself: distributions that keep the ABI
    /// stable freeze `release` and put the true version elsewhere.
    pub fn from_parts(release: &str, version: &str, ubuntu_signature: Option<&str>) -> Option<Self> {
        // Ubuntu: `Ubuntu 5.15.0-91.101-generic 5.15.131`.
        let ubuntu = ubuntu_signature.and_then(|text| text.split_whitespace().nth(2)).and_then(Self::parse);
        // Debian: `#1 SMP Debian 5.10.70-1 (2021-09-30)`, with a patch level; `SMP PREEMPT_DYNAMIC Debian 6.1.55-1`.
        let debian = || version.split_once("Debian ").and_then(|(_, text)| Self::parse(text));
        ubuntu.or_else(debian).or_else(|| Self::parse(release))
    }
}

/// The release string of the running kernel, `uname -r`.
#[doc(alias = "uname")]
pub fn uname_release() -> String {
    rustix::system::uname().release().to_string_lossy().into_owned()
}

/// The version of the running kernel; `None` if it says nothing that can be read.
pub fn running() -> Option<Version> {
    let uname = rustix::system::uname();
    let ubuntu = file::text("/proc/version_signature", "/proc/version_signature").ok();
    Version::from_parts(&uname.release().to_string_lossy(), &uname.version().to_string_lossy(), ubuntu.as_deref())
}

/// The machine the kernel runs on, `uname -m`: `x86_64`, `aarch64`.
pub fn machine() -> String {
    rustix::system::uname().machine().to_string_lossy().into_owned()
}

/// The text of the file with the running kernel's build options, from `/boot` or uncompressed elsewhere.
///
/// # Errors
/// When there is none; `/proc/config.gz` is for the caller to unpack.
#[doc(alias = "kconfig")]
pub fn boot_config() -> Result<Vec<u8>> {
    use crate::error::During;
    let path = format!("/boot/config-{}", uname_release());
    std::fs::read(path).during("/boot/config")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(major: u16, minor: u16, patch: u16) -> Option<Version> {
        Some(Version { major, minor, patch })
    }

    #[test]
    fn plain_releases() {
        assert_eq!(Version::parse("6.18.44-fc-v595"), version(6, 18, 44));
        assert_eq!(Version::parse("6.1-rc3"), version(6, 1, 0));
        assert_eq!(Version::parse("7.3.0"), version(7, 3, 0));
        for bad in ["", "6", "x.y", "6.", "99999999.1"] {
            assert_eq!(Version::parse(bad), None, "{bad:?}");
        }
        assert_eq!(Version { major: 4, minor: 14, patch: 300 }.code(), 0x40eff);
    }

    #[test]
    fn distributions_hide_the_patch_level() {
        let debian = "#1 SMP Debian 5.10.70-1 (2021-09-30)";
        assert_eq!(Version::from_parts("5.10.0-9-amd64", debian, None), version(5, 10, 70));
        let signature = Some("Ubuntu 5.15.0-91.101-generic 5.15.131");
        assert_eq!(Version::from_parts("5.15.0-91-generic", "#101-Ubuntu SMP", signature), version(5, 15, 131));
        assert_eq!(Version::from_parts("6.6.8", "#1 SMP Debian kernel", Some("odd")), version(6, 6, 8));
    }
}
