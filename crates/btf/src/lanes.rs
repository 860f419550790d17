//! The first pass over the types: that each one fits, and where it begins.
//!
//! Where a type begins is known only when the one before it has been looked at, so a pass spends its time waiting for one
//! load after the other. Large BTF is therefore passed over in several places at a time. Where those places are is
//! guessed, and found to be right or wrong when the pass before gets there.

use alloc::vec::Vec;

use smallvec::SmallVec;

use crate::{
    Error, ErrorKind, Kind, TypeId,
    header::{HEAD, UNKNOWN},
    starts::{Part, Run, STRETCH, Start},
};

/// How many passes there are at a time over large BTF.
const LANES: usize = 4;
/// Type sections below this size in bytes are passed over in one go.
const SMALL: usize = if cfg!(fuzzing) { 1 << 6 } else { 1 << 18 };
/// So many types that hold together make a guess.
const PROBES: usize = if cfg!(fuzzing) { 3 } else { 48 };
/// The places at which it is looked how densely types stand.
const SAMPLES: usize = 32;
/// The words at which a guess may begin.
const GUESSES: usize = 1 << 10;

/// What types are checked against.
struct Rules<'a, F> {
    types: &'a [u8],
    sizes: &'a [u16; 128],
    rows: [Row; 128],
    names_end: u32,
    /// One beginning of `every + 1` is kept.
    every: u32,
    u32_of: F,
}

/// What was found: how many types there are, some of their beginnings, and which.
#[derive(Debug, Default)]
pub(crate) struct Passed {
    pub(crate) len: u32,
    pub(crate) known: Vec<Start>,
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
    known: Vec<Start>,
}

/// What is known of a kind.
#[derive(Clone, Copy)]
struct Row {
    /// The bytes of a type without elements; more than there can be if nobody knows.
    once: u32,
    /// The bytes of an element, and the set of parts that types with a name belong to.
    each: u32,
}

impl<F: Fn([u8; 4]) -> u32 + Copy> Rules<'_, F> {
    /// The end of the type at an offset, if it holds together, and the part that it belongs to.
    #[inline(always)]
    fn next(&self, at: usize) -> Option<(usize, u32)> {
        let head: &[u8; HEAD] = self.types.get(at..)?.first_chunk()?;
        let &[n0, n1, n2, n3, i0, i1, i2, i3, ..] = head;
        let (name, info) = ((self.u32_of)([n0, n1, n2, n3]), (self.u32_of)([i0, i1, i2, i3]));
        let Row { once, each } = self.rows[(info >> 24 & 0x7f) as usize];
        let end = at as u64 + u64::from(once) + u64::from(each & 0xff) * u64::from(info & 0xff_ffff);
        let fits = (name < self.names_end) & (end <= self.types.len() as u64);
        fits.then_some((end as usize, if name == 0 { 0 } else { each }))
    }

    /// Passes over a stretch of types in each lane that has one left in which all types hold together. How many have.
    #[inline(always)]
    fn stretch(&self, lanes: &mut [Lane; LANES]) -> usize {
        let mut at = lanes.each_ref().map(|lane| lane.at);
        let mut parts = [0; LANES];
        for _ in 0..STRETCH {
            for (at, parts) in at.iter_mut().zip(&mut parts) {
                let (next, part) = self.next(*at).unwrap_or((usize::MAX, 0));
                *at = next;
                *parts |= part;
            }
        }
        let mut done = 0;
        for ((lane, at), parts) in lanes.iter_mut().zip(at).zip(parts).filter(|((lane, at), _)| *at <= lane.end) {
            let mut start = Start::new(lane.at);
            start.add(parts);
            lane.known.push(start);
            lane.len += STRETCH as u32;
            lane.at = at;
            done += 1;
        }
        done
    }

    /// Passes over one type. False if there is none, or it does not hold together.
    #[inline(always)]
    fn step(&self, lane: &mut Lane) -> bool {
        let Some((next, parts)) = self.next(lane.at).filter(|_| lane.at < lane.end) else { return false };
        if lane.len & self.every == 0 {
            lane.known.push(Start::new(lane.at));
        }
        if let Some(start) = lane.known.last_mut() {
            start.add(parts);
        }
        lane.len += 1;
        lane.at = next;
        true
    }

    /// A place at or behind `at` where a type seems to begin, and where it ends with some behind it.
    fn guess(&self, at: usize) -> Option<(usize, usize)> {
        let run = |from| (0..PROBES).try_fold(from, |at, _| self.next(at).map(|(next, _)| next));
        (0..GUESSES).map(|word| (at & !3) + 4 * word).find_map(|from| Some((from, run(from)?)))
    }

    /// Places which part the types into equally many, as far as samples tell: functions stand next to each other, and
    /// take less room than structs.
    fn places(&self) -> [usize; LANES - 1] {
        let piece = self.types.len() / SAMPLES;
        // How many types each piece has.
        let counts: [usize; SAMPLES] = core::array::from_fn(|i| {
            let bytes = self.guess(piece * i).map_or(1 << 10, |(from, to)| to - from);
            piece * PROBES / bytes
        });
        let all: usize = counts.iter().sum();
        core::array::from_fn(|lane| {
            let (mut left, mut at) = (all / LANES * (lane + 1), 0);
            for count in counts {
                if left < count {
                    return at + piece * left / count;
                }
                left -= count;
                at += piece;
            }
            at
        })
    }

    /// Places from which to pass over the types at a time, the first of them the beginning.
    fn lanes(&self) -> Lanes {
        let whole = self.types.len();
        let mut lanes = Lanes::new();
        lanes.push(Lane { end: whole, ..Lane::default() });
        for place in if whole < SMALL { Default::default() } else { self.places() } {
            if place != 0
                && let Some((at, _)) = self.guess(place)
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
            while self.step(&mut lane) {}
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
    let row = |kind: usize| match sizes[kind].to_le_bytes() {
        _ if sizes[kind] == UNKNOWN => Row { once: u32::MAX, each: 0 },
        [once, each] => {
            Row { once: HEAD as u32 + u32::from(once), each: u32::from(each) | Part::of(Kind(kind as u8)).bit() }
        }
    };
    let rows = core::array::from_fn(row);
    let rules = Rules { types, sizes, rows, names_end, every: (1 << shift) - 1, u32_of };
    let mut lanes = rules.lanes();
    for lane in &mut lanes {
        // Kernels have 28 bytes a type, objects 20; what is reserved too much is given back.
        let room = if lane.at == 0 { types.len() } else { lane.end - lane.at };
        lane.known.reserve((room / 20) >> shift);
    }
    if let Some(lanes) = lanes.first_chunk_mut().filter(|_| shift != 0) {
        // What is left in one of them need not be done so.
        while rules.stretch(lanes) > 1 {}
    }
    rules.join(lanes, start, first_id)
}
