//! fentry, fexit, fmod_ret, LSM and typed tracepoints: the function that a program was loaded for.

use std::os::fd::AsFd;

use super::{
    Hook,
    refusal::{fits, refused},
};
use crate::{
    Error, Link, Program,
    link::Inner,
    load::privilege,
    object::{btf::TypeId, uapi::ProgType},
    sys::{
        Errno,
        bpf::{LinkCreate, LinkOptions, LinkTarget, link_create, raw_tracepoint_open},
    },
};

/// The function, LSM hook or tracepoint that the program was loaded for.
#[derive(Clone, Copy, Debug, Default)]
#[doc(alias = "bpf_program__attach_trace")]
#[doc(alias = "bpf_program__attach_lsm")]
pub struct Trace {
    cookie: u64,
}

impl Trace {
    /// Where the program was loaded for.
    pub fn new() -> Self {
        Self::default()
    }

    /// Passes this number to the program (6.0).
    pub fn cookie(self, cookie: u64) -> Self {
        Self { cookie }
    }
}

impl Hook for Trace {
    fn attach(&self, program: &Program) -> Result<Link, Error> {
        fits(program, "a kernel function", &[ProgType::TRACING, ProgType::LSM, ProgType::EXT])?;
        let name = program.target().map_or("a kernel function", |to| &to.name);
        let what = program.attach_type().and_then(|attach| attach.name()).unwrap_or("trace");
        let hook = format!("{what} {name}");
        let options = match self.cookie {
            0 => LinkOptions::None,
            cookie => LinkOptions::Tracing { btf_id: TypeId::VOID, cookie },
        };
        let create = LinkCreate {
            program: program.as_fd(),
            target: LinkTarget::None,
            attach_type: program.attach_type().unwrap_or_default(),
            flags: 0,
            options,
        };
        let link = link_create(&create).or_else(|error| match error.errno {
            // Kernels before 5.18 have another call for it.
            Errno::EINVAL if self.cookie == 0 => raw_tracepoint_open(program.as_fd(), None, 0),
            _ => Err(error),
        });
        match link {
            Ok(fd) => Ok(Link::new(program, hook, Inner::Bpf(fd))),
            Err(error) => Err(refused(program, &hook, error, privilege::TRACE)),
        }
    }
}
