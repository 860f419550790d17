//! The comparison.

use std::collections::HashSet;

use skep_isa::{table::lookup, text::Numbers};

use crate::{read, samples};

#[test]
fn prints_what_llvm_prints() {
    let lines = read("llvm.txt");
    for line in &lines {
        let [hex, text, text_hex] = &line[..] else { panic!("{line:?}") };
        let insn = samples::parse(hex);
        assert_eq!(insn.display(&Numbers).hex().to_string(), *text_hex, "{hex}");
        // 64-bit immediates are addresses and masks more often than counts: always in hexadecimal.
        let text = if insn.is_wide() { text_hex } else { text };
        assert_eq!(insn.display(&Numbers).to_string(), *text, "{hex}");
    }
}

#[test]
fn prints_more_than_llvm_where_that_loses_something() {
    for line in read("differs.txt") {
        let [hex, theirs, ours] = &line[..] else { panic!("{line:?}") };
        assert_eq!(samples::parse(hex).display(&Numbers).to_string(), *ours, "{hex}");
        assert_ne!(theirs, ours);
    }
}

#[test]
fn every_row_is_compared() {
    let compared: HashSet<String> =
        ["llvm.txt", "differs.txt"].into_iter().flat_map(read).map(|line| line[0].clone()).collect();
    for insn in samples::all() {
        let hex = samples::hex(&insn);
        assert!(compared.contains(&hex), "{hex} {}: run the ignored test", insn.display(&Numbers));
        assert!(lookup(&insn).is_some_and(|row| row.is_exact(&insn)), "{hex}");
    }
}

#[test]
fn knows_what_llvm_knows_and_nothing_else() {
    let known: HashSet<String> = read("known.txt").into_iter().map(|mut line| line.remove(0)).collect();
    let mut count = 0;
    for insn in samples::sweep() {
        let hex = samples::hex(&insn);
        let row = lookup(&insn);
        if known.contains(&hex) {
            // LLVM reads neither the source field of calls and may_goto nor all bits of an atomic's immediate.
            let odd = matches!(insn.code.0, 0x85 | 0xe5) && insn.src().0 > 0
                || matches!(insn.code.0, 0xc3 | 0xcb | 0xd3 | 0xdb) && insn.imm > 0;
            assert!(row.is_some() || odd, "{hex}: LLVM knows it");
            count += 1;
        } else {
            assert!(row.is_none_or(|row| !row.is_exact(&insn)), "{hex}: LLVM does not know it");
        }
    }
    assert_eq!(count, known.len());
}
