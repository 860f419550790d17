//! The beginnings of the types of a part, or little more than these.

use super::{
    Part, STRETCH, Start, Starts,
    iter::{Ahead, LANES},
};

impl Starts {
    /// Calls `f` with the position and the offset in bytes of each type with a name that belongs to a part, in order, and of
    /// some others: stretches without any are passed over.
    pub(crate) fn each_of(&self, part: Part, data: &[u8], mut f: impl FnMut(u32, usize)) {
        for (n, run) in self.runs.iter().enumerate() {
            let next = self.runs.get(n + 1);
            let known = run.known as usize..next.map_or(self.known.len(), |next| next.known as usize);
            let end = next.map_or(self.len, |next| next.first);
            let stretches = (run.first..).step_by(1 << self.shift).zip(self.known.get(known).unwrap_or_default());
            let mut found = stretches.filter(|(_, start)| start.has(part)).map(|(i, start)| (i, *start));
            loop {
                let mut some = [(0, Start::new(0)); LANES];
                let count = some.iter_mut().zip(&mut found).map(|(some, found)| *some = found).count();
                if count == LANES && self.shift != 0 && some[LANES - 1].0 + STRETCH as u32 <= end {
                    self.stretches(some, data, &mut f);
                    continue;
                }
                for &(first, start) in some.iter().take(count) {
                    self.stretch(first..end.min(first + (1 << self.shift)), start, data, &mut f);
                }
                if count < LANES {
                    break;
                }
            }
        }
    }

    /// Whole stretches, by their first positions.
    #[inline(always)]
    fn stretches(&self, some: [(u32, Start); LANES], data: &[u8], f: &mut impl FnMut(u32, usize)) {
        let mut ahead: Ahead = [0; LANES * STRETCH];
        if self.step_all(some.map(|(_, start)| start), &mut ahead, data).is_some() {
            for (stretch, (first, _)) in ahead.as_chunks::<STRETCH>().0.iter().zip(some) {
                (first..).zip(stretch).for_each(|(i, &at)| f(i, at as usize));
            }
        }
    }

    /// The types at some positions, of which the first begins at `start`.
    fn stretch(&self, range: core::ops::Range<u32>, start: Start, data: &[u8], f: &mut impl FnMut(u32, usize)) {
        let mut at = self.begins(start);
        for i in range {
            f(i, at);
            let Some(size) = self.size(at, data) else { return };
            at += size;
        }
    }
}
