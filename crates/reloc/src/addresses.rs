//! Addresses in initialised data. No kernel fills them in: where the values of maps and the functions of programs lie is
//! not known before they are there, and differs from one load to the next. Programs that would read them are refused.

use alloc::{string::String, sync::Arc, vec::Vec};

use hashbrown::HashMap;

use crate::{
    Kind, Linked,
    object::{
        DataRef, DataSection, MapKind,
        isa::{MapIdx, Ref},
    },
};

/// The variables that hold addresses which nothing fills in.
#[derive(Debug, Default)]
pub(crate) struct Addresses {
    /// By map: where such a variable begins and ends, and the first of its addresses; in order, apart from one another.
    ranges: HashMap<MapIdx, Vec<(u32, u32, DataRef)>>,
}

impl Addresses {
    /// Looks for addresses in data.
    pub(crate) fn of(linked: &Linked) -> Self {
        let mut addresses = Self::default();
        for (map, refs) in (0..).map(MapIdx).zip(linked.maps()).filter_map(|(i, map)| match &map.kind {
            MapKind::Data { refs, section, .. } if !refs.is_empty() => {
                let mut open = refs.clone();
                // An arena knows its own addresses.
                open.retain(|r| *section != DataSection::Arena || !is_of_arena(linked, r));
                (!open.is_empty()).then_some((i, open))
            }
            _ => None,
        }) {
            let mut vars: Vec<(u32, u32)> =
                linked.vars().iter().filter(|var| var.map == map).map(|var| (var.offset, var.size)).collect();
            vars.sort_unstable();
            let var = |r: &DataRef| {
                let before = vars.partition_point(|(start, _)| *start <= r.offset);
                let &(start, size) = vars.get(before.checked_sub(1)?)?;
                (r.offset - start < size).then(|| (start, start.saturating_add(size)))
            };
            let of_vars: Option<Vec<_>> = refs.iter().map(|r| var(r).map(|(start, end)| (start, end, *r))).collect();
            let ranges = match (of_vars, refs.first()) {
                (Some(mut ranges), _) => {
                    ranges.dedup_by_key(|(start, ..)| *start);
                    ranges
                }
                // What no variable is known for may be read from anywhere in the section.
                (None, Some(first)) => alloc::vec![(0, u32::MAX, *first)],
                (None, None) => continue,
            };
            addresses.ranges.insert(map, ranges);
        }
        addresses
    }

    /// What is wrong with referring to a byte of a map's value; nothing if it holds no such address.
    pub(crate) fn check(&self, linked: &Linked, map: MapIdx, off: u32) -> Result<(), Kind> {
        let Some(ranges) = self.ranges.get(&map) else { return Ok(()) };
        let before = ranges.partition_point(|(start, ..)| *start <= off);
        match before.checked_sub(1).and_then(|i| ranges.get(i)) {
            Some((_, end, r)) if off < *end => Err(refused(linked, map, r)),
            _ => Ok(()),
        }
    }
}

fn is_of_arena(linked: &Linked, r: &DataRef) -> bool {
    let Ref::Value { map, .. } = r.to else { return false };
    let kind = linked.maps().get(map.at()).map(|map| &map.kind);
    matches!(kind, Some(MapKind::Data { section: DataSection::Arena, .. }))
}

fn refused(linked: &Linked, map: MapIdx, r: &DataRef) -> Kind {
    if let Ref::Refused(i) = r.to
        && let Some(error) = linked.refused().get(i as usize)
    {
        return Kind::Refused(error.clone());
    }
    let name = |map: MapIdx| linked.maps().get(map.at()).map_or("?", |m| &m.name);
    let var = |map, at: u32| {
        let holds = |v: &&crate::object::Variable| v.map == map && v.offset <= at && at - v.offset < v.size;
        linked.vars().iter().find(holds).map(|v| v.name.clone())
    };
    let (what, to): (_, Arc<str>) = match r.to {
        Ref::Func { func, .. } => ("function", linked.funcs().get(func.at()).map_or("?".into(), |f| f.name.clone())),
        Ref::Map(map) => ("map", name(map).into()),
        Ref::Value { map, off } => ("variable", var(map, off).unwrap_or_else(|| name(map).into())),
        _ => ("symbol", "?".into()),
    };
    let holder = var(map, r.offset).map_or_else(|| String::from(name(map)), |name| String::from(&*name));
    Kind::DataAddress { holder, section: name(map).into(), what, to }
}
