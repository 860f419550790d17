//! Lists of ranges and of locations.

use alloc::vec::Vec;

use gimli::{Dwarf, Reader, SectionId, Unit};
use hashbrown::HashSet;

use super::{
    compact::{Patch, Slice, UNREADABLE, Unreadable, indexed},
    places::Places,
};

/// Tables that were looked at, each once.
pub(super) type Seen = HashSet<(SectionId, usize)>;

/// What is said about an entry of a list: its kind's operands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Entry {
    End,
    /// A base, by its position in the table of addresses.
    BaseIndex,
    IndexIndex,
    IndexLength,
    Pair,
    Base,
    StartEnd,
    StartLength,
    /// A location that always holds.
    Default,
}

const RANGES: [Entry; 8] = [
    Entry::End,
    Entry::BaseIndex,
    Entry::IndexIndex,
    Entry::IndexLength,
    Entry::Pair,
    Entry::Base,
    Entry::StartEnd,
    Entry::StartLength,
];

const LOCATIONS: [Entry; 9] = [
    Entry::End,
    Entry::BaseIndex,
    Entry::IndexIndex,
    Entry::IndexLength,
    Entry::Pair,
    Entry::Default,
    Entry::Base,
    Entry::StartEnd,
    Entry::StartLength,
];

/// The ranges and locations of a unit, each table of them once.
pub(super) fn lists(
    dwarf: &Dwarf<Slice<'_>>,
    unit: &Unit<Slice<'_>>,
    [ranges, locations]: [Slice<'_>; 2],
    places: &Places,
    seen: &mut Seen,
    patches: &mut Vec<Patch>,
) -> Result<(), Unreadable> {
    let tables = [
        (SectionId::DebugRngLists, ranges, unit.rnglists_base.0, &RANGES[..]),
        (SectionId::DebugLocLists, locations, unit.loclists_base.0, &LOCATIONS[..]),
    ];
    for (id, section, base, kinds) in tables {
        if base != 0 && seen.insert((id, base)) {
            List { dwarf, unit, places, id, section }.table(base, kinds, patches)?;
        }
    }
    Ok(())
}

struct List<'u, 'd> {
    dwarf: &'u Dwarf<Slice<'d>>,
    unit: &'u Unit<Slice<'d>>,
    places: &'u Places,
    id: SectionId,
    section: Slice<'d>,
}

impl<'d> List<'_, 'd> {
    /// Goes through the table that a base leads into: behind its header, at the offsets of its lists.
    fn table(&self, base: usize, kinds: &[Entry], patches: &mut Vec<Patch>) -> Result<(), Unreadable> {
        let format = self.unit.encoding().format;
        let header = usize::from(format.initial_length_size()) + 8;
        let mut input = self.section;
        input.skip(base.checked_sub(header).ok_or(Unreadable(UNREADABLE))?)?;
        let (length, _) = input.read_initial_length()?;
        let mut lists = input.split(length)?;
        lists.skip(4)?;
        let count = lists.read_u32()? as usize;
        lists.skip(count.saturating_mul(usize::from(format.word_size())))?;
        let mut at = self.unit.low_pc;
        while !lists.is_empty() {
            let kind = *kinds.get(usize::from(lists.read_u8()?)).ok_or(Unreadable(UNREADABLE))?;
            self.entry(kind, &mut lists, &mut at, patches)?;
            let has_location =
                kinds.len() > RANGES.len() && !matches!(kind, Entry::End | Entry::BaseIndex | Entry::Base);
            if has_location {
                let len = lists.read_uleb128()?;
                lists.skip(usize::try_from(len).map_err(|_| Unreadable(UNREADABLE))?)?;
            }
        }
        Ok(())
    }

    fn entry(
        &self,
        kind: Entry,
        list: &mut Slice<'d>,
        base: &mut u64,
        patches: &mut Vec<Patch>,
    ) -> Result<(), Unreadable> {
        match kind {
            Entry::End => *base = self.unit.low_pc,
            Entry::BaseIndex => *base = indexed(self.dwarf, self.unit, list.read_uleb128()?)?,
            Entry::Base => *base = list.read_u64()?,
            Entry::IndexIndex => {
                list.read_uleb128()?;
                list.read_uleb128()?;
            }
            Entry::IndexLength => {
                let start = indexed(self.dwarf, self.unit, list.read_uleb128()?)?;
                self.number(list, start, start, patches)?;
            }
            Entry::Pair => {
                self.number(list, *base, *base, patches)?;
                self.number(list, *base, *base, patches)?;
            }
            Entry::StartEnd => list.skip(16)?,
            Entry::StartLength => {
                let start = list.read_u64()?;
                self.number(list, start, start, patches)?;
            }
            Entry::Default => {}
        }
        Ok(())
    }

    /// A distance from an address.
    fn number(&self, list: &mut Slice<'d>, from: u64, base: u64, patches: &mut Vec<Patch>) -> Result<(), Unreadable> {
        let offset = list.offset_from(self.section);
        let old = list.read_uleb128()?;
        let len = list.offset_from(self.section) - offset;
        let value = self.places.distance(from, base.saturating_add(old));
        if value != old {
            patches.push(Patch { section: self.id, offset, len, value, leb: true });
        }
        Ok(())
    }
}
