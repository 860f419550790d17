//! What a section does not say.

use std::path::{Path, PathBuf};

use super::XdpMode;

/// The place for programs whose sections say how, but not where, they are attached. Each method returns the changed
/// value.
#[derive(Clone, Debug, Default)]
pub struct AttachOptions {
    pub(crate) interface: Option<String>,
    pub(crate) cgroup: Option<PathBuf>,
    pub(crate) process: Option<u32>,
    pub(crate) xdp_mode: XdpMode,
    pub(crate) cookie: u64,
}

impl AttachOptions {
    /// Nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// The network interface for XDP, tc, netkit and socket filters.
    pub fn interface(self, name: impl Into<String>) -> Self {
        Self { interface: Some(name.into()), ..self }
    }

    /// The directory of the cgroup for cgroup hooks; the root of the hierarchy unless set.
    pub fn cgroup(self, path: impl AsRef<Path>) -> Self {
        Self { cgroup: Some(path.as_ref().to_owned()), ..self }
    }

    /// The process for uprobes and perf events; all unless set.
    pub fn process(self, pid: u32) -> Self {
        Self { process: Some(pid), ..self }
    }

    /// Where on the way of a packet XDP programs run.
    pub fn xdp_mode(self, mode: XdpMode) -> Self {
        Self { xdp_mode: mode, ..self }
    }

    /// The number that programs read with `bpf_get_attach_cookie`.
    pub fn cookie(self, cookie: u64) -> Self {
        Self { cookie, ..self }
    }
}
