//! Places to attach to: one file for each, as a plain value, and by a program's section.

mod cgroup;
mod interface;
mod iter;
mod kprobe;
mod kprobe_multi;
mod netfilter;
mod netkit;
mod netns;
mod options;
mod perf_event;
mod raw_tracepoint;
mod refusal;
mod section;
mod socket_filter;
mod tcx;
mod trace;
mod tracepoint;
mod uprobe;
mod uprobe_file;
mod xdp;

pub use cgroup::Cgroup;
pub use iter::Iter;
pub use kprobe::{Kprobe, Ksyscall};
pub use kprobe_multi::KprobeMulti;
pub use netfilter::Netfilter;
pub use netkit::Netkit;
pub use netns::Netns;
pub use options::AttachOptions;
pub use perf_event::{Counter, PerfEvent};
pub use raw_tracepoint::RawTracepoint;
pub(crate) use section::by_section;
pub use socket_filter::SocketFilter;
pub use tcx::{Direction, Tcx};
pub use trace::Trace;
pub use tracepoint::Tracepoint;
pub use uprobe::Uprobe;
pub use xdp::{Xdp, XdpMode};

use crate::{Error, Link, Program};

/// A place that programs can be attached to.
pub trait Hook {
    /// Attaches a program.
    ///
    /// # Errors
    /// `attach-wrong-hook`, `attach-no-target`, `attach-refused`, `missing-capability`.
    fn attach(&self, program: &Program) -> Result<Link, Error>;
}
