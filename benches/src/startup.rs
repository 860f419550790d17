//! Bringing an object up: open, relocate, load, attach.

use std::{env, error::Error, path::Path, process::Command};

use crate::{
    counters::{Cost, Meter},
    peer,
    table::{self, Row, median},
    trace::{self, Traced},
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const RUNS: usize = 11;

/// What is brought up: a title, and the object.
const SCENES: [(&str, &str); 2] = [
    ("process execution: 2 programs, 5 maps, CO-RE", "../examples/exec.bpf.o"),
    ("a large object: 64 programs, 40 maps, CO-RE", "../fixtures/o/el/large.bpf.o"),
];

/// Brings an object up once and prints what it cost from when the meter was started.
pub fn once(peer: &str, object: &str, start: fn() -> Meter) -> Result<()> {
    let run = peer::STARTUP.iter().find(|(name, _)| *name == peer).ok_or("no such peer")?.1;
    let path = Path::new(object);
    let meter = start();
    trace::mark();
    let alive = run(path)?;
    trace::mark();
    let Cost { wall_us, allocations, heap, resident } = meter.stop();
    drop(alive);
    println!("{wall_us} {allocations} {heap} {resident}");
    Ok(())
}

/// Brings each object up with each peer, in turn, and prints the medians.
pub fn compare() -> Result<()> {
    let stop_us = trace::stop_us(Command::new(env::current_exe()?).arg("calibrate"))?;
    for (title, object) in SCENES {
        let object = Path::new(env!("CARGO_MANIFEST_DIR")).join(object);
        let command = |work: &str, peer: &str| {
            let mut command = Command::new(env::current_exe().unwrap_or_default());
            command.args([work, peer]).arg(&object);
            command
        };
        let (mut costs, mut colds) = (peer::STARTUP.map(|_| Vec::new()), peer::STARTUP.map(|_| Vec::new()));
        let mut traces = peer::STARTUP.map(|_| Vec::new());
        for _ in 0..RUNS {
            for (i, (peer, _)) in peer::STARTUP.into_iter().enumerate() {
                costs[i].extend(cost(&mut command("startup-once", peer)));
                colds[i].extend(cost(&mut command("startup-cold", peer)));
                traces[i].extend(trace::run(&mut command("startup-once", peer)));
            }
        }
        let counted = |costs: &[Vec<Cost>; peer::STARTUP.len()], name, of: fn(&Cost) -> f64, unit| {
            let values = costs.iter().map(|c| (!c.is_empty()).then(|| median(c.iter().map(of).collect()))).collect();
            Row { name, values, unit }
        };
        let row = |name, of, unit| counted(&costs, name, of, unit);
        let kib = |v| format!("{:.0} KiB", v / 1024.0);
        let traced = |name, of: &dyn Fn(&Traced) -> f64, unit| {
            let values = traces.iter().map(|t| (!t.is_empty()).then(|| median(t.iter().map(of).collect()))).collect();
            Row { name, values, unit }
        };
        let rows = [
            row("wall time", |c| c.wall_us, |v| format!("{:.2} ms", v / 1e3)),
            traced("user time", &|t| t.user_us - t.calls as f64 * stop_us, |v| format!("{:.2} ms", v / 1e3)),
            row("allocations", |c| c.allocations, |v| format!("{v:.0}")),
            row("peak heap", |c| c.heap, kib),
            row("resident set growth, data", |c| c.resident, kib),
            counted(&colds, "resident set growth, data and code", |c| c.resident, kib),
            traced("bpf(2) calls", &|t| t.bpf_calls as f64, |v| format!("{v:.0}")),
            traced("system calls", &|t| t.calls as f64, |v| format!("{v:.0}")),
        ];
        table::print(title, &peer::STARTUP.map(|(peer, _)| peer), &rows);
    }
    Ok(())
}

/// Runs a measurement; a peer that cannot do it says why on standard error and has no numbers.
pub fn cost(command: &mut Command) -> Option<Cost> {
    let output = command.output().ok()?;
    if !output.status.success() {
        eprint!("{}", String::from_utf8_lossy(&output.stderr));
        return None;
    }
    let text = String::from_utf8(output.stdout).ok()?;
    let mut numbers = text.split_whitespace().map_while(|n| n.parse().ok());
    let mut next = || numbers.next();
    Some(Cost { wall_us: next()?, allocations: next()?, heap: next()?, resident: next()? })
}
