//! Attachments.

use std::{
    fmt,
    io::{self, Read},
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    path::{Path, PathBuf},
};

use crate::object::uapi::MapFlags;
use crate::{
    Error, Kind, Map, Program,
    errors::at,
    object::Site,
    program::TypeBtf,
    sys::{
        self,
        bpf::{LinkInfo, iter_create, link_detach, link_info, link_update, link_update_map, obj_get, obj_pin},
    },
};

/// A program at a hook. Dropping it detaches the program, unless the link is pinned.
#[must_use = "dropping a link detaches its program"]
#[doc(alias = "bpf_link")]
pub struct Link {
    hook: String,
    site: Site,
    /// None once it was taken apart.
    inner: Option<Inner>,
    /// BTF of modules whose descriptors its program hands on.
    _type_btf: TypeBtf,
}

/// What holds a program at its hook.
pub(crate) enum Inner {
    /// A bpf_link.
    Bpf(OwnedFd),
    /// What detaches it when it is dropped: a perf event, a socket, a probe.
    Held(#[allow(dead_code, reason = "it is kept to be dropped")] Box<dyn Send + Sync>),
    /// What it takes to detach it otherwise.
    Undo(Box<dyn FnMut() -> Result<(), sys::Error> + Send + Sync>),
    /// Several.
    Many(Vec<Link>),
}

impl Link {
    pub(crate) fn new(program: &Program, hook: impl Into<String>, inner: Inner) -> Self {
        Self { hook: hook.into(), site: program.site().clone(), inner: Some(inner), _type_btf: program.type_btf() }
    }

    /// A table of functions that is registered.
    pub(crate) fn of_map(site: &Site, hook: String, inner: Inner) -> Self {
        Self { hook, site: site.clone(), inner: Some(inner), _type_btf: TypeBtf::default() }
    }

    /// Opens a link that is pinned.
    ///
    /// # Errors
    /// `pin`.
    #[doc(alias = "bpf_link__open")]
    pub fn open_pinned(path: impl AsRef<Path>) -> Result<Self, Error> {
        let (path, site) = (path.as_ref(), Site::default());
        match obj_get(path, MapFlags(0)) {
            Ok(fd) => Ok(Self {
                hook: path.display().to_string(),
                site,
                inner: Some(Inner::Bpf(fd)),
                _type_btf: TypeBtf::default(),
            }),
            Err(error) => Err(at(&site, Kind::Pin(path.to_owned(), error))),
        }
    }

    /// The hook, in words: `tracepoint sched:sched_switch`.
    pub fn hook(&self) -> &str {
        &self.hook
    }

    /// The descriptor of the bpf_link, if it is one: older kernels attach some hooks without.
    pub fn fd(&self) -> Option<BorrowedFd<'_>> {
        match &self.inner {
            Some(Inner::Bpf(fd)) => Some(fd.as_fd()),
            _ => None,
        }
    }

    /// What the kernel says about it (5.8).
    ///
    /// # Errors
    /// `link-operation` if it is no bpf_link; `kernel-refused`.
    #[doc(alias = "bpf_link_info")]
    pub fn info(&self) -> Result<LinkInfo, Error> {
        link_info(self.bpf("be asked about")?).map_err(|error| self.failed("ask about this link", error))
    }

    /// Gives it a name in a bpf file system: it stays attached after this process.
    ///
    /// # Errors
    /// `pin`; `link-operation` if it is no bpf_link.
    #[doc(alias = "bpf_link__pin")]
    pub fn pin(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        obj_pin(self.bpf("be pinned")?, path).map_err(|error| at(&self.site, Kind::Pin(path.to_owned(), error)))
    }

    /// Puts another program in the place of this one, without a gap.
    ///
    /// # Errors
    /// `link-operation` if it is no bpf_link; `kernel-refused` for kinds that cannot.
    #[doc(alias = "BPF_LINK_UPDATE")]
    #[doc(alias = "bpf_link__update_program")]
    pub fn update(&self, program: &Program) -> Result<(), Error> {
        let link = self.bpf("take another program")?;
        link_update(link, program.as_fd(), None).map_err(|error| self.failed("put another program in its place", error))
    }

    /// Puts another struct_ops map in the place of this one, without a gap (6.4).
    ///
    /// # Errors
    /// `link-operation` if it is no bpf_link; `not-loaded` if a program of the map is not; `kernel-refused`.
    #[doc(alias = "bpf_link__update_map")]
    pub fn update_map(&self, map: &Map) -> Result<(), Error> {
        let link = self.bpf("take another map")?;
        map.write_table()?;
        link_update_map(link, map.as_fd(), None).map_err(|error| self.failed("put another map in its place", error))
    }

    /// Detaches the program, pinned or not.
    ///
    /// # Errors
    /// `kernel-refused`.
    #[doc(alias = "BPF_LINK_DETACH")]
    pub fn detach(mut self) -> Result<(), Error> {
        let done = match &mut self.inner {
            // Kinds that cannot be detached by force are detached by closing the last descriptor.
            Some(Inner::Bpf(fd)) => link_detach(fd.as_fd()).or_else(|error| match error.errno {
                sys::Errno::EOPNOTSUPP | sys::Errno::EINVAL => Ok(()),
                _ => Err(error),
            }),
            Some(Inner::Undo(undo)) => undo(),
            Some(Inner::Many(links)) => return links.drain(..).try_for_each(Self::detach),
            Some(Inner::Held(_)) | None => Ok(()),
        };
        self.inner = None;
        done.map_err(|error| self.failed("detach this program", error))
    }

    /// Leaves the program attached until this process ends.
    #[doc(alias = "bpf_link__disconnect")]
    pub fn leave_attached(mut self) {
        std::mem::forget(self.inner.take());
    }

    /// Runs the program of an iterator once: what it writes can be read.
    ///
    /// # Errors
    /// `link-operation` if this is no iterator; `kernel-refused`.
    #[doc(alias = "BPF_ITER_CREATE")]
    pub fn iterate(&self) -> Result<Iteration, Error> {
        let fd = iter_create(self.bpf("be iterated")?).map_err(|error| self.failed("begin an iteration", error))?;
        Ok(Iteration(fd.into()))
    }

    fn bpf(&self, operation: &'static str) -> Result<BorrowedFd<'_>, Error> {
        self.fd().ok_or_else(|| at(&self.site, Kind::NotForLink { operation, link: self.hook.clone() }))
    }

    fn failed(&self, action: &str, error: sys::Error) -> Error {
        at(&self.site, Kind::Kernel { action: action.to_owned(), error })
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        if let Some(Inner::Undo(undo)) = &mut self.inner {
            // There is nobody to tell; `detach` tells.
            let _ = undo();
        }
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Link({})", self.hook)
    }
}

/// One run of an iterator: the text or bytes that its program writes.
#[derive(Debug)]
pub struct Iteration(std::fs::File);

impl Read for Iteration {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl AsFd for Iteration {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Removes a pin. What was pinned there is closed unless something else holds it.
///
/// # Errors
/// `pin`.
pub fn unpin(path: impl AsRef<Path>) -> Result<(), Error> {
    let path: PathBuf = path.as_ref().to_owned();
    std::fs::remove_file(&path).map_err(|error| at(&Site::default(), Kind::Pin(path, sys::Error::new("unlink", error))))
}
