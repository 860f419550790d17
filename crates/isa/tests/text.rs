//! What is printed is read again, in every dialect.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;
use skep_isa::{
    ExternIdx, Insn, InsnIdx, MapIdx, Opcode, Raw, Ref, Reg, decode, encode,
    opcode::pseudo,
    table::{ROWS, Row},
    text::{Dialect, Errors, Names, Numbers, Symbols, parse, parse_with},
};

fn errors(dialect: Dialect, text: &str) -> Errors {
    parse(dialect, text).unwrap_err()
}

fn survive(insns: &[Insn]) {
    for dialect in Dialect::ALL {
        for (names, hex) in [(&() as &dyn Names, false), (&Numbers, false), (&(), true)] {
            let shown = insns.iter().map(|insn| insn.display(names).dialect(dialect));
            let text: String = shown.map(|insn| format!("{}\n", if hex { insn.hex() } else { insn })).collect();
            match parse(dialect, &text) {
                Ok(back) => assert_eq!(back, insns, "{dialect}"),
                Err(errors) => panic!("{dialect}: {:?}: {errors}", text.lines().nth(errors.0[0].line as usize - 1)),
            }
        }
    }
}

fn sample(row: &Row, regs: u8, off: i16, imm: i64) -> Insn {
    let imm = if row.code == Opcode::LD_IMM64 { imm } else { (imm as i32).into() };
    row.insn(Reg(regs & 0xf), Reg(regs >> 4), off, imm)
}

#[test]
fn every_row_survives() {
    let mut insns = Vec::new();
    for row in ROWS {
        for regs in [0x00, 0x21, 0xab, 0xff] {
            for off in [0, -1, 8, i16::MIN, i16::MAX] {
                for imm in [0, -1, 16, 0x7fff_ffff, -0x8000_0000, i64::MIN, i64::MAX] {
                    insns.push(sample(row, regs, off, imm));
                }
            }
        }
    }
    insns.dedup();
    survive(&insns);
}

#[test]
fn every_row_is_written_in_every_dialect() {
    for dialect in Dialect::ALL {
        for row in ROWS {
            assert!(!row.syntax.of(dialect).is_empty(), "{row:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn streams_of_any_words_survive(words: Vec<[u8; 8]>) {
        let insns = decode(words.iter().map(|&word| Raw::from_bytes(word, skep_isa::Endian::Little)));
        survive(&insns);
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".*") {
        for dialect in Dialect::ALL {
            if let Err(errors) = parse(dialect, &text) {
                prop_assert!(!errors.0.is_empty() && errors.0.iter().all(|e| e.line > 0 && e.column > 0));
                prop_assert!(!errors.to_string().is_empty());
            }
        }
    }

    #[test]
    fn mangled_text_is_read_or_refused(row in 0..ROWS.len(), at: prop::sample::Index, put in "[ -~]{0,3}") {
        for dialect in Dialect::ALL {
            let mut text = sample(&ROWS[row], 0x21, 5, 7).display(&()).dialect(dialect).to_string();
            let at = at.index(text.len());
            text.replace_range(at..=at, &put);
            let _ = parse(dialect, &text);
        }
    }
}

#[test]
fn dialects_say_the_same() {
    let texts = [
        (
            Dialect::Llvm,
            "loop: r2 = 5 ll; w1 += w2 // twice\n if r1 != 15 goto loop /* a\n b */ ; r0 = *(u64 *)(r1+8)
            lock *(u64 *)(r10 - 8) += r1\n call 7\n goto 1f\n 1: exit",
        ),
        (
            Dialect::Gnu,
            "loop: lddw %r2,5; add32 %r1,%r2 # twice\n jne %r1, 15, loop ; ldxdw %r0,[%r1+8]
            xadddw [%fp-8],%r1\n call 7\n ja 1f\n 1: exit",
        ),
        (
            Dialect::Ubpf,
            "loop:\nlddw %r2, 0x5\nadd32 %r1, %r2\njne %r1, 15, loop\nldxdw %r0, [%r1+8]
            lock add [%r10-8], %r1\ncall 7\nja exit\nexit",
        ),
        (
            Dialect::Kernel,
            "int f(struct __sk_buff *skb):\n; int x = 5;\n   0: (18) r2 = 0x5\n   2: (0c) w1 += w2
            3: (55) if r1 != 0xf goto pc-4\n 4: (79) r0 = *(u64 *)(r1 +8)   ; R0=scalar()
            5: (db) lock *(u64 *)(r10 -8) += r1\n (85) call bpf_get_prandom_u32#7\n(05) goto pc+0\n(95) exit",
        ),
    ];
    let first = parse(texts[0].0, texts[0].1).unwrap();
    assert_eq!((first.len(), first[2].off), (8, -4));
    for (dialect, text) in texts {
        assert_eq!(parse(dialect, text).unwrap_or_else(|errors| panic!("{dialect}: {errors}")), first, "{dialect}");
    }
}

#[test]
fn errors_say_where_and_what() {
    let mut wrong = Vec::new();
    for (dialect, text, said) in [
        (Dialect::Gnu, "exit\n  ad32 %r1,5", "2:3: `ad32` cannot stand here"),
        (Dialect::Gnu, "ldxw %r1,[%r2+8]\nldxdww %r1,[%r2+8]", "did you mean `ldxdw`?"),
        (Dialect::Llvm, "r1 = r2\nr1 =+ 5 5", "2:9: `5` cannot stand here; expected `ll`, the end of the line"),
        (Dialect::Llvm, "r1", "1:3: the line ends too early; expected "),
        (Dialect::Llvm, "mov32 %r1, 5", "this is how dialect `gnu` writes it"),
        (Dialect::Gnu, "r1 = *(u64 *)(r2 + 8)", "this is how dialect `llvm` writes it"),
        (
            Dialect::Llvm,
            "call bpf_map_lookup_elme",
            "nothing is called `bpf_map_lookup_elme`; did you mean `bpf_map_lookup_elem`?",
        ),
        (
            Dialect::Llvm,
            "r1 = r16",
            "1:6: `r16` cannot stand here; expected the lower half of a register (w0 to w10), a number, a register, a name",
        ),
        (
            Dialect::Llvm,
            "r1 += 0x80000000",
            "1:1: 0x80000000 does not fit: -2147483648 to 2147483647 do; load the value",
        ),
        (Dialect::Llvm, "r1 = *(u8 *)(r2 + 40000)", "1:17: 40000 does not fit: -32768 to 32767 do"),
        (Dialect::Llvm, "r1 = be16 r2", "1:11: `r2` differs from the same operand before"),
        (Dialect::Llvm, "a: exit\na: exit", "2:1: label `a` stands in line 1 already"),
        (Dialect::Llvm, "lop: goto loop", "1:11: nothing is called `loop`; did you mean `lop`?"),
        (Dialect::Llvm, "goto +40000", "+40000 is 40000 slots away, more than 16 bits hold; jump with gotol"),
        (Dialect::Llvm, "if r1 == 0 goto +40000", "jump on the opposite condition over a gotol"),
        (Dialect::Llvm, "exit\n /* no end", "2:2: a comment has no end"),
    ] {
        let found = errors(dialect, text).to_string();
        if !found.contains(said) {
            wrong.push(format!("{text}: {found}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(parse(Dialect::Llvm, "w1 += 0xffffffff").is_ok());
}

#[test]
fn every_error_is_reported_at_once() {
    let found = errors(Dialect::Llvm, "exti\nr1 = r2\ngoto nowhere\nr99 = 5\nexit");
    let lines: Vec<_> = found.0.iter().map(|error| (error.line, error.code())).collect();
    assert_eq!(lines, [(1, "text-unexpected"), (3, "text-unknown-name"), (4, "text-unexpected")]);
    assert_eq!(errors(Dialect::Llvm, &"?\n".repeat(1000)).0.len(), 100);
}

#[test]
fn a_label_out_of_reach_suggests_a_longer_jump() {
    let far = |jump: &str| format!("{jump} end\n{}end: exit", "r0 = 0\n".repeat(0x8000));
    let error = &errors(Dialect::Llvm, &far("goto")).0[0];
    assert_eq!((error.code(), error.line, error.column), ("text-jump-too-far", 1, 6));
    assert!(error.help().unwrap().contains("gotol"));
    assert_eq!(parse(Dialect::Llvm, &far("gotol")).unwrap()[0].imm, 0x8000);
    let near = far("goto").replacen("r0 = 0\n", "", 1);
    assert_eq!(parse(Dialect::Llvm, &near).unwrap()[0].off, i16::MAX);
}

#[test]
fn labels_are_called_loaded_and_numbered() {
    let insns = parse(Dialect::Llvm, "call f\nr1 = f ll\n1: goto 1f\n1: goto 1b\nf: exit").unwrap();
    let fields: Vec<_> = insns.iter().map(|insn| (insn.src(), insn.off, insn.imm)).collect();
    assert_eq!(fields[..2], [(pseudo::CALL, 0, 4), (pseudo::FUNC, 0, 3)]);
    assert_eq!((fields[2].1, fields[3].1), (0, -1));
    assert_eq!(parse(Dialect::Ubpf, "call local f\nexit\nf: exit").unwrap()[0].imm, 1);
}

struct Object;

impl Symbols for Object {
    fn symbol(&self, name: &str) -> Option<Ref> {
        Some(match name {
            "events" => Ref::Map(MapIdx(0)),
            "odd \"name\"\n" => Ref::Value { map: MapIdx(1), off: 8 },
            "bpf_task_acquire" => Ref::Extern(ExternIdx(0)),
            _ => return None,
        })
    }
}

#[test]
fn names_refer() {
    let text = "r1 = events ll\nr2 = \"odd \\\"name\\\"\\n\"+8 ll\ncall bpf_task_acquire\n";
    let insns = parse_with(Dialect::Llvm, text, &Object).unwrap();
    let refs: Vec<_> = insns.iter().map(|insn| (insn.src(), insn.meta.reference().unwrap())).collect();
    assert_eq!(refs[0], (pseudo::MAP_FD, Ref::Map(MapIdx(0))));
    assert_eq!(refs[1], (pseudo::MAP_VALUE, Ref::Value { map: MapIdx(1), off: 16 }));
    assert_eq!(refs[2], (pseudo::KFUNC_CALL, Ref::Extern(ExternIdx(0))));
    let wrong = parse_with(Dialect::Llvm, "call events\nr1 = events+4 ll", &Object).unwrap_err();
    assert_eq!(wrong.0.iter().map(|e| e.code()).collect::<Vec<_>>(), ["text-wrong-name"; 2]);
    assert!(InsnIdx(1) > InsnIdx(0) && encode(&insns[1], &mut Vec::new()).is_ok());
}

#[test]
fn registers_of_gnu_need_no_sign() {
    for dialect in [Dialect::Gnu, Dialect::Ubpf] {
        let signed =
            parse(dialect, "mov %r1, %r2\nldxdw %r1, [%r10-8]\nstxw [%r1+4], %r0\njeq %r1, 3, +1\nlddw %r1, 5\nexit")
                .unwrap();
        let bare =
            parse(dialect, "mov r1, r2\nldxdw r1, [r10-8]\nstxw [r1+4], r0\njeq r1, 3, +1\nlddw r1, 5\nexit").unwrap();
        assert_eq!(signed, bare);
    }
}
