//! Tracepoints, by their stable records.

use super::{
    Hook,
    perf_event::attach_event,
    refusal::{absent, because, fits, refused},
};
use crate::{
    Error, Link, Program,
    load::privilege,
    object::uapi::ProgType,
    sys::{
        Errno,
        perf::{self, Event, Scope},
        tracefs,
    },
};

/// A tracepoint such as `sched:sched_switch`.
#[derive(Clone, Debug)]
#[doc(alias = "bpf_program__attach_tracepoint")]
pub struct Tracepoint {
    /// Category and name, a `:` between them.
    place: String,
    /// The length of the category.
    category: usize,
    cookie: u64,
}

impl Tracepoint {
    /// The tracepoint with this name.
    pub fn new(category: impl AsRef<str>, name: impl AsRef<str>) -> Self {
        let (category, name) = (category.as_ref(), name.as_ref());
        Self { place: [category, ":", name].concat(), category: category.len(), cookie: 0 }
    }

    fn parts(&self) -> (&str, &str) {
        let (category, name) = self.place.split_at(self.category);
        (category, name.get(1..).unwrap_or_default())
    }

    /// Passes this number to the program (5.15).
    pub fn cookie(self, cookie: u64) -> Self {
        Self { cookie, ..self }
    }
}

impl Hook for Tracepoint {
    fn attach(&self, program: &Program) -> Result<Link, Error> {
        fits(program, "a tracepoint", &[ProgType::TRACEPOINT])?;
        let hook = ["tracepoint ", &self.place].concat();
        let (category, name) = self.parts();
        let error = |error| refused(program, &hook, error, privilege::TRACE);
        let id = match tracefs::tracepoint_id(category, name) {
            Ok(id) => id,
            Err(e) if matches!(e.errno, Errno::ENOENT | Errno::EINVAL) => return Err(self.absent(program)),
            Err(e) if e.errno == Errno::EACCES => {
                let reason = "only root may read tracefs here, unless it is mounted with another `gid` or `mode`; \
                              `raw_tp` programs do without it";
                return Err(because(program, &hook, e, privilege::TRACE, Some(reason.into())));
            }
            Err(e) => return Err(error(e)),
        };
        let event = perf::open(&Event::Tracepoint { id }, Scope::Cpu(0)).map_err(error)?;
        attach_event(program, hook, event, self.cookie, ())
    }
}

impl Tracepoint {
    fn absent(&self, program: &Program) -> Error {
        let (names, (category, name)) = (names(), self.parts());
        absent(program, "tracepoint", &format!("{category}/{name}"), names.iter().map(String::as_str))
    }
}

/// The names of all tracepoints, as sections have them; none if they cannot be read.
pub(super) fn names() -> Vec<String> {
    let mut names = Vec::new();
    let add = |category: &str, name: &str| names.push(format!("{category}/{name}"));
    // Without them there is no suggestion.
    let _ = tracefs::tracepoints(add);
    names
}
