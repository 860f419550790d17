//! Packets in netfilter.

use std::os::fd::AsFd;

use super::{
    Hook,
    refusal::{fits, refused},
};
use crate::{
    Error, Link, Program,
    link::Inner,
    load::privilege,
    object::uapi::{AttachType, ProgType},
    sys::bpf::{LinkCreate, LinkOptions, LinkTarget, link_create},
};

/// Packets in netfilter (6.4).
#[derive(Clone, Copy, Debug)]
#[doc(alias = "bpf_program__attach_netfilter")]
pub struct Netfilter {
    /// The family: `NFPROTO_IPV4` is 2, `NFPROTO_IPV6` is 10.
    pub family: u32,
    /// The hook: `NF_INET_PRE_ROUTING` is 0, local in 1, forward 2, local out 3, post routing 4.
    pub hook: u32,
    /// The priority: lower runs first.
    pub priority: i32,
    /// Flags: 1 puts fragments together (6.6).
    pub flags: u32,
}

impl Hook for Netfilter {
    fn attach(&self, program: &Program) -> Result<Link, Error> {
        fits(program, "netfilter", &[ProgType::NETFILTER])?;
        let Self { family, hook, priority, flags } = *self;
        let name = format!("netfilter hook {hook} of family {family}");
        let create = LinkCreate {
            program: program.as_fd(),
            target: LinkTarget::None,
            attach_type: AttachType::NETFILTER,
            flags: 0,
            options: LinkOptions::Netfilter { family, hook, priority, flags },
        };
        match link_create(&create) {
            Ok(fd) => Ok(Link::new(program, name, Inner::Bpf(fd))),
            Err(error) => Err(refused(program, &name, error, privilege::NET_ADMIN)),
        }
    }
}
