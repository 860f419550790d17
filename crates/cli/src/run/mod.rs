//! `skep run`: load, attach, show what comes, detach.

mod buffers;
mod child;
mod event;
mod histogram;
mod paint;
mod screen;
mod summary;
mod view;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Instant,
};

use skep::{AttachOptions, Attached, Skep, Stats, btf::Btf, object::Attach};

use crate::{
    args,
    open::{failure_of, open},
    output::{self, FAINT, NAME, styled},
    report::{Failure, Report, status},
};
use child::Watched;
use screen::Screen;
use summary::Summary;

/// An object that runs, and its types.
struct Up {
    attached: Attached,
    btf: Option<Arc<Btf>>,
}

/// Loads, attaches, shows events or tables until told to stop, and sums up. Gives the exit status of the command that
/// was watched.
pub fn run(args: &args::Run) -> Result<u8, Failure> {
    let stop = on_interrupt()?;
    let opened = open(&args.files, &args.what)?;
    // Without the counting of runs the summary has less to say; that is no reason not to run.
    let stats = Stats::enable().ok();
    let options = options(args);
    let up = Failure::collect(opened.iter().map(|skep| start(skep, &options)))?;
    check(&up)?;
    let mut screen = Screen::new(args, &up)?;
    let mut child = Watched::start(&args.exec, args.json)?;
    announce(args, &up, &screen);
    let began = Instant::now();
    screen.show(&stop, began, child.as_mut())?;
    let summary = Summary::of(&up, &screen, began.elapsed());
    drop(stats);
    if args.json { summary.json() } else { summary.text() }.map_err(output::lost)?;
    Ok(child.map_or(0, Watched::end))
}

fn options(args: &args::Run) -> AttachOptions {
    let mut options = AttachOptions::new();
    if let Some(iface) = &args.iface {
        options = options.interface(iface);
    }
    if let Some(cgroup) = &args.cgroup {
        options = options.cgroup(cgroup);
    }
    options
}

/// Loads and attaches an object.
fn start(skep: &Skep, options: &AttachOptions) -> Result<Up, Failure> {
    let attached = skep.load().and_then(|loaded| loaded.attach_with(options));
    let attached = attached.map_err(|errors| failure_of(skep.linked(), &errors))?;
    Ok(Up { attached, btf: skep.linked().btf().cloned() })
}

/// Warns of programs that are loaded but attached to nothing; fails if none is attached.
fn check(up: &[Up]) -> Result<(), Failure> {
    let idle = |one: &Up| {
        let unattached = one.attached.programs().iter().filter(|p| one.attached.link_of(p).is_none());
        unattached.map(|p| (p.name().to_string(), p.section().full.to_string())).collect::<Vec<_>>()
    };
    let idle: Vec<_> = up.iter().flat_map(idle).collect();
    if up.iter().any(|one| one.attached.links().next().is_some()) {
        for (name, section) in &idle {
            output::warn(&format!(
                "`{name}` is loaded, but idle: its section `{section}` does not say where to attach it"
            ));
        }
        return Ok(());
    }
    let sections: Vec<_> = idle.iter().map(|(name, section)| format!("`{name}` ({section})")).collect();
    let message = match sections.is_empty() {
        true => "there is no program to attach".to_owned(),
        false => format!("nothing is attached: no section says where, of {}", sections.join(", ")),
    };
    let help = "an agent attaches such programs itself; `skep load` and `skep verify` take them as they are";
    Err(Failure::new(status::ATTACH, Report::new("nothing-attached", message).help(help)))
}

/// Whether Ctrl-C was pressed, or the process was asked to end.
fn on_interrupt() -> Result<Arc<AtomicBool>, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    let set = stop.clone();
    ctrlc::set_handler(move || set.store(true, Relaxed))
        .map_err(|error| Failure::new(status::REFUSED, Report::new("signal", error.to_string())))?;
    Ok(stop)
}

/// Says what runs, to a person.
fn announce(args: &args::Run, up: &[Up], screen: &Screen<'_>) {
    if args.json || !output::is_attended() {
        return;
    }
    let hooks = up.iter().flat_map(|one| one.attached.links());
    let names: Vec<String> =
        hooks.map(|(name, link)| format!("{} {}", styled(NAME, name), styled(FAINT, link.hook()))).collect();
    let until = match (args.limit, args.exec.first()) {
        _ if screen.is_brief() => String::new(),
        (Some(limit), _) => format!("for {limit:?}"),
        (None, Some(command)) => format!("while {} runs", command.to_string_lossy()),
        (None, None) => "until Ctrl-C".into(),
    };
    anstream::eprintln!("attached {}  {}", names.join(", "), styled(FAINT, until));
    if screen.is_blank() {
        anstream::eprintln!(
            "{}",
            styled(FAINT, "it has no ring buffer and no table to show; what its programs cost is shown at the end")
        );
    }
}

/// Whether a program is an iterator.
fn iterates(attached: &Attached, program: &str) -> bool {
    let def = attached.program(program).ok().and_then(|program| program.section().def);
    def.is_some_and(|def| def.attach == Attach::Iter)
}
