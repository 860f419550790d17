//! The kernel's types: opening them, and looking for names that are not there.

use std::{env, error::Error, ffi::CString, hint::black_box, process::Command, time::Instant};

use crate::table::{self, Row, median};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const RUNS: usize = 15;
/// How many names are looked up.
const NAMES: u32 = 100;

/// Opens the types of the running kernel and looks up names, once; prints microseconds.
pub fn once(peer: &str) -> Result<()> {
    let names: Vec<String> = (0..NAMES).map(|i| format!("no_such_type_{i}")).collect();
    let (open, first, all) = if peer == "skep" { skep(&names)? } else { libbpf(&names)? };
    println!("{open} {first} {all}");
    Ok(())
}

fn micros(began: Instant) -> f64 {
    began.elapsed().as_secs_f64() * 1e6
}

fn skep(names: &[String]) -> Result<(f64, f64, f64)> {
    let began = Instant::now();
    let target = skep::target::running()?;
    let btf = target.vmlinux()?;
    let open = micros(began);
    let began = Instant::now();
    black_box(btf.find_kind(&names[0], skep::btf::Kind::STRUCT));
    let first = micros(began);
    let began = Instant::now();
    for name in names {
        black_box(btf.find_kind(name, skep::btf::Kind::STRUCT));
    }
    Ok((open, first, micros(began)))
}

fn libbpf(names: &[String]) -> Result<(f64, f64, f64)> {
    let names = names.iter().map(|name| CString::new(name.as_str())).collect::<std::result::Result<Vec<_>, _>>()?;
    // SAFETY: names are C strings; the types are checked and freed once.
    unsafe {
        let began = Instant::now();
        let btf = libbpf_sys::btf__load_vmlinux_btf();
        let open = micros(began);
        if btf.is_null() {
            return Err("libbpf: the kernel's types".into());
        }
        let find = |name: &CString| libbpf_sys::btf__find_by_name_kind(btf, name.as_ptr(), libbpf_sys::BTF_KIND_STRUCT);
        let began = Instant::now();
        black_box(find(&names[0]));
        let first = micros(began);
        let began = Instant::now();
        names.iter().for_each(|name| _ = black_box(find(name)));
        let all = micros(began);
        libbpf_sys::btf__free(btf);
        Ok((open, first, all))
    }
}

/// Measures both, in turn, and prints the medians.
pub fn compare() -> Result<()> {
    const PEERS: [&str; 2] = ["skep", "libbpf"];
    let mut times = PEERS.map(|_| [const { Vec::new() }; 3]);
    for _ in 0..RUNS {
        for (times, peer) in times.iter_mut().zip(PEERS) {
            let output = Command::new(env::current_exe()?).args(["types-once", peer]).output()?;
            eprint!("{}", String::from_utf8_lossy(&output.stderr));
            let text = String::from_utf8_lossy(&output.stdout);
            times.iter_mut().zip(text.split_whitespace()).for_each(|(times, time)| times.extend(time.parse::<f64>()));
        }
    }
    let row = |i: usize, name| Row {
        name,
        values: times.iter().map(|t| (!t[i].is_empty()).then(|| median(t[i].clone()))).collect(),
        unit: |v| format!("{:.2} ms", v / 1e3),
    };
    let rows = [row(0, "open"), row(1, "one name that is missing"), row(2, "100 names that are missing")];
    table::print("the kernel's types", &PEERS, &rows);
    Ok(())
}
