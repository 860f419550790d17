//! Packets as they arrive at an interface.

use std::os::fd::{AsFd, OwnedFd};

use super::{
    Hook,
    interface::Interface,
    refusal::{because, fits, refused},
};
use crate::{
    Error, Link, Program,
    link::Inner,
    load::privilege,
    object::uapi::{AttachType, ProgType},
    sys::{
        Errno,
        bpf::{LinkCreate, LinkOptions, LinkTarget, link_create},
        netlink::xdp::{self, XdpFlags},
    },
};

/// Where on a packet's way the program runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[doc(alias = "XDP_FLAGS_MODES")]
pub enum XdpMode {
    /// In the driver if it can, else in the network stack.
    #[default]
    Best,
    /// In the network stack, which every interface can.
    #[doc(alias = "XDP_FLAGS_SKB_MODE")]
    Generic,
    /// In the driver.
    #[doc(alias = "XDP_FLAGS_DRV_MODE")]
    Driver,
    /// In the device.
    #[doc(alias = "XDP_FLAGS_HW_MODE")]
    Device,
}

/// Packets as they arrive at an interface.
#[derive(Clone, Debug)]
#[doc(alias = "bpf_program__attach_xdp")]
pub struct Xdp {
    interface: Interface,
    mode: XdpMode,
}

impl Xdp {
    /// The interface with this name.
    ///
    /// # Errors
    /// `attach-no-target`.
    pub fn on(interface: &str) -> Result<Self, Error> {
        Ok(Self { interface: Interface::named(interface)?, mode: XdpMode::Best })
    }

    /// Where on a packet's way the program runs.
    pub fn mode(self, mode: XdpMode) -> Self {
        Self { mode, ..self }
    }

    fn flags(&self) -> XdpFlags {
        match self.mode {
            XdpMode::Best => XdpFlags(0),
            XdpMode::Generic => XdpFlags::SKB,
            XdpMode::Driver => XdpFlags::DRV,
            XdpMode::Device => XdpFlags::HW,
        }
    }

    /// Attaches it as kernels before 5.9 do: to the interface, until it is taken away.
    fn attach_by_netlink(&self, program: &Program, hook: &str) -> Result<Link, Error> {
        let (index, flags) = (self.interface.index, self.flags());
        let first = flags.with(XdpFlags::UPDATE_IF_NOEXIST);
        xdp::set(index, Some(program.as_fd()), first, None).map_err(|refusal| {
            let reason = (!refusal.message.is_empty()).then(|| refusal.message.clone().into());
            because(program, hook, refusal.error, privilege::NET, reason)
        })?;
        let own = program.as_fd().try_clone_to_owned().ok();
        let undo = move || match &own {
            // Another program that has taken its place stays.
            Some(own) => match xdp::set(index, None, flags.with(XdpFlags::REPLACE), Some(OwnedFd::as_fd(own))) {
                Err(refusal) if refusal.error.errno == Errno::EINVAL => xdp::set(index, None, flags, None),
                result => result,
            },
            None => xdp::set(index, None, flags, None),
        };
        let undo = move || undo().map_err(|refusal| refusal.error);
        Ok(Link::new(program, hook, Inner::Undo(Box::new(undo))))
    }
}

impl Hook for Xdp {
    fn attach(&self, program: &Program) -> Result<Link, Error> {
        fits(program, "XDP", &[ProgType::XDP])?;
        let hook = format!("XDP on {}", self.interface.name);
        let create = LinkCreate {
            program: program.as_fd(),
            target: LinkTarget::Ifindex(self.interface.index),
            attach_type: AttachType::XDP,
            flags: self.flags().0,
            options: LinkOptions::None,
        };
        match link_create(&create) {
            Ok(fd) => Ok(Link::new(program, hook, Inner::Bpf(fd))),
            Err(error) if error.errno == Errno::EINVAL => self.attach_by_netlink(program, &hook),
            Err(error) => Err(refused(program, &hook, error, privilege::NET)),
        }
    }
}
