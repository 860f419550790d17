//! Slots to instructions and back: nothing is lost, whatever the slots are.

#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;
use skep_isa::{
    Endian, Insn, Raw, Reg, decode, encode,
    table::{ROWS, lookup},
    text::Numbers,
};

fn slots(bytes: &[u8], endian: Endian) -> Vec<Raw> {
    bytes.chunks_exact(8).map(|slot| Raw::from_bytes(slot.try_into().unwrap(), endian)).collect()
}

fn encode_all(insns: &[Insn]) -> Vec<Raw> {
    let mut out = Vec::new();
    insns.iter().for_each(|insn| encode(insn, &mut out).unwrap());
    out
}

/// Decodes and encodes in both byte orders, and prints on the way.
fn survives(bytes: &[u8]) {
    for endian in [Endian::Little, Endian::Big] {
        let insns = decode(slots(bytes, endian));
        let back: Vec<u8> = encode_all(&insns).into_iter().flat_map(|slot| slot.to_bytes(endian)).collect();
        assert_eq!(back, bytes, "{endian:?}");
        assert_eq!(insns.iter().map(|insn| insn.slots() as usize).sum::<usize>() * 8, bytes.len());
        for insn in &insns {
            let text = insn.display(&()).to_string();
            let known = lookup(insn).is_some_and(|row| row.is_exact(insn));
            assert_eq!(text.starts_with(".insn "), !known, "{text}");
        }
    }
}

#[test]
fn every_opcode_with_interesting_fields() {
    let offs = [0, 1, -1, 8, 16, 32, i16::MAX, i16::MIN];
    let imms = [0, 1, -1, 16, 32, 64, 0x40, 0xe1, 0xf1, 0x100, 0x110, i32::MAX, i32::MIN];
    for code in 0..=255u8 {
        for regs in [0x00, 0x01, 0x10, 0x21, 0x0b, 0xb0, 0x60, 0xff] {
            let mut bytes = Vec::new();
            for off in offs {
                for imm in imms {
                    bytes.extend([code, regs]);
                    bytes.extend(off.to_le_bytes());
                    bytes.extend(imm.to_le_bytes());
                }
            }
            survives(&bytes);
        }
    }
}

#[test]
fn every_second_half_of_a_wide_load() {
    for first in 0..=255u8 {
        for second in 0..=255u8 {
            let mut bytes = [0u8; 32];
            bytes[0] = 0x18;
            (bytes[1], bytes[8]) = (first, second);
            survives(&bytes[..8]);
            survives(&bytes);
            bytes[16] = 0x18;
            survives(&bytes[..24]);
        }
        let mut bytes = [0x18, first, 0, 0, 0, 0, 0, 0, 0, first, 0, 0, 1, 2, 3, 4];
        survives(&bytes);
        bytes[10] = 1;
        survives(&bytes);
    }
}

#[test]
fn instructions_of_every_row_survive() {
    let insns: Vec<Insn> =
        ROWS.iter().map(|row| row.insn(Reg(3), Reg(4), -7, if row.code.0 == 0x18 { -1 << 40 } else { -9 })).collect();
    for (row, insn) in ROWS.iter().zip(&insns) {
        assert_eq!(lookup(insn), Some(row));
        assert!(row.is_exact(insn));
    }
    assert_eq!(decode(encode_all(&insns)), insns);
}

/// Words of any kind, more often than by chance such as mean something.
fn word() -> impl Strategy<Value = [u8; 8]> {
    let known = (0..ROWS.len(), any::<u8>(), any::<i16>(), any::<i32>()).prop_map(|(row, regs, off, imm)| {
        let insn = ROWS[row].insn(Reg(regs & 0xf), Reg(regs >> 4), off, imm.into());
        encode_all(&[insn])[0].to_bytes(Endian::Little)
    });
    prop_oneof![known, any::<[u8; 8]>(), any::<[u8; 4]>().prop_map(|imm| [0, 0, 0, 0, imm[0], imm[1], imm[2], imm[3]])]
}

proptest! {
    #[test]
    fn random_words_survive(words in prop::collection::vec(word(), 0..64)) {
        survives(&words.concat());
    }

    #[test]
    fn only_numbers_that_fit_are_encoded(code: u8, imm: i64) {
        let insn = Insn::new(skep_isa::Opcode(code), Reg(1), Reg(2), 3, imm);
        let mut out = Vec::new();
        let fits = insn.is_wide() || i32::try_from(imm).is_ok();
        prop_assert_eq!(encode(&insn, &mut out).is_ok(), fits);
        let back = decode(out);
        prop_assert_eq!(back.first(), fits.then_some(&insn));
        prop_assert!(!insn.display(&Numbers).to_string().is_empty());
    }
}
