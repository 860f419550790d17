//! Perf events: counters, clocks, and what tracepoints and probes are attached through.

use std::os::fd::AsFd;

use super::{
    Hook,
    refusal::{because, fits, refused},
};
use crate::{
    Error, Link, Program,
    link::Inner,
    load::privilege,
    object::uapi::{AttachType, ProgType},
    sys::{
        Errno,
        bpf::{LinkCreate, LinkOptions, LinkTarget, link_create},
        cpu,
        perf::{self, Event, Rate, Scope},
    },
};

/// What is counted.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Counter {
    /// A counter of the kernel, by its number: 0 is the CPU's clock, 2 page faults, 3 context switches.
    #[doc(alias = "PERF_COUNT_SW_CPU_CLOCK")]
    Software(u64),
    /// A counter of the CPU, by its number: 0 is cycles, 1 instructions.
    #[doc(alias = "PERF_COUNT_HW_CPU_CYCLES")]
    Hardware(u64),
}

/// Samples of a counter, on every CPU that is up.
#[derive(Clone, Debug)]
#[doc(alias = "bpf_program__attach_perf_event")]
pub struct PerfEvent {
    counter: Counter,
    rate: Rate,
    process: Option<u32>,
    cookie: u64,
}

impl PerfEvent {
    /// So many samples a second of what each CPU does.
    pub fn cpu_clock(hertz: u64) -> Self {
        Self::new(Counter::Software(0), Rate::Frequency(hertz))
    }

    /// A counter at a rate.
    pub fn new(counter: Counter, rate: Rate) -> Self {
        Self { counter, rate, process: None, cookie: 0 }
    }

    /// Only of this process.
    pub fn process(self, pid: u32) -> Self {
        Self { process: Some(pid), ..self }
    }

    /// Passes this number to the program (5.15).
    pub fn cookie(self, cookie: u64) -> Self {
        Self { cookie, ..self }
    }

    fn event(&self) -> Event<'static> {
        let rate = self.rate;
        match self.counter {
            Counter::Software(config) => Event::Software { config, rate },
            Counter::Hardware(config) => Event::Hardware { config, rate },
        }
    }
}

impl Hook for PerfEvent {
    fn attach(&self, program: &Program) -> Result<Link, Error> {
        fits(program, "a perf event", &[ProgType::PERF_EVENT])?;
        let hook = format!("perf event {:?}", self.counter);
        let error = |error| refused(program, &hook, error, privilege::PERFMON);
        let scopes = match self.process {
            Some(pid) => vec![Scope::Process(pid)],
            None => cpu::online().map_err(error)?.into_iter().map(Scope::Cpu).collect(),
        };
        let mut links = Vec::new();
        for scope in scopes {
            let event = perf::open(&self.event(), scope).map_err(error)?;
            links.push(attach_event(program, &hook, event, self.cookie, ())?);
        }
        Ok(Link::new(program, hook, Inner::Many(links)))
    }
}

/// Attaches a program to a perf event: by a link, or by the event itself on kernels without such links (before 5.15).
/// `after` is dropped once the event is closed.
pub(super) fn attach_event<T: Send + Sync + 'static>(
    program: &Program,
    hook: impl AsRef<str> + Into<String>,
    event: perf::PerfEvent,
    cookie: u64,
    after: T,
) -> Result<Link, Error> {
    let refused = |error| refused(program, hook.as_ref(), error, privilege::TRACE);
    let create = LinkCreate {
        program: program.as_fd(),
        target: LinkTarget::Fd(event.as_fd()),
        attach_type: AttachType::PERF_EVENT,
        flags: 0,
        options: if cookie == 0 { LinkOptions::None } else { LinkOptions::PerfEvent { cookie } },
    };
    match link_create(&create) {
        Ok(link) => {
            event.enable().map_err(refused)?;
            // The link holds the event.
            let inner =
                if size_of::<T>() == 0 { Inner::Bpf(link) } else { Inner::Held(Box::new((link, event, after))) };
            Ok(Link::new(program, hook, inner))
        }
        Err(error) if error.errno == Errno::EINVAL && cookie == 0 => {
            event.set_bpf(program.as_fd()).and_then(|()| event.enable()).map_err(refused)?;
            Ok(Link::new(program, hook, Inner::Held(Box::new((event, after)))))
        }
        Err(error) if error.errno == Errno::EINVAL => {
            Err(because(program, hook.as_ref(), error, &[], Some("cookies exist since Linux 5.15".into())))
        }
        Err(error) => Err(refused(error)),
    }
}
