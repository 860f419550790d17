//! XDP programs on interfaces, without a link.

use super::message::{Message, attrs, u32_at};
use super::refusal::{Refusal, Result};
use super::route::{ACK, REQUEST, ask};
use crate::Errno;
use std::os::fd::{AsRawFd, BorrowedFd};

const RTM_NEWLINK: u16 = 16;
const RTM_GETLINK: u16 = 18;
const RTM_SETLINK: u16 = 19;
const IFLA_XDP: u16 = 43;
const XDP_FD: u16 = 1;
const XDP_ATTACHED: u16 = 2;
const XDP_FLAGS: u16 = 3;
const XDP_PROG_ID: u16 = 4;
const XDP_DRV_PROG_ID: u16 = 5;
const XDP_SKB_PROG_ID: u16 = 6;
const XDP_HW_PROG_ID: u16 = 7;
const XDP_EXPECTED_FD: u16 = 8;
/// Bytes of `struct ifinfomsg`.
const IFINFO: usize = 16;

/// How an XDP program is attached, a set of bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct XdpFlags(pub u32);

impl XdpFlags {
    /// Only if there is none.
    #[doc(alias = "XDP_FLAGS_UPDATE_IF_NOEXIST")]
    pub const UPDATE_IF_NOEXIST: Self = Self(1);
    /// In the network stack, on any interface.
    #[doc(alias = "XDP_FLAGS_SKB_MODE")]
    pub const SKB: Self = Self(2);
    /// In the driver.
    #[doc(alias = "XDP_FLAGS_DRV_MODE")]
    pub const DRV: Self = Self(4);
    /// In the device.
    #[doc(alias = "XDP_FLAGS_HW_MODE")]
    pub const HW: Self = Self(8);
    /// Only instead of the program expected (5.7).
    #[doc(alias = "XDP_FLAGS_REPLACE")]
    pub const REPLACE: Self = Self(16);

    /// The bits set in either.
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// What is attached to an interface.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct XdpState {
    /// 0 none, 1 driver, 2 stack, 3 device, 4 more than one.
    #[doc(alias = "XDP_ATTACHED_DRV")]
    pub mode: u8,
    /// Id of the program, if there is one only.
    pub prog_id: u32,
    /// Id of the program in the driver.
    pub drv_prog_id: u32,
    /// Id of the program in the stack.
    pub skb_prog_id: u32,
    /// Id of the program in the device.
    pub hw_prog_id: u32,
}

fn ifinfo(ifindex: u32) -> [u8; IFINFO] {
    let mut body = [0; IFINFO];
    body[4..8].copy_from_slice(&ifindex.to_ne_bytes());
    body
}

/// Attaches `program` to an interface until it is detached or the interface goes away; `None` detaches. With
/// `expected`, only if that is the program there now.
///
/// # Errors
/// `EBUSY` if another program, mode or a link is there; `EEXIST` if `expected` is not there; `EOPNOTSUPP` if the
/// driver cannot; `ENODEV`; `EPERM` without `CAP_NET_ADMIN`.
#[doc(alias = "bpf_xdp_attach")]
pub fn set(
    ifindex: u32,
    program: Option<BorrowedFd<'_>>,
    mut flags: XdpFlags,
    expected: Option<BorrowedFd<'_>>,
) -> Result<()> {
    let mut message = Message::new(RTM_SETLINK, REQUEST | ACK, &ifinfo(ifindex));
    if expected.is_some() {
        flags = flags.with(XdpFlags::REPLACE);
    }
    message.nest(IFLA_XDP, |xdp| {
        xdp.attr(XDP_FD, &program.map_or(-1, |fd| fd.as_raw_fd()).to_ne_bytes());
        if flags != XdpFlags::default() {
            xdp.attr(XDP_FLAGS, &flags.0.to_ne_bytes());
        }
        if let Some(expected) = expected {
            xdp.attr(XDP_EXPECTED_FD, &expected.as_raw_fd().to_ne_bytes());
        }
    });
    ask("RTM_SETLINK(IFLA_XDP)", message, |_, _| {})
}

/// Asks what is attached to an interface.
///
/// # Errors
/// `ENODEV` if there is no such interface.
#[doc(alias = "bpf_xdp_query")]
pub fn query(ifindex: u32) -> Result<XdpState> {
    const CALL: &str = "RTM_GETLINK(IFLA_XDP)";
    let mut state = None;
    ask(CALL, Message::new(RTM_GETLINK, REQUEST | ACK, &ifinfo(ifindex)), |kind, body| {
        if kind == RTM_NEWLINK && u32_at(body, 4) == Some(ifindex) {
            state = Some(parse(body.get(IFINFO..).unwrap_or_default()));
        }
    })?;
    state.ok_or(Refusal::new(CALL, Errno::ENODEV))
}

pub(super) fn parse(link: &[u8]) -> XdpState {
    let mut state = XdpState::default();
    let xdp = attrs(link).find(|attr| attr.0 == IFLA_XDP).map_or(&[][..], |attr| attr.1);
    for (kind, payload) in attrs(xdp) {
        let number = u32_at(payload, 0).unwrap_or(0);
        match kind {
            XDP_ATTACHED => state.mode = payload.first().copied().unwrap_or(0),
            XDP_PROG_ID => state.prog_id = number,
            XDP_DRV_PROG_ID => state.drv_prog_id = number,
            XDP_SKB_PROG_ID => state.skb_prog_id = number,
            XDP_HW_PROG_ID => state.hw_prog_id = number,
            _ => {}
        }
    }
    state
}
