//! Streams that can be cut, joined and rewritten.
//!
//! In a [`Stream`] a jump goes to an instruction, not over a distance: whatever is put in, taken out or moved between
//! the two, it still goes there. So do calls of functions in the same stream and loads of their addresses. Symbols,
//! functions, lines of source and all other metadata stand on the instructions and move with them. Distances are
//! computed when the stream is done, and one that its field cannot hold is an error at its place.
//!
//! ```
//! use skep_isa::{edit::Stream, text::{Dialect, parse}};
//!
//! let mut stream = Stream::from(parse(Dialect::Llvm, "again: r1 += 1\nif r1 < 10 goto again\nexit")?);
//! stream.insert(1, parse(Dialect::Llvm, "r2 = 0x123456789 ll\nr2 += r1")?);
//! assert_eq!(stream.target(3), Some(0));
//! let insns = stream.resolve().unwrap();
//! assert_eq!(insns[3].off, -5);
//! # Ok::<(), skep_isa::text::Errors>(())
//! ```

mod change;
mod jump;
mod lengthen;
mod resolve;

use alloc::{sync::Arc, vec::Vec};
use core::sync::atomic::{AtomicU64, Ordering};

use crate::{Insn, InsnIdx};

pub use jump::Jump;

/// Instructions whose jumps go to instructions.
///
/// Positions are those of instructions, not of slots, and are cut to the length of the stream.
#[derive(Clone, Debug, Default)]
pub struct Stream {
    entries: Vec<Entry>,
    ids: Arc<Ids>,
}

#[derive(Clone, Debug)]
struct Entry {
    insn: Insn,
    id: Id,
    /// Where it goes, if it goes somewhere in the stream.
    to: Option<To>,
}

/// An instruction of a stream, or of what was cut out of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
struct Id(u64);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum To {
    Insn(Id),
    /// The second slot of a 64-bit load: nothing that a kernel accepts, but nothing to be lost either.
    Half(Id),
    /// Behind the last instruction.
    End,
}

/// The next id, for a stream and all that was cut out of it.
#[derive(Debug, Default)]
struct Ids(AtomicU64);

impl Ids {
    fn next(&self) -> Id {
        Id(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

impl Stream {
    /// A stream without instructions.
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of instructions.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are no instructions.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The instructions. The distances of their jumps are those they had before the last edit.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Insn> {
        self.entries.iter().map(|entry| &entry.insn)
    }

    /// An instruction.
    pub fn at(&self, at: usize) -> Option<&Insn> {
        self.entries.get(at).map(|entry| &entry.insn)
    }

    /// An instruction, to be changed. It goes where it went before, unless it no longer jumps.
    pub fn at_mut(&mut self, at: usize) -> Option<&mut Insn> {
        self.entries.get_mut(at).map(|entry| &mut entry.insn)
    }

    /// The slot of an instruction; of the end if there is no such instruction.
    pub fn slot(&self, at: usize) -> InsnIdx {
        let slots = self.iter().take(at).map(Insn::slots).fold(0u32, u32::saturating_add);
        InsnIdx(slots)
    }

    /// The instruction that a jump goes to, a call calls or an address is loaded of; the number of instructions if that is
    /// the end. `None` if it goes nowhere in the stream.
    pub fn target(&self, at: usize) -> Option<usize> {
        let entry = self.entries.get(at)?;
        match entry.to {
            Some(To::End) => Some(self.len()),
            Some(To::Insn(id) | To::Half(id)) => self.position(id),
            None => {
                let symbol = entry.insn.meta.facts()?.target.as_ref()?;
                self.iter().position(|insn| insn.symbol() == Some(symbol))
            }
        }
    }

    /// Lets a jump, a call or a load of an address go to another instruction, or to the end. Whether it is one.
    pub fn set_target(&mut self, at: usize, to: usize) -> bool {
        let to = self.entries.get(to).map_or(To::End, |entry| To::Insn(entry.id));
        let Some(entry) = self.entries.get_mut(at).filter(|entry| entry.insn.jump().is_some()) else { return false };
        if entry.insn.meta.facts().is_some_and(|facts| facts.target.is_some()) {
            entry.insn.facts_mut().target = None;
        }
        entry.to = Some(to);
        true
    }

    fn position(&self, id: Id) -> Option<usize> {
        self.entries.iter().position(|entry| entry.id == id)
    }
}

impl Insn {
    /// The symbol it defines.
    fn symbol(&self) -> Option<&Arc<str>> {
        self.meta.facts()?.symbol.as_ref()
    }
}

impl From<Vec<Insn>> for Stream {
    /// Jumps within the stream follow what they go to from here on; jumps out of it keep their distance.
    fn from(insns: Vec<Insn>) -> Self {
        let ids = Arc::new(Ids::default());
        let mut starts = Vec::with_capacity(insns.len());
        let mut end = 0u32;
        for insn in &insns {
            starts.push(end);
            end = end.saturating_add(insn.slots());
        }
        let first = ids.0.fetch_add(insns.len() as u64, Ordering::Relaxed);
        let id = |at: usize| Id(first + at as u64);
        let to = |slot: i64| {
            let slot = u32::try_from(slot).ok()?;
            match starts.binary_search(&slot) {
                _ if slot == end => Some(To::End),
                _ if slot > end => None,
                Ok(at) => Some(To::Insn(id(at))),
                Err(after) => Some(To::Half(id(after.checked_sub(1)?))),
            }
        };
        let entry = |(at, insn): (usize, Insn)| {
            let from = i64::from(starts.get(at).copied().unwrap_or(end)) + 1;
            let named = insn.meta.facts().is_some_and(|facts| facts.target.is_some());
            let distance = insn.jump().filter(|_| !named).map(|jump| jump.distance(&insn));
            Entry { id: id(at), to: distance.and_then(|slots| to(from + slots)), insn }
        };
        let entries = insns.into_iter().enumerate().map(entry).collect();
        Self { entries, ids }
    }
}

impl FromIterator<Insn> for Stream {
    fn from_iter<T: IntoIterator<Item = Insn>>(insns: T) -> Self {
        Self::from(insns.into_iter().collect::<Vec<_>>())
    }
}

impl From<Insn> for Stream {
    fn from(insn: Insn) -> Self {
        Self::from(Vec::from([insn]))
    }
}
