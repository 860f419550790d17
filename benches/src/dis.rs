//! Disassembly of an object of a million instructions, beside llvm-objdump.

use std::{
    error::Error,
    fmt::{self, Write as _},
    fs,
    io::{BufWriter, Write},
    process::{Command, Stdio},
    time::Instant,
};

use skep::object::text::{
    Options as Assembly, assemble,
    print::{Options, Text},
};

use crate::table::{self, Row, median};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const INSNS: usize = 1_000_000;
const RUNS: usize = 5;
const NAMES: [&str; 3] = ["llvm-objdump-22", "llvm-objdump", "llvm-objdump-19"];

/// A file that formatted text is written to.
struct Out(BufWriter<fs::File>);

impl fmt::Write for Out {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write_all(text.as_bytes()).map_err(|_| fmt::Error)
    }
}

/// Functions of twenty instructions: arithmetic, loads, stores, jumps, calls, loads of addresses.
fn source() -> String {
    let mut text = String::new();
    for n in 0..INSNS / 20 {
        let (off, imm) = (n % 64 * 4, n % 1000);
        let _ = write!(
            text,
            "    .section xdp,\"ax\",@progbits\n    .globl f{n}\n    .type f{n},@function\nf{n}:\n    r6 = r1\n    w1 = {imm}\n    \
             *(u32 *)(r10 - 4) = w1\n    r2 = r10\n    r2 += -4\n    r1 = counters ll\n    call 1\n    \
             if r0 == 0 goto .Lout{n}\n    r1 = *(u64 *)(r0 + 0)\n    r1 += 1\n    *(u64 *)(r0 + 0) = r1\n    \
             r3 = *(u32 *)(r6 + {off})\n    r3 <<= 3\n    w4 = *(u16 *)(r6 + 12)\n    if w4 > {imm} goto .Lout{n}\n    \
             r3 |= r4\n    call 5\n.Lout{n}:\n    w0 = 2\n    exit\n    .size f{n},160\n",
        );
    }
    text
}

/// Measures both and prints the medians.
pub fn compare() -> Result<()> {
    let dir = std::env::temp_dir();
    let (from, to) = (dir.join("skep-bench.o"), dir.join("skep-bench.txt"));
    let assembled = assemble("skep-bench.s", &source(), &Assembly::default()).map_err(|errors| errors.to_string())?;
    fs::write(&from, &assembled.elf)?;
    let ours = (0..RUNS).map(|_| {
        let began = Instant::now();
        let bytes = fs::read(&from)?;
        let bytes = bytes.as_slice();
        let text = Text::open("skep-bench.o", &bytes, Options::new()).map_err(|errors| errors.to_string())?;
        let mut out = Out(BufWriter::with_capacity(1 << 16, fs::File::create(&to)?));
        text.write(&mut out)?;
        out.0.flush()?;
        Ok(began.elapsed().as_secs_f64() * 1e3)
    });
    let ours = median(ours.collect::<Result<Vec<_>>>()?);
    let theirs = NAMES.iter().find_map(|name| llvm(name, &from, &to));
    table::print(
        "disassembling a million instructions",
        &["skep", "llvm-objdump"],
        &[Row { name: "object file to text", values: vec![Some(ours), theirs], unit: |ms| format!("{ms:.0} ms") }],
    );
    let _ = (fs::remove_file(from), fs::remove_file(to));
    Ok(())
}

fn llvm(name: &str, from: &std::path::Path, to: &std::path::Path) -> Option<f64> {
    let run = || {
        let out = Stdio::from(fs::File::create(to).ok()?);
        let began = Instant::now();
        let mut command = Command::new(name);
        command.args(["-dr", "--no-show-raw-insn", "--mcpu=v4"]).arg(from).stdout(out);
        command.status().ok()?.success().then(|| began.elapsed().as_secs_f64() * 1e3)
    };
    let times: Option<Vec<f64>> = (0..RUNS).map(|_| run()).collect();
    times.map(median)
}
