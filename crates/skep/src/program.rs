//! Programs in the kernel.

use std::{
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    path::Path,
    sync::Arc,
};

use crate::{
    AttachOptions, Error, Hook, Kind, Link,
    errors::at,
    hook,
    object::{
        SectionName, Site,
        isa::FuncIdx,
        uapi::{AttachType, ProgType},
    },
    reloc::{self, AttachTo},
    sys::{
        self,
        bpf::{ProgInfo, TestRun, TestRunOutput, enable_stats, obj_pin, prog_info, prog_test_run},
    },
};

/// A program that the kernel holds. Dropping it closes it; where it is attached it goes on running.
#[derive(Debug)]
#[doc(alias = "bpf_program")]
pub struct Program {
    pub(crate) func: FuncIdx,
    name: Arc<str>,
    section: SectionName,
    prog_type: ProgType,
    attach_type: Option<AttachType>,
    attach_to: Option<AttachTo>,
    site: Site,
    fd: Arc<OwnedFd>,
    /// BTF of modules whose descriptors the program hands on.
    type_btf: TypeBtf,
}

/// Descriptors that are written somewhere as numbers, to be kept open as long.
pub(crate) type TypeBtf = Arc<[Arc<OwnedFd>]>;

impl Program {
    pub(crate) fn new(program: &reloc::Program, fd: OwnedFd, site: Site) -> Self {
        Self {
            func: program.func,
            name: program.name.clone(),
            section: program.section.clone(),
            prog_type: program.prog_type,
            attach_type: program.attach_type,
            attach_to: program.attach_to.clone(),
            site,
            fd: Arc::new(fd),
            type_btf: TypeBtf::default(),
        }
    }

    /// Keeps descriptors open as long as this.
    pub(crate) fn holding(self, type_btf: Vec<Arc<OwnedFd>>) -> Self {
        Self { type_btf: type_btf.into(), ..self }
    }

    /// BTF of modules whose descriptors it hands on.
    pub(crate) fn type_btf(&self) -> TypeBtf {
        self.type_btf.clone()
    }

    /// Its descriptor, to be kept open for as long as its number is written somewhere.
    pub(crate) fn shared(&self) -> Arc<OwnedFd> {
        self.fd.clone()
    }

    /// Its name.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// Its section.
    pub fn section(&self) -> &SectionName {
        &self.section
    }

    /// Its type.
    pub fn prog_type(&self) -> ProgType {
        self.prog_type
    }

    /// The attach type it was loaded with.
    pub fn attach_type(&self) -> Option<AttachType> {
        self.attach_type
    }

    /// The kernel type it was loaded for, if it traces one.
    pub fn target(&self) -> Option<&AttachTo> {
        self.attach_to.as_ref()
    }

    /// Its place in the object, for messages.
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// Attaches it where its section says.
    ///
    /// # Errors
    /// `attach-no-hook` if the section does not say where, `attach-no-place` if it needs an interface or a cgroup;
    /// `attach-no-target` if the place does not exist; `attach-refused`, `missing-capability`.
    #[doc(alias = "bpf_program__attach")]
    pub fn attach(&self) -> Result<Link, Error> {
        self.attach_with(&AttachOptions::new())
    }

    /// Attaches it where its section says, at the interface or cgroup that the options name.
    ///
    /// # Errors
    /// As [`attach`](Self::attach).
    pub fn attach_with(&self, options: &AttachOptions) -> Result<Link, Error> {
        let hook = hook::by_section(self, options).map_err(|error| match *error.site() == Site::default() {
            true => at(&self.site, error.into_parts().1),
            false => error,
        })?;
        hook.attach(self)
    }

    /// Attaches it to a hook, whatever its section says.
    ///
    /// # Errors
    /// `attach-wrong-hook` if its type does not fit; else as [`attach`](Self::attach).
    pub fn attach_to(&self, hook: &impl Hook) -> Result<Link, Error> {
        hook.attach(self)
    }

    /// What the kernel says about it: its id, its sizes, and how often and how long it ran while [`Stats`] were on.
    ///
    /// # Errors
    /// `kernel-refused`.
    #[doc(alias = "bpf_prog_info")]
    pub fn info(&self) -> Result<ProgInfo, Error> {
        prog_info(self.as_fd()).map_err(|error| self.failed("ask about this program", error))
    }

    /// Runs it once on this data, for types that can be run so.
    ///
    /// # Errors
    /// `kernel-refused`.
    #[doc(alias = "BPF_PROG_TEST_RUN")]
    #[doc(alias = "bpf_prog_test_run_opts")]
    pub fn test_run(&self, run: &mut TestRun<'_>) -> Result<TestRunOutput, Error> {
        prog_test_run(self.as_fd(), run).map_err(|error| self.failed("run this program", error))
    }

    /// Gives it a name in a bpf file system, which keeps it after this process.
    ///
    /// # Errors
    /// `pin`.
    #[doc(alias = "bpf_program__pin")]
    pub fn pin(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        obj_pin(self.as_fd(), path).map_err(|error| at(&self.site, Kind::Pin(path.to_owned(), error)))
    }

    fn failed(&self, action: &str, error: sys::Error) -> Error {
        at(&self.site, Kind::Kernel { action: action.to_owned(), error })
    }
}

impl AsFd for Program {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// While one of these exists, the kernel counts the runs of all programs and measures their time, which costs a little
/// of it.
#[derive(Debug)]
#[doc(alias = "BPF_ENABLE_STATS")]
pub struct Stats(#[allow(dead_code, reason = "closing it ends the counting")] OwnedFd);

impl Stats {
    /// Begins to count.
    ///
    /// # Errors
    /// `kernel-refused` without `CAP_SYS_ADMIN`, or before Linux 5.8.
    pub fn enable() -> Result<Self, Error> {
        enable_stats()
            .map(Self)
            .map_err(|error| at(&Site::default(), Kind::Kernel { action: "count the runs of programs".into(), error }))
    }
}
