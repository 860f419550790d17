//! Traffic control filters, for kernels without tcx (before 6.6).

use super::message::{Message, u32_at};
use super::refusal::{Refusal, Result};
use super::route::{ACK, CREATE, ECHO, EXCL, REQUEST, ask};
use crate::Errno;
use std::os::fd::{AsRawFd, BorrowedFd};

const RTM_NEWQDISC: u16 = 36;
const RTM_DELQDISC: u16 = 37;
const RTM_NEWTFILTER: u16 = 44;
const RTM_DELTFILTER: u16 = 45;
const TCA_KIND: u16 = 1;
const TCA_OPTIONS: u16 = 2;
const BPF_FD: u16 = 6;
const BPF_NAME: u16 = 7;
const BPF_FLAGS: u16 = 8;
/// The program's return value is the verdict.
const ACT_DIRECT: u32 = 1;
const CLSACT: u32 = 0xffff_fff1;
const CLSACT_HANDLE: u32 = 0xffff_0000;

/// Which way packets go.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Direction {
    /// Into the host.
    Ingress,
    /// Out of it.
    Egress,
}

impl Direction {
    fn parent(self) -> u32 {
        match self {
            Self::Ingress => 0xffff_fff2,
            Self::Egress => 0xffff_fff3,
        }
    }
}

/// A filter in place.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Filter {
    /// On which interface.
    pub ifindex: u32,
    /// Which way.
    pub direction: Direction,
    /// Lower runs first; the kernel chooses one for 0.
    pub priority: u16,
    /// Its number within the priority; the kernel chooses one for 0.
    pub handle: u32,
}

impl Filter {
    fn message(self, kind: u16, flags: u16) -> Message {
        let all = (libc::ETH_P_ALL as u16).to_be();
        let info = u32::from(self.priority) << 16 | u32::from(all);
        let mut message = Message::new(kind, flags, &tcmsg(self.ifindex, self.handle, self.direction.parent(), info));
        message.name(TCA_KIND, "bpf");
        message
    }
}

/// `struct tcmsg`.
fn tcmsg(ifindex: u32, handle: u32, parent: u32, info: u32) -> [u8; 20] {
    let mut body = [0; 20];
    for (at, number) in [(4, ifindex), (8, handle), (12, parent), (16, info)] {
        body[at..at + 4].copy_from_slice(&number.to_ne_bytes());
    }
    body
}

/// Gives an interface the queueing discipline that filters hang on; false if it was there already.
///
/// # Errors
/// `EOPNOTSUPP` or `ENOENT` if the kernel was built without it; `ENODEV`; `EPERM` without `CAP_NET_ADMIN`.
#[doc(alias = "bpf_tc_hook_create")]
pub fn create_clsact(ifindex: u32) -> Result<bool> {
    let body = tcmsg(ifindex, CLSACT_HANDLE, CLSACT, 0);
    let mut message = Message::new(RTM_NEWQDISC, REQUEST | ACK | CREATE | EXCL, &body);
    message.name(TCA_KIND, "clsact");
    match ask("RTM_NEWQDISC(clsact)", message, |_, _| {}) {
        Err(refusal) if refusal.error.errno == Errno::EEXIST => Ok(false),
        result => result.map(|()| true),
    }
}

/// Takes it away, with all filters on it.
///
/// # Errors
/// `EINVAL` or `ENOENT` if it is not there.
#[doc(alias = "bpf_tc_hook_destroy")]
pub fn delete_clsact(ifindex: u32) -> Result<()> {
    let body = tcmsg(ifindex, CLSACT_HANDLE, CLSACT, 0);
    let mut message = Message::new(RTM_DELQDISC, REQUEST | ACK, &body);
    message.name(TCA_KIND, "clsact");
    ask("RTM_DELQDISC(clsact)", message, |_, _| {})
}

/// Adds a program as a filter, in direct action; returns the filter with the numbers that the kernel chose.
///
/// # Errors
/// `EEXIST` if priority and handle are taken; `EINVAL` without the queueing discipline; `EPERM`.
#[doc(alias = "bpf_tc_attach")]
pub fn add_filter(filter: Filter, program: BorrowedFd<'_>, name: &str) -> Result<Filter> {
    const CALL: &str = "RTM_NEWTFILTER(bpf)";
    let mut message = filter.message(RTM_NEWTFILTER, REQUEST | ACK | ECHO | CREATE | EXCL);
    message.nest(TCA_OPTIONS, |options| {
        options
            .attr(BPF_FD, &program.as_raw_fd().to_ne_bytes())
            .name(BPF_NAME, name)
            .attr(BPF_FLAGS, &ACT_DIRECT.to_ne_bytes());
    });
    let mut added = None;
    ask(CALL, message, |kind, body| {
        if let (RTM_NEWTFILTER, Some(handle), Some(info)) = (kind, u32_at(body, 8), u32_at(body, 16)) {
            added = Some(Filter { priority: (info >> 16) as u16, handle, ..filter });
        }
    })?;
    added.ok_or(Refusal::new(CALL, Errno::EPROTO))
}

/// Removes a filter.
///
/// # Errors
/// `ENOENT` if it is not there.
#[doc(alias = "bpf_tc_detach")]
pub fn remove_filter(filter: Filter) -> Result<()> {
    ask("RTM_DELTFILTER(bpf)", filter.message(RTM_DELTFILTER, REQUEST | ACK), |_, _| {})
}
