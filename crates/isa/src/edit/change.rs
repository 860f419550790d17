//! Edits.

use alloc::vec::Vec;
use core::ops::Range;

use hashbrown::{HashMap, HashSet};

use super::{Entry, Id, Stream, To};
use crate::{Insn, SourceLine};

impl Stream {
    /// Adds an instruction at the end. Jumps that went to the end go to it.
    pub fn push(&mut self, insn: Insn) {
        self.insert(self.len(), insn);
    }

    /// Puts instructions before the one at a position. What jumped there runs them first; the function, the symbol and
    /// the line of source that began there begin with them. Their own jumps to their end go on to what follows.
    pub fn insert(&mut self, at: usize, insns: impl Into<Stream>) {
        let at = at.min(self.len());
        self.change(at..at, insns.into(), true);
    }

    /// Puts instructions behind the one at a position. Only who comes from that one runs them: what jumped to the one that
    /// followed still does.
    pub fn insert_after(&mut self, at: usize, insns: impl Into<Stream>) {
        let at = at.saturating_add(1).min(self.len());
        self.change(at..at, insns.into(), false);
    }

    /// Takes instructions out. What jumped to one of them goes to what follows, and so do the function, the symbol and the
    /// line of source that began with one of them, unless others begin there.
    pub fn remove(&mut self, range: Range<usize>) -> Stream {
        let range = self.clip(range);
        self.change(range, Stream::new(), true)
    }

    /// Puts instructions in the place of others. What jumped to one of those goes to the first of these; functions, symbols
    /// and lines of source stay with their place.
    pub fn replace(&mut self, range: Range<usize>, insns: impl Into<Stream>) -> Stream {
        let range = self.clip(range);
        self.change(range, insns.into(), true)
    }

    /// Takes instructions out to put them elsewhere: jumps to them and from them wait until they are
    /// [spliced](Self::splice) in again. The stream has no meaning in between.
    pub fn cut(&mut self, range: Range<usize>) -> Stream {
        let entries = self.entries.drain(self.clip(range)).collect();
        Stream { entries, ids: self.ids.clone() }
    }

    /// Puts a stream before the instruction at a position, as [`insert`](Self::insert) does. If it was cut out of this stream, or both
    /// were cut out of one, jumps between the two go where they went.
    pub fn splice(&mut self, at: usize, part: Stream) {
        let at = at.min(self.len());
        self.change(at..at, part, true);
    }

    /// Adds a stream at the end. Jumps that went to the end go to its beginning.
    pub fn append(&mut self, part: Stream) {
        self.splice(self.len(), part);
    }

    fn clip(&self, range: Range<usize>) -> Range<usize> {
        let start = range.start.min(self.len());
        start..range.end.clamp(start, self.len())
    }

    /// Replaces a range that lies within the stream. With `follow`, what jumped to its beginning goes to the new
    /// instructions.
    fn change(&mut self, range: Range<usize>, mut part: Stream, follow: bool) -> Stream {
        self.adopt(&mut part);
        let following = self.entries.get(range.end).map_or(To::End, |entry| To::Insn(entry.id));
        for entry in &mut part.entries {
            if entry.to == Some(To::End) {
                entry.to = Some(following);
            }
        }
        let first = part.entries.first().map_or(following, |entry| To::Insn(entry.id));
        let old: HashSet<Id> = self.entries.iter().skip(range.start).take(range.len()).map(|entry| entry.id).collect();
        let redirected = |to| match to {
            To::Insn(id) | To::Half(id) => old.contains(&id) || (follow && old.is_empty() && to == following),
            To::End => follow && old.is_empty() && following == To::End,
        };
        let line = self.line_of(range.end);
        for (at, entry) in self.entries.iter_mut().enumerate() {
            if !range.contains(&at) && entry.to.is_some_and(redirected) {
                entry.to = Some(first);
            }
        }
        let (start, count) = (range.start, part.len());
        let removed: Vec<Entry> = self.entries.splice(range, part.entries).collect();
        self.inherit(start, count, &removed, follow);
        self.keep_line(start + count, line);
        Stream { entries: removed, ids: self.ids.clone() }
    }

    /// Gives instructions ids of this stream: those of another stream new ones, and those that are here already.
    fn adopt(&self, part: &mut Stream) {
        let related = alloc::sync::Arc::ptr_eq(&self.ids, &part.ids);
        let here: HashSet<Id> =
            if related { self.entries.iter().map(|entry| entry.id).collect() } else { HashSet::new() };
        let mut renamed = HashMap::new();
        for entry in &mut part.entries {
            if !related || here.contains(&entry.id) {
                let id = self.ids.next();
                renamed.insert(core::mem::replace(&mut entry.id, id), id);
            }
        }
        for entry in &mut part.entries {
            if let Some(To::Insn(id) | To::Half(id)) = &mut entry.to {
                match renamed.get(id) {
                    Some(new) => *id = *new,
                    // It was cut off its target, which no stream that it can come into has.
                    None if !related => *id = Id(u64::MAX),
                    None => {}
                }
            }
        }
    }

    /// Hands on what began in a place: to the first of what is there now.
    fn inherit(&mut self, start: usize, count: usize, removed: &[Entry], follow: bool) {
        let mut facts = removed.iter().filter_map(|entry| entry.insn.meta.facts());
        let (mut symbol, mut func) = (None, None);
        for facts in facts.by_ref() {
            symbol = symbol.or_else(|| facts.symbol.clone());
            func = func.or(facts.func);
        }
        let mut line = removed.first().map_or(SourceLine::default(), |entry| entry.insn.line);
        let inserts = removed.is_empty() && follow && count > 0;
        let heirs = self.entries.get_mut(start..).unwrap_or_default();
        let (head, rest) = heirs.split_at_mut(heirs.len().min(1));
        let Some(heir) = head.first_mut().map(|entry| &mut entry.insn) else { return };
        if inserts && let Some(old) = rest.get_mut(count - 1).map(|entry| &mut entry.insn) {
            line = old.line;
            let known = heir.meta.facts().cloned().unwrap_or_default();
            if let Some(facts) = old.meta.facts() {
                symbol = facts.symbol.clone().filter(|_| known.symbol.is_none());
                func = facts.func.filter(|_| known.func.is_none());
            }
            if symbol.is_some() || func.is_some() {
                let facts = old.facts_mut();
                facts.symbol = facts.symbol.take().filter(|_| symbol.is_none());
                facts.func = facts.func.filter(|_| func.is_none());
            }
        }
        if count > 0 && heir.line.is_none() {
            heir.line = line;
        }
        let known = heir.meta.facts();
        symbol = symbol.filter(|_| known.is_none_or(|facts| facts.symbol.is_none()));
        func = func.filter(|_| known.is_none_or(|facts| facts.func.is_none()));
        if symbol.is_some() || func.is_some() {
            let facts = heir.facts_mut();
            facts.symbol = facts.symbol.take().or(symbol);
            facts.func = facts.func.or(func);
        }
    }

    /// The line of source that an instruction belongs to: its own, or the last that began before.
    fn line_of(&self, at: usize) -> SourceLine {
        let until = self.entries.get(..=at).or_else(|| self.entries.get(..at)).unwrap_or_default();
        let lines = until.iter().rev().map(|entry| entry.insn.line);
        { lines }.find(|line| !line.is_none()).unwrap_or_default()
    }

    /// Sees to it that an instruction belongs to a line.
    fn keep_line(&mut self, at: usize, line: SourceLine) {
        let now = self.line_of(at);
        if let Some(entry) = self.entries.get_mut(at).filter(|_| now != line && !line.is_none()) {
            entry.insn.line = line;
        }
    }
}
