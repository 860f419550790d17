//! Debug information, with the addresses that it refers to as relocations.

use object::elf;

use super::{
    Writer,
    contents::{R_BPF_64_ABS32, R_BPF_64_ABS64},
    image::{Entry, Out},
    plan::Holds,
    symbols::Symbols,
};
use crate::{DebugSection, DebugTarget, MapKind};

/// The section of a part of debug information, without contents.
pub(super) fn section(debug: &DebugSection) -> Out {
    let flags = if debug.strings { elf::SHF_MERGE.0 | elf::SHF_STRINGS.0 } else { 0 };
    let mut out = Out::new(debug.name.clone(), flags, debug.align.into(), alloc::vec::Vec::new());
    out.entry_size = debug.strings.into();
    out
}

impl Writer<'_> {
    /// Fills a section of debug information.
    pub fn debug(&mut self, symbols: &Symbols, position: usize, debug: usize) {
        let object = self.object;
        let Some(debug) = object.debug.get(debug) else { return };
        let endian = object.endian;
        let mut data = debug.data.clone();
        let mut relocs = alloc::vec::Vec::with_capacity(debug.refs.len());
        for r in &debug.refs {
            let found = self.debug_symbol(symbols, &r.to).filter(|(symbol, _)| *symbol != 0);
            let number = found.map_or(gone(&debug.name), |(_, offset)| offset);
            let at = r.offset as usize;
            let bytes = endian.bytes64(number);
            let word = endian.bytes32(number as u32);
            let bytes = if r.size == 4 { &word[..] } else { &bytes[..] };
            if let Some(place) = data.get_mut(at..at.saturating_add(bytes.len())) {
                place.copy_from_slice(bytes);
            }
            if let Some((symbol, _)) = found {
                let kind = if r.size == 4 { R_BPF_64_ABS32 } else { R_BPF_64_ABS64 };
                relocs.push(Entry { offset: r.offset.into(), symbol, kind });
            }
        }
        self.fill(position, data, relocs);
    }

    /// The symbol of a place, and the offset from it in bytes.
    fn debug_symbol(&self, symbols: &Symbols, to: &DebugTarget) -> Option<(u32, u64)> {
        let of_section = |section: u16| symbols.sections.get(usize::from(section)).copied();
        Some(match *to {
            DebugTarget::Debug { section, offset } => (of_section(self.plan.position(Holds::Debug(section)))?, offset),
            DebugTarget::Func { func, offset } => {
                let &(section, start, _) = self.plan.funcs.get(func.at())?;
                (of_section(section)?, u64::from(start) * 8 + offset)
            }
            DebugTarget::Map { map, offset } => match self.object.maps.get(map.at())?.kind {
                MapKind::Data { .. } => (self.section_symbol(symbols, map.at())?, offset),
                _ => (*symbols.maps.get(map.at())?, offset),
            },
            DebugTarget::Section { ref name, offset } => (*symbols.named.get(&**name)?, offset),
            DebugTarget::Gone => return None,
        })
    }
}

/// What stands for an address that is not there, so that readers pass it over. Two in a row end older lists.
fn gone(section: &str) -> u64 {
    if matches!(section, ".debug_loc" | ".debug_ranges") { u64::MAX - 1 } else { u64::MAX }
}
