//! Asks LLVM.

use std::{
    collections::HashSet,
    fmt::Write as _,
    fs,
    io::Write as _,
    process::{Command, Stdio},
};

use skep_isa::{Endian, Insn, text::Numbers};

use crate::{path, samples};

/// What LLVM says of each instruction; `None` if it does not know it.
fn ask(insns: &[Insn], endian: Endian, options: &[&str]) -> Vec<Option<String>> {
    let (triple, mut input) = (if endian == Endian::Little { "bpfel" } else { "bpfeb" }, String::new());
    for insn in insns {
        samples::bytes(insn, endian).iter().for_each(|b| write!(input, "0x{b:02x} ").unwrap());
        input.push('\n');
    }
    let program = std::env::var("LLVM_MC").unwrap_or("llvm-mc-22".into());
    let mut child = Command::new(program)
        .args(["--disassemble", "--triple", triple, "-mcpu=v4"])
        .args(options)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();

    let refused: HashSet<usize> = String::from_utf8(output.stderr)
        .unwrap()
        .lines()
        .filter_map(|line| line.strip_prefix("<stdin>:")?.split(':').next()?.parse().ok())
        .collect();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let mut texts = stdout.lines().map(str::trim).filter(|line| !line.is_empty() && *line != ".text");
    let said = (1..=insns.len()).map(|line| (!refused.contains(&line)).then(|| texts.next().unwrap().to_string()));
    let said: Vec<_> = said.collect();
    assert_eq!(texts.next(), None);
    said
}

#[test]
#[ignore = "writes the golden files; needs llvm-mc 22"]
fn regenerate() {
    let insns = samples::all();
    let plain = ask(&insns, Endian::Little, &[]);
    let hex = ask(&insns, Endian::Little, &["--print-imm-hex"]);
    assert_eq!(plain, ask(&insns, Endian::Big, &[]), "byte order changes no text");

    let (mut same, mut differs, mut seen) = (String::new(), String::new(), HashSet::new());
    for (insn, (plain, hex)) in insns.iter().zip(plain.into_iter().zip(hex)) {
        let bytes = samples::hex(insn);
        if !seen.insert(bytes.clone()) {
            continue;
        }
        match (plain, hex) {
            (Some(plain), Some(hex)) if insn.display(&Numbers).hex().to_string() == hex => {
                writeln!(same, "{bytes}\t{plain}\t{hex}").unwrap();
            }
            (plain, _) => {
                let theirs = plain.unwrap_or("unknown".into()).replace('\t', " ");
                writeln!(differs, "{bytes}\t{theirs}\t{}", insn.display(&Numbers)).unwrap();
            }
        }
    }
    let sweep = samples::sweep();
    let known = ask(&sweep, Endian::Little, &[]);
    let known: String =
        sweep.iter().zip(known).filter(|(_, text)| text.is_some()).map(|(insn, _)| samples::hex(insn) + "\n").collect();
    fs::write(path("llvm.txt"), same).unwrap();
    fs::write(path("differs.txt"), differs).unwrap();
    fs::write(path("known.txt"), known).unwrap();
}
