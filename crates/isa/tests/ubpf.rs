//! The form of uBPF and of the BPF conformance suite: every mnemonic of their assemblers, and the bytes that those make of it, computed
//! here from the rules of the suite's assembler and not from the table: operation in the upper half of the opcode, class in the lower
//! three bits, bit 3 for a register.

#![allow(clippy::unwrap_used, reason = "tests")]

use skep_isa::{
    Endian, encode,
    text::{Dialect, Numbers, parse},
};

/// A text, and its slots as the assemblers fill them: opcode, destination, source, offset, immediate.
type Vector = (String, Vec<(u8, u8, u8, i16, i32)>);

const ALU: [(&str, u8); 12] = [
    ("add", 0),
    ("sub", 1),
    ("mul", 2),
    ("div", 3),
    ("or", 4),
    ("and", 5),
    ("lsh", 6),
    ("rsh", 7),
    ("mod", 9),
    ("xor", 10),
    ("mov", 11),
    ("arsh", 12),
];

const JUMPS: [(&str, u8); 11] = [
    ("jeq", 1),
    ("jgt", 2),
    ("jge", 3),
    ("jset", 4),
    ("jne", 5),
    ("jsgt", 6),
    ("jsge", 7),
    ("jlt", 10),
    ("jle", 11),
    ("jslt", 12),
    ("jsle", 13),
];

const SIZES: [(&str, u8); 4] = [("w", 0), ("h", 1), ("b", 2), ("dw", 3)];

const ATOMICS: [(&str, i32); 6] =
    [("add", 0), ("or", 0x40), ("and", 0x50), ("xor", 0xa0), ("xchg", 0xe1), ("cmpxchg", 0xf1)];

fn arithmetic() -> Vec<Vector> {
    let mut all = Vec::new();
    for (suffix, class) in [("", 7), ("32", 4)] {
        for (name, op) in ALU {
            let code = op << 4 | class;
            all.push((format!("{name}{suffix} %r3, -7"), vec![(code, 3, 0, 0, -7)]));
            all.push((format!("{name}{suffix} %r3, 0x7fffffff"), vec![(code, 3, 0, 0, i32::MAX)]));
            all.push((format!("{name}{suffix} %r3, %r10"), vec![(code | 8, 3, 10, 0, 0)]));
        }
        for (name, op) in [("sdiv", 3u8), ("smod", 9)] {
            all.push((format!("{name}{suffix} %r1, 5"), vec![(op << 4 | class, 1, 0, 1, 5)]));
            all.push((format!("{name}{suffix} %r1, %r2"), vec![(op << 4 | class | 8, 1, 2, 1, 0)]));
        }
        all.push((format!("neg{suffix} %r4"), vec![(0x80 | class, 4, 0, 0, 0)]));
    }
    for (name, code) in [("le", 0xd4), ("be", 0xdc), ("swap", 0xd7), ("bswap", 0xd7)] {
        for bits in [16, 32, 64] {
            all.push((format!("{name}{bits} %r5"), vec![(code, 5, 0, 0, bits)]));
        }
    }
    for (name, code, off) in [
        ("movsx832", 0xbc, 8),
        ("movsx1632", 0xbc, 16),
        ("movsx864", 0xbf, 8),
        ("movsx1664", 0xbf, 16),
        ("movsx3264", 0xbf, 32),
    ] {
        all.push((format!("{name} %r1, %r2"), vec![(code, 1, 2, off, 0)]));
    }
    all
}

fn memory() -> Vec<Vector> {
    let mut all = Vec::new();
    for (name, size) in SIZES {
        for (text, off) in [("", 0), ("+8", 8), ("-8", -8), ("+0x10", 16), ("-32768", i16::MIN), ("+32767", i16::MAX)] {
            all.push((format!("ldx{name} %r1, [%r2{text}]"), vec![(0x61 | size << 3, 1, 2, off, 0)]));
            all.push((format!("st{name} [%r1{text}], 5"), vec![(0x62 | size << 3, 1, 0, off, 5)]));
            all.push((format!("stx{name} [%r1{text}], %r2"), vec![(0x63 | size << 3, 1, 2, off, 0)]));
            if name != "dw" {
                all.push((format!("ldxs{name} %r1, [%r2{text}]"), vec![(0x81 | size << 3, 1, 2, off, 0)]));
            }
        }
    }
    for (suffix, code) in [("", 0xdb), ("32", 0xc3)] {
        for (name, imm) in ATOMICS {
            all.push((format!("lock {name}{suffix} [%r1+8], %r2"), vec![(code, 1, 2, 8, imm)]));
            if imm & 1 == 0 {
                all.push((format!("lock fetch {name}{suffix} [%r1-8], %r2"), vec![(code, 1, 2, -8, imm | 1)]));
            }
        }
    }
    for (text, low, high) in [("0x123456789abcdef0", 0x9abc_def0u32 as i32, 0x1234_5678), ("-1", -1, -1), ("5", 5, 0)] {
        all.push((format!("lddw %r6, {text}"), vec![(0x18, 6, 0, 0, low), (0, 0, 0, 0, high)]));
    }
    all
}

fn jumps() -> Vec<Vector> {
    let mut all = vec![
        ("ja +5".into(), vec![(0x05, 0, 0, 5, 0)]),
        ("ja -0x10".into(), vec![(0x05, 0, 0, -16, 0)]),
        ("ja32 +100000".into(), vec![(0x06, 0, 0, 0, 100_000)]),
        ("call helper 7".into(), vec![(0x85, 0, 0, 0, 7)]),
        ("call 7".into(), vec![(0x85, 0, 0, 0, 7)]),
        ("call local +3".into(), vec![(0x85, 0, 1, 0, 3)]),
        ("exit".into(), vec![(0x95, 0, 0, 0, 0)]),
    ];
    for (suffix, class) in [("", 5), ("32", 6)] {
        for (name, op) in JUMPS {
            all.push((format!("{name}{suffix} %r1, 0x11, +5"), vec![(op << 4 | class, 1, 0, 5, 0x11)]));
            all.push((format!("{name}{suffix} %r1, %r2, -5"), vec![(op << 4 | class | 8, 1, 2, -5, 0)]));
        }
    }
    all
}

#[test]
fn what_the_assemblers_of_ubpf_and_the_suite_read() {
    let vectors: Vec<Vector> = arithmetic().into_iter().chain(memory()).chain(jumps()).collect();
    assert!(vectors.len() > 200, "{}", vectors.len());
    for (text, slots) in vectors {
        let insns = parse(Dialect::Ubpf, &text).unwrap();
        let mut made = Vec::new();
        insns.iter().for_each(|insn| encode(insn, &mut made).unwrap());
        let made: Vec<_> = made.iter().map(|slot| slot.to_bytes(Endian::Little)).collect();
        let wanted = slots.iter().map(|&(code, dst, src, off, imm)| {
            let (off, imm) = (off.to_le_bytes(), imm.to_le_bytes());
            [code, dst | src << 4, off[0], off[1], imm[0], imm[1], imm[2], imm[3]]
        });
        assert_eq!(made, wanted.collect::<Vec<_>>(), "{text}");
        // What is written of it is read as the same.
        let printed = insns[0].display(&Numbers).dialect(Dialect::Ubpf).to_string();
        assert_eq!(parse(Dialect::Ubpf, &printed).unwrap(), insns, "{printed}");
    }
}

#[test]
fn a_program_as_the_suite_writes_them() {
    let text = "# comment\nmov32 %r0, 0\nlddw %r1, 0x1122334455667788\nloop: add %r0, 1\njne %r0, 10, loop\nja exit\nmov %r0, 1\nexit\n";
    let insns = parse(Dialect::Ubpf, text).unwrap();
    assert_eq!((insns[3].off, insns[4].off), (-2, 1));
}
