//! The beginnings of all types, one after the other.
//!
//! From one beginning to the next leads a load that the one behind it waits for. So several stretches of types are
//! stepped through at a time, and what is found there is kept until it is asked for.

use super::{STRETCH, Start, Starts};

/// The stretches that are stepped through at a time.
pub(super) const LANES: usize = 4;
/// The beginnings in all of them.
pub(super) type Ahead = [u32; LANES * STRETCH];

/// See [`Starts::iter`].
#[derive(Clone, Debug)]
pub(crate) struct Iter<'a> {
    starts: &'a Starts,
    data: &'a [u8],
    /// The position of the next type.
    i: u32,
    /// Beginnings found ahead of it, of which `used` were given out.
    ahead: Ahead,
    found: usize,
    used: usize,
}

impl<'a> Iter<'a> {
    /// From a position on.
    pub(super) fn new(starts: &'a Starts, data: &'a [u8], i: u32) -> Self {
        Self { starts, data, i, ahead: [0; LANES * STRETCH], found: 0, used: 0 }
    }

    /// Finds more beginnings. None at the end.
    fn find(&mut self) -> Option<()> {
        let (starts, i) = (self.starts, self.i);
        let next = starts.runs.iter().map(|run| run.first).find(|&first| i < first);
        let left = next.unwrap_or(starts.len).checked_sub(i)? as usize;
        let run = starts.run(i).filter(|_| left != 0)?;
        let (inside, known) = ((i - run.first) as usize, starts.known.get(run.known as usize..)?);
        (self.used, self.found) = (0, 0);
        if starts.shift == 0 {
            let known = known.get(inside..)?;
            self.found = left.min(self.ahead.len());
            self.ahead.iter_mut().zip(known).for_each(|(ahead, &known)| *ahead = starts.begins(known) as u32);
        } else if inside % STRETCH == 0 && left >= self.ahead.len() {
            let lanes: &[Start; LANES] = known.get(inside / STRETCH..)?.first_chunk()?;
            starts.step_all(*lanes, &mut self.ahead, self.data)?;
            self.found = self.ahead.len();
        } else {
            let mut at = starts.at(i, self.data)?;
            self.found = left.min(STRETCH - inside % STRETCH);
            for ahead in self.ahead.iter_mut().take(self.found) {
                *ahead = at as u32;
                at += starts.size(at, self.data)?;
            }
        }
        Some(())
    }
}

impl Starts {
    /// Steps through stretches.
    pub(super) fn step_all(&self, lanes: [Start; LANES], ahead: &mut Ahead, data: &[u8]) -> Option<()> {
        let mut lanes = lanes.map(|start| self.begins(start));
        let (stretches, _) = ahead.as_chunks_mut::<STRETCH>();
        for step in 0..STRETCH {
            for (stretch, at) in stretches.iter_mut().zip(&mut lanes) {
                stretch[step] = *at as u32;
                *at += self.size(*at, data)?;
            }
        }
        Some(())
    }
}

impl Iterator for Iter<'_> {
    type Item = (u32, usize);

    #[inline]
    fn next(&mut self) -> Option<(u32, usize)> {
        if self.used == self.found {
            self.find()?;
        }
        let item = (self.i, *self.ahead.get(self.used)? as usize);
        self.used += 1;
        self.i += 1;
        Some(item)
    }

    /// Passes that go through all types spend less on each.
    #[inline]
    fn fold<B, F: FnMut(B, Self::Item) -> B>(mut self, init: B, mut f: F) -> B {
        let mut folded = init;
        loop {
            for &at in self.ahead.get(self.used..self.found).unwrap_or_default() {
                folded = f(folded, (self.i, at as usize));
                self.i += 1;
            }
            self.used = self.found;
            if self.find().is_none() {
                return folded;
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = (self.starts.len - self.i) as usize;
        (left, Some(left))
    }
}
