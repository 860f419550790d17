//! `BPF_LINK_CREATE` (5.7).

use super::call::{Attr, call_fd, command, offsets};
use super::link_target::{IterInfo, KprobeMulti, LinkOptions, LinkTarget, UprobeMulti};
use crate::{Errno, Error, Result};
use skep_uapi::AttachType;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use zerocopy::{Immutable, IntoBytes};

/// A link to be made.
#[derive(Clone, Copy, Debug)]
#[doc(alias = "bpf_link_create_opts")]
pub struct LinkCreate<'a> {
    /// The program, or the map of a struct_ops link.
    pub program: BorrowedFd<'a>,
    /// What it is attached to.
    pub target: LinkTarget<'a>,
    /// At which hook.
    pub attach_type: AttachType,
    /// Flags of the hook: XDP mode, `BPF_F_BEFORE` and the like.
    pub flags: u32,
    /// What else the hook wants to know.
    pub options: LinkOptions<'a>,
}

/// The common head; `tail` is the union, as long as its longest member.
#[repr(C)]
#[derive(IntoBytes, Immutable)]
struct Wire {
    program: u32,
    target: u32,
    attach_type: u32,
    flags: u32,
    tail: [u64; 6],
}
command!(Wire, 28, "BPF_LINK_CREATE");
offsets!(Wire { program = 0, target = 4, attach_type = 8, flags = 12, tail = 16 } size 64);

/// Two 32-bit fields that share 8 bytes, the first at the lower address.
fn pair(first: u32, second: u32) -> u64 {
    let [a, b, c, d] = first.to_ne_bytes();
    let [e, f, g, h] = second.to_ne_bytes();
    u64::from_ne_bytes([a, b, c, d, e, f, g, h])
}

/// Attaches a program by a link: dropping the descriptor detaches it, unless it is pinned.
///
/// # Errors
/// `EINVAL` for a hook that has no links on this kernel; `EPERM` without the capability; `ENOENT` or `ESRCH` if the
/// target is not there; `EBUSY` if the hook is taken; `EEXIST`.
#[doc(alias = "BPF_LINK_CREATE")]
pub fn link_create(link: &LinkCreate<'_>) -> Result<OwnedFd> {
    let (mut flags, mut extra) = (link.flags, [0u32; 4]);
    let mut wire = Wire {
        program: link.program.as_raw_fd() as u32,
        target: link.target.number(),
        attach_type: link.attach_type.0,
        flags: 0,
        tail: [0; 6],
    };
    match &link.options {
        LinkOptions::None => {}
        LinkOptions::PerfEvent { cookie } => wire.tail[0] = *cookie,
        LinkOptions::Tracing { btf_id, cookie } => (wire.tail[0], wire.tail[1]) = (pair(btf_id.0, 0), *cookie),
        LinkOptions::Iter(info) => {
            let len = iter_info(info, &mut extra);
            (wire.tail[0], wire.tail[1]) = (extra.as_ptr() as usize as u64, pair(len, 0));
        }
        LinkOptions::Netfilter { family, hook, priority, flags } => {
            (wire.tail[0], wire.tail[1]) = (pair(*family, *hook), pair(priority.cast_unsigned(), *flags));
        }
        LinkOptions::Ordered { relative, expected_revision } => {
            let (number, more) = relative.wire();
            flags |= more.0;
            (wire.tail[0], wire.tail[1]) = (pair(number, 0), *expected_revision);
        }
        LinkOptions::KprobeMulti(multi) => {
            let syms = multi.symbol_addresses();
            return create_kprobe_multi(wire, flags, multi, &syms);
        }
        LinkOptions::UprobeMulti(multi) => uprobe_multi(&mut wire, multi)?,
        LinkOptions::TracingMulti { ids, cookies } => {
            let count = same_len(ids.len(), &[cookies.len()])?;
            (wire.tail[0], wire.tail[1], wire.tail[2]) = (list(ids), list(cookies), pair(count, 0));
        }
    }
    wire.flags = flags;
    // SAFETY: every address in the tail is that of a slice that `link` or this function holds until the call
    // returns, with its length beside it (`same_len`); the kernel only reads them.
    unsafe { call_fd(&mut wire) }
}

fn create_kprobe_multi(mut wire: Wire, flags: u32, multi: &KprobeMulti<'_>, syms: &[u64]) -> Result<OwnedFd> {
    let count = if syms.is_empty() { multi.addresses.len() } else { syms.len() };
    if !syms.is_empty() && !multi.addresses.is_empty() {
        return Err(Error::new(Wire::NAME, Errno::EINVAL));
    }
    let count = same_len(count, &[multi.cookies.len()])?;
    wire.flags = flags;
    wire.tail = [pair(u32::from(multi.is_return), count), list(syms), list(multi.addresses), list(multi.cookies), 0, 0];
    // SAFETY: all lists are borrowed for this call and hold `count` elements or none; each symbol is a C string.
    unsafe { call_fd(&mut wire) }
}

fn uprobe_multi(wire: &mut Wire, multi: &UprobeMulti<'_>) -> Result<()> {
    let count = same_len(multi.offsets.len(), &[multi.ref_ctr_offsets.len(), multi.cookies.len()])?;
    wire.tail = [
        multi.path.as_ptr() as usize as u64,
        list(multi.offsets),
        list(multi.ref_ctr_offsets),
        list(multi.cookies),
        pair(count, u32::from(multi.is_return)),
        pair(multi.pid, 0),
    ];
    Ok(())
}

/// The address of a list, 0 for an empty one.
fn list<T>(items: &[T]) -> u64 {
    super::call::address(items)
}

/// The count, if the other lists are as long or absent.
fn same_len(count: usize, others: &[usize]) -> Result<u32> {
    if count == 0 || others.iter().any(|&other| other != 0 && other != count) {
        return Err(Error::new(Wire::NAME, Errno::EINVAL));
    }
    super::call::len32(Wire::NAME, count)
}

/// Lays out `union bpf_iter_link_info`; returns how many bytes of it are set.
fn iter_info(info: &IterInfo<'_>, out: &mut [u32; 4]) -> u32 {
    match info {
        IterInfo::Map(map) => {
            out[0] = map.as_raw_fd() as u32;
            4
        }
        IterInfo::Cgroup { order, cgroup } => {
            (out[0], out[1]) = (*order, cgroup.map_or(0, |fd| fd.as_raw_fd() as u32));
            16
        }
        IterInfo::Task { tid, pid } => {
            (out[0], out[1]) = (*tid, *pid);
            12
        }
    }
}
