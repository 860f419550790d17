//! What happened, when all is over.

use std::{
    io::{self, Write},
    time::Duration,
};

use serde_json::{Value, json};
use skep::Loaded;

use super::{Up, screen::Screen};

use crate::output::{self, BAD, FAINT, HEAD, NAME, nanoseconds, styled, table};

/// Records counted while running.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// Records that were shown.
    pub events: u64,
    /// Records that a perf buffer had no room for.
    pub lost: u64,
}

/// What a program cost.
struct Cost {
    name: String,
    hook: String,
    runs: u64,
    time_ns: u64,
}

/// What is said at the end.
pub struct Summary {
    tally: Tally,
    has_events: bool,
    seconds: f64,
    costs: Vec<Cost>,
}

impl Summary {
    /// Asks the kernel what each program cost, and the objects what they lost.
    pub fn of(up: &[Up], screen: &Screen<'_>, time: Duration) -> Self {
        let mut tally = screen.tally();
        let mut costs = Vec::new();
        for Up { attached: one, .. } in up {
            tally.lost += lost(one);
            for program in one.programs() {
                let info = program.info().ok();
                costs.push(Cost {
                    name: program.name().to_string(),
                    hook: one.link_of(program).map_or("", |link| link.hook()).to_owned(),
                    runs: info.as_ref().map_or(0, |info| info.run_count),
                    time_ns: info.as_ref().map_or(0, |info| info.run_time_ns),
                });
            }
        }
        Self { tally, has_events: screen.has_events(), seconds: time.as_secs_f64(), costs }
    }

    /// On standard error, so that standard output holds events and nothing else.
    pub fn text(&self) -> io::Result<()> {
        let mut out = anstream::stderr();
        let Tally { events, lost } = self.tally;
        let lost = if lost == 0 { styled(FAINT, "none lost") } else { styled(BAD, format!("{lost} lost")) };
        let plural = if events == 1 { "" } else { "s" };
        match self.has_events {
            true => {
                writeln!(out, "\n{} in {:.1} s, {lost}", styled(HEAD, format!("{events} event{plural}")), self.seconds)?
            }
            false => writeln!(out, "\n{}", styled(HEAD, format!("{:.1} s", self.seconds)))?,
        }
        let mut t = table(&["program", "attached to", "runs", "time", "per run"], &["runs", "time", "per run"]);
        for c in &self.costs {
            let each = c.time_ns.checked_div(c.runs).map_or(String::new(), nanoseconds);
            t.add_row([styled(NAME, &c.name), c.hook.clone(), c.runs.to_string(), nanoseconds(c.time_ns), each]);
        }
        writeln!(out, "{t}")
    }

    /// As one JSON object on standard output, after the events.
    pub fn json(&self) -> io::Result<()> {
        let programs: Vec<Value> = self
            .costs
            .iter()
            .map(|c| json!({ "name": c.name, "attached_to": c.hook, "runs": c.runs, "run_time_ns": c.time_ns }))
            .collect();
        output::json_line(&json!({ "summary": {
            "events": self.tally.events, "lost": self.tally.lost, "seconds": self.seconds, "programs": programs,
        }}))
    }
}

/// The records that the object's programs had no room for: the sum of the variables tagged `lost:…`.
fn lost(loaded: &Loaded) -> u64 {
    let counters = loaded.vars().iter().filter(|var| var.tags.iter().any(|tag| tag.starts_with("lost:")));
    let count = |bytes: Vec<u8>| match bytes.len() {
        4 => bytes.try_into().map(u32::from_ne_bytes).unwrap_or(0).into(),
        _ => bytes.try_into().map(u64::from_ne_bytes).unwrap_or(0),
    };
    counters.filter_map(|var| loaded.var(&var.name).and_then(|var| var.read_bytes()).ok()).map(count).sum()
}
