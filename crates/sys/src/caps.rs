//! The capabilities of this thread.

use crate::{Errno, Error};
use crate::{Result, file};
use std::fmt;

/// A set of capabilities, as in `CapEff` of `/proc/self/status`.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Caps(pub u64);

impl Caps {
    /// Attach to the network.
    #[doc(alias = "CAP_NET_ADMIN")]
    pub const NET_ADMIN: Self = Self(1 << 12);
    /// Open packet sockets.
    #[doc(alias = "CAP_NET_RAW")]
    pub const NET_RAW: Self = Self(1 << 13);
    /// Everything; what older kernels ask for instead of the finer ones.
    #[doc(alias = "CAP_SYS_ADMIN")]
    pub const SYS_ADMIN: Self = Self(1 << 21);
    /// Raise resource limits.
    #[doc(alias = "CAP_SYS_RESOURCE")]
    pub const SYS_RESOURCE: Self = Self(1 << 24);
    /// Read kernel addresses.
    #[doc(alias = "CAP_SYSLOG")]
    pub const SYSLOG: Self = Self(1 << 34);
    /// Trace (5.8).
    #[doc(alias = "CAP_PERFMON")]
    pub const PERFMON: Self = Self(1 << 38);
    /// Load programs and create maps (5.8).
    #[doc(alias = "CAP_BPF")]
    pub const BPF: Self = Self(1 << 39);

    /// Those that BPF asks for, with their names.
    pub const NAMED: &'static [(Self, &'static str)] = &[
        (Self::BPF, "CAP_BPF"),
        (Self::PERFMON, "CAP_PERFMON"),
        (Self::NET_ADMIN, "CAP_NET_ADMIN"),
        (Self::NET_RAW, "CAP_NET_RAW"),
        (Self::SYS_ADMIN, "CAP_SYS_ADMIN"),
        (Self::SYS_RESOURCE, "CAP_SYS_RESOURCE"),
        (Self::SYSLOG, "CAP_SYSLOG"),
    ];

    /// The effective capabilities of the calling thread; each thread has its own.
    ///
    /// # Errors
    /// When `/proc/thread-self/status` cannot be read.
    pub fn effective() -> Result<Self> {
        const STATUS: &str = "/proc/thread-self/status";
        let status = file::text(STATUS, STATUS)?;
        Self::parse(&status).ok_or(Error::new(STATUS, Errno::EINVAL))
    }

    /// The effective set in the text of a `status` file.
    pub fn parse(status: &str) -> Option<Self> {
        let line = status.lines().find_map(|line| line.strip_prefix("CapEff:"))?;
        u64::from_str_radix(line.trim(), 16).ok().map(Self)
    }

    /// Whether all of `other` are there.
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether programs may be loaded: `CAP_BPF`, or `CAP_SYS_ADMIN` which implies it.
    pub fn can_load(self) -> bool {
        self.contains(Self::BPF) || self.contains(Self::SYS_ADMIN)
    }

    /// Whether the kernel may be traced: `CAP_PERFMON`, or `CAP_SYS_ADMIN` which implies it.
    pub fn can_trace(self) -> bool {
        self.contains(Self::PERFMON) || self.contains(Self::SYS_ADMIN)
    }

    /// Names of those that are there, of those that BPF asks for.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMED.iter().filter(move |row| self.contains(row.0)).map(|row| row.1)
    }
}

impl fmt::Debug for Caps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::Caps;

    #[test]
    fn the_effective_line_is_found() {
        let caps = Caps::parse("Name:\tx\nCapPrm:\t0000000000000000\nCapEff:\t000000c000001000\n").unwrap();
        assert_eq!(caps.names().collect::<Vec<_>>(), ["CAP_BPF", "CAP_PERFMON", "CAP_NET_ADMIN"]);
        assert!(caps.can_load() && caps.can_trace() && !caps.contains(Caps::SYS_ADMIN));
        assert_eq!(Caps::parse("CapEff:\tzz"), None);
    }
}
