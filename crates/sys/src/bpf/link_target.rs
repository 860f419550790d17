//! What a link is attached to, and what else each hook wants to know.

use super::attach::Relative;
use skep_uapi::btf::TypeId;
use std::ffi::CStr;
use std::os::fd::{AsRawFd, BorrowedFd};

/// What a link is attached to.
#[derive(Clone, Copy, Debug, Default)]
pub enum LinkTarget<'a> {
    /// Nothing beyond what the program or the options say.
    #[default]
    None,
    /// A cgroup, network namespace, perf event, map or program.
    Fd(BorrowedFd<'a>),
    /// A network interface.
    Ifindex(u32),
}

impl LinkTarget<'_> {
    pub(super) fn number(self) -> u32 {
        match self {
            Self::None => 0,
            Self::Fd(fd) => fd.as_raw_fd() as u32,
            Self::Ifindex(index) => index,
        }
    }
}

/// What else a hook wants to know.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub enum LinkOptions<'a> {
    /// Nothing.
    #[default]
    None,
    /// A perf event: the number the program reads with `bpf_get_attach_cookie` (5.15).
    PerfEvent {
        /// The number.
        cookie: u64,
    },
    /// fentry, fexit, LSM, raw tracepoints and extensions.
    Tracing {
        /// The type to attach to in the target program, `VOID` for that given at load (5.10).
        btf_id: TypeId,
        /// The number the program reads with `bpf_get_attach_cookie` (6.0).
        cookie: u64,
    },
    /// An iterator over something in particular.
    Iter(IterInfo<'a>),
    /// A netfilter hook (6.4).
    Netfilter {
        /// `NFPROTO_IPV4` 2 or `NFPROTO_IPV6` 10.
        family: u32,
        /// `NF_INET_PRE_ROUTING` 0 to `NF_INET_POST_ROUTING` 4.
        hook: u32,
        /// Lower runs first.
        priority: i32,
        /// `BPF_F_NETFILTER_IP_DEFRAG` 1 (6.6).
        flags: u32,
    },
    /// tcx and netkit (6.6, 6.7) and cgroups (6.17): the order among other programs.
    Ordered {
        /// Beside what; before or after is in the link's flags.
        relative: Relative<'a>,
        /// Only at this revision of the list, 0 for any.
        expected_revision: u64,
    },
    /// Many kernel functions (5.18).
    KprobeMulti(KprobeMulti<'a>),
    /// Many places in one file (6.6).
    UprobeMulti(UprobeMulti<'a>),
    /// Many functions by BTF id (7.2).
    TracingMulti {
        /// The ids.
        ids: &'a [u32],
        /// A number for each, or none.
        cookies: &'a [u64],
    },
}

/// What an iterator goes over, `union bpf_iter_link_info`.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum IterInfo<'a> {
    /// The elements of a map (5.9).
    Map(BorrowedFd<'a>),
    /// A tree of cgroups (6.1).
    Cgroup {
        /// 1 itself only, 2 parents first, 3 children first, 4 ancestors.
        order: u32,
        /// Where it begins, the root for `None`.
        cgroup: Option<BorrowedFd<'a>>,
    },
    /// One task or process, 0 for all (6.1).
    Task {
        /// The thread.
        tid: u32,
        /// The process.
        pid: u32,
    },
}

/// Kernel functions for one kprobe_multi link: symbols or addresses, not both.
#[derive(Clone, Copy, Debug, Default)]
pub struct KprobeMulti<'a> {
    /// Names of functions.
    pub symbols: &'a [&'a CStr],
    /// Addresses of functions.
    pub addresses: &'a [u64],
    /// A number for each, or none.
    pub cookies: &'a [u64],
    /// At the return instead of the entry.
    #[doc(alias = "BPF_F_KPROBE_MULTI_RETURN")]
    pub is_return: bool,
}

impl KprobeMulti<'_> {
    pub(super) fn symbol_addresses(&self) -> Vec<u64> {
        // The kernel reads pointers of its own width; a 32-bit process is served by the compat entry.
        self.symbols.iter().map(|symbol| symbol.as_ptr() as usize as u64).collect()
    }
}

/// Places in one file for one uprobe_multi link.
#[derive(Clone, Copy, Debug)]
pub struct UprobeMulti<'a> {
    /// The file.
    pub path: &'a CStr,
    /// Offsets in the file of instructions.
    pub offsets: &'a [u64],
    /// Offsets in the file of reference counters, or none.
    pub ref_ctr_offsets: &'a [u64],
    /// A number for each, or none.
    pub cookies: &'a [u64],
    /// The only process to trace, 0 for all.
    pub pid: u32,
    /// At the return instead of the entry.
    #[doc(alias = "BPF_F_UPROBE_MULTI_RETURN")]
    pub is_return: bool,
}
