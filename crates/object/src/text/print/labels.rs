//! Where jumps go.

use alloc::{format, string::String, vec, vec::Vec};

use skep_isa::{
    Insn, InsnIdx, Opcode,
    text::{Label, Names},
};

/// The slots of a section that something jumps to.
pub(super) struct Labels {
    prefix: String,
    targets: Bits,
}

/// A set of slots.
struct Bits(Vec<u64>);

impl Bits {
    fn new(len: usize) -> Self {
        Self(vec![0; len / 64 + 1])
    }

    fn set(&mut self, at: usize) {
        if let Some(word) = self.0.get_mut(at / 64) {
            *word |= 1 << (at % 64);
        }
    }

    fn has(&self, at: usize) -> bool {
        self.0.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 != 0)
    }
}

impl Labels {
    /// The labels of a section with so many slots.
    pub fn of(position: Option<u32>, slots: usize, insns: impl Iterator<Item = Insn>) -> Self {
        let (mut starts, mut targets) = (Bits::new(slots), Bits::new(slots));
        let mut at = 0usize;
        for insn in insns {
            starts.set(at);
            if insn.code != Opcode::CALL
                && insn.code != Opcode::LD_IMM64
                && let Some(jump) = insn.jump()
                && let Ok(to) = usize::try_from(at as i64 + 1 + jump.distance(&insn))
                && to < slots
            {
                targets.set(to);
            }
            at += insn.slots() as usize;
        }
        // Nothing but an instruction has a label.
        targets.0.iter_mut().zip(&starts.0).for_each(|(targets, starts)| *targets &= starts);
        Self { prefix: position.map_or_else(|| ".L".into(), |position| format!(".L{position}_")), targets }
    }

    /// The label of a slot.
    pub fn at(&self, slot: u32) -> Option<Label<'_>> {
        self.targets.has(slot as usize).then(|| Label::Numbered(&self.prefix, slot))
    }
}

impl Names for Labels {
    fn label(&self, slot: InsnIdx) -> Option<Label<'_>> {
        self.at(slot.0)
    }
}
