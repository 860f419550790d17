//! Instructions from any bytes: encoding gives them back, and printing them does not fail.

#![no_main]

use std::fmt::Write;

use libfuzzer_sys::fuzz_target;
use skep_isa::{Endian, InsnIdx, Raw, decode, encode, table::lookup, text::Numbers};

fuzz_target!(|data: &[u8]| {
    for endian in [Endian::Little, Endian::Big] {
        let (slots, _) = data.as_chunks::<8>();
        let insns = decode(slots.iter().map(|&slot| Raw::from_bytes(slot, endian)));
        let mut back = Vec::new();
        let mut printed = String::new();
        for insn in &insns {
            let at = InsnIdx(back.len() as u32);
            encode(insn, &mut back).expect("what was decoded fits");
            printed.clear();
            write!(printed, "{} {}", insn.display(&()).at(at), insn.display(&Numbers).hex())
                .expect("a string has room");
            let known = lookup(insn).is_some_and(|row| row.is_exact(insn));
            assert_ne!(known, printed.starts_with(".insn "), "{printed}");
        }
        let back = back.into_iter().map(|slot| slot.to_bytes(endian));
        assert!(back.eq(slots.iter().copied()), "{endian:?}");
    }
});
