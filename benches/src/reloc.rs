//! Opening and relocating large objects, for the running kernel and its types.

use std::{env, error::Error, fs, path::Path, path::PathBuf, process::Command};

use skep::{Skep, object::ExternKind};

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

/// Measures the largest objects of a folder with each peer, in turn, and prints the medians: of all that are there, and of
/// those that take functions, variables or symbols of the kernel.
pub fn compare(folder: &str) -> Result<()> {
    let stop_us = trace::stop_us(Command::new(env::current_exe()?).arg("calibrate"))?;
    let mut all: Vec<(u64, PathBuf)> = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        all.push((entry.metadata()?.len(), entry.path()));
    }
    all.retain(|(_, path)| path.extension().is_some_and(|end| end == "o"));
    all.sort_by(|a, b| b.cmp(a));
    measure("largest", all.iter(), stop_us)?;
    measure("largest with kernel functions or symbols", all.iter().filter(|(_, path)| takes(path)), stop_us)
}

/// Whether an object takes something else of the kernel than its configuration.
fn takes(object: &Path) -> bool {
    let is_taken = |kind: &ExternKind| matches!(kind, ExternKind::Ksym | ExternKind::TypedKsym | ExternKind::Kfunc);
    Skep::open(object).is_ok_and(|skep| skep.linked().externs().iter().any(|ext| is_taken(&ext.kind)))
}

fn command(peer: &str, object: &Path) -> Command {
    let mut command = Command::new(env::current_exe().unwrap_or_default());
    command.args(["reloc-once", peer]).arg(object);
    command
}

fn measure<'a>(title: &str, objects: impl Iterator<Item = &'a (u64, PathBuf)>, stop_us: f64) -> Result<()> {
    let works = |object: &Path| {
        peer::RELOC.iter().all(|(peer, _)| command(peer, object).output().is_ok_and(|output| output.status.success()))
    };
    let peers = peer::RELOC.map(|(peer, _)| peer);
    let mut sums = peer::RELOC.map(|_| [0.0; 2]);
    for (size, object) in objects.filter(|(_, path)| works(path)).take(OBJECTS) {
        let (mut costs, mut traces) = (peer::RELOC.map(|_| Vec::new()), peer::RELOC.map(|_| Vec::new()));
        for _ in 0..RUNS {
            for (i, peer) in peers.into_iter().enumerate() {
                costs[i].extend(cost(&mut command(peer, object)));
                traces[i].extend(trace::run(&mut command(peer, object)));
            }
        }
        let heap = |c: &Vec<Cost>| (!c.is_empty()).then(|| median(c.iter().map(|c| c.heap).collect()));
        let user = |t: &Traced| t.user_us - t.calls as f64 * stop_us;
        let time = |t: &Vec<Traced>| (!t.is_empty()).then(|| median(t.iter().map(user).collect()));
        let rows = rows(traces.iter().map(time).collect(), costs.iter().map(heap).collect());
        for (row, at) in rows.iter().zip(0..) {
            for (sum, value) in sums.iter_mut().zip(&row.values) {
                sum[at] += value.unwrap_or_default();
            }
        }
        let name = object.file_name().unwrap_or_default().to_string_lossy();
        table::print(&format!("{name}, {} KiB", size / 1024), &peers, &rows);
    }
    let of = |at: usize| sums.iter().map(|sum| Some(sum[at])).collect();
    table::print(&format!("{title}: all {OBJECTS}"), &peers, &rows(of(0), of(1)));
    Ok(())
}

/// The rows of a table: times in microseconds, and bytes.
fn rows(times: Vec<Option<f64>>, heaps: Vec<Option<f64>>) -> [Row; 2] {
    [
        Row { name: "user time", values: times, unit: |v| format!("{:.2} ms", v / 1e3) },
        Row { name: "peak heap", values: heaps, unit: |v| format!("{:.0} KiB", v / 1024.0) },
    ]
}
