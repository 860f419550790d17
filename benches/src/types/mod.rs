//! The kernel's types: opening them, looking for names, CO-RE, headers, writing; and how that grows.

mod growth;
mod libbpf;
mod others;
mod skep;

use std::{env, error::Error, hint::black_box, process::Command};

use crate::{
    counters::{Cost, Meter},
    table::{self, Row, median},
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const RUNS: usize = 15;
const VMLINUX: &str = "/sys/kernel/btf/vmlinux";
/// More than the text of a header has, allocated before it is written: text that grows would hide what writing it takes.
const TEXT: usize = 16 << 20;
/// The object whose CO-RE records are resolved.
const OBJECT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/o/el/large.bpf.o");

const PEERS: [&str; 4] = ["skep", "libbpf", "aya", "btf-rs"];
const WORK: [(&str, &str); 8] = [
    ("open", "open"),
    ("missing", "first name, missing"),
    ("present", "first name, `task_struct`"),
    ("late", "first name, one of the last"),
    ("thousand", "1000 names of structs"),
    ("core", "CO-RE records of the large object"),
    ("header", "C header"),
    ("encode", "copy and encode"),
];

/// What one piece of work cost: the processor's time in microseconds, and the rest.
pub type Spent = (f64, Cost);

/// Counts what `f` costs.
pub fn spend<T>(f: impl FnOnce() -> T) -> (T, Spent) {
    let meter = Meter::start();
    let began = cpu_us();
    let done = f();
    let cpu = cpu_us() - began;
    (done, (cpu, meter.stop()))
}

/// The time this thread has had of a processor, in microseconds: other work on the machine does not count.
fn cpu_us() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the clock exists, and the time is written to.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
}

/// Does one piece of work once and prints what it cost; told as `skep:open`.
pub fn once(what: &str) -> Result<()> {
    let (peer, work) = what.split_once(':').ok_or("which peer and what work?")?;
    let spent = match peer {
        "skep" => skep::measure(work)?,
        "libbpf" => libbpf::measure(work)?,
        "aya" => others::aya(work)?,
        "btf-rs" => others::btf_rs(work)?,
        _ => return Err("no such peer".into()),
    };
    if let Some((cpu, cost)) = spent {
        println!("{cpu} {} {} {}", cost.allocations, cost.heap, cost.resident);
    }
    Ok(())
}

/// Names of structs from everywhere among the types, the last of them first; nothing for work that needs none, so that it
/// finds nothing warm.
fn names(work: &str) -> Result<Vec<String>> {
    if !matches!(work, "late" | "thousand") {
        return Ok(Vec::new());
    }
    let btf = ::skep::btf::Btf::parse(std::fs::read(VMLINUX)?)?;
    let structs = btf.kinds().filter(|(_, kind)| *kind == ::skep::btf::Kind::STRUCT).map(|(id, _)| btf.name(id));
    let all: Vec<&str> = structs.filter(|name| !name.is_empty()).collect();
    let step = (all.len() / 1000).max(1);
    Ok(all.iter().rev().step_by(step).take(1000).map(|name| name.to_string()).collect())
}

/// Measures all peers, in turn, and prints the medians.
pub fn compare() -> Result<()> {
    let mut rows = Vec::new();
    for (work, title) in WORK {
        let mut costs = PEERS.map(|_| [const { Vec::new() }; 4]);
        for _ in 0..RUNS {
            for (costs, peer) in costs.iter_mut().zip(PEERS) {
                let output =
                    Command::new(env::current_exe()?).args(["types-once", &format!("{peer}:{work}")]).output()?;
                eprint!("{}", String::from_utf8_lossy(&output.stderr));
                let text = String::from_utf8_lossy(&output.stdout);
                costs.iter_mut().zip(text.split_whitespace()).for_each(|(cost, v)| cost.extend(v.parse::<f64>()));
            }
        }
        let row = |i: usize, name: String, unit| Row {
            name: name.leak(),
            values: costs.iter().map(|c| (!c[i].is_empty()).then(|| median(c[i].clone()))).collect(),
            unit,
        };
        rows.push(row(0, format!("{title}: time"), |v| format!("{:.3} ms", v / 1e3)));
        if matches!(work, "open" | "thousand" | "core" | "header") {
            rows.push(row(1, format!("{title}: allocations"), |v| format!("{v}")));
            rows.push(row(2, format!("{title}: peak heap"), |v| format!("{:.0} KiB", v / 1024.0)));
        }
        if work == "open" {
            rows.push(row(3, format!("{title}: resident set growth"), |v| format!("{:.0} KiB", v / 1024.0)));
        }
    }
    let pass = median((0..RUNS).map(|_| pass()).collect::<Result<Vec<f64>>>()?);
    table::print("the kernel's types", &PEERS, &rows);
    println!("\nOne pass over the same bytes: {:.3} ms.", pass / 1e3);
    growth::growth()
}

/// The time of adding up all words of the kernel's types, warm: the least that a pass over them could be.
fn pass() -> Result<f64> {
    let target = ::skep::target::running()?;
    let bytes = target.vmlinux()?.bytes().as_ref();
    let began = cpu_us();
    black_box(bytes.as_chunks().0.iter().fold(0u32, |sum, word| sum.wrapping_add(u32::from_le_bytes(*word))));
    Ok(cpu_us() - began)
}
