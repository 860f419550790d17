//! Pass: debug information of all objects, section by section.
//!
//! Of an object all of whose code stays together it is taken as it is. Where functions were left out, what is said of code
//! is adapted before.

mod compact;
mod lines;
mod lists;
mod places;

use alloc::{borrow::Cow, sync::Arc, vec::Vec};

use hashbrown::HashMap;
use skep_object::{DebugRef, DebugSection, DebugTarget, Merge, Object, Site};

use crate::{
    Dropped,
    constants::{Constants, Moves, moved},
    layout::Layout,
    live::Live,
};
use compact::compact;
use places::Places;

/// Where a section of an object went.
enum Place {
    /// At an offset in bytes of a section.
    At(u32, u64),
    /// Each of its strings by itself.
    Strings(u32, Moves),
}

/// The debug information of all objects as one. Each part refers to where things are now.
pub(crate) fn debug(
    objects: &[Object],
    layout: &Layout,
    live: &Live,
    merge: bool,
    dropped: &mut Vec<Dropped>,
) -> Vec<DebugSection> {
    if objects.iter().all(|o| o.debug.is_empty()) {
        return Vec::new();
    }
    let adapted: Vec<_> = (0..).zip(objects).map(|(obj, object)| adapted(obj, object, layout, live, dropped)).collect();
    let mut out: Vec<DebugSection> = Vec::new();
    let mut strings: Vec<Option<Constants<'_>>> = Vec::new();
    let mut known: HashMap<Arc<str>, u32> = HashMap::new();
    let mut places: Vec<Vec<Place>> = Vec::with_capacity(objects.len());
    for debug in &adapted {
        let mut own = Vec::with_capacity(debug.len());
        for section in &**debug {
            let at = *known.entry(section.name.clone()).or_insert_with(|| {
                let all = adapted.iter().flat_map(|debug| &**debug).filter(|s| s.name == section.name);
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
        places.push(own);
    }
    for (section, constants) in out.iter_mut().zip(strings) {
        if let Some(constants) = constants {
            section.data = constants.data;
        }
    }
    for ((obj, debug), own) in (0..).zip(&adapted).zip(&places) {
        for (section, place) in debug.iter().zip(own) {
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

/// The debug information of an object about what stays of it; none if it cannot be adapted.
fn adapted<'o>(
    obj: u32,
    object: &'o Object,
    layout: &Layout,
    live: &Live,
    dropped: &mut Vec<Dropped>,
) -> Cow<'o, [DebugSection]> {
    if object.debug.is_empty() {
        return Cow::Borrowed(&[]);
    }
    let adapted = match Places::of(obj, object, layout, live) {
        Ok(None) => return Cow::Borrowed(&object.debug),
        Ok(Some(places)) => compact(object, &places).map_err(|why| why.0),
        Err(why) => Err(why),
    };
    match adapted {
        Ok(sections) => Cow::Owned(sections),
        Err(why) => {
            let size = object.debug.iter().map(|s| s.data.len() as u64).sum();
            dropped.push(Dropped { site: Site::file(&object.file), what: "debug information", size, why: why.into() });
            Cow::Borrowed(&[])
        }
    }
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
            Some(Place::Strings(section, moves)) => moved(moves, offset as u32)
                .map(|offset| DebugTarget::Debug { section: *section, offset: offset.into() }),
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
