//! What happens in a network namespace.

use std::{
    fs::File,
    os::fd::AsFd,
    path::{Path, PathBuf},
};

use super::{
    Hook,
    refusal::{because, fits, refused},
};
use crate::{
    Error, Kind, Link, Program,
    errors::at,
    link::Inner,
    load::privilege,
    object::{
        Site,
        uapi::{AttachType, ProgType},
    },
    sys::{
        Errno,
        bpf::{LinkCreate, LinkOptions, LinkTarget, link_create},
    },
};

/// The choice of sockets (`sk_lookup`) and the dissection of packets (`flow_dissector`) in a network namespace (5.8).
#[derive(Debug)]
#[doc(alias = "bpf_program__attach_netns")]
pub struct Netns {
    path: PathBuf,
    file: File,
}

impl Netns {
    /// The namespace of the calling thread.
    ///
    /// # Errors
    /// `file-unreadable` without procfs.
    pub fn own() -> Result<Self, Error> {
        Self::at("/proc/thread-self/ns/net")
    }

    /// The namespace behind this file, such as `/run/netns/blue`.
    ///
    /// # Errors
    /// `file-unreadable`.
    pub fn at(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref().to_owned();
        match File::open(&path) {
            Ok(file) => Ok(Self { path, file }),
            Err(error) => Err(at(&Site::default(), Kind::File(path, error))),
        }
    }
}

impl Hook for Netns {
    fn attach(&self, program: &Program) -> Result<Link, Error> {
        fits(program, "a network namespace", &[ProgType::SK_LOOKUP, ProgType::FLOW_DISSECTOR])?;
        let attach_type = match program.prog_type() {
            ProgType::SK_LOOKUP => AttachType::SK_LOOKUP,
            _ => AttachType::FLOW_DISSECTOR,
        };
        let hook = format!("{attach_type} of {}", self.path.display());
        let create = LinkCreate {
            program: program.as_fd(),
            target: LinkTarget::Fd(self.file.as_fd()),
            attach_type,
            flags: 0,
            options: LinkOptions::None,
        };
        match link_create(&create) {
            Ok(fd) => Ok(Link::new(program, hook, Inner::Bpf(fd))),
            Err(error) if error.errno == Errno::EINVAL => {
                let reason = "the file may be no network namespace; such links exist since Linux 5.8";
                Err(because(program, &hook, error, privilege::NET, Some(reason.into())))
            }
            Err(error) => Err(refused(program, &hook, error, privilege::NET)),
        }
    }
}
