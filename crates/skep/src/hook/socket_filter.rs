//! What a socket receives.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use super::{
    Hook,
    interface::Interface,
    refusal::{fits, refused},
};
use crate::{
    Error, Kind, Link, Program,
    errors::at,
    link::Inner,
    load::privilege,
    object::{Site, uapi::ProgType},
    sys::{self, socket},
};

/// What a socket receives: one of the caller's, or one that sees every packet of an interface.
#[derive(Debug)]
#[doc(alias = "SO_ATTACH_BPF")]
pub struct SocketFilter {
    place: String,
    socket: OwnedFd,
}

impl SocketFilter {
    /// Every packet of the interface with this name. The program sees them; nobody reads what it lets through.
    ///
    /// # Errors
    /// `attach-no-target`; `missing-capability` without `CAP_NET_RAW`.
    pub fn on(interface: &str) -> Result<Self, Error> {
        let interface = Interface::named(interface)?;
        match socket::packet(interface.index) {
            Ok(socket) => Ok(Self { place: interface.name, socket }),
            Err(error) => {
                let action = format!("open a packet socket on {}", interface.name);
                let kind = privilege::missing(error, privilege::NET_RAW, action.clone());
                Err(at(&Site::default(), kind.unwrap_or(Kind::Kernel { action, error })))
            }
        }
    }

    /// What this socket receives.
    ///
    /// # Errors
    /// `kernel-refused` if the descriptor cannot be duplicated.
    pub fn of(socket: BorrowedFd<'_>) -> Result<Self, Error> {
        match socket.try_clone_to_owned() {
            Ok(socket) => Ok(Self { place: "a socket".into(), socket }),
            Err(error) => {
                let error = sys::Error::new("fcntl(F_DUPFD_CLOEXEC)", error);
                Err(at(&Site::default(), Kind::Kernel { action: "use this socket".into(), error }))
            }
        }
    }
}

impl Hook for SocketFilter {
    fn attach(&self, program: &Program) -> Result<Link, Error> {
        fits(program, "a socket", &[ProgType::SOCKET_FILTER])?;
        let hook = format!("socket filter on {}", self.place);
        let error = |error| refused(program, &hook, error, privilege::BPF);
        socket::attach(self.socket.as_fd(), program.as_fd()).map_err(error)?;
        let socket = self.socket.try_clone().map_err(|e| error(sys::Error::new("fcntl(F_DUPFD_CLOEXEC)", e)))?;
        let undo = move || socket::detach(socket.as_fd());
        Ok(Link::new(program, &*hook, Inner::Undo(Box::new(undo))))
    }
}
