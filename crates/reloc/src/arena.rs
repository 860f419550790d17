//! Pass: where the variables of the arena lie.

use alloc::{sync::Arc, vec::Vec};

use crate::{
    Config, Kind, Linked, Target,
    maps::max_entries,
    object::{
        DataRef, DataSection, Map, MapKind, MapType, Variable,
        isa::{MapIdx, Ref},
        uapi::Feature,
    },
};

/// The variables of the arena: their sections, one after the other, at the end of it or at its beginning.
#[derive(Debug, Default)]
pub(crate) struct Arena {
    /// The sections, with their offsets in bytes into the arena.
    sections: Vec<(MapIdx, u32)>,
    /// The map they are in, or why there is none.
    map: Option<Result<MapIdx, Kind>>,
    /// What they hold.
    pub contents: Option<ArenaData>,
}

/// What an arena holds before the first program runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArenaData {
    /// The contents, without addresses, by where they begin in bytes from the beginning of the arena. What is between them
    /// is zero.
    pub pieces: Vec<(u32, Arc<[u8]>)>,
    /// The places that hold addresses of the arena itself.
    pub addresses: Vec<ArenaAddress>,
}

/// A place in an arena that holds an address of that arena.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArenaAddress {
    /// Where, in bytes from the beginning of the arena.
    pub at: u32,
    /// The number of bytes of the address: 8, or 4 for its lower half.
    pub size: u8,
    /// What is meant, in bytes from the beginning of the arena.
    pub to: u32,
}

impl Arena {
    /// Places the variables.
    pub(crate) fn of(linked: &Linked, target: &Target, config: &Config) -> Self {
        let maps = || (0..).map(MapIdx).zip(linked.maps());
        let is_section = |map: &Map| matches!(map.kind, MapKind::Data { section: DataSection::Arena, .. });
        let sections: Vec<_> = maps().filter(|(_, map)| is_section(map)).collect();
        if sections.is_empty() {
            return Self::default();
        }
        let is_arena = |map: &Map| map.def.map_type == MapType::ARENA && matches!(map.kind, MapKind::Declared(_));
        let mut arenas = maps().filter(|(_, map)| is_arena(map));
        let mut arena = Self { sections: sections.iter().map(|(i, _)| (*i, 0)).collect(), ..Self::default() };
        let (idx, map) = match (arenas.next(), arenas.next()) {
            (Some(only), None) => only,
            (None, _) => return arena.without("variables of an arena need a map of type BPF_MAP_TYPE_ARENA"),
            (Some(_), Some(_)) => {
                return arena.without("with several arenas nothing says which of them the variables are in");
            }
        };
        let page = u64::from(target.page_size().max(1));
        let size = page.saturating_mul(max_entries(config, map).into());
        let mut end = 0u64;
        for ((_, place), (_, map)) in arena.sections.iter_mut().zip(&sections) {
            let MapKind::Data { align, .. } = &map.kind else { continue };
            let start = end.next_multiple_of(u64::from(*align).max(1));
            *place = u32::try_from(start).unwrap_or(u32::MAX);
            end = start.saturating_add(map.def.value_size.into());
        }
        if end.next_multiple_of(page) > size || size > 1 << 32 {
            return arena.without("the arena is too small for its variables: raise its max_entries");
        }
        // At its end they are out of the way of what programs allocate.
        let at_end = target.has(Feature::Ldimm64FullRangeOff);
        let offset = if at_end { (size - end.next_multiple_of(page)) as u32 } else { 0 };
        arena.sections.iter_mut().for_each(|(_, place)| *place += offset);
        arena.map = Some(Ok(idx));
        arena.fill(&sections);
        arena
    }

    fn without(self, why: &'static str) -> Self {
        Self { map: Some(Err(Kind::Reference { why })), ..self }
    }

    fn fill(&mut self, sections: &[(MapIdx, &Map)]) {
        let (mut pieces, mut addresses) = (Vec::new(), Vec::new());
        for (&(_, place), (_, map)) in self.sections.iter().zip(sections) {
            let MapKind::Data { data, refs, .. } = &map.kind else { continue };
            if !data.is_empty() {
                pieces.push((place, data.clone()));
            }
            addresses.extend(refs.iter().filter_map(|r| self.address(place, r)));
        }
        self.contents = Some(ArenaData { pieces, addresses });
    }

    /// An address in the arena's own contents, if it is one of the arena.
    fn address(&self, place: u32, r: &DataRef) -> Option<ArenaAddress> {
        let Ref::Value { map, off } = r.to else { return None };
        let to = self.place(map)?.checked_add(off)?;
        Some(ArenaAddress { at: place.checked_add(r.offset)?, size: r.size, to })
    }

    /// The offset in bytes of a section of variables; none for those that are not in the arena.
    pub(crate) fn place(&self, section: MapIdx) -> Option<u32> {
        self.sections.iter().find(|(idx, _)| *idx == section).map(|(_, place)| *place)
    }

    /// The map that is meant where a section of variables is referred to, and what is added to the offset.
    pub(crate) fn resolve(&self, map: MapIdx) -> Result<(MapIdx, u32), Kind> {
        match (self.place(map), &self.map) {
            (Some(place), Some(found)) => found.clone().map(|arena| (arena, place)),
            _ => Ok((map, 0)),
        }
    }

    /// The map that holds the variables.
    pub(crate) fn map(&self) -> Option<MapIdx> {
        self.map.as_ref()?.as_ref().ok().copied()
    }

    /// The variables of an object where they are in this kernel's maps.
    pub(crate) fn variables(&self, linked: &Linked) -> Vec<Variable> {
        let mut vars = linked.vars().to_vec();
        for var in vars.iter_mut().filter(|_| !self.sections.is_empty()) {
            if let Ok((map, place)) = self.resolve(var.map) {
                (var.map, var.offset) = (map, var.offset.saturating_add(place));
            }
        }
        vars
    }
}
