//! Jumps that go farther than 16 bits say.

use super::{Entry, Jump, Stream, To, resolve::Slots};
use crate::{Insn, Opcode, Reg};

impl Stream {
    /// Rewrites jumps whose distance 16 bits do not hold: `goto` becomes `gotol` (ISA v4, Linux 6.6), and a jump on a
    /// condition goes to a `gotol` that is put behind it. The number of jumps that were rewritten.
    pub fn lengthen(&mut self) -> usize {
        let mut count = 0;
        // What is put in may move other targets out of reach; every jump is rewritten at most once.
        loop {
            let far = self.far();
            if far.is_empty() {
                return count;
            }
            count += far.len();
            for at in far.into_iter().rev() {
                self.lengthen_one(at);
            }
        }
    }

    /// The positions of jumps that do not reach their targets.
    fn far(&self) -> alloc::vec::Vec<usize> {
        let slots = Slots::new(self);
        let (mut far, mut at) = (alloc::vec::Vec::new(), 0u32);
        for (position, entry) in self.entries.iter().enumerate() {
            let to = slots.target(&entry.insn, entry.to).flatten();
            if let (Some(Jump::Off), Some(to)) = (entry.insn.jump(), to)
                && i16::try_from(i64::from(to) - i64::from(at) - 1).is_err()
            {
                far.push(position);
            }
            at = at.saturating_add(entry.insn.slots());
        }
        far
    }

    fn lengthen_one(&mut self, at: usize) {
        let Some(entry) = self.entries.get_mut(at) else { return };
        if entry.insn.code == Opcode::JA {
            (entry.insn.code, entry.insn.off, entry.insn.imm) = (Opcode::JA32, 0, 0);
            return;
        }
        let next = |code| Insn::new(code, Reg(0), Reg(0), 0, 0);
        let mut long = Entry { insn: next(Opcode::JA32), id: self.ids.next(), to: entry.to };
        if let Some(symbol) = entry.insn.meta.facts().and_then(|facts| facts.target.clone()) {
            long.insn = long.insn.with_target(symbol);
            entry.insn.facts_mut().target = None;
        }
        entry.to = Some(To::Insn(long.id));
        let after = self.entries.get(at + 1).map_or(To::End, |entry| To::Insn(entry.id));
        let over = Entry { insn: next(Opcode::JA), id: self.ids.next(), to: Some(after) };
        self.entries.splice(at + 1..at + 1, [over, long]);
    }
}
