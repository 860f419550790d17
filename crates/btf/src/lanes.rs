//! The first pass over the types: that each one fits, and where it begins.
//!
//! Where a type begins is known only when the one before it has been looked at, so a pass spends its time waiting for one
//! load after the other. Large BTF is therefore passed over in several places at a time. Where those places are is
//! guessed, and found to be right or wrong when the pass before gets there.

use alloc::vec::Vec;

use smallvec::SmallVec;

use crate::{
    Error, ErrorKind, TypeId,
    header::{HEAD, UNKNOWN},
    starts::Run,
};

/// How many passes there are at a time over large BTF.
const LANES: usize = 4;
/// Type sections below this size in bytes are passed over in one go.
const SMALL: usize = if cfg!(fuzzing) { 1 << 6 } else { 1 << 18 };
/// So many types that hold together make a guess.
const PROBES: u32 = if cfg!(fuzzing) { 3 } else { 48 };
/// The words at which a guess may begin.
const GUESSES: usize = 1 << 10;

/// What types are checked against.
struct Rules<'a, F> {
    types: &'a [u8],
    sizes: &'a [u16; 128],
    names_end: u32,
    /// One beginning of `every + 1` is kept.
    every: u32,
    u32_of: F,
}

/// What was found: how many types there are, some of their beginnings, and which.
#[derive(Debug, Default)]
pub(crate) struct Passed {
    pub(crate) len: u32,
    pub(crate) known: Vec<u32>,
    pub(crate) runs: Runs,
}

/// As many runs as there can be passes, without an allocation.
pub(crate) type Runs = SmallVec<[Run; LANES]>;
type Lanes = SmallVec<[Lane; LANES]>;

/// A pass from one place up to another.
#[derive(Clone, Default)]
struct Lane {
    at: usize,
    end: usize,
    len: u32,
    known: Vec<u32>,
}

impl<F: Fn([u8; 4]) -> u32 + Copy> Rules<'_, F> {
    /// The end of the type at an offset, if it holds together.
    #[inline(always)]
    fn next(&self, at: usize) -> Option<usize> {
        let head: &[u8; HEAD] = self.types.get(at..)?.first_chunk()?;
        let &[n0, n1, n2, n3, i0, i1, i2, i3, ..] = head;
        let (name, info) = ((self.u32_of)([n0, n1, n2, n3]), (self.u32_of)([i0, i1, i2, i3]));
        let row = self.sizes[(info >> 24 & 0x7f) as usize];
        let [once, each] = row.to_le_bytes();
        let end = at + HEAD + usize::from(once) + usize::from(each) * (info & 0xff_ffff) as usize;
        (name < self.names_end && row != UNKNOWN && end <= self.types.len()).then_some(end)
    }

    /// Passes over one type. False if there is none, or it does not hold together.
    #[inline(always)]
    fn step(&self, lane: &mut Lane, start: u32) -> bool {
        let Some(next) = self.next(lane.at).filter(|_| lane.at < lane.end) else { return false };
        if lane.len & self.every == 0 {
            lane.known.push(start + lane.at as u32);
        }
        lane.len += 1;
        lane.at = next;
        true
    }

    /// A place at or behind `at` where a type seems to begin.
    fn guess(&self, at: usize) -> Option<usize> {
        let run = |from| (0..PROBES).try_fold(from, |at, _| self.next(at));
        (0..GUESSES).find_map(|word| run((at & !3) + 4 * word))
    }

    /// Places from which to pass over the types at a time, the first of them the beginning.
    fn lanes(&self) -> Lanes {
        let whole = self.types.len();
        let mut lanes = Lanes::new();
        lanes.push(Lane { end: whole, ..Lane::default() });
        for i in 1..if whole < SMALL { 1 } else { LANES } {
            if let Some(at) = self.guess(whole / LANES * i)
                && let Some(last) = lanes.last_mut().filter(|last| last.at < at)
            {
                last.end = at;
                lanes.push(Lane { at, end: whole, ..Lane::default() });
            }
        }
        lanes
    }

    /// Completes each pass up to where the next one began, and puts them together.
    fn join(&self, lanes: Lanes, start: u32, first_id: u32) -> Result<Passed, Error> {
        let mut lanes = lanes.into_iter();
        let (mut passed, mut next) = (Passed::default(), lanes.next());
        while let Some(mut lane) = next {
            while self.step(&mut lane, start) {}
            if lane.at < lane.end {
                return Err(self.fault(start, lane.at, TypeId(first_id.saturating_add(passed.len + lane.len))));
            }
            next = lanes.next();
            if lane.at > lane.end {
                // The next one began inside of a type: what it found is nothing.
                let end = next.map_or(self.types.len(), |wrong| wrong.end);
                next = Some(Lane { end, ..lane });
                continue;
            }
            passed.runs.push(Run { first: passed.len, known: passed.known.len() as u32 });
            passed.len += lane.len;
            match passed.known.is_empty() {
                true => passed.known = lane.known,
                false => passed.known.append(&mut lane.known),
            }
        }
        // A copy is worth it for much only.
        if passed.known.capacity() - passed.known.len() > 1 << 10 {
            passed.known.shrink_to_fit();
        }
        Ok(passed)
    }

    /// What is wrong with the type at an offset.
    #[cold]
    fn fault(&self, start: u32, at: usize, id: TypeId) -> Error {
        let rest = self.types.get(at..).unwrap_or_default();
        let offset = start as usize + at;
        let word = |n: usize| rest.as_chunks().0.get(n).map_or(0, |bytes| (self.u32_of)(*bytes));
        let (name, info) = (word(0), word(1));
        let row = self.sizes[(info >> 24 & 0x7f) as usize];
        let [once, each] = row.to_le_bytes();
        let need = HEAD as u64 + u64::from(once) + u64::from(each) * u64::from(info & 0xff_ffff);
        let (need, kind) = match rest.len() < HEAD {
            true => (HEAD as u64, None),
            false if row == UNKNOWN => (need, Some(ErrorKind::UnknownKind((info >> 24) as u8 & 0x7f))),
            false => (need, (name >= self.names_end).then_some(ErrorKind::StringOffset(name))),
        };
        let truncated = ErrorKind::Truncated { what: "a type", need, have: rest.len() as u64 };
        Error { type_id: Some(id), ..Error::at(kind.unwrap_or(truncated), offset) }
    }
}

/// The pass over the type section, compiled once for each byte order.
#[inline(always)]
pub(crate) fn scan(
    (start, size): (u32, u32),
    data: &[u8],
    sizes: &[u16; 128],
    names_end: u32,
    shift: u32,
    first_id: u32,
    u32_of: impl Fn([u8; 4]) -> u32 + Copy,
) -> Result<Passed, Error> {
    let types = data.get(start as usize..(start + size) as usize).unwrap_or_default();
    let rules = Rules { types, sizes, names_end, every: (1 << shift) - 1, u32_of };
    let mut lanes = rules.lanes();
    for lane in &mut lanes {
        // Kernels have 28 bytes a type, objects 20; what is reserved too much is given back.
        let room = if lane.at == 0 { types.len() } else { lane.end - lane.at };
        lane.known.reserve((room / 20) >> shift);
    }
    if let [a, b, c, d] = &mut *lanes {
        while rules.step(a, start) & rules.step(b, start) & rules.step(c, start) & rules.step(d, start) {}
    }
    rules.join(lanes, start, first_id)
}
