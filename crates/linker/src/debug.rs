//! Pass: debug information of all objects, section by section.

use alloc::{sync::Arc, vec::Vec};

use hashbrown::HashMap;
use skep_object::{DebugRef, DebugSection, DebugTarget, Merge, Object};

use crate::{
    constants::{Constants, Moves, moved},
    layout::Layout,
    live::Live,
};

/// Where a section of an object went.
enum Place {
    /// At an offset in bytes of a section.
    At(u32, u64),
    /// Each of its strings by itself.
    Strings(u32, Moves),
}

/// The debug information of all objects as one. Each part refers to where things are now.
pub(crate) fn debug(objects: &[Object], layout: &Layout, live: &Live, merge: bool) -> Vec<DebugSection> {
    if objects.iter().all(|o| o.debug.is_empty()) {
        return Vec::new();
    }
    let mut out: Vec<DebugSection> = Vec::new();
    let mut strings: Vec<Option<Constants<'_>>> = Vec::new();
    let mut known: HashMap<Arc<str>, u32> = HashMap::new();
    let mut places: Vec<Vec<Place>> = Vec::with_capacity(objects.len());
    for (obj, object) in (0..).zip(objects) {
        let mut own = Vec::with_capacity(object.debug.len());
        for section in &object.debug {
            let at = *known.entry(section.name.clone()).or_insert_with(|| {
                let all = objects.iter().flat_map(|o| &o.debug).filter(|s| s.name == section.name);
                let merges = merge && { all }.all(|s| s.strings && s.refs.is_empty());
                strings.push(merges.then(|| Constants::new(Merge { entry_size: 1, strings: true }, 1)));
                out.push(DebugSection { data: Vec::new(), refs: Vec::new(), ..empty(section) });
                out.len() as u32 - 1
            });
            let to = &mut out[at as usize];
            to.align = to.align.max(section.align);
            own.push(match &mut strings[at as usize] {
                Some(constants) => Place::Strings(at, constants.add(&section.data)),
                None => {
                    let base = to.data.len().next_multiple_of(to.align as usize);
                    to.data.resize(base, 0);
                    to.data.extend_from_slice(&section.data);
                    Place::At(at, base as u64)
                }
            });
        }
        let _ = (obj, live);
        places.push(own);
    }
    for (section, constants) in out.iter_mut().zip(strings) {
        if let Some(constants) = constants {
            section.data = constants.data;
        }
    }
    for ((obj, object), own) in (0..).zip(objects).zip(&places) {
        for (section, place) in object.debug.iter().zip(own) {
            let Place::At(at, base) = *place else { continue };
            let refs = section.refs.iter().map(|r| DebugRef {
                offset: r.offset.saturating_add(base as u32),
                size: r.size,
                to: target(obj, layout, own, &r.to),
            });
            if let Some(section) = out.get_mut(at as usize) {
                section.refs.extend(refs);
            }
        }
    }
    out
}

fn empty(section: &DebugSection) -> DebugSection {
    DebugSection {
        name: section.name.clone(),
        align: section.align,
        strings: section.strings,
        data: Vec::new(),
        refs: Vec::new(),
    }
}

/// Where something is now.
fn target(obj: u32, layout: &Layout, own: &[Place], to: &DebugTarget) -> DebugTarget {
    let found = match *to {
        DebugTarget::Debug { section, offset } => match own.get(section as usize) {
            Some(Place::At(section, base)) => Some(DebugTarget::Debug { section: *section, offset: base + offset }),
            Some(Place::Strings(section, moves)) => {
                Some(DebugTarget::Debug { section: *section, offset: moved(moves, offset as u32).into() })
            }
            None => None,
        },
        DebugTarget::Func { func, offset } => layout.func(obj, func).map(|func| DebugTarget::Func { func, offset }),
        DebugTarget::Map { map, offset } => {
            layout.value(obj, map, offset as u32).map(|(map, offset)| DebugTarget::Map { map, offset: offset.into() })
        }
        ref other => Some(other.clone()),
    };
    found.unwrap_or(DebugTarget::Gone)
}
