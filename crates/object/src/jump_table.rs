//! Tables of places that computed jumps lead to.

use alloc::sync::Arc;

use skep_isa::{FuncIdx, Raw};

/// A table of places in a function: an instruction takes one of them and jumps there (`gotox`, Linux 6.19).
///
/// The numbers stay as they were written down, so that tables that share them cost nothing; [`JumpTable::targets`] has
/// what they say.
#[derive(Clone, Debug, PartialEq, Eq)]
#[doc(alias = "BPF_MAP_TYPE_INSN_ARRAY")]
#[doc(alias = ".jumptables")]
pub struct JumpTable {
    /// Its name.
    pub name: Arc<str>,
    /// The function that jumps by it.
    pub func: FuncIdx,
    /// The offset in bytes that the numbers give to the beginning of the function.
    pub base: u64,
    /// The numbers of all tables of a file: offsets in bytes.
    pub numbers: Arc<[u64]>,
    /// The position of the first number that belongs to this table.
    pub first: u32,
    /// How many do.
    pub len: u32,
}

impl JumpTable {
    /// The places, in slots from the beginning of the function. Tables that contradict themselves have places outside of
    /// it.
    pub fn targets(&self) -> impl ExactSizeIterator<Item = i64> + '_ {
        let numbers = self.numbers.get(self.first as usize..).unwrap_or_default();
        let numbers = numbers.get(..self.len as usize).unwrap_or(numbers);
        let slot = |number: u64| (number / Raw::SIZE as u64) as i64;
        numbers.iter().map(move |&number| slot(number).wrapping_sub(slot(self.base)))
    }
}
