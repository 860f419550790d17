//! What is shown: events as they come, the output of iterators, or tables.

use std::{
    fs,
    io::{self, Read, Write},
    ops::ControlFlow,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::{Duration, Instant, SystemTime},
};

use skep::{
    Attached, Error,
    btf::value::{Style, Times},
};

use super::{
    Up,
    buffers::Buffers,
    child::Watched,
    event::Decoder,
    iterates,
    paint::Painter,
    summary::Tally,
    view::{self, View},
};
use crate::{
    args,
    open::failure,
    output::{self, NAME, styled},
    report::Failure,
};

/// How long a wait for events may last before clocks, children and Ctrl-C are looked at.
const TICK: Duration = Duration::from_millis(100);

/// All that is shown of the objects that run.
pub struct Screen<'a> {
    args: &'a args::Run,
    up: &'a [Up],
    buffers: Buffers,
    decoders: Vec<Decoder>,
    painters: Vec<Painter>,
    views: Vec<(&'a Attached, View)>,
    style: Style<'static>,
    tally: Tally,
}

impl<'a> Screen<'a> {
    /// Opens all ring buffers; without any, the maps become tables.
    pub fn new(args: &'a args::Run, up: &'a [Up]) -> Result<Self, Failure> {
        let mut buffers = Buffers::new().map_err(failed)?;
        let (mut decoders, mut views) = (Vec::new(), Vec::new());
        for Up { attached, btf } in up {
            for map in attached.maps().filter(|map| Buffers::is_one(map)) {
                buffers.add(map).map_err(failed)?;
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
        let painters = decoders.iter().map(|_| Painter::default()).collect();
        let style = Style { times: Times::OfDay { boot_ns: boot_ns() }, ..Style::default() };
        Ok(Self { args, up, buffers, decoders, painters, views, style, tally: Tally::default() })
    }

    /// Whether events are shown.
    pub fn has_events(&self) -> bool {
        !self.decoders.is_empty()
    }

    /// Whether there is nothing to show.
    pub fn is_blank(&self) -> bool {
        !self.has_events() && self.views.is_empty() && !self.has_iterators()
    }

    /// Whether all there is are iterators, which run once.
    pub fn is_brief(&self) -> bool {
        let only = |one: &Up| one.attached.links().all(|(program, _)| iterates(&one.attached, program));
        self.has_iterators() && self.args.exec.is_empty() && !self.has_events() && self.up.iter().all(only)
    }

    fn has_iterators(&self) -> bool {
        self.up.iter().any(|one| one.attached.links().any(|(program, _)| iterates(&one.attached, program)))
    }

    /// What was counted.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// Shows what comes until there is a reason to stop.
    pub fn show(&mut self, stop: &AtomicBool, began: Instant, mut child: Option<&mut Watched>) -> Result<(), Failure> {
        self.iterate()?;
        if self.is_brief() {
            return Ok(());
        }
        // A person sees the tables at once; a pipe gets them when they say something.
        let mut drawn = if output::watched() { None } else { Some(began) };
        loop {
            let left = self.args.limit.map(|limit| limit.saturating_sub(began.elapsed()));
            let over = stop.load(Relaxed)
                || left == Some(Duration::ZERO)
                || child.as_mut().is_some_and(|child| child.is_over());
            // What was recorded before the end is shown, too.
            let more = self.events(if over { Duration::ZERO } else { left.unwrap_or(TICK).min(TICK) })?;
            let due = drawn.is_none_or(|at: Instant| at.elapsed() >= self.args.every);
            if due || over || !more {
                self.draw()?;
                drawn = Some(Instant::now());
            }
            if over || !more {
                return Ok(());
            }
        }
    }

    /// Copies what iterators have to say.
    fn iterate(&self) -> Result<(), Failure> {
        let links = |one: &'a Up| one.attached.links().filter(|(program, _)| iterates(&one.attached, program));
        for (program, link) in self.up.iter().flat_map(links) {
            let mut bytes = Vec::new();
            let read = link.iterate().map_err(failed)?.read_to_end(&mut bytes);
            let printed = read.and_then(|_| match self.args.json {
                true => output::json_line(&serde_json::json!({
                    "program": program, "iterator": link.hook(), "output": String::from_utf8_lossy(&bytes),
                })),
                false => io::stdout().write_all(&bytes),
            });
            printed.map_err(output::lost)?;
        }
        Ok(())
    }

    /// Waits for events and prints them; whether more are wanted.
    fn events(&mut self, timeout: Duration) -> Result<bool, Failure> {
        if self.decoders.is_empty() {
            std::thread::sleep(timeout);
            return Ok(true);
        }
        let (decoders, painters, args, style) = (&self.decoders, &mut self.painters, self.args, &self.style);
        let tally = &mut self.tally;
        let mut out = io::BufWriter::new(output::out());
        let mut line = String::new();
        let mut written = Ok(());
        // Where programs are faster than what is printed, records never end; clocks and Ctrl-C want to be looked at.
        let (began, mut polled_now) = (Instant::now(), 0u32);
        let polled = self.buffers.poll(timeout, |buffer, record| {
            let enough = args.count.is_some_and(|count| tally.events >= count);
            let Some(decoder) = decoders.get(buffer).filter(|_| !enough) else { return ControlFlow::Break(()) };
            polled_now += 1;
            tally.events += 1;
            line.clear();
            if args.json {
                line = decoder.json(record, style).to_string();
            } else {
                decoder.text(record, style, &mut line);
                if output::watched() {
                    line = painters[buffer].paint(&line);
                }
                if decoders.len() > 1 {
                    line.insert_str(0, &format!("{} ", styled(NAME, &decoder.map)));
                }
            }
            written = writeln!(out, "{line}");
            let is_long = polled_now.is_multiple_of(64) && began.elapsed() > TICK + timeout;
            if written.is_ok() && !is_long { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        tally.lost += polled.map_err(failed)?;
        written.and_then(|()| out.flush()).map_err(output::lost)?;
        Ok(args.count.is_none_or(|count| tally.events < count))
    }

    /// Draws all tables, over the last ones on a terminal.
    fn draw(&self) -> Result<(), Failure> {
        if self.views.is_empty() {
            return Ok(());
        }
        // Home, on an empty screen.
        let mut text = if output::watched() && !self.args.json { "\x1b[H\x1b[2J".to_owned() } else { String::new() };
        for (attached, view) in &self.views {
            let map = attached.map(view.name()).map_err(failed)?;
            if self.args.json {
                output::json_line(&view.json(map).map_err(failed)?).map_err(output::lost)?;
            } else {
                view.text(map, &mut text).map_err(failed)?;
            }
        }
        output::out().write_all(text.as_bytes()).map_err(output::lost)
    }
}

fn failed(error: Error) -> Failure {
    failure(&error.into())
}

/// When the machine was started, in nanoseconds since 1970, UTC.
fn boot_ns() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let uptime = fs::read_to_string("/proc/uptime").unwrap_or_default();
    let seconds = uptime.split_whitespace().next().and_then(|s| s.parse().ok()).unwrap_or(0.0);
    now.saturating_sub(Duration::try_from_secs_f64(seconds).unwrap_or_default()).as_nanos() as u64
}
