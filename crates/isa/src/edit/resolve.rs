//! Targets to distances.

use alloc::{sync::Arc, vec::Vec};

use hashbrown::HashMap;

use super::{Id, Stream, To};
use crate::{Error, ErrorKind, Insn, Raw, encode, encode_for_kernel};

/// Where the instructions of a stream stand, in slots.
pub(super) struct Slots<'s> {
    of: HashMap<Id, u32>,
    symbols: HashMap<&'s Arc<str>, u32>,
    end: u32,
}

impl<'s> Slots<'s> {
    pub fn new(stream: &'s Stream) -> Self {
        let mut slots = Self { of: HashMap::with_capacity(stream.len()), symbols: HashMap::new(), end: 0 };
        for entry in &stream.entries {
            slots.of.insert(entry.id, slots.end);
            if let Some(symbol) = entry.insn.symbol() {
                slots.symbols.entry(symbol).or_insert(slots.end);
            }
            slots.end = slots.end.saturating_add(entry.insn.slots());
        }
        slots
    }

    /// The slot of a target; `None` if it is not in the stream.
    pub fn find(&self, to: To) -> Option<u32> {
        match to {
            To::Insn(id) => self.of.get(&id).copied(),
            To::Half(id) => self.of.get(&id).map(|slot| slot + 1),
            To::End => Some(self.end),
        }
    }

    /// The slot that an instruction goes to: `None` if it goes nowhere, `Some(None)` if its target is not in the stream.
    pub fn target(&self, insn: &Insn, to: Option<To>) -> Option<Option<u32>> {
        match to {
            Some(to) => Some(self.find(to)),
            None => {
                let symbol = insn.meta.facts()?.target.as_ref()?;
                Some(self.symbols.get(symbol).copied())
            }
        }
    }
}

impl Stream {
    /// The instructions, with the distances of their jumps.
    ///
    /// # Errors
    /// All of them: `insn-jump-too-far` where a field cannot hold the distance, `insn-no-target` where what is jumped to is
    /// not in the stream. They name slots of this stream.
    pub fn resolve(&self) -> Result<Vec<Insn>, Vec<Error>> {
        let slots = Slots::new(self);
        let (mut insns, mut errors, mut at) = (Vec::with_capacity(self.len()), Vec::new(), 0u32);
        for entry in &self.entries {
            let mut insn = entry.insn.clone();
            let mut fail = |kind| errors.push(Error::new(at as usize, kind));
            if let (Some(jump), Some(to)) = (insn.jump(), slots.target(&insn, entry.to)) {
                match to.map(|to| i64::from(to) - i64::from(at) - 1) {
                    Some(slots) if jump.set(&mut insn, slots) => {}
                    Some(slots) => fail(ErrorKind::JumpTooFar { code: insn.code, slots }),
                    None => fail(ErrorKind::NoTarget { code: insn.code }),
                }
            }
            at = at.saturating_add(insn.slots());
            insns.push(insn);
        }
        if errors.is_empty() { Ok(insns) } else { Err(errors) }
    }

    /// The slots, references to tables of the object unresolved.
    ///
    /// # Errors
    /// All of them: those of [`resolve`](Self::resolve), or those of [`encode`](crate::encode()).
    pub fn encode(&self) -> Result<Vec<Raw>, Vec<Error>> {
        self.slots(encode)
    }

    /// The slots as the kernel takes them, with the descriptors of the maps that instructions hold. The stream has to live
    /// until the program is loaded.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub fn encode_for_kernel(&self) -> Result<Vec<Raw>, Vec<Error>> {
        self.slots(encode_for_kernel)
    }

    fn slots(&self, encode: fn(&Insn, &mut Vec<Raw>) -> Result<(), Error>) -> Result<Vec<Raw>, Vec<Error>> {
        let insns = self.resolve()?;
        let (mut slots, mut errors) = (Vec::with_capacity(insns.len()), Vec::new());
        for insn in &insns {
            if let Err(error) = encode(insn, &mut slots) {
                errors.push(error);
                // Those behind it keep their places.
                slots.resize(slots.len() + insn.slots() as usize, Raw::default());
            }
        }
        if errors.is_empty() { Ok(slots) } else { Err(errors) }
    }
}
