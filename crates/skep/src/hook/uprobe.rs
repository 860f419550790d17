//! Functions of user programs and libraries.

use std::{ffi::CString, os::unix::ffi::OsStrExt, path::PathBuf};

use super::{
    Hook,
    kprobe::number,
    perf_event::attach_event,
    refusal::{absent, fits, refused},
    uprobe_file::{Found, find},
};
use crate::{
    Error, Kind, Link, Program,
    errors::at,
    load::privilege,
    object::uapi::ProgType,
    sys::{
        kprobe_events::TracefsProbe,
        perf::{self, Event, Scope},
        pmu,
    },
};

/// A function in a file that processes run, or an instruction of it.
#[derive(Clone, Debug)]
#[doc(alias = "bpf_program__attach_uprobe")]
pub struct Uprobe {
    path: PathBuf,
    symbol: Option<String>,
    offset: u64,
    is_return: bool,
    process: Option<u32>,
    cookie: u64,
}

impl Uprobe {
    /// A function of a file, by its name in the file's symbol table.
    pub fn function(path: impl Into<PathBuf>, symbol: impl Into<String>) -> Self {
        Self { symbol: Some(symbol.into()), ..Self::offset(path, 0) }
    }

    /// The instruction at an offset in bytes into a file.
    pub fn offset(path: impl Into<PathBuf>, offset: u64) -> Self {
        Self { path: path.into(), symbol: None, offset, is_return: false, process: None, cookie: 0 }
    }

    /// A place as a section has it, behind the path: `function`, `function+offset`, or an offset into the file.
    pub fn parse(path: impl Into<PathBuf>, place: &str) -> Self {
        if let Some(offset) = number(place) {
            return Self::offset(path, offset);
        }
        match place.split_once('+').and_then(|(symbol, offset)| Some((symbol, number(offset)?))) {
            Some((symbol, offset)) => Self { offset, ..Self::function(path, symbol) },
            None => Self::function(path, place),
        }
    }

    /// At the return instead of the entry.
    pub fn at_return(self, is_return: bool) -> Self {
        Self { is_return, ..self }
    }

    /// Only in this process.
    pub fn process(self, pid: u32) -> Self {
        Self { process: Some(pid), ..self }
    }

    /// Passes this number to the program (5.15).
    pub fn cookie(self, cookie: u64) -> Self {
        Self { cookie, ..self }
    }

    /// The offset in the file.
    fn place(&self, program: &Program) -> Result<u64, Error> {
        let Some(symbol) = &self.symbol else { return Ok(self.offset) };
        let file = |error| at(program.site(), Kind::File(self.path.clone(), error));
        match find(&std::fs::read(&self.path).map_err(file)?, symbol) {
            Ok(Found::At(offset)) => Ok(offset + self.offset),
            Ok(Found::Nowhere(names)) => {
                let name = format!("{symbol} in {}", self.path.display());
                let nearest = crate::object::nearest(symbol, names.iter().map(String::as_str)).map(str::to_owned);
                match nearest {
                    None => Err(absent(program, "function", &name, [])),
                    nearest => Err(at(program.site(), Kind::NoTarget { what: "function", name, nearest })),
                }
            }
            Err(why) => Err(file(std::io::Error::other(why))),
        }
    }
}

impl Hook for Uprobe {
    fn attach(&self, program: &Program) -> Result<Link, Error> {
        fits(program, "a user function", &[ProgType::KPROBE])?;
        let offset = self.place(program)?;
        let kind = if self.is_return { "uretprobe" } else { "uprobe" };
        let hook = match &self.symbol {
            Some(symbol) => format!("{kind} {}:{symbol}", self.path.display()),
            None => format!("{kind} {}:{offset:#x}", self.path.display()),
        };
        let error = |error| refused(program, &hook, error, privilege::TRACE);
        let path = CString::new(self.path.as_os_str().as_bytes()).unwrap_or_default();
        let scope = self.process.map_or(Scope::Cpu(0), Scope::Process);
        match pmu::uprobe() {
            Ok(pmu) => {
                let event = Event::Uprobe { pmu, path: &path, offset, ref_ctr_offset: 0, is_return: self.is_return };
                let event = perf::open(&event, scope).map_err(error)?;
                attach_event(program, &hook, event, self.cookie, ())
            }
            Err(_) => {
                let probe = TracefsProbe::uprobe(&self.path, offset, self.is_return).map_err(error)?;
                let event = perf::open(&Event::Tracepoint { id: probe.id() }, scope).map_err(error)?;
                attach_event(program, &hook, event, self.cookie, probe)
            }
        }
    }
}
