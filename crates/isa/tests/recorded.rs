//! Text that other programs wrote, or accepted, is read as the bytes they made of it. Recorded in `tests/golden`:
//! - `llvm.txt`: what llvm-mc 22 writes.
//! - `gnu.txt`: what GNU as 2.40 accepts, and the bytes it makes of it.
//! - `log.txt`: logs of the verifier of Linux 7.3.
//! - `xlated.txt`: `bpftool prog dump xlated` of a loaded program.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::{fs, path::PathBuf};

use skep_isa::{
    Endian, Insn, Raw, decode,
    text::{Dialect, Numbers, log, parse},
};

fn read(name: &str) -> String {
    fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)).unwrap()
}

fn insn(hex: &str) -> Insn {
    let bytes: Vec<u8> =
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
    decode(bytes.chunks(8).map(|slot| Raw::from_bytes(slot.try_into().unwrap(), Endian::Little))).remove(0)
}

#[test]
fn what_llvm_writes() {
    for line in read("llvm.txt").lines() {
        let [hex, texts @ ..] = &line.split('\t').collect::<Vec<_>>()[..] else { continue };
        for text in texts {
            assert_eq!(parse(Dialect::Llvm, text).unwrap(), [insn(hex)], "{text}");
        }
    }
}

#[test]
fn what_gnu_as_accepts() {
    let mut count = 0;
    for line in read("gnu.txt").lines() {
        let (hex, text) = line.split_once('\t').unwrap();
        assert_eq!(parse(Dialect::Gnu, text).unwrap(), [insn(hex)], "{text}");
        assert_eq!(insn(hex).display(&Numbers).dialect(Dialect::Gnu).to_string(), text);
        count += 1;
    }
    assert!(count > 1000, "{count}");
    assert_eq!(parse(Dialect::Gnu, "ldxw %r1,[%r2+-8]").unwrap()[0].off, -8);
}

/// The number and the instruction of a line such as `7: (79) r1 = *(u64 *)(r0 +0)  ; R1=…`.
fn numbered(line: &str) -> Option<(u32, &str)> {
    let (number, rest) = line.trim_start().split_once(": ")?;
    let insn = &rest[rest.find('(').filter(|&at| at == 0 || rest[..at].contains(".."))?..];
    Some((number.parse().ok()?, insn.split(';').next()?.trim_end()))
}

#[test]
fn what_the_verifier_writes() {
    let text = read("log.txt");
    let written: Vec<_> = text.lines().filter_map(numbered).collect();
    let logged: Vec<_> = log(&text).collect();
    assert_eq!(logged.len(), written.len());
    assert!(written.len() > 40);
    for (logged, (slot, text)) in logged.iter().zip(written) {
        assert_eq!(logged.slot.0, slot);
        assert_eq!(logged.insn.display(&()).dialect(Dialect::Kernel).to_string(), text);
    }
}

#[test]
fn what_bpftool_writes() {
    let text = read("xlated.txt");
    let insns = parse(Dialect::Kernel, &text).unwrap();
    let mut slot = 0;
    for (insn, (number, text)) in insns.iter().zip(text.lines().filter_map(numbered)) {
        assert_eq!(slot, number);
        slot += insn.slots();
        // The numbers of helpers are distances in a loaded program, and name none.
        if insn.code.0 != 0x85 && insn.off != -1 {
            assert_eq!(insn.display(&()).dialect(Dialect::Kernel).to_string(), text);
        }
    }
    assert_eq!(insns.len(), text.lines().filter_map(numbered).count());
    assert!(insns.len() > 20);
}
