//! Pass: the sections of the linked object, and where each part of each input goes.

use alloc::{sync::Arc, vec, vec::Vec};

use hashbrown::HashMap;
use skep_object::{
    ExternKind, Init, Linkage, Located, Map, MapKind, Merge, Object, SectionIdx, Site,
    isa::{FuncIdx, MapIdx},
};

use crate::{
    Kind, Options,
    constants::{CUT, Constants, Moves, moved},
    live::Live,
    symbols::{Place, Symbols},
};

/// Where everything goes.
pub(crate) struct Layout {
    /// The names of the sections.
    pub sections: Vec<Arc<str>>,
    /// The functions in order: object, function, section.
    pub funcs: Vec<(u32, FuncIdx, SectionIdx)>,
    /// For each object and function its new position.
    func_of: Vec<Vec<Option<FuncIdx>>>,
    /// The maps in order.
    pub maps: Vec<OutMap>,
    map_of: Vec<Vec<Option<Placed>>>,
}

/// A map of the linked object.
pub(crate) enum OutMap {
    /// A declared map or a struct_ops variable of an object, its section, and its offset in bytes there.
    One { obj: u32, map: MapIdx, section: SectionIdx },
    /// The contents of sections of variables.
    Data(Data),
    /// The configuration values.
    Kconfig,
}

/// Sections of variables of one name, one after the other.
pub(crate) struct Data {
    pub name: Arc<str>,
    pub section: SectionIdx,
    /// Object, map, and where it begins in bytes; the first gives the sort.
    pub parts: Vec<(u32, MapIdx, u32)>,
    pub size: u32,
    pub align: u32,
    pub merge: Option<Merge>,
    /// The contents, if equal constants became one.
    pub constants: Option<Vec<u8>>,
}

/// Where a map of an input is.
#[derive(Clone)]
struct Placed {
    map: MapIdx,
    base: u32,
    moves: Option<Moves>,
}

impl Layout {
    /// The new position of a function; none if it was left out.
    pub fn func(&self, obj: u32, func: FuncIdx) -> Option<FuncIdx> {
        *self.func_of.get(obj as usize)?.get(func.at())?
    }

    /// The new position of a map.
    pub fn map(&self, obj: u32, map: MapIdx) -> Option<MapIdx> {
        Some(self.map_of.get(obj as usize)?.get(map.at())?.as_ref()?.map)
    }

    /// The pieces of a map's value that stay: where each begins and ends, and where it begins now.
    pub fn pieces(&self, obj: u32, map: MapIdx, size: u32) -> Vec<(u32, u32, u32)> {
        let placed = self.map_of.get(obj as usize).and_then(|maps| maps.get(map.at())?.as_ref());
        let Some(placed) = placed else { return Vec::new() };
        let Some(moves) = &placed.moves else { return vec![(0, size, placed.base)] };
        let ends = moves.iter().skip(1).map(|&(old, _)| old).chain([size]);
        let pieces = moves.iter().zip(ends).map(|(&(old, new), end)| (old, end, new));
        pieces.filter(|&(old, end, new)| new != CUT && old < end).collect()
    }

    /// The new place of a byte of a map's value; none if it is gone.
    pub fn value(&self, obj: u32, map: MapIdx, off: u32) -> Option<(MapIdx, u32)> {
        let placed = self.map_of.get(obj as usize)?.get(map.at())?.as_ref()?;
        let off = match &placed.moves {
            Some(moves) => moved(moves, off)?,
            None => placed.base.wrapping_add(off),
        };
        Some((placed.map, off))
    }

    pub fn of(
        objects: &[Object],
        symbols: &Symbols,
        live: &Live,
        options: &Options,
        errors: &mut Vec<Located<Kind>>,
    ) -> Self {
        let mut layout = Self {
            sections: vec!["".into()],
            funcs: Vec::new(),
            func_of: objects.iter().map(|o| vec![None; o.funcs.len()]).collect(),
            maps: Vec::new(),
            map_of: objects.iter().map(|o| vec![None; o.maps.len()]).collect(),
        };
        layout.place_functions(objects, live);
        layout.place_declared(objects, live);
        layout.place_data(objects, symbols, live, options, errors);
        let kconfig = |(obj, o): (usize, &Object)| {
            let mut externs = o.externs.iter().zip(live.externs.get(obj).into_iter().flatten());
            externs.any(|(e, live)| *live && matches!(e.kind, ExternKind::Kconfig { .. }))
        };
        if objects.iter().enumerate().any(kconfig) {
            layout.maps.push(OutMap::Kconfig);
        }
        layout.place_struct_ops(objects, live);
        layout
    }

    fn section(&mut self, name: &Arc<str>) -> SectionIdx {
        self.sections.push(name.clone());
        SectionIdx(self.sections.len() as u32 - 1)
    }

    /// Functions of one section stay in the order of the inputs. What other objects cannot call, loaders look for in
    /// `.text` alone, so that is where it goes, with all sections of its kind.
    fn place_functions(&mut self, objects: &[Object], live: &Live) {
        let text: Arc<str> = ".text".into();
        let mut known: HashMap<Arc<str>, SectionIdx> = HashMap::new();
        for (obj, object) in (0..).zip(objects) {
            for (i, func) in (0..).zip(&object.funcs) {
                let idx = FuncIdx(i);
                if !live.func(obj, idx) {
                    continue;
                }
                let own = object.sections.get(func.section.0 as usize).unwrap_or(&text);
                let in_text = func.linkage == Linkage::Local || own.starts_with(".text.");
                let name = if in_text { &text } else { own };
                let section = match known.get(name) {
                    Some(&section) => section,
                    None => {
                        let section = self.section(name);
                        known.insert(name.clone(), section);
                        section
                    }
                };
                self.funcs.push((obj, idx, section));
            }
        }
        self.funcs.sort_by_key(|&(.., section)| section);
        for (new, &(obj, func, _)) in (0..).zip(&self.funcs) {
            self.func_of[obj as usize][func.at()] = Some(FuncIdx(new));
        }
    }

    fn one(&mut self, obj: u32, map: MapIdx, section: SectionIdx) {
        let placed = Placed { map: MapIdx(self.maps.len() as u32), base: 0, moves: None };
        self.map_of[obj as usize][map.at()] = Some(placed);
        self.maps.push(OutMap::One { obj, map, section });
    }

    fn place_declared(&mut self, objects: &[Object], live: &Live) {
        let mut found = of_kind(objects, live, |map| matches!(map.kind, MapKind::Declared(_)));
        // Other loaders create maps in order, and fill those that hold maps at once. Compilers of C keep the order of the
        // source; rustc does not.
        if found.iter().any(|member| fills_early(member, &found)) {
            found.sort_by_key(|(_, _, map)| holds_maps(map));
        }
        if !found.is_empty() {
            let section = self.section(&".maps".into());
            found.into_iter().for_each(|(obj, idx, _)| self.one(obj, idx, section));
        }
    }

    fn place_struct_ops(&mut self, objects: &[Object], live: &Live) {
        let found = of_kind(objects, live, |map| matches!(map.kind, MapKind::StructOps(_)));
        let name = |obj: u32, map: &Map| -> Arc<str> { objects[obj as usize].section(map.section).into() };
        for (name, members) in by_name(found, name) {
            let section = self.section(&name);
            members.into_iter().for_each(|(obj, idx, _)| self.one(obj, idx, section));
        }
    }

    fn place_data(
        &mut self,
        objects: &[Object],
        symbols: &Symbols,
        live: &Live,
        options: &Options,
        errors: &mut Vec<Located<Kind>>,
    ) {
        // Others leave them, and one object is to be what theirs is.
        let cuts = if options.gc_sections { cuts(objects, symbols) } else { Cuts::new() };
        let found = of_kind(objects, live, |map| matches!(map.kind, MapKind::Data { .. }));
        for (name, members) in by_name(found, |_, map| map.name.clone()) {
            let section = self.section(&name);
            let mut data = Data { name, section, parts: Vec::new(), size: 0, align: 1, merge: None, constants: None };
            let out = MapIdx(self.maps.len() as u32);
            let fits = match mergeable(&members).filter(|_| options.merge_constants) {
                Some(merge) => self.merge(&mut data, out, &members, merge),
                None => self.append(&mut data, out, &members, &cuts),
            };
            if !fits {
                errors.push(Located::new(Site::default().section(data.name.clone()), Kind::TooLarge));
            }
            self.maps.push(OutMap::Data(data));
        }
    }

    fn append(&mut self, data: &mut Data, out: MapIdx, members: &[Member<'_>], cuts: &Cuts) -> bool {
        let mut end = 0u32;
        for &(obj, idx, map) in members {
            let MapKind::Data { align, merge, .. } = &map.kind else { continue };
            // What comes later is aligned as strictly as what came before, as other linkers do it.
            let own = (*align).max(1);
            let align = own.max(data.align);
            let cuts = cuts.get(&(obj, idx)).map_or(&[][..], |cuts| cuts);
            let cuts = cuts.iter().filter(|(at, len)| at.is_multiple_of(own) && len.is_multiple_of(own));
            let gone: u32 = cuts.clone().map(|(_, len)| len).sum();
            let size = map.def.value_size.saturating_sub(gone);
            let placed = end.checked_next_multiple_of(align).and_then(|base| Some((base, base.checked_add(size)?)));
            let Some((base, next)) = placed else { return false };
            data.align = align;
            data.merge = if data.parts.is_empty() || data.merge == *merge { *merge } else { None };
            data.parts.push((obj, idx, base));
            let moves = (gone != 0).then(|| pieces(base, cuts));
            self.map_of[obj as usize][idx.at()] = Some(Placed { map: out, base, moves });
            end = next;
        }
        data.size = end;
        true
    }

    fn merge(&mut self, data: &mut Data, out: MapIdx, members: &[Member<'_>], merge: Merge) -> bool {
        let aligns = members.iter().map(|(.., map)| match map.kind {
            MapKind::Data { align, .. } => align,
            _ => 1,
        });
        data.align = aligns.max().unwrap_or(1);
        let mut constants = Constants::new(merge, data.align);
        for &(obj, idx, map) in members {
            let MapKind::Data { data: contents, .. } = &map.kind else { continue };
            data.parts.push((obj, idx, 0));
            let moves = Some(constants.add(contents));
            self.map_of[obj as usize][idx.at()] = Some(Placed { map: out, base: 0, moves });
        }
        let Ok(size) = u32::try_from(constants.data.len()) else { return false };
        (data.size, data.merge, data.constants) = (size, Some(merge), Some(constants.data));
        true
    }
}

/// Where in sections of variables overridden ones were, by offset and size.
type Cuts = HashMap<(u32, MapIdx), Vec<(u32, u32)>>;

/// The variables of which another definition takes the place, without those that overlap.
fn cuts(objects: &[Object], symbols: &Symbols) -> Cuts {
    let mut cuts = Cuts::new();
    for def in symbols.replaced.keys() {
        if let Place::Var(i) = def.place
            && let Some(var) = objects.get(def.obj as usize).and_then(|o| o.vars.get(i as usize))
        {
            cuts.entry((def.obj, var.map)).or_default().push((var.offset, var.size));
        }
    }
    for ((obj, map), cuts) in &mut cuts {
        cuts.sort_unstable();
        cuts.dedup();
        let vars = || objects.get(*obj as usize).into_iter().flat_map(|o| &o.vars).filter(|v| v.map == *map);
        let size = objects.get(*obj as usize).and_then(|o| o.maps.get(map.at())).map_or(0, |m| m.def.value_size);
        let overlaps = |at: u32, len: u32| {
            let end = at.saturating_add(len);
            let inside = |v: &&skep_object::Variable| v.offset < end && v.offset.saturating_add(v.size) > at;
            end > size || vars().filter(inside).any(|v| (v.offset, v.size) != (at, len))
        };
        cuts.retain(|&(at, len)| len != 0 && !overlaps(at, len));
    }
    cuts
}

/// Where what is between cuts goes, and the cuts.
fn pieces<'c>(base: u32, cuts: impl Iterator<Item = &'c (u32, u32)>) -> Moves {
    let (mut moves, mut gone) = (vec![(0, base)], 0);
    for &(at, len) in cuts {
        gone += len;
        moves.extend([(at, CUT), (at + len, (base + at + len).wrapping_sub(gone))]);
    }
    moves.into()
}

/// A map of an object, by its positions.
type Member<'o> = (u32, MapIdx, &'o Map);
/// Those of one name.
type Group<'o> = (Arc<str>, Vec<Member<'o>>);

/// Whether a map holds others from the beginning.
fn holds_maps(map: &Map) -> bool {
    matches!(&map.kind, MapKind::Declared(slots) if slots.iter().any(|(_, init)| matches!(init, Init::Map(_))))
}

/// Whether a map holds one that comes after it, or is in another object.
fn fills_early((obj, map, declared): &Member<'_>, all: &[Member<'_>]) -> bool {
    let MapKind::Declared(slots) = &declared.kind else { return false };
    let is_before = |inner: MapIdx| inner < *map && all.binary_search_by_key(&(*obj, inner), |m| (m.0, m.1)).is_ok();
    slots.iter().any(|(_, init)| matches!(*init, Init::Map(inner) if !is_before(inner)))
}

/// The maps of a kind that are needed, in the order of the inputs.
fn of_kind<'o>(objects: &'o [Object], live: &Live, is: impl Fn(&Map) -> bool) -> Vec<Member<'o>> {
    let mut found = Vec::new();
    for (obj, object) in (0..).zip(objects) {
        let maps = (0..).zip(&object.maps).map(|(i, map)| (obj, MapIdx(i), map));
        found.extend(maps.filter(|&(obj, idx, map)| is(map) && live.map(obj, idx)));
    }
    found
}

/// The same in groups of one name, in the order in which the names first occur.
fn by_name<'o>(found: Vec<Member<'o>>, name: impl Fn(u32, &Map) -> Arc<str>) -> Vec<Group<'o>> {
    let mut groups: Vec<Group<'o>> = Vec::new();
    let mut known: HashMap<Arc<str>, usize> = HashMap::new();
    for member in found {
        let name = name(member.0, member.2);
        let group = *known.entry(name.clone()).or_insert_with(|| {
            groups.push((name, Vec::new()));
            groups.len() - 1
        });
        groups[group].1.push(member);
    }
    groups
}

/// The sort of constants that all of some sections hold, and nothing but constants.
fn mergeable(members: &[Member<'_>]) -> Option<Merge> {
    let mut all = members.iter().map(|(.., map)| match &map.kind {
        // With a type it has variables, each of which is a place of its own.
        MapKind::Data { merge, refs, .. } if refs.is_empty() && map.type_id.0 == 0 => *merge,
        _ => None,
    });
    let first = all.next()??;
    all.all(|merge| merge == Some(first)).then_some(first)
}
