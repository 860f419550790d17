//! Slots to instructions and back. Every sequence of slots decodes, and encodes to itself again.

use alloc::vec::Vec;

use crate::{Insn, Opcode, Raw, Reg};

/// Decodes a stream of slots. What has no meaning is carried as it is.
pub fn decode(slots: impl IntoIterator<Item = Raw>) -> Vec<Insn> {
    let mut slots = slots.into_iter().peekable();
    let mut insns = Vec::with_capacity(slots.size_hint().0);
    while let Some(first) = slots.next() {
        let mut insn = Insn::new(first.code, first.dst(), first.src(), first.off, first.imm.into());
        if first.code == Opcode::LD_IMM64 {
            match slots.next_if(|next| next.code == Opcode(0) && next.regs == 0 && next.off == 0) {
                Some(second) => insn.imm = join(first.imm, second.imm),
                None => insn.facts_mut().lone = true,
            }
        }
        insns.push(insn);
    }
    insns
}

/// Appends the slots of one instruction: its numbers as they stand, references unresolved.
pub fn encode(insn: &Insn, out: &mut Vec<Raw>) {
    out.push(Raw { code: insn.code, regs: insn.regs, off: insn.off, imm: insn.imm as i32 });
    if insn.is_wide() {
        out.push(Raw::new(Opcode(0), Reg(0), Reg(0), 0, (insn.imm >> 32) as i32));
    }
}

const fn join(low: i32, high: i32) -> i64 {
    (low as u32 as i64) | ((high as i64) << 32)
}
