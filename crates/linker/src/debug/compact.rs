//! Debug information of an object some of whose functions are gone: lengths and offsets of code become smaller, in place.

use alloc::vec::Vec;

use gimli::{
    AbbreviationsCacheStrategy, AttributeValue, DebugAddrIndex, Dwarf, EndianSlice, RunTimeEndian, SectionId, Unit,
    constants,
};
use hashbrown::HashSet;
use skep_object::{DebugSection, DebugTarget, Endian, Object};

use super::{lines, lists, places::Places};

pub(super) type Slice<'a> = EndianSlice<'a, RunTimeEndian>;

/// Why debug information cannot be adapted.
pub(super) const UNREADABLE: &str = "it cannot be read, and functions it describes were left out";
const OLD: &str = "it is older than DWARF 5, and functions it describes were left out";

impl From<gimli::Error> for Unreadable {
    fn from(_: gimli::Error) -> Self {
        Self(UNREADABLE)
    }
}

/// Why.
pub(super) struct Unreadable(pub &'static str);

/// Bytes to be put at a place of a section of debug information.
pub(super) struct Patch {
    pub section: SectionId,
    pub offset: usize,
    pub len: usize,
    pub value: u64,
    /// Whether it is a LEB128 number.
    pub leb: bool,
}

/// The same debug information about what stays.
pub(super) fn compact(object: &Object, places: &Places) -> Result<Vec<DebugSection>, Unreadable> {
    let mut sections = object.debug.clone();
    fill(object, &mut sections, places);
    let (mut patches, mut programs) = (Vec::new(), Vec::new());
    {
        let order = if object.endian == Endian::Big { RunTimeEndian::Big } else { RunTimeEndian::Little };
        let load = |id: SectionId| {
            let found = sections.iter().find(|s| *s.name == *id.name());
            Ok::<_, gimli::Error>(EndianSlice::new(found.map_or(&[][..], |s| &s.data), order))
        };
        let mut dwarf = Dwarf::load(load)?;
        let tables = [load(SectionId::DebugRngLists)?, load(SectionId::DebugLocLists)?];
        dwarf.populate_abbreviations_cache(AbbreviationsCacheStrategy::Duplicates);
        let mut seen = HashSet::new();
        let mut units = dwarf.units();
        while let Some(header) = units.next()? {
            if header.version() < 5 {
                return Err(Unreadable(OLD));
            }
            let unit = dwarf.unit(header)?;
            entries(&dwarf, &unit, places, &mut patches)?;
            lists::lists(&dwarf, &unit, tables, places, &mut seen, &mut patches)?;
            if let Some(program) = &unit.line_program
                && seen.insert((SectionId::DebugLine, program.header().offset().0))
            {
                programs.push(lines::compact(program.clone(), places)?);
            }
        }
    }
    for patch in patches {
        if let Some(section) = sections.iter_mut().find(|s| *s.name == *patch.section.name()) {
            apply(&patch, section, object.endian);
        }
    }
    let line = sections.iter().position(|s| *s.name == *SectionId::DebugLine.name());
    move_targets(object, &mut sections, places);
    if let Some(at) = line {
        lines::replace(&mut sections, at, programs, object.endian);
    }
    Ok(sections)
}

/// Puts addresses and offsets where they are referred to.
fn fill(object: &Object, sections: &mut [DebugSection], places: &Places) {
    for section in sections {
        for r in &section.refs {
            let number = match r.to {
                DebugTarget::Debug { offset, .. } => offset,
                DebugTarget::Func { func, offset } => places.address(object, func, offset),
                _ => 0,
            };
            let (wide, word) = (object.endian.bytes64(number), object.endian.bytes32(number as u32));
            let bytes = if r.size == 4 { &word[..] } else { &wide[..] };
            let at = r.offset as usize;
            if let Some(place) = section.data.get_mut(at..at.saturating_add(bytes.len())) {
                place.copy_from_slice(bytes);
            }
        }
    }
}

/// Lets references to code lead to what stays.
fn move_targets(object: &Object, sections: &mut [DebugSection], places: &Places) {
    for r in sections.iter_mut().flat_map(|s| &mut s.refs) {
        if let DebugTarget::Func { func, offset } = r.to {
            r.to = places.target(places.address(object, func, offset));
        }
    }
}

/// The sizes of what is described.
fn entries(
    dwarf: &Dwarf<Slice<'_>>,
    unit: &Unit<Slice<'_>>,
    places: &Places,
    patches: &mut Vec<Patch>,
) -> Result<(), Unreadable> {
    let base = unit.header.debug_info_offset().map_or(0, |offset| offset.0);
    let mut entries = unit.header.entries_raw(&unit.abbreviations, None)?;
    while !entries.is_empty() {
        let Some(abbreviation) = entries.read_abbreviation()? else { continue };
        let (mut low, mut high) = (None, None);
        for &specification in abbreviation.attributes() {
            let start = entries.next_offset().0;
            let attribute = entries.read_attribute(specification)?;
            let len = entries.next_offset().0 - start;
            match attribute.name() {
                constants::DW_AT_low_pc => low = dwarf.attr_address(unit, attribute.value())?,
                // An address needs no care: it follows what it refers to.
                constants::DW_AT_high_pc if !is_address(&attribute.value()) => {
                    high = attribute.udata_value().map(|size| (start, len, attribute.form(), size));
                }
                _ => {}
            }
        }
        if let (Some(low), Some((start, len, form, size))) = (low, high) {
            let value = places.distance(low, low.saturating_add(size));
            if value != size {
                let leb = matches!(form, constants::DW_FORM_udata | constants::DW_FORM_sdata);
                patches.push(Patch { section: SectionId::DebugInfo, offset: base + start, len, value, leb });
            }
        }
    }
    Ok(())
}

fn is_address(value: &AttributeValue<Slice<'_>>) -> bool {
    matches!(value, AttributeValue::Addr(_) | AttributeValue::DebugAddrIndex(_))
}

/// The address that a unit has at a position of its table.
pub(super) fn indexed(dwarf: &Dwarf<Slice<'_>>, unit: &Unit<Slice<'_>>, index: u64) -> Result<u64, Unreadable> {
    Ok(dwarf.address(unit, DebugAddrIndex(usize::try_from(index).map_err(|_| Unreadable(UNREADABLE))?))?)
}

/// Writes a number over one that was not smaller.
fn apply(patch: &Patch, section: &mut DebugSection, endian: Endian) {
    let Some(place) = section.data.get_mut(patch.offset..patch.offset.saturating_add(patch.len)) else { return };
    if patch.leb {
        let mut value = patch.value;
        let last = place.len().saturating_sub(1);
        for (i, byte) in place.iter_mut().enumerate() {
            *byte = (value & 0x7f) as u8 | if i == last { 0 } else { 0x80 };
            value >>= 7;
        }
        return;
    }
    let bytes = match (endian, place.len()) {
        (Endian::Little, 1..=8) => patch.value.to_le_bytes().get(..place.len()).map(<[u8]>::to_vec),
        (Endian::Big, 1..=8) => patch.value.to_be_bytes().get(8 - place.len()..).map(<[u8]>::to_vec),
        _ => None,
    };
    if let Some(bytes) = bytes {
        place.copy_from_slice(&bytes);
    }
}
