//! What became of the inputs: the contents of a map file.

use alloc::{format, string::String, sync::Arc, vec::Vec};

use skep_object::{
    MapKind, Object, Site,
    isa::{FuncIdx, Insn, MapIdx},
};

use crate::{
    compare::site_of,
    layout::{Layout, OutMap},
    live::Live,
    symbols::{Def, Place, Symbols},
};

/// What became of the inputs.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The objects in order.
    pub inputs: Vec<InputReport>,
    /// The sections of the linked object in order.
    pub sections: Vec<SectionReport>,
    /// What was left out.
    pub dropped: Vec<Dropped>,
}

/// An object, and how much of it was taken.
#[derive(Clone, Debug)]
pub struct InputReport {
    /// The file; for a member of an archive `archive(member)`.
    pub file: Arc<str>,
    /// Why a member of an archive was taken: the symbol, and who needed it.
    pub wanted: Option<Wanted>,
    /// Its instructions in the linked object, in slots.
    pub slots: u64,
    /// Its data in the linked object, in bytes.
    pub bytes: u64,
}

/// Why a member of an archive was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The symbol it defines.
    pub symbol: Arc<str>,
    /// The file that uses it.
    pub by: Arc<str>,
}

/// A section of the linked object.
#[derive(Clone, Debug)]
pub struct SectionReport {
    /// Its name.
    pub name: Arc<str>,
    /// Its size in bytes.
    pub size: u64,
    /// What it consists of, in order.
    pub parts: Vec<PartReport>,
}

/// A part of a section.
#[derive(Clone, Debug)]
pub struct PartReport {
    /// Where it begins in bytes.
    pub offset: u64,
    /// Its size in bytes.
    pub size: u64,
    /// The file it came from.
    pub file: Arc<str>,
    /// The function or map; empty for a section of variables.
    pub symbol: Arc<str>,
}

/// Something that was left out.
#[derive(Clone, Debug)]
pub struct Dropped {
    /// Where it was.
    pub site: Site,
    /// What it is: `function`, `map`, `section`.
    pub what: &'static str,
    /// Its size in bytes.
    pub size: u64,
    /// Why.
    pub why: String,
}

pub(crate) fn report(objects: &[Object], symbols: &Symbols, live: &Live, layout: &Layout) -> Report {
    let input = |o: &Object| InputReport { file: o.file.clone(), wanted: None, slots: 0, bytes: 0 };
    let mut report = Report { inputs: objects.iter().map(input).collect(), ..Report::default() };
    for (section, name) in (0..).zip(&layout.sections).skip(1) {
        report.sections.push(SectionReport { name: name.clone(), size: 0, parts: Vec::new() });
        debug_assert_eq!(report.sections.len(), section);
    }
    for &(obj, func, section) in &layout.funcs {
        if let Some(f) = objects[obj as usize].funcs.get(func.at()) {
            let slots: u64 = f.insns.iter().map(|insn| u64::from(Insn::slots(insn))).sum();
            report.inputs[obj as usize].slots += slots;
            report.part(section.0, 1, slots * 8, objects, obj, f.name.clone());
        }
    }
    for map in &layout.maps {
        match map {
            OutMap::One { obj, map, section } => {
                if let Some(m) = objects[*obj as usize].maps.get(map.at()) {
                    let size = match &m.kind {
                        MapKind::StructOps(ops) => ops.data.len() as u64,
                        _ => objects[*obj as usize].btf.as_ref().and_then(|btf| btf.size(m.type_id).ok()).unwrap_or(0),
                    };
                    report.part(section.0, 8, size, objects, *obj, m.name.clone());
                }
            }
            OutMap::Data(data) => {
                for &(obj, map, base) in &data.parts {
                    let size = objects[obj as usize].maps.get(map.at()).map_or(0, |m| m.def.value_size);
                    let size = match data.constants {
                        Some(_) => size.into(),
                        None => layout.pieces(obj, map, size).iter().map(|(old, end, _)| u64::from(end - old)).sum(),
                    };
                    report.inputs[obj as usize].bytes += size;
                    let parts = report.sections.get_mut(data.section.0 as usize - 1).map(|s| &mut s.parts);
                    let file = objects[obj as usize].file.clone();
                    let part = PartReport { offset: base.into(), size, file, symbol: "".into() };
                    parts.into_iter().for_each(|parts| parts.push(part.clone()));
                }
                if let Some(section) = report.sections.get_mut(data.section.0 as usize - 1) {
                    section.size = data.size.into();
                }
            }
            OutMap::Kconfig => {}
        }
    }
    report.dropped(objects, symbols, live);
    report
}

impl Report {
    fn part(&mut self, section: u32, align: u64, size: u64, objects: &[Object], obj: u32, symbol: Arc<str>) {
        let Some(section) = self.sections.get_mut(section as usize - 1) else { return };
        let offset = section.size.next_multiple_of(align);
        section.size = offset + size;
        section.parts.push(PartReport { offset, size, file: objects[obj as usize].file.clone(), symbol });
    }

    fn dropped(&mut self, objects: &[Object], symbols: &Symbols, live: &Live) {
        for (obj, object) in (0..).zip(objects) {
            let funcs = (0..).zip(&object.funcs).filter(|&(i, _)| !live.func(obj, FuncIdx(i)));
            for (i, func) in funcs {
                self.drop(objects, symbols, Def { obj, place: Place::Func(FuncIdx(i)) }, u64::from(func.slots) * 8);
            }
            let maps = (0..).zip(&object.maps).filter(|&(i, _)| !live.map(obj, MapIdx(i)));
            for (i, map) in maps.filter(|(_, m)| !matches!(m.kind, MapKind::Kconfig)) {
                let size = if matches!(map.kind, MapKind::Data { .. }) { map.def.value_size } else { 0 };
                self.drop(objects, symbols, Def { obj, place: Place::Map(MapIdx(i)) }, size.into());
            }
        }
        let mut vars: Vec<&Def> = symbols.replaced.keys().filter(|def| matches!(def.place, Place::Var(_))).collect();
        vars.sort_unstable();
        for &def in vars {
            let size = match def.place {
                Place::Var(i) => objects[def.obj as usize].vars.get(i as usize).map_or(0, |v| v.size),
                _ => 0,
            };
            self.drop(objects, symbols, def, size.into());
        }
        for object in objects {
            for ignored in &object.ignored {
                let (site, why) = (ignored.site.clone(), ignored.reason.into());
                self.dropped.push(Dropped { site, what: "section", size: 0, why });
            }
        }
    }

    fn drop(&mut self, objects: &[Object], symbols: &Symbols, def: Def, size: u64) {
        let why = match symbols.replaced.get(&def).and_then(|by| objects.get(by.obj as usize)) {
            Some(by) => format!("weak: the definition of {} takes its place", by.file),
            None => "nothing that stays refers to it".into(),
        };
        let is_data = match def.place {
            Place::Map(map) => {
                let map = objects[def.obj as usize].maps.get(map.at());
                map.is_some_and(|m| matches!(m.kind, MapKind::Data { .. }))
            }
            _ => false,
        };
        let what = if is_data { "section" } else { def.place.what() };
        self.dropped.push(Dropped { site: site_of(objects, def), what, size, why });
    }
}
