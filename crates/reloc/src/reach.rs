//! Pass: which functions each program consists of, and in which order they follow one another.

use hashbrown::HashMap;
use smallvec::SmallVec;

use crate::{
    Linked,
    object::{
        Function,
        isa::{FuncIdx, InsnIdx, Ref},
    },
};

/// The functions of a program: its own first, then each that is called or whose address is taken, directly after all
/// that was found before it, and once.
#[derive(Debug, Default)]
pub(crate) struct Reach {
    /// The functions in order.
    pub order: SmallVec<[FuncIdx; 8]>,
    /// Where each begins.
    pub starts: HashMap<FuncIdx, InsnIdx>,
    /// The slots of all together.
    pub slots: u32,
    /// The instructions that a line of source begins with.
    pub lines: u32,
    /// The instructions of which more is known than their numbers.
    pub facts: u32,
}

impl Reach {
    fn add(&mut self, func: FuncIdx, function: &Function) -> bool {
        if self.starts.contains_key(&func) {
            return false;
        }
        self.starts.insert(func, InsnIdx(self.slots));
        self.order.push(func);
        for insn in &function.insns {
            self.slots = self.slots.saturating_add(insn.slots());
            self.lines += u32::from(!insn.line.is_none());
            self.facts += u32::from(insn.meta.facts().is_some());
        }
        true
    }
}

/// Finds the functions of the program that begins with `entry`; `more` follow it even if nothing refers to them.
pub(crate) fn reach(linked: &Linked, entry: FuncIdx, more: &[FuncIdx]) -> Reach {
    let mut reach = Reach::default();
    core::iter::once(&entry).chain(more).for_each(|&func| descend(linked, func, &mut reach));
    reach
}

/// Depth first: what a function refers to comes before what follows the reference.
fn descend(linked: &Linked, func: FuncIdx, reach: &mut Reach) {
    let function = |func: FuncIdx| linked.funcs().get(func.at());
    let Some(f) = function(func) else { return };
    if !reach.add(func, f) {
        return;
    }
    // What is to be gone on with, in the functions that lead to this one.
    let mut stack = SmallVec::<[_; 8]>::new();
    let mut this = Some((f, 0));
    while let Some((f, next)) = this {
        let found = f.insns.iter().enumerate().skip(next).find_map(|(i, insn)| match insn.meta.reference() {
            Some(Ref::Func { func, .. }) => {
                let callee = function(func)?;
                reach.add(func, callee).then_some((i, callee))
            }
            _ => None,
        });
        this = match found {
            Some((i, callee)) => {
                stack.push((f, i + 1));
                Some((callee, 0))
            }
            None => stack.pop(),
        };
    }
}
