//! Assembly of a source of a million instructions, beside llvm-mc.

use std::{error::Error, fmt::Write, fs, process::Command, time::Instant};

use skep::object::text::{Options, assemble};

use crate::table::{self, Row, median};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const INSNS: usize = 1_000_000;
const RUNS: usize = 11;
const NAMES: [&str; 3] = ["llvm-mc-22", "llvm-mc", "llvm-mc-19"];

/// A source as clang writes them: arithmetic, loads, stores, jumps, calls and loads of addresses in the usual proportions.
fn source() -> String {
    let mut text = String::from("\t.section\txdp,\"ax\",@progbits\n");
    let mut made = 0;
    while made < INSNS {
        let n = made;
        let _ = write!(
            text,
            "\t.globl\tf{n}\n\t.p2align\t3\n\t.type\tf{n},@function\nf{n}:\n\tr6 = r1\n\tw1 = 0\n\t*(u32 *)(r10 - 4) = w1\n\
             \tr2 = r10\n\tr2 += -4\n\tr1 = counters ll\n\tcall 1\n\tif r0 == 0 goto LBB{n}_1\n\tr1 = *(u64 *)(r0 + 0)\n\
             \tr1 += 1\n\t*(u64 *)(r0 + 0) = r1\n\tr3 = *(u32 *)(r6 + {off})\n\tr3 <<= 3\n\tw4 = *(u16 *)(r6 + 12)\n\
             \tif w4 > {imm} goto LBB{n}_1\n\tr3 |= r4\n\tcall bpf_ktime_get_ns\nLBB{n}_1:\n\tw0 = 2\n\texit\n\
             .Lfunc_end{n}:\n\t.size\tf{n}, .Lfunc_end{n}-f{n}\n",
            off = n % 64 * 4,
            imm = n % 1000,
        );
        made += 20;
    }
    text
}

/// Measures both and prints the medians.
pub fn compare() -> Result<()> {
    let dir = std::env::temp_dir();
    let (from, to) = (dir.join("skep-bench.s"), dir.join("skep-bench.o"));
    let text = source();
    // LLVM knows no names of helpers.
    let plain = text.replace("call bpf_ktime_get_ns", "call 5");
    fs::write(&from, &plain)?;
    let installed = |name: &&&str| Command::new(name).arg("--version").output().is_ok();
    let llvm = NAMES.iter().find(installed);
    // In turns, so that both have the same machine.
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let began = Instant::now();
        let text = fs::read_to_string(&from)?;
        let assembled = assemble("skep-bench.s", &text, &Options::default()).map_err(|errors| errors.to_string())?;
        fs::write(&to, &assembled.elf)?;
        ours.push(began.elapsed().as_secs_f64() * 1e3);
        theirs.extend(llvm.and_then(|name| run(name, &from, &to)));
    }
    let (ours, theirs) = (median(ours), (theirs.len() == RUNS).then(|| median(theirs)));
    table::print(
        "assembling a million instructions",
        &["skep", "llvm-mc"],
        &[Row { name: "text to object file", values: vec![Some(ours), theirs], unit: |ms| format!("{ms:.0} ms") }],
    );
    let _ = (fs::remove_file(from), fs::remove_file(to));
    Ok(())
}

fn run(name: &str, from: &std::path::Path, to: &std::path::Path) -> Option<f64> {
    let began = Instant::now();
    let mut command = Command::new(name);
    command.args(["-triple=bpf", "-mcpu=v4", "-filetype=obj"]).arg(from).arg("-o").arg(to);
    command.status().ok()?.success().then(|| began.elapsed().as_secs_f64() * 1e3)
}
