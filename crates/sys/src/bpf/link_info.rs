//! `BPF_OBJ_GET_INFO_BY_FD` for links.

use super::call::offsets;
use super::info::fill;
use crate::Result;
use skep_uapi::btf::TypeId;
use skep_uapi::{AttachType, LinkType};
use std::os::fd::BorrowedFd;
use zerocopy::{FromBytes, FromZeros, Immutable, IntoBytes};

#[repr(C)]
#[derive(IntoBytes, FromBytes, Immutable)]
struct Raw {
    link_type: u32,
    id: u32,
    prog_id: u32,
    pad: u32,
    tail: [u32; 12],
}
offsets!(Raw { id = 4, prog_id = 8, tail = 16 } size 64);

/// What the kernel says about a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "bpf_link_info")]
pub struct LinkInfo {
    /// The kind.
    pub link_type: LinkType,
    /// Its id.
    pub id: u32,
    /// Id of the program in it, 0 for a struct_ops link.
    pub prog_id: u32,
    /// What it is attached to, for the kinds that say so in numbers.
    pub detail: LinkDetail,
}

/// What a link is attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the names are the kernel's")]
pub enum LinkDetail {
    /// A kind that says nothing, or text only.
    None,
    Tracing {
        attach_type: AttachType,
        target_obj_id: u32,
        target_btf: TypeId,
    },
    Cgroup {
        cgroup_id: u64,
        attach_type: AttachType,
    },
    Netns {
        netns_ino: u32,
        attach_type: AttachType,
    },
    Interface {
        ifindex: u32,
        attach_type: AttachType,
    },
    StructOps {
        map_id: u32,
    },
    Netfilter {
        family: u32,
        hook: u32,
        priority: i32,
        flags: u32,
    },
}

/// Asks the kernel about a link (5.8).
///
/// # Errors
/// `EINVAL` if it is no link.
#[doc(alias = "BPF_OBJ_GET_INFO_BY_FD")]
pub fn link_info(fd: BorrowedFd<'_>) -> Result<LinkInfo> {
    let mut raw = Raw::new_zeroed();
    // SAFETY: every field is 0, so whatever the descriptor is, no address in it is other than "none".
    unsafe { fill(fd, &mut raw) }?;
    let t = &raw.tail;
    let detail = match LinkType(raw.link_type) {
        LinkType::TRACING => {
            LinkDetail::Tracing { attach_type: AttachType(t[0]), target_obj_id: t[1], target_btf: TypeId(t[2]) }
        }
        LinkType::CGROUP => {
            let cgroup_id = zerocopy::transmute!([t[0], t[1]]);
            LinkDetail::Cgroup { cgroup_id, attach_type: AttachType(t[2]) }
        }
        LinkType::NETNS => LinkDetail::Netns { netns_ino: t[0], attach_type: AttachType(t[1]) },
        LinkType::XDP => LinkDetail::Interface { ifindex: t[0], attach_type: AttachType::XDP },
        LinkType::TCX | LinkType::NETKIT => LinkDetail::Interface { ifindex: t[0], attach_type: AttachType(t[1]) },
        LinkType::STRUCT_OPS => LinkDetail::StructOps { map_id: t[0] },
        LinkType::NETFILTER => {
            LinkDetail::Netfilter { family: t[0], hook: t[1], priority: t[2].cast_signed(), flags: t[3] }
        }
        _ => LinkDetail::None,
    };
    Ok(LinkInfo { link_type: LinkType(raw.link_type), id: raw.id, prog_id: raw.prog_id, detail })
}
