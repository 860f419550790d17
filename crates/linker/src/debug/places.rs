//! Where the bytes of an object's code are once some of its functions are gone: what stays of a section moves together.

use alloc::{collections::BTreeMap, vec::Vec};

use skep_object::{
    DebugTarget, Object,
    isa::{FuncIdx, Raw},
};

use crate::{layout::Layout, live::Live};

/// Code of an object, section by section.
pub(super) struct Places {
    sections: BTreeMap<u32, Vec<Part>>,
}

/// A function, by its bytes in the section.
#[derive(Clone, Copy)]
struct Part {
    func: FuncIdx,
    start: u64,
    end: u64,
    /// How many bytes before it stay.
    before: u64,
    stays: bool,
}

/// An address while debug information is read: the section in the upper half, the offset in the lower.
fn address(section: u32, offset: u64) -> u64 {
    (u64::from(section) + 1) << 32 | offset & 0xffff_ffff
}

impl Places {
    /// None if everything is where it was, seen from the beginning of its section. An error if what stays of a section
    /// went to several.
    pub fn of(obj: u32, object: &Object, layout: &Layout, live: &Live) -> Result<Option<Self>, &'static str> {
        let (mut sections, mut same): (BTreeMap<u32, Vec<Part>>, bool) = (BTreeMap::new(), true);
        let mut homes: BTreeMap<u32, FuncIdx> = BTreeMap::new();
        for (i, func) in (0..).zip(&object.funcs) {
            let idx = FuncIdx(i);
            let start = u64::from(func.start.0) * Raw::SIZE as u64;
            let end = start + u64::from(func.slots) * Raw::SIZE as u64;
            let parts = sections.entry(func.section.0).or_default();
            let (before, last) = parts.last().map_or((0, 0), |p| (p.before + p.len(), p.end));
            let stays = live.func(obj, idx);
            same &= stays && last == start;
            parts.push(Part { func: idx, start, end, before, stays });
            if stays && let Some(&first) = homes.get(&func.section.0) {
                let home = |f| layout.func(obj, f).and_then(|f| layout.funcs.get(f.at())).map(|f| f.2);
                if home(first) != home(idx) {
                    return Err("static functions of a section of programs went to .text");
                }
            } else if stays {
                homes.insert(func.section.0, idx);
            }
        }
        Ok((!same).then_some(Self { sections }))
    }

    fn parts(&self, section: u32) -> &[Part] {
        self.sections.get(&section).map_or(&[], |parts| parts)
    }

    /// The address of a byte of a function.
    pub fn address(&self, object: &Object, func: FuncIdx, offset: u64) -> u64 {
        object
            .funcs
            .get(func.at())
            .map_or(0, |f| address(f.section.0, u64::from(f.start.0) * Raw::SIZE as u64 + offset))
    }

    /// How much of the section of an address stays before it, in bytes.
    fn position(&self, at: u64) -> u64 {
        let (section, offset) = split(at);
        let parts = self.parts(section);
        let after = parts.partition_point(|p| p.start <= offset);
        parts.get(after.wrapping_sub(1)).map_or(0, |p| match p.stays {
            true => p.before + (offset - p.start).min(p.end - p.start),
            false => p.before,
        })
    }

    /// How many bytes between two addresses of a section stay.
    pub fn distance(&self, from: u64, to: u64) -> u64 {
        self.position(to).saturating_sub(self.position(from))
    }

    /// Whether the code at an address stays.
    pub fn stays(&self, at: u64) -> bool {
        let (section, offset) = split(at);
        self.parts(section).iter().any(|p| p.stays && (p.start..p.end).contains(&offset))
    }

    /// What is at an address: what comes next of what stays, or the end of what came before.
    pub fn target(&self, at: u64) -> DebugTarget {
        let (section, offset) = split(at);
        let parts = self.parts(section);
        let staying = || parts.iter().filter(|p| p.stays);
        let next = staying().find(|p| offset < p.end).map(|p| (p.func, offset.saturating_sub(p.start)));
        let end = || staying().next_back().map(|p| (p.func, p.end - p.start));
        match next.or_else(end) {
            Some((func, offset)) => DebugTarget::Func { func, offset },
            None => DebugTarget::Gone,
        }
    }
}

impl Part {
    /// How many of its bytes stay.
    fn len(&self) -> u64 {
        if self.stays { self.end - self.start } else { 0 }
    }
}

fn split(at: u64) -> (u32, u64) {
    (((at >> 32) as u32).wrapping_sub(1), at & 0xffff_ffff)
}
