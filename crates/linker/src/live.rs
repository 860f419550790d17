//! Pass: what of the objects is needed.
//!
//! Without `--gc-sections` that is everything but what another definition takes the place of. Code and maps are kept or
//! left out one by one; sections of variables as a whole, for each object.

use alloc::{vec, vec::Vec};

use skep_object::{
    Init, Linkage, MapKind, Object, Pinning,
    btf::Kind as BtfKind,
    isa::{FuncIdx, MapIdx, Opcode, Ref},
};

use crate::{
    Options,
    options::matches,
    symbols::{Def, Place, Symbols},
    target::{Target, target},
};

/// For each object, which of its functions, maps and externs are needed.
pub(crate) struct Live {
    pub funcs: Vec<Vec<bool>>,
    pub maps: Vec<Vec<bool>>,
    pub externs: Vec<Vec<bool>>,
}

impl Live {
    pub fn func(&self, obj: u32, func: FuncIdx) -> bool {
        self.funcs.get(obj as usize).and_then(|f| f.get(func.at())).copied().unwrap_or(false)
    }

    pub fn map(&self, obj: u32, map: MapIdx) -> bool {
        self.maps.get(obj as usize).and_then(|m| m.get(map.at())).copied().unwrap_or(false)
    }

    pub fn of(objects: &[Object], symbols: &Symbols, options: &Options) -> Self {
        let none = |of: fn(&Object) -> usize| objects.iter().map(|o| vec![false; of(o)]).collect();
        let live =
            Self { funcs: none(|o| o.funcs.len()), maps: none(|o| o.maps.len()), externs: none(|o| o.externs.len()) };
        let mut mark = Mark { objects, symbols, live, work: Vec::new() };
        mark.roots(options);
        while let Some((obj, place)) = mark.work.pop() {
            mark.follow(obj, place);
        }
        mark.live
    }
}

struct Mark<'a> {
    objects: &'a [Object],
    symbols: &'a Symbols,
    live: Live,
    work: Vec<(u32, Place)>,
}

impl Mark<'_> {
    fn roots(&mut self, options: &Options) {
        let all = !options.gc_sections;
        for (obj, object) in (0..).zip(self.objects) {
            let mut entry = vec![all; object.funcs.len()];
            for program in &object.programs {
                if let Some(is) = entry.get_mut(program.func.at()) {
                    *is = true;
                }
            }
            for (i, func) in (0..).zip(&object.funcs) {
                let wanted = func.linkage != Linkage::Local && matches(&options.export, &func.name)
                    || matches(&options.keep, &func.name)
                    || matches(&options.keep, object.section(func.section));
                if wanted || entry[i as usize] {
                    self.add(obj, Place::Func(FuncIdx(i)));
                }
            }
            for (i, map) in (0..).zip(&object.maps) {
                let stays = match map.kind {
                    MapKind::Declared(_) => all || map.def.pinning != Pinning::None,
                    MapKind::StructOps(_) => true,
                    MapKind::Data { .. } => all,
                    MapKind::Kconfig => false,
                };
                if stays || matches(&options.keep, &map.name) {
                    self.add(obj, Place::Map(MapIdx(i)));
                }
            }
            for var in object.vars.iter().filter(|v| matches(&options.keep, &v.name)) {
                self.add(obj, Place::Map(var.map));
            }
            // The kernel finds them by a tag, in whichever object they are.
            for name in callbacks(object) {
                if let Some(Def { obj, place }) = self.symbols.find(name).and_then(|s| s.def) {
                    self.add(obj, place);
                }
            }
            if all {
                for (i, ext) in object.externs.iter().enumerate() {
                    self.live.externs[obj as usize][i] |= matches!(ext.kind, skep_object::ExternKind::Kconfig { .. });
                }
            }
        }
    }

    /// Notes that something is needed, unless another one takes its place.
    fn add(&mut self, obj: u32, place: Place) {
        if self.symbols.replaced.contains_key(&Def { obj, place }) {
            return;
        }
        let flag = match place {
            Place::Func(func) => self.live.funcs.get_mut(obj as usize).and_then(|f| f.get_mut(func.at())),
            Place::Map(map) => self.live.maps.get_mut(obj as usize).and_then(|m| m.get_mut(map.at())),
            Place::Var(_) => None,
        };
        if let Some(flag) = flag
            && !core::mem::replace(flag, true)
        {
            self.work.push((obj, place));
        }
    }

    fn refer(&mut self, obj: u32, reference: Ref, added: i64, is_call: bool) {
        match target(self.objects, self.symbols, obj, reference, added, is_call) {
            Target::Func { obj, func, .. } => self.add(obj, Place::Func(func)),
            Target::Map { obj, map } | Target::Value { obj, map, .. } => self.add(obj, Place::Map(map)),
            Target::Extern(ext) => {
                if let Some(flag) = self.live.externs.get_mut(obj as usize).and_then(|e| e.get_mut(ext.at())) {
                    *flag = true;
                }
            }
            Target::Same(_) => {}
        }
    }

    fn follow(&mut self, obj: u32, place: Place) {
        let Some(object) = self.objects.get(obj as usize) else { return };
        match place {
            Place::Func(func) => {
                for insn in object.funcs.get(func.at()).map_or(&[][..], |f| &f.insns) {
                    if let Some(reference) = insn.meta.reference() {
                        self.refer(obj, reference, insn.imm, insn.code == Opcode::CALL);
                    }
                }
            }
            Place::Map(map) => match object.maps.get(map.at()).map(|m| &m.kind) {
                Some(MapKind::Declared(slots)) => {
                    for (_, init) in slots {
                        let reference = match *init {
                            Init::Map(map) => Ref::Map(map),
                            Init::Program(func) => Ref::Func { func, at: Default::default() },
                        };
                        self.refer(obj, reference, 0, false);
                    }
                }
                Some(MapKind::Data { refs, .. }) => {
                    refs.iter().for_each(|r| self.refer(obj, r.to, r.addend, false));
                }
                Some(MapKind::StructOps(ops)) => {
                    let func = |func| Ref::Func { func, at: Default::default() };
                    ops.refs.iter().for_each(|r| self.refer(obj, func(r.func), 0, false));
                }
                Some(MapKind::Kconfig) | None => {}
            },
            Place::Var(_) => {}
        }
    }
}

/// The names of the functions that catch the exceptions of an object's programs.
pub(crate) fn callbacks(object: &Object) -> impl Iterator<Item = &str> {
    let btf = object.btf.as_deref().into_iter();
    let tags =
        btf.flat_map(|btf| btf.kinds().filter(|(_, kind)| *kind == BtfKind::DECL_TAG).map(|(id, _)| btf.name(id)));
    tags.filter_map(|text| text.strip_prefix("exception_callback:"))
}
