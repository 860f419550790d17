//! Packets in traffic control.

use std::os::fd::AsFd;

use super::{
    Hook,
    interface::Interface,
    refusal::{because, fits, refused},
};
pub use crate::sys::netlink::tc::Direction;
use crate::{
    Error, Link, Program,
    link::Inner,
    load::privilege,
    object::uapi::{AttachType, ProgType},
    sys::{
        Errno,
        bpf::{LinkCreate, LinkOptions, LinkTarget, link_create},
        netlink::tc::{self, Filter},
    },
};

/// Packets that an interface receives or sends, in traffic control.
#[derive(Clone, Debug)]
#[doc(alias = "bpf_program__attach_tcx")]
#[doc(alias = "bpf_tc_attach")]
pub struct Tcx {
    interface: Interface,
    direction: Direction,
}

impl Tcx {
    /// The interface with this name.
    ///
    /// # Errors
    /// `attach-no-target`.
    pub fn on(interface: &str, direction: Direction) -> Result<Self, Error> {
        Ok(Self { interface: Interface::named(interface)?, direction })
    }

    /// Attaches it as kernels before 6.6 do: as a filter of a queueing discipline that does nothing else.
    fn attach_as_filter(&self, program: &Program, hook: &str) -> Result<Link, Error> {
        let refused = |refusal: crate::sys::netlink::Refusal| {
            let reason = (!refusal.message.is_empty()).then(|| refusal.message.clone().into());
            because(program, hook, refusal.error, privilege::NET, reason)
        };
        let index = self.interface.index;
        // It is left in place: others may have hung their filters on it meanwhile.
        tc::create_clsact(index).map_err(refused)?;
        let filter = Filter { ifindex: index, direction: self.direction, priority: 0, handle: 0 };
        let filter = tc::add_filter(filter, program.as_fd(), program.name()).map_err(refused)?;
        let undo = move || tc::remove_filter(filter).map_err(|refusal| refusal.error);
        Ok(Link::new(program, hook, Inner::Undo(Box::new(undo))))
    }
}

impl Hook for Tcx {
    fn attach(&self, program: &Program) -> Result<Link, Error> {
        fits(program, "traffic control", &[ProgType::SCHED_CLS])?;
        let (attach_type, way) = match self.direction {
            Direction::Ingress => (AttachType::TCX_INGRESS, "ingress"),
            Direction::Egress => (AttachType::TCX_EGRESS, "egress"),
        };
        let hook = format!("tc {way} of {}", self.interface.name);
        let create = LinkCreate {
            program: program.as_fd(),
            target: LinkTarget::Ifindex(self.interface.index),
            attach_type,
            flags: 0,
            options: LinkOptions::None,
        };
        match link_create(&create) {
            Ok(fd) => Ok(Link::new(program, hook, Inner::Bpf(fd))),
            Err(error) if error.errno == Errno::EINVAL => self.attach_as_filter(program, &hook),
            Err(error) => Err(refused(program, &hook, error, privilege::NET)),
        }
    }
}
