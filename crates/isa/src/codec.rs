//! Slots to instructions and back. Every sequence of slots decodes, and encodes to itself again.

use alloc::vec::Vec;
use core::iter::Peekable;

use crate::{Error, ErrorKind, Insn, Opcode, Raw, Reg, opcode::pseudo};

/// Decodes a stream of slots. What has no meaning is carried as it is.
pub fn decode(slots: impl IntoIterator<Item = Raw>) -> Vec<Insn> {
    let mut slots = slots.into_iter().peekable();
    let mut insns = Vec::with_capacity(slots.size_hint().0);
    // Each is made where it stays: to make it elsewhere and move it takes longer than all the rest.
    while let Some(first) = slots.next() {
        insns.push(of_slot(first));
        if first.code == Opcode::LD_IMM64
            && let Some(insn) = insns.last_mut()
        {
            join_next(insn, &mut slots);
        }
    }
    insns
}

/// Decodes a stream of slots, one instruction after the other. Nothing is allocated but for halves of 64-bit loads.
pub fn decode_each(slots: impl IntoIterator<Item = Raw>) -> impl Iterator<Item = Insn> {
    let mut slots = slots.into_iter().peekable();
    core::iter::from_fn(move || {
        let mut insn = of_slot(slots.next()?);
        if insn.code == Opcode::LD_IMM64 {
            join_next(&mut insn, &mut slots);
        }
        Some(insn)
    })
}

fn of_slot(slot: Raw) -> Insn {
    Insn::new(slot.code, slot.dst(), slot.src(), slot.off, slot.imm.into())
}

/// Takes the second half of a 64-bit load, if it follows.
fn join_next(insn: &mut Insn, slots: &mut Peekable<impl Iterator<Item = Raw>>) {
    match slots.next_if(|next| next.code == Opcode(0) && next.regs == 0 && next.off == 0) {
        Some(second) => insn.imm = join(insn.imm as i32, second.imm),
        None => insn.facts_mut().lone = true,
    }
}

/// Appends the slots of one instruction: its numbers as they stand, references unresolved.
///
/// # Errors
/// `insn-imm-too-wide` if the immediate is not a sign-extended 32-bit number and the instruction is not a 64-bit load.
/// The slot it names is the next one of `out`, and `out` is left as it was.
pub fn encode(insn: &Insn, out: &mut Vec<Raw>) -> Result<(), Error> {
    let wide = insn.is_wide();
    let low = insn.imm as i32;
    if !wide && i64::from(low) != insn.imm {
        return Err(Error::new(out.len(), ErrorKind::ImmTooWide { code: insn.code, imm: insn.imm }));
    }
    out.push(Raw { code: insn.code, regs: insn.regs, off: insn.off, imm: low });
    if wide {
        out.push(Raw::new(Opcode(0), Reg(0), Reg(0), 0, (insn.imm >> 32) as i32));
    }
    Ok(())
}

/// Appends the slots of one instruction as the kernel takes them: as [`encode`], but a 64-bit load that holds a map gets
/// its file descriptor, which is asked for now and at no other time. The program has to be loaded while the instruction
/// lives.
///
/// # Errors
/// Those of [`encode`].
pub fn encode_for_kernel(insn: &Insn, out: &mut Vec<Raw>) -> Result<(), Error> {
    let at = out.len();
    encode(insn, out)?;
    let map = insn.meta.map().filter(|_| insn.is_wide());
    if let (Some(map), Some(first)) = (map, out.get_mut(at)) {
        let src = if first.src() == pseudo::MAP_VALUE { pseudo::MAP_VALUE } else { pseudo::MAP_FD };
        *first = Raw { imm: map.fd(), ..first.with_src(src) };
    }
    Ok(())
}

const fn join(low: i32, high: i32) -> i64 {
    (low as u32 as i64) | ((high as i64) << 32)
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn an_immediate_that_does_not_fit_is_refused_in_its_place() {
        let mut out = vec![Raw::default(); 3];
        let mov = |imm| Insn::new(Opcode(0xb7), Reg(1), Reg(0), 0, imm);
        for imm in [0x8000_0000, -0x8000_0001, i64::MAX, 0xffff_ffff] {
            let error = encode(&mov(imm), &mut out).unwrap_err();
            assert_eq!((error.slot.0, error.code(), out.len()), (3, "insn-imm-too-wide", 3));
            assert!(!error.help().is_empty());
        }
        for imm in [0x7fff_ffff, -0x8000_0000, 0, -1] {
            encode(&mov(imm), &mut out).unwrap();
        }
        assert_eq!(out.len(), 7);
    }

    #[test]
    fn a_wide_load_fills_two_slots() {
        let mut out = Vec::new();
        let load = Insn::new(Opcode::LD_IMM64, Reg(2), Reg(0), 0, 0x0123_4567_89ab_cdef);
        encode(&load, &mut out).unwrap();
        assert_eq!(out.len(), 2);
        assert_eq!((out[0].imm as u32, out[1].imm), (0x89ab_cdef, 0x0123_4567));
        assert_eq!(decode(out), [load]);
    }

    #[test]
    fn a_lone_half_stays_one() {
        let half = Raw::new(Opcode::LD_IMM64, Reg(1), Reg(0), 0, -1);
        for slots in [vec![half], vec![half, half], vec![half, Raw::new(Opcode(0), Reg(0), Reg(0), 1, 0)]] {
            let insns = decode(slots.clone());
            assert!(!insns[0].is_wide());
            let mut out = Vec::new();
            insns.iter().for_each(|insn| encode(insn, &mut out).unwrap());
            assert_eq!(out, slots);
        }
    }
}
