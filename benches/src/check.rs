//! `skep check`: one object against many kernels. No peer does this.

use std::{env, error::Error, fs, path::PathBuf, sync::Mutex, thread, time::Instant};

use skep::{Linked, linker::link, object::elf, reloc::check::Checker};

use crate::table::median;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const RUNS: usize = 7;
const KERNELS: [usize; 4] = [1, 10, 100, 200];

/// The kernels of the directory in `KERNELS`, each as often as it takes; else the running one.
fn kernels() -> Result<Vec<PathBuf>> {
    match env::var_os("KERNELS") {
        Some(dir) => {
            let found = skep::target::open_all(dir.as_ref())?;
            Ok(found.filter(|found| !found.is_empty()).ok_or("KERNELS names a directory without kernels")?)
        }
        None => Ok(vec!["/sys/kernel/btf/vmlinux".into()]),
    }
}

/// Opens each kernel and checks the object against it, on as many threads as there are processors.
fn run(linked: &Linked, kernels: &[PathBuf], count: usize) -> Result<f64> {
    let began = Instant::now();
    let checker = Checker::new(linked);
    let work = Mutex::new(kernels.iter().cycle().take(count));
    let next = || work.lock().ok()?.next();
    let one = || -> std::result::Result<(), String> {
        while let Some(path) = next() {
            let target = skep::target::open(path).map_err(|error| error.to_string())?;
            std::hint::black_box(checker.check(&target));
        }
        Ok(())
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let results = thread::scope(|scope| {
        let all: Vec<_> = (0..threads).map(|_| scope.spawn(one)).collect();
        all.into_iter().map(|thread| thread.join().unwrap_or(Err("a thread panicked".into()))).collect::<Vec<_>>()
    });
    results.into_iter().collect::<std::result::Result<(), String>>()?;
    Ok(began.elapsed().as_secs_f64() * 1e3)
}

/// Measures all numbers of kernels and prints the medians.
pub fn measure() -> Result<()> {
    let kernels = kernels()?;
    println!("### one object against many kernels\n");
    println!("| object | {} |", KERNELS.map(|n| format!("{n} kernels")).join(" | "));
    println!("|---|{}", "---:|".repeat(KERNELS.len()));
    for object in ["examples/exec.bpf.o", "fixtures/o/el/portable.bpf.o", "fixtures/o/el/large.bpf.o"] {
        let linked = link([elf::read(object, &fs::read(object)?)?])?;
        let mut cells = Vec::new();
        for count in KERNELS {
            let times = (0..RUNS).map(|_| run(&linked, &kernels, count)).collect::<Result<Vec<_>>>()?;
            cells.push(format!("{:.1} ms", median(times)));
        }
        println!("| {object} | {} |", cells.join(" | "));
    }
    Ok(())
}
