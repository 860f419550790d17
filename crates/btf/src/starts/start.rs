//! A beginning that is kept, and what stands there.

use crate::Kind;

/// Named types, and apart from them what has a name and is no type in C: kernels have four times as many functions as
/// types, which few ask for.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Part {
    Types,
    Others,
}

impl Part {
    /// The part that types of a kind belong to if they have a name.
    pub(crate) const fn of(kind: Kind) -> Self {
        match kind {
            Kind::FUNC | Kind::VAR | Kind::DATASEC | Kind::DECL_TAG | Kind::TYPE_TAG => Self::Others,
            _ => Self::Types,
        }
    }

    /// Its bit in a set of parts.
    pub(crate) const fn bit(self) -> u32 {
        1 << (30 + self as u32)
    }
}

/// Where a stretch of types begins, as the number of words before it in the type section (types consist of words, and the
/// section is smaller than 4 GiB), with the set of parts that occur in the stretch in the bits above.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start(u32);

const WORDS: u32 = (1 << 30) - 1;

impl Start {
    /// At an offset in bytes from the beginning of the type section, a multiple of 4.
    pub(crate) fn new(offset: usize) -> Self {
        Self(offset as u32 / 4)
    }

    /// Adds a set of parts.
    pub(crate) fn add(&mut self, parts: u32) {
        self.0 |= parts & !WORDS;
    }

    pub(crate) fn has(self, part: Part) -> bool {
        self.0 & part.bit() != 0
    }

    /// The offset in bytes from the beginning of the type section.
    pub(crate) fn offset(self) -> usize {
        (self.0 & WORDS) as usize * 4
    }
}
