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

/// What a function refers to, in order.
type Callees = SmallVec<[FuncIdx; 4]>;

impl Reach {
    /// Adds a function, and says what it refers to. None if it is there already.
    fn add(&mut self, func: FuncIdx, function: &Function) -> Option<Callees> {
        if self.starts.contains_key(&func) {
            return None;
        }
        self.starts.insert(func, InsnIdx(self.slots));
        self.order.push(func);
        let mut callees = Callees::new();
        for insn in &function.insns {
            self.slots = self.slots.saturating_add(insn.slots());
            self.lines += u32::from(!insn.line.is_none());
            self.facts += u32::from(insn.meta.facts().is_some());
            if let Some(Ref::Func { func, .. }) = insn.meta.reference()
                && callees.last() != Some(&func)
                && !self.starts.contains_key(&func)
            {
                callees.push(func);
            }
        }
        Some(callees)
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
    let mut add = |func: FuncIdx| reach.add(func, linked.funcs().get(func.at())?);
    // What is to be gone on with, in the functions that lead to this one.
    let mut stack = SmallVec::<[_; 4]>::new();
    stack.extend(add(func).map(Callees::into_iter));
    while let Some(callees) = stack.last_mut() {
        match callees.next() {
            Some(func) => stack.extend(add(func).map(Callees::into_iter)),
            None => {
                stack.pop();
            }
        }
    }
}
