//! The way from a section's slot to an instruction, cheap when asked in order.

use crate::{Function, SectionIdx};

/// Where the last answer was.
#[derive(Default)]
pub(super) struct Cursor {
    func: usize,
    insn: usize,
    slot: u32,
}

/// What is at a slot of a section.
pub(super) enum Spot {
    /// Code that belongs to no function.
    Hole,
    /// The second half of a wide load.
    Middle { func: usize },
    /// An instruction, by its position in the function.
    Insn { func: usize, insn: usize },
}

impl Cursor {
    pub fn find(&mut self, funcs: &[Function], section: SectionIdx, slot: u32) -> Spot {
        let holds = |f: &Function| f.section == section && slot.checked_sub(f.start.0).is_some_and(|at| at < f.slots);
        let (idx, func) = match funcs.get(self.func).filter(|f| holds(f)) {
            Some(func) => (self.func, func),
            None => {
                let after = funcs.partition_point(|f| (f.section, f.start.0) <= (section, slot));
                let last = after.checked_sub(1).and_then(|i| Some((i, funcs.get(i)?)));
                let Some(found) = last.filter(|(_, f)| holds(f)) else { return Spot::Hole };
                found
            }
        };
        let wanted = slot - func.start.0;
        if self.func != idx || self.slot > wanted {
            *self = Self { func: idx, insn: 0, slot: 0 };
        }
        while self.slot < wanted {
            let Some(insn) = func.insns.get(self.insn) else { return Spot::Hole };
            let next = self.slot + insn.slots();
            if next > wanted {
                return Spot::Middle { func: idx };
            }
            self.slot = next;
            self.insn += 1;
        }
        Spot::Insn { func: idx, insn: self.insn }
    }
}
