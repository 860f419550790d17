//! Bringing an object up: open, relocate, load, attach.

use std::{env, error::Error, path::Path, process::Command};

use crate::{
    counters::{Cost, Meter},
    peer,
    table::{self, Row, median},
    trace,
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const RUNS: usize = 31;

/// What is brought up: a title, and the object.
const SCENES: [(&str, &str); 2] = [
    ("process execution: 2 programs, 5 maps, CO-RE", "../examples/exec.bpf.o"),
    ("a large object: 64 programs, 40 maps, CO-RE", "../fixtures/o/el/large.bpf.o"),
];

/// Brings an object up once and prints what it cost.
pub fn once(peer: &str, object: &str) -> Result<()> {
    let run = peer::STARTUP.iter().find(|(name, _)| *name == peer).ok_or("no such peer")?.1;
    let meter = Meter::start();
    let alive = run(Path::new(object))?;
    let Cost { wall_us, user_us, allocations, heap, resident } = meter.stop();
    drop(alive);
    println!("{wall_us} {user_us} {allocations} {heap} {resident}");
    Ok(())
}

/// Brings each object up with each peer, in turn, and prints the medians.
pub fn compare() -> Result<()> {
    for (title, object) in SCENES {
        let object = Path::new(env!("CARGO_MANIFEST_DIR")).join(object);
        let command = |peer: &str| {
            let mut command = Command::new(env::current_exe().unwrap_or_default());
            command.args(["startup-once", peer]).arg(&object);
            command
        };
        let mut costs = peer::STARTUP.map(|_| Vec::new());
        for _ in 0..RUNS {
            for (costs, (peer, _)) in costs.iter_mut().zip(peer::STARTUP) {
                costs.extend(cost(&mut command(peer)));
            }
        }
        let calls = peer::STARTUP.map(|(peer, _)| trace::bpf_calls(&mut command(peer)).ok().map(|n| n as f64));
        let row = |name, of: fn(&Cost) -> f64, unit| {
            let values = costs.iter().map(|c| (!c.is_empty()).then(|| median(c.iter().map(of).collect()))).collect();
            Row { name, values, unit }
        };
        let rows = [
            row("wall time", |c| c.wall_us, |v| format!("{:.2} ms", v / 1e3)),
            row("user time", |c| c.user_us, |v| format!("{:.2} ms", v / 1e3)),
            row("allocations", |c| c.allocations, |v| format!("{v:.0}")),
            row("peak heap", |c| c.heap, |v| format!("{:.0} KiB", v / 1024.0)),
            row("resident set growth", |c| c.resident, |v| format!("{:.0} KiB", v / 1024.0)),
            Row { name: "bpf(2) calls", values: calls.to_vec(), unit: |v| format!("{v:.0}") },
        ];
        table::print(title, &peer::STARTUP.map(|(peer, _)| peer), &rows);
    }
    Ok(())
}

/// Runs a measurement; a peer that cannot do it says why on standard error and has no numbers.
fn cost(command: &mut Command) -> Option<Cost> {
    let output = command.output().ok()?;
    if !output.status.success() {
        eprint!("{}", String::from_utf8_lossy(&output.stderr));
        return None;
    }
    let text = String::from_utf8(output.stdout).ok()?;
    let mut numbers = text.split_whitespace().map_while(|n| n.parse().ok());
    let mut next = || numbers.next();
    let (wall_us, user_us, allocations) = (next()?, next()?, next()?);
    Some(Cost { wall_us, user_us, allocations, heap: next()?, resident: next()? })
}
