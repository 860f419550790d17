//! Tracepoints, by the arguments that the kernel passes to them.

use std::ffi::CString;

use super::{
    Hook,
    refusal::{absent, fits, refused},
    tracepoint,
};
use crate::{
    Error, Link, Program,
    link::Inner,
    load::privilege,
    object::uapi::ProgType,
    sys::{Errno, bpf::raw_tracepoint_open},
};
use std::os::fd::AsFd;

/// A tracepoint such as `sched_switch`, without its category.
#[derive(Clone, Debug)]
#[doc(alias = "bpf_program__attach_raw_tracepoint")]
pub struct RawTracepoint {
    name: String,
    cookie: u64,
}

impl RawTracepoint {
    /// The tracepoint with this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), cookie: 0 }
    }

    /// Passes this number to the program (6.10).
    pub fn cookie(self, cookie: u64) -> Self {
        Self { cookie, ..self }
    }
}

impl Hook for RawTracepoint {
    fn attach(&self, program: &Program) -> Result<Link, Error> {
        fits(program, "a raw tracepoint", &[ProgType::RAW_TRACEPOINT, ProgType::RAW_TRACEPOINT_WRITABLE])?;
        let hook = format!("raw tracepoint {}", self.name);
        let name = CString::new(self.name.as_str()).unwrap_or_default();
        match raw_tracepoint_open(program.as_fd(), Some(&name), self.cookie) {
            Ok(fd) => Ok(Link::new(program, hook, Inner::Bpf(fd))),
            Err(error) if error.errno == Errno::ENOENT => {
                let all = tracepoint::names();
                let names = all.iter().filter_map(|name| Some(name.split_once('/')?.1));
                Err(absent(program, "tracepoint", &self.name, names))
            }
            Err(error) => Err(refused(program, &hook, error, privilege::TRACE)),
        }
    }
}
