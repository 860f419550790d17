//! What processes of a cgroup do.

use std::{
    os::fd::{AsFd, OwnedFd},
    path::{Path, PathBuf},
    sync::Arc,
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
        bpf::{
            AttachFlags, LinkCreate, LinkOptions, LinkTarget, Place, ProgAttach, link_create, prog_attach, prog_detach,
        },
        cgroup,
    },
};

/// What processes of a cgroup do, at the hook that the program was loaded for.
#[derive(Clone, Debug)]
#[doc(alias = "bpf_program__attach_cgroup")]
pub struct Cgroup {
    directory: Arc<OwnedFd>,
    path: PathBuf,
    attach_type: Option<AttachType>,
}

const TYPES: &[ProgType] = &[
    ProgType::CGROUP_SKB,
    ProgType::CGROUP_SOCK,
    ProgType::CGROUP_SOCK_ADDR,
    ProgType::CGROUP_SOCKOPT,
    ProgType::CGROUP_SYSCTL,
    ProgType::CGROUP_DEVICE,
    ProgType::SOCK_OPS,
    ProgType::LSM,
];

impl Cgroup {
    /// The cgroup with this directory, in a version 2 hierarchy.
    ///
    /// # Errors
    /// `attach-no-target`; `attach-refused` if it is in no version 2 hierarchy.
    pub fn at(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let name = path.display().to_string();
        match cgroup::open_dir(path) {
            Ok(directory) => Ok(Self { directory: Arc::new(directory), path: path.to_owned(), attach_type: None }),
            Err(error) if matches!(error.errno, Errno::ENOENT | Errno::ENOTDIR) => {
                Err(at(&Site::default(), Kind::NoTarget { what: "cgroup", name, nearest: None }))
            }
            Err(error) => {
                let root = cgroup::root().map_or(String::new(), |root| format!(", such as {}", root.display()));
                let reason = format!("it must be a directory of a version 2 hierarchy{root}").into();
                Err(at(&Site::default(), Kind::Attach { hook: format!("cgroup {name}"), error, reason: Some(reason) }))
            }
        }
    }

    /// At this hook instead of the one that the program was loaded for.
    pub fn attach_type(self, attach_type: AttachType) -> Self {
        Self { attach_type: Some(attach_type), ..self }
    }

    /// Attaches it as kernels before 5.7 do: to the cgroup, until it is taken away.
    fn attach_to_directory(&self, program: &Program, attach_type: AttachType, hook: &str) -> Result<Link, Error> {
        let error = |error| refused(program, hook, error, privilege::NET);
        let own = program.as_fd().try_clone_to_owned();
        let own = own.map_err(|e| error(crate::sys::Error::new("fcntl(F_DUPFD_CLOEXEC)", e)))?;
        let attach = ProgAttach {
            flags: AttachFlags::ALLOW_MULTI,
            ..ProgAttach::new(Place::Fd(self.directory.as_fd()), own.as_fd(), attach_type)
        };
        prog_attach(&attach).map_err(error)?;
        let directory = self.directory.clone();
        let undo = move || prog_detach(&ProgAttach::new(Place::Fd(directory.as_fd()), own.as_fd(), attach_type));
        Ok(Link::new(program, hook, Inner::Undo(Box::new(undo))))
    }
}

impl Hook for Cgroup {
    fn attach(&self, program: &Program) -> Result<Link, Error> {
        fits(program, "a cgroup", TYPES)?;
        let Some(attach_type) = self.attach_type.or(program.attach_type()) else {
            return Err(at(program.site(), Kind::NoHook(program.section().full.to_string())));
        };
        let hook = format!("{attach_type} of {}", self.path.display());
        let create = LinkCreate {
            program: program.as_fd(),
            target: LinkTarget::Fd(self.directory.as_fd()),
            attach_type,
            flags: 0,
            options: LinkOptions::None,
        };
        match link_create(&create) {
            Ok(fd) => Ok(Link::new(program, hook, Inner::Bpf(fd))),
            Err(error) if error.errno == Errno::EINVAL => self.attach_to_directory(program, attach_type, &hook),
            Err(error) if error.errno == Errno::EPERM => {
                let reason = "a program in a cgroup above may forbid others here";
                Err(because(program, &hook, error, privilege::NET, Some(reason.into())))
            }
            Err(error) => Err(refused(program, &hook, error, privilege::NET)),
        }
    }
}
