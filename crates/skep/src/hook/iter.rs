//! Objects of the kernel, one after the other.

use std::os::fd::{AsFd, OwnedFd};

use super::{
    Hook,
    refusal::{because, fits},
};
use crate::{
    Error, Link, Map, Program,
    link::Inner,
    load::privilege,
    object::uapi::{AttachType, ProgType},
    sys::{
        self, Errno,
        bpf::{IterInfo, LinkCreate, LinkOptions, LinkTarget, link_create},
    },
};

/// The objects that the program was loaded for. [`Link::iterate`] begins a run over them.
#[derive(Debug, Default)]
#[doc(alias = "bpf_program__attach_iter")]
pub struct Iter {
    over: Over,
}

#[derive(Debug, Default)]
enum Over {
    #[default]
    All,
    Map(OwnedFd),
    Task {
        tid: u32,
        pid: u32,
    },
}

impl Iter {
    /// All of them.
    pub fn new() -> Self {
        Self::default()
    }

    /// The entries of a map, for programs of `iter/bpf_map_elem` and the like (5.9).
    ///
    /// # Errors
    /// `map-operation` if the descriptor cannot be duplicated.
    pub fn over_map(map: &Map) -> Result<Self, Error> {
        let fd = map.as_fd().try_clone_to_owned();
        let fd = fd.map_err(|error| map.failed("iterate", sys::Error::new("fcntl(F_DUPFD_CLOEXEC)", error)))?;
        Ok(Self { over: Over::Map(fd) })
    }

    /// One thread (6.1).
    pub fn over_thread(tid: u32) -> Self {
        Self { over: Over::Task { tid, pid: 0 } }
    }

    /// The threads of one process (6.1).
    pub fn over_process(pid: u32) -> Self {
        Self { over: Over::Task { tid: 0, pid } }
    }
}

impl Hook for Iter {
    fn attach(&self, program: &Program) -> Result<Link, Error> {
        fits(program, "an iterator", &[ProgType::TRACING])?;
        let hook = format!("iterator {}", program.target().map_or("", |to| &to.name));
        let create = LinkCreate {
            program: program.as_fd(),
            target: LinkTarget::None,
            attach_type: AttachType::TRACE_ITER,
            flags: 0,
            options: match &self.over {
                Over::All => LinkOptions::None,
                Over::Map(map) => LinkOptions::Iter(IterInfo::Map(map.as_fd())),
                Over::Task { tid, pid } => LinkOptions::Iter(IterInfo::Task { tid: *tid, pid: *pid }),
            },
        };
        match link_create(&create) {
            Ok(fd) => Ok(Link::new(program, hook, Inner::Bpf(fd))),
            Err(error) => {
                let reason = match (error.errno, &self.over) {
                    (Errno::EBADF | Errno::EINVAL, Over::All) => Some("it may iterate over a map, which must be named"),
                    _ => None,
                };
                Err(because(program, &hook, error, privilege::TRACE, reason.map(Into::into)))
            }
        }
    }
}
