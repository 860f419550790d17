//! The hook that a section names.

use super::{
    AttachOptions, Cgroup, Direction, Hook, Iter, Kprobe, KprobeMulti, Ksyscall, Netkit, Netns, PerfEvent,
    RawTracepoint, SocketFilter, Tcx, Trace, Tracepoint, Uprobe, Xdp, refusal::no_place,
};
use crate::{
    Error, Kind, Program,
    errors::at,
    object::{Attach, uapi::AttachType},
    sys,
};

/// The hook that a program's section names, at the place that the options name.
pub(crate) fn by_section(program: &Program, options: &AttachOptions) -> Result<Box<dyn Hook>, Error> {
    let section = program.section();
    let no_hook = || at(program.site(), Kind::NoHook(section.full.to_string()));
    let def = section.def.ok_or_else(no_hook)?;
    let target = &*section.target;
    let needs_target = || if target.is_empty() { Err(no_hook()) } else { Ok(target) };
    let cookie = options.cookie;
    Ok(match def.attach {
        Attach::Tracepoint => {
            let (category, name) = target.split_once('/').ok_or_else(no_hook)?;
            Box::new(Tracepoint::new(category, name).cookie(cookie))
        }
        Attach::RawTracepoint => Box::new(RawTracepoint::new(needs_target()?).cookie(cookie)),
        Attach::Trace => Box::new(Trace::new().cookie(cookie)),
        Attach::Kprobe { ret } => Box::new(Kprobe::parse(needs_target()?).at_return(ret).cookie(cookie)),
        Attach::Ksyscall { ret } => Box::new(Ksyscall::new(needs_target()?).at_return(ret).cookie(cookie)),
        Attach::KprobeMulti { ret } => Box::new(KprobeMulti::matching(needs_target()?).at_return(ret)),
        Attach::Uprobe { ret } => {
            let (path, place) = target.rsplit_once(':').ok_or_else(no_hook)?;
            let hook = Uprobe::parse(path, place).at_return(ret).cookie(cookie);
            Box::new(match options.process {
                Some(pid) => hook.process(pid),
                None => hook,
            })
        }
        Attach::Xdp => Box::new(Xdp::on(&interface(program, options, "XDP")?)?.mode(options.xdp_mode)),
        Attach::Tcx => {
            let direction = match program.attach_type() {
                Some(AttachType::TCX_EGRESS) => Direction::Egress,
                _ => Direction::Ingress,
            };
            Box::new(Tcx::on(&interface(program, options, "tc")?, direction)?)
        }
        Attach::Netkit => Box::new(Netkit::on(&interface(program, options, "netkit")?)?),
        Attach::Cgroup => Box::new(match &options.cgroup {
            Some(path) => Cgroup::at(path)?,
            None => match sys::cgroup::root() {
                Ok(root) => Cgroup::at(root)?,
                Err(_) => return Err(no_place(program, "a cgroup program", "the directory of a cgroup")),
            },
        }),
        Attach::SocketFilter => Box::new(SocketFilter::on(&interface(program, options, "a socket filter")?)?),
        Attach::Iter => Box::new(Iter::new()),
        Attach::SkLookup => Box::new(Netns::own()?),
        Attach::PerfEvent => Box::new(match options.process {
            Some(pid) => PerfEvent::cpu_clock(99).process(pid),
            None => PerfEvent::cpu_clock(99),
        }),
        Attach::UprobeMulti { .. } => return Err(unsupported(program, "links to many user functions")),
        Attach::Usdt => return Err(unsupported(program, "USDT probes")),
        _ => return Err(no_hook()),
    })
}

fn unsupported(program: &Program, what: &'static str) -> Error {
    at(program.site(), Kind::Unsupported(what))
}

fn interface(program: &Program, options: &AttachOptions, hook: &'static str) -> Result<String, Error> {
    options.interface.clone().ok_or_else(|| no_place(program, hook, "a network interface"))
}
