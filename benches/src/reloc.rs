//! Opening and relocating large objects, for the running kernel and its types.

use std::{env, error::Error, fs, path::Path, path::PathBuf, process::Command};

use crate::{
    counters::{Cost, Meter},
    peer,
    startup::cost,
    table::{self, Row, median},
    trace::{self, Traced},
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const RUNS: usize = 7;
/// How many objects are measured: the largest that each peer can relocate.
const OBJECTS: usize = 10;

/// Opens and relocates an object once and prints what it cost.
pub fn once(peer: &str, object: &str) -> Result<()> {
    let run = peer::RELOC.iter().find(|(name, _)| *name == peer).ok_or("no such peer")?.1;
    let meter = Meter::start();
    trace::mark();
    let alive = run(Path::new(object))?;
    trace::mark();
    let Cost { wall_us, allocations, heap, resident } = meter.stop();
    drop(alive);
    println!("{wall_us} {allocations} {heap} {resident}");
    Ok(())
}

/// Measures the largest objects of a folder with each peer, in turn, and prints the medians.
pub fn compare(folder: &str) -> Result<()> {
    let stop_us = trace::stop_us(Command::new(env::current_exe()?).arg("calibrate"))?;
    let mut all: Vec<(u64, PathBuf)> = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        all.push((entry.metadata()?.len(), entry.path()));
    }
    all.sort_by(|a, b| b.cmp(a));
    let command = |peer: &str, object: &Path| {
        let mut command = Command::new(env::current_exe().unwrap_or_default());
        command.args(["reloc-once", peer]).arg(object);
        command
    };
    let works = |object: &Path| {
        peer::RELOC.iter().all(|(peer, _)| command(peer, object).output().is_ok_and(|output| output.status.success()))
    };
    let mut sums = peer::RELOC.map(|_| [0.0; 2]);
    let objects = all.into_iter().filter(|(_, path)| path.extension().is_some_and(|e| e == "o") && works(path));
    for (size, object) in objects.take(OBJECTS) {
        let (mut costs, mut traces) = (peer::RELOC.map(|_| Vec::new()), peer::RELOC.map(|_| Vec::new()));
        for _ in 0..RUNS {
            for (i, (peer, _)) in peer::RELOC.into_iter().enumerate() {
                costs[i].extend(cost(&mut command(peer, &object)));
                traces[i].extend(trace::run(&mut command(peer, &object)));
            }
        }
        let row = |name, of: fn(&Cost) -> f64, unit| {
            let values = costs.iter().map(|c| (!c.is_empty()).then(|| median(c.iter().map(of).collect()))).collect();
            Row { name, values, unit }
        };
        let user = |t: &Traced| t.user_us - t.calls as f64 * stop_us;
        let times = traces.iter().map(|t| (!t.is_empty()).then(|| median(t.iter().map(user).collect()))).collect();
        let rows = [
            Row { name: "user time", values: times, unit: |v| format!("{:.2} ms", v / 1e3) },
            row("peak heap", |c| c.heap, |v| format!("{:.0} KiB", v / 1024.0)),
        ];
        for (row, at) in rows.iter().zip(0..) {
            for (sum, value) in sums.iter_mut().zip(&row.values) {
                sum[at] += value.unwrap_or_default();
            }
        }
        let name = object.file_name().unwrap_or_default().to_string_lossy();
        table::print(&format!("{name}, {} KiB", size / 1024), &peer::RELOC.map(|(peer, _)| peer), &rows);
    }
    let of = |at: usize| sums.iter().map(|sum| Some(sum[at])).collect();
    let rows = [
        Row { name: "user time", values: of(0), unit: |v| format!("{:.2} ms", v / 1e3) },
        Row { name: "peak heap", values: of(1), unit: |v| format!("{:.0} KiB", v / 1024.0) },
    ];
    table::print("all together", &peer::RELOC.map(|(peer, _)| peer), &rows);
    Ok(())
}
