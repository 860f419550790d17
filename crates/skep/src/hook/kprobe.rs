//! Kernel functions, at their entry or return.

use std::{ffi::CString, ops::ControlFlow};

use super::{
    Hook,
    perf_event::attach_event,
    refusal::{absent, because, fits, refused},
};
use crate::{
    Error, Link, Program,
    load::privilege,
    object::uapi::{Feature, ProgType},
    probe, probe_bytes,
    sys::{
        Errno, kallsyms,
        kprobe_events::TracefsProbe,
        perf::{self, Event, Scope},
        pmu,
    },
};

/// A kernel function, or an instruction of one.
#[derive(Clone, Debug)]
#[doc(alias = "bpf_program__attach_kprobe")]
pub struct Kprobe {
    symbol: String,
    offset: u64,
    is_return: bool,
    cookie: u64,
}

impl Kprobe {
    /// The entry of a function.
    pub fn new(symbol: impl Into<String>) -> Self {
        Self { symbol: symbol.into(), offset: 0, is_return: false, cookie: 0 }
    }

    /// A place as a section has it: `function`, or `function+offset` with a decimal or `0x` number.
    pub fn parse(place: &str) -> Self {
        match place.split_once('+').and_then(|(symbol, offset)| Some((symbol, number(offset)?))) {
            Some((symbol, offset)) => Self::new(symbol).offset(offset),
            None => Self::new(place),
        }
    }

    /// The instruction at this offset in bytes.
    pub fn offset(self, offset: u64) -> Self {
        Self { offset, ..self }
    }

    /// At the return instead of the entry.
    pub fn at_return(self, is_return: bool) -> Self {
        Self { is_return, ..self }
    }

    /// Passes this number to the program (5.15).
    pub fn cookie(self, cookie: u64) -> Self {
        Self { cookie, ..self }
    }

    fn failed(&self, program: &Program, hook: &str, error: crate::sys::Error) -> Error {
        let matches = matches!(error.errno, Errno::ENOENT | Errno::EINVAL);
        match matches.then(functions).filter(|all| !all.is_empty() && !all.contains(&self.symbol)) {
            Some(all) => absent(program, "kernel function", &self.symbol, all.iter().map(String::as_str)),
            None if error.errno == Errno::EINVAL => {
                let reason = "this function or instruction cannot be probed".into();
                because(program, hook, error, privilege::TRACE, Some(reason))
            }
            None => refused(program, hook, error, privilege::TRACE),
        }
    }
}

impl Hook for Kprobe {
    fn attach(&self, program: &Program) -> Result<Link, Error> {
        fits(program, "a kernel function", &[ProgType::KPROBE])?;
        let kind = if self.is_return { "kretprobe" } else { "kprobe" };
        let hook = match self.offset {
            0 => format!("{kind} {}", self.symbol),
            offset => format!("{kind} {}+{offset:#x}", self.symbol),
        };
        let failed = |error| self.failed(program, &hook, error);
        let symbol = CString::new(self.symbol.as_str()).unwrap_or_default();
        match pmu::kprobe() {
            Ok(pmu) => {
                let event =
                    Event::Kprobe { pmu, symbol: Some(&symbol), offset: self.offset, is_return: self.is_return };
                let event = perf::open(&event, Scope::Cpu(0)).map_err(failed)?;
                attach_event(program, &hook, event, self.cookie, ())
            }
            Err(_) => {
                let probe = TracefsProbe::kprobe(&self.symbol, self.offset, self.is_return).map_err(failed)?;
                let event = perf::open(&Event::Tracepoint { id: probe.id() }, Scope::Cpu(0)).map_err(failed)?;
                attach_event(program, &hook, event, self.cookie, probe)
            }
        }
    }
}

/// The kernel's function for a system call.
#[derive(Clone, Debug)]
#[doc(alias = "bpf_program__attach_ksyscall")]
pub struct Ksyscall {
    name: String,
    is_return: bool,
    cookie: u64,
}

impl Ksyscall {
    /// The system call with this name, such as `openat`.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), is_return: false, cookie: 0 }
    }

    /// At the return instead of the entry.
    pub fn at_return(self, is_return: bool) -> Self {
        Self { is_return, ..self }
    }

    /// Passes this number to the program (5.15).
    pub fn cookie(self, cookie: u64) -> Self {
        Self { cookie, ..self }
    }
}

impl Hook for Ksyscall {
    fn attach(&self, program: &Program) -> Result<Link, Error> {
        let prefix = probe_bytes::SYSCALL_PREFIX.filter(|_| probe::has(Feature::SyscallWrapper)).unwrap_or("__se_");
        let function = Kprobe::new(format!("{prefix}sys_{}", self.name));
        function.at_return(self.is_return).cookie(self.cookie).attach(program)
    }
}

/// A decimal or `0x` number.
pub(super) fn number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

/// The names of the kernel's functions; none if they cannot be read.
pub(super) fn functions() -> Vec<String> {
    let mut names = Vec::new();
    let add = |symbol: kallsyms::Symbol<'_>| {
        if matches!(symbol.kind, b'T' | b't' | b'W' | b'w') {
            names.push(symbol.name.to_owned());
        }
        ControlFlow::Continue(())
    };
    // Without them there is no suggestion.
    let _ = kallsyms::for_each(add);
    names
}
