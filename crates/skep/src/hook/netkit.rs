//! Packets of a netkit device.

use std::os::fd::AsFd;

use super::{
    Hook,
    interface::Interface,
    refusal::{because, fits},
};
use crate::{
    Error, Link, Program,
    link::Inner,
    load::privilege,
    object::uapi::{AttachType, ProgType},
    sys::{
        Errno,
        bpf::{LinkCreate, LinkOptions, LinkTarget, link_create},
    },
};

/// Packets of a netkit device, at the end that the program was loaded for (6.7).
#[derive(Clone, Debug)]
#[doc(alias = "bpf_program__attach_netkit")]
pub struct Netkit(Interface);

impl Netkit {
    /// The device with this name, which must be the primary one of its pair.
    ///
    /// # Errors
    /// `attach-no-target`.
    pub fn on(interface: &str) -> Result<Self, Error> {
        Ok(Self(Interface::named(interface)?))
    }
}

impl Hook for Netkit {
    fn attach(&self, program: &Program) -> Result<Link, Error> {
        fits(program, "netkit", &[ProgType::SCHED_CLS])?;
        let hook = format!("netkit {}", self.0.name);
        let create = LinkCreate {
            program: program.as_fd(),
            target: LinkTarget::Ifindex(self.0.index),
            attach_type: program.attach_type().unwrap_or(AttachType::NETKIT_PRIMARY),
            flags: 0,
            options: LinkOptions::None,
        };
        match link_create(&create) {
            Ok(fd) => Ok(Link::new(program, hook, Inner::Bpf(fd))),
            Err(error) => {
                let reason =
                    (error.errno == Errno::EINVAL).then(|| "it is no netkit device, or not the primary one".into());
                Err(because(program, &hook, error, privilege::NET, reason))
            }
        }
    }
}
