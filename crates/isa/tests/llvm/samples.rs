//! The instructions that are compared.

use skep_isa::{
    Endian, Insn, Opcode, Raw, Reg, decode, encode,
    table::{ROWS, Row},
};

const REGS: [(u8, u8); 7] = [(1, 2), (0, 10), (10, 9), (9, 0), (2, 2), (11, 3), (3, 11)];
const OFFS: [i16; 7] = [0, 8, -8, i16::MAX, i16::MIN, 1, -1];
const IMMS: [i64; 7] = [0, 1, -1, 16, 0x7fff_ffff, -0x8000_0000, 0x1_0000];
const WIDE: [i64; 7] = [0, 5, -1, 0x0123_4567_89ab_cdef, i64::MIN, 0xffff_ffff, -0x1_0000_0000];

/// Several instructions of one row.
pub fn of(row: &Row) -> Vec<Insn> {
    let imms = if row.code == Opcode::LD_IMM64 { WIDE } else { IMMS };
    let mut insns: Vec<Insn> = Vec::new();
    for at in 0..7 {
        let (dst, src) = REGS[at];
        let insn = row.insn(Reg(dst), Reg(src), OFFS[at], imms[at]);
        let other = row.insn(Reg(dst), Reg(src), OFFS[6 - at], imms[(at + 3) % 7]);
        for insn in [insn, other] {
            if !insns.contains(&insn) {
                insns.push(insn);
            }
        }
    }
    insns
}

/// Several instructions of every row.
pub fn all() -> Vec<Insn> {
    ROWS.iter().flat_map(of).collect()
}

/// Words over all opcodes, each with at most one field set.
pub fn sweep() -> Vec<Insn> {
    let mut insns = Vec::new();
    for code in 0..=255 {
        if Opcode(code) == Opcode::LD_IMM64 {
            continue;
        }
        let mut push = |src, off, imm| insns.push(Insn::new(Opcode(code), Reg(0), Reg(src), off, imm));
        push(0, 0, 0);
        (1..4).for_each(|src| push(src, 0, 0));
        [1, 2, 8, 16, 32, 64, -1].into_iter().for_each(|off| push(0, off, 0));
        let atomics = [0x40, 0x41, 0x50, 0x51, 0xa0, 0xa1, 0xe0, 0xe1, 0xf0, 0xf1, 0x100, 0x101, 0x110, 0x111];
        [1, 8, 16, 32].into_iter().chain(atomics).for_each(|imm| push(0, 0, imm));
    }
    insns
}

/// The bytes of an instruction.
pub fn bytes(insn: &Insn, endian: Endian) -> Vec<u8> {
    let mut slots = Vec::new();
    encode(insn, &mut slots).unwrap();
    slots.into_iter().flat_map(|slot| slot.to_bytes(endian)).collect()
}

/// Bytes in little endian as they are written in the golden files.
pub fn hex(insn: &Insn) -> String {
    bytes(insn, Endian::Little).iter().map(|b| format!("{b:02x}")).collect()
}

/// The instruction that a golden file means.
pub fn parse(hex: &str) -> Insn {
    let bytes: Vec<u8> =
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
    let mut insns = decode(bytes.chunks(8).map(|slot| Raw::from_bytes(slot.try_into().unwrap(), Endian::Little)));
    assert_eq!(insns.len(), 1);
    insns.remove(0)
}
