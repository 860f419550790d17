//! `skep run`: load, attach, show what comes, detach.

mod buffers;
mod event;
mod histogram;
mod summary;
mod view;

use std::{
    fs,
    io::{self, Read, Write},
    ops::ControlFlow,
    process::{Child, Command},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant, SystemTime},
};

use skep::{
    AttachOptions, Attached, Link, Stats,
    btf::{
        Btf,
        value::{Style, Times},
    },
    object::Attach,
};

use crate::{
    args, input,
    open::{failure, open},
    output::{self, FAINT, NAME, styled},
    report::{Failure, Report, status},
};
use buffers::Buffers;
use event::Decoder;
use summary::{Summary, Tally};
use view::View;

/// How long a wait for events may last before clocks, children and Ctrl-C are looked at.
const TICK: Duration = Duration::from_millis(100);

/// Loads, attaches, shows events or tables until told to stop, and sums up.
pub fn run(args: &args::Run) -> Result<(), Failure> {
    let stop = on_interrupt()?;
    let mut options = AttachOptions::new();
    if let Some(iface) = &args.iface {
        options = options.interface(iface);
    }
    if let Some(cgroup) = &args.cgroup {
        options = options.cgroup(cgroup);
    }
    // Without the counting of runs the summary has less to say; that is no reason not to run.
    let stats = Stats::enable().ok();
    let mut up = Vec::new();
    for file in &args.files {
        let skep = open(file, &args.what)?;
        let btf = skep.linked().btf().cloned();
        let attached = skep.load().and_then(|l| l.attach_with(&options)).map_err(|errors| failure(&errors))?;
        up.push((attached, btf));
    }
    let mut screen = Screen::new(args, &up)?;
    announce(args, &up);
    let mut child = start(args)?;
    let began = Instant::now();
    let ended = screen.show(&stop, began, &mut child);
    if let Some(child) = &mut child {
        end(child);
    }
    ended?;
    let summary = Summary::of(up.iter().map(|(attached, _)| attached), screen.tally, began.elapsed().as_secs_f64());
    drop(stats);
    if args.json { summary.json() } else { summary.text() }.map_err(output::lost)
}

/// Whether Ctrl-C was pressed, or the process was asked to end.
fn on_interrupt() -> Result<Arc<AtomicBool>, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    let set = stop.clone();
    ctrlc::set_handler(move || set.store(true, Relaxed))
        .map_err(|error| Failure::new(status::REFUSED, Report::new("signal", error.to_string())))?;
    Ok(stop)
}

/// Says what runs, on a terminal.
fn announce(args: &args::Run, up: &[(Attached, Option<Arc<Btf>>)]) {
    if args.json || !output::watched() {
        return;
    }
    let hooks = up.iter().flat_map(|(attached, _)| attached.links());
    let names: Vec<String> =
        hooks.map(|(name, link)| format!("{} {}", styled(NAME, name), styled(FAINT, link.hook()))).collect();
    let until = match (args.limit, args.exec.first()) {
        (Some(limit), _) => format!("for {limit:?}"),
        (None, Some(command)) => format!("while {} runs", command.to_string_lossy()),
        (None, None) => "until Ctrl-C".into(),
    };
    anstream::eprintln!("attached {}  {}", names.join(", "), styled(FAINT, until));
}

/// Starts the command that is to be watched.
fn start(args: &args::Run) -> Result<Option<Child>, Failure> {
    let Some((command, rest)) = args.exec.split_first() else { return Ok(None) };
    let child = Command::new(command).args(rest).spawn().map_err(|error| {
        let message = format!("cannot run {}: {}", command.to_string_lossy(), input::reason(&error));
        Failure::new(status::USAGE, Report::new("exec", message))
    })?;
    Ok(Some(child))
}

/// Ends the watched command if it still runs. It may have ended by itself meanwhile.
fn end(child: &mut Child) {
    if matches!(child.try_wait(), Ok(None)) {
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// What is shown: events as they come, the output of iterators, or tables.
struct Screen<'a> {
    args: &'a args::Run,
    up: &'a [(Attached, Option<Arc<Btf>>)],
    buffers: Buffers,
    decoders: Vec<Decoder>,
    views: Vec<(&'a Attached, View)>,
    style: Style<'static>,
    tally: Tally,
}

impl<'a> Screen<'a> {
    fn new(args: &'a args::Run, up: &'a [(Attached, Option<Arc<Btf>>)]) -> Result<Self, Failure> {
        let mut buffers = Buffers::new().map_err(|error| failure(&error.into()))?;
        let (mut decoders, mut views) = (Vec::new(), Vec::new());
        for (attached, btf) in up {
            for map in attached.maps().filter(|map| Buffers::is_one(map)) {
                buffers.add(map).map_err(|error| failure(&error.into()))?;
                if let Some(spec) = map.spec() {
                    decoders.push(Decoder::of(btf.as_ref(), spec, &args.types)?);
                }
            }
            views.extend(view::views(btf.as_ref(), attached.maps()).into_iter().map(|view| (attached, view)));
        }
        // Maps beside a buffer are the program's own business.
        if !decoders.is_empty() {
            views.clear();
        }
        let style = Style { times: Times::OfDay { boot_ns: boot_ns() }, ..Style::default() };
        Ok(Self { args, up, buffers, decoders, views, style, tally: Tally::default() })
    }

    /// Shows what comes until there is a reason to stop.
    fn show(&mut self, stop: &AtomicBool, began: Instant, child: &mut Option<Child>) -> Result<(), Failure> {
        let iterated = self.iterate()?;
        let nothing_else = self.decoders.is_empty() && self.views.is_empty();
        if iterated && nothing_else && child.is_none() && self.args.limit.is_none() {
            return Ok(());
        }
        let mut drawn = None;
        loop {
            let left = self.args.limit.map(|limit| limit.saturating_sub(began.elapsed()));
            let over = stop.load(Relaxed)
                || left == Some(Duration::ZERO)
                || child.as_mut().is_some_and(|child| !matches!(child.try_wait(), Ok(None)));
            // What was recorded before the end is shown, too.
            self.events(if over { Duration::ZERO } else { left.unwrap_or(TICK).min(TICK) })?;
            if over || self.args.count.is_some_and(|count| self.tally.events >= count) {
                return self.draw();
            }
            if output::watched() && !self.args.json && drawn.is_none_or(|at: Instant| at.elapsed() >= self.args.every) {
                self.draw()?;
                drawn = Some(Instant::now());
            }
        }
    }

    /// Copies what iterators have to say; whether there were any.
    fn iterate(&self) -> Result<bool, Failure> {
        let mut any = false;
        for link in self.up.iter().flat_map(|(attached, _)| iterators(attached)) {
            any = true;
            let mut text = Vec::new();
            link.iterate()
                .map_err(|error| failure(&error.into()))?
                .read_to_end(&mut text)
                .and_then(|_| match self.args.json {
                    true => output::json_line(&serde_json::json!({
                        "iterator": link.hook(), "output": String::from_utf8_lossy(&text),
                    })),
                    false => io::stdout().write_all(&text),
                })
                .map_err(output::lost)?;
        }
        Ok(any)
    }

    /// Waits for events and prints them.
    fn events(&mut self, timeout: Duration) -> Result<(), Failure> {
        if self.decoders.is_empty() {
            std::thread::sleep(timeout);
            return Ok(());
        }
        let (decoders, args, style, tally) = (&self.decoders, self.args, &self.style, &mut self.tally);
        let mut out = output::out();
        let mut line = String::new();
        let mut written = Ok(());
        let polled = self.buffers.poll(timeout, |buffer, record| {
            let enough = args.count.is_some_and(|count| tally.events >= count);
            let Some(decoder) = decoders.get(buffer).filter(|_| !enough) else { return ControlFlow::Break(()) };
            tally.events += 1;
            line.clear();
            if args.json {
                line = decoder.json(record, style).to_string();
            } else {
                if decoders.len() > 1 {
                    line = format!("{} ", styled(NAME, &decoder.map));
                }
                decoder.text(record, style, &mut line);
            }
            written = writeln!(out, "{line}");
            if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        let lost = polled.map_err(|error| failure(&error.into()))?;
        tally.lost += lost;
        written.and_then(|()| out.flush()).map_err(output::lost)
    }

    /// Draws all tables, over the last ones on a terminal.
    fn draw(&self) -> Result<(), Failure> {
        if self.views.is_empty() {
            return Ok(());
        }
        // Home, on an empty screen.
        let mut text = if output::watched() { "\x1b[H\x1b[2J".to_owned() } else { String::new() };
        for (attached, view) in &self.views {
            let map = attached.map(view.name()).map_err(|error| failure(&error.into()))?;
            if self.args.json {
                let value = view.json(map).map_err(|error| failure(&error.into()))?;
                output::json_line(&value).map_err(output::lost)?;
            } else {
                view.text(map, &mut text).map_err(|error| failure(&error.into()))?;
            }
        }
        output::out().write_all(text.as_bytes()).map_err(output::lost)
    }
}

/// The links of an object's iterators.
fn iterators(attached: &Attached) -> impl Iterator<Item = &Link> {
    let iterates = |program: &str| {
        let def = attached.program(program).ok().and_then(|program| program.section().def);
        def.is_some_and(|def| def.attach == Attach::Iter)
    };
    attached.links().filter(move |(program, _)| iterates(program)).map(|(_, link)| link)
}

/// When the machine was started, in nanoseconds since 1970, UTC.
fn boot_ns() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let uptime = fs::read_to_string("/proc/uptime").unwrap_or_default();
    let seconds = uptime.split_whitespace().next().and_then(|s| s.parse().ok()).unwrap_or(0.0);
    now.saturating_sub(Duration::try_from_secs_f64(seconds).unwrap_or_default()).as_nanos() as u64
}
