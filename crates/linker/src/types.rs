//! Pass: the types of all objects as one BTF.
//!
//! Types of definitions that were left out go with them, as do all sections of variables: those are made anew from where
//! the variables are now. What is left is made one where it is equal.

use alloc::{sync::Arc, vec, vec::Vec};

use hashbrown::{HashMap, HashSet};
use skep_object::{
    ExternKind, Linkage, Located, Map, MapKind, Object, Site,
    btf::{Btf, Datasec, Edit, Error, Kind as BtfKind, SecVar, StrOff, Type, TypeId, dedup_keeping, select},
    elf::kconfig_layout,
    isa::MapIdx,
};

use crate::{
    Kind,
    layout::{Data, Layout, OutMap},
    live::Live,
    symbols::{Def, Place, Symbols},
};

/// The linkage of functions and variables in BTF.
const STATIC: u32 = 0;
const EXTERN: u32 = 2;

/// The types of the linked object, and where those of the inputs went.
pub(crate) struct Types {
    pub btf: Option<Arc<Btf>>,
    /// For each object the new ids of its types, from id 1 on.
    ids: Vec<Vec<TypeId>>,
    strings: Vec<HashMap<StrOff, StrOff>>,
    /// The DATASEC of each map of the linked object that has one.
    pub datasecs: Vec<TypeId>,
    /// Offset and size in bytes of configuration values, by the new id of their variable.
    pub kconfig: HashMap<TypeId, (u32, u32)>,
    /// The size in bytes of all of them.
    pub kconfig_size: u32,
}

impl Types {
    /// The new id of an object's type.
    pub fn id(&self, obj: u32, old: TypeId) -> TypeId {
        let ids = self.ids.get(obj as usize);
        old.0.checked_sub(1).and_then(|i| ids?.get(i as usize)).copied().unwrap_or_default()
    }

    /// The new offset of an object's string.
    pub fn string(&self, obj: u32, old: StrOff) -> StrOff {
        self.strings.get(obj as usize).and_then(|s| s.get(&old)).copied().unwrap_or_default()
    }
}

/// An extern of the linked object: who wants it, for all that want it alike.
pub(crate) struct OutExtern {
    /// The first object that wants it, and its position there.
    pub obj: u32,
    pub idx: skep_object::isa::ExternIdx,
    pub kind: ExternKind,
    pub weak: bool,
    pub hidden: bool,
    pub name: Arc<str>,
}

/// What the types are made from.
pub(crate) struct Inputs<'a> {
    pub objects: &'a [Object],
    pub symbols: &'a Symbols,
    pub live: &'a Live,
    pub layout: &'a Layout,
    pub externs: &'a [OutExtern],
    /// The functions that become static.
    pub internal: &'a HashSet<Def>,
}

/// Makes the types.
pub(crate) fn types(inputs: &Inputs<'_>) -> Result<Types, Located<Kind>> {
    let objects = inputs.objects;
    let mut types = Types {
        btf: None,
        ids: objects.iter().map(|_| Vec::new()).collect(),
        strings: objects.iter().map(|_| HashMap::new()).collect(),
        datasecs: vec![TypeId::VOID; inputs.layout.maps.len()],
        kconfig: HashMap::new(),
        kconfig_size: 0,
    };
    if objects.iter().all(|o| o.btf.is_none()) {
        return Ok(types);
    }
    let mut join = Join { inputs, edit: Edit::new(objects[0].endian), kept: Vec::new(), first: Vec::new() };
    for (obj, object) in (0..).zip(objects) {
        join.append(obj, object).map_err(|e| Located::new(Site::file(&object.file).section(".BTF"), Kind::Types(e)))?;
        types.strings[obj as usize] = join.strings(object);
    }
    let fail = |e| Located::new(Site::default().section(".BTF"), Kind::Types(e));
    join.static_functions().map_err(fail)?;
    join.sections(&mut types).map_err(fail)?;
    join.finish(&mut types).map_err(fail)?;
    Ok(types)
}

struct Join<'a> {
    inputs: &'a Inputs<'a>,
    edit: Edit,
    /// The types that stay.
    kept: Vec<TypeId>,
    /// For each object the id that its first type has now, and their number.
    first: Vec<(u32, u32)>,
}

impl Join<'_> {
    /// The id that an object's type has among all of them.
    fn id(&self, obj: u32, old: TypeId) -> TypeId {
        match self.first.get(obj as usize) {
            Some(&(first, len)) if old.0 != 0 && old.0 <= len => TypeId(first + old.0 - 1),
            _ => TypeId::VOID,
        }
    }

    fn append(&mut self, obj: u32, object: &Object) -> Result<(), Error> {
        let first = self.edit.next_id().0;
        let Some(btf) = object.btf.as_deref() else {
            self.first.push((first, 0));
            return Ok(());
        };
        self.edit.append(btf)?;
        self.first.push((first, btf.len()));
        let dropped = self.dropped(obj, object, btf);
        for id in btf.ids().filter(|id| !dropped.contains(id)) {
            let stays = match btf.get(id) {
                Some(Type::DeclTag { target, .. }) => !dropped.contains(&target),
                _ => true,
            };
            if stays {
                self.kept.push(TypeId(first + id.0 - 1));
            }
        }
        Ok(())
    }

    /// The types that go: sections of variables, and what was left out.
    fn dropped(&self, obj: u32, object: &Object, btf: &Btf) -> HashSet<TypeId> {
        let Inputs { live, externs, .. } = self.inputs;
        let mut dropped = HashSet::new();
        let wanted: HashSet<TypeId> = externs
            .iter()
            .filter(|e| e.obj == obj)
            .filter_map(|e| Some(object.externs.get(e.idx.at())?.type_id))
            .collect();
        let mut functions: HashMap<TypeId, bool> = HashMap::new();
        for (i, func) in (0..).zip(&object.funcs) {
            *functions.entry(func.type_id).or_default() |= live.func(obj, skep_object::isa::FuncIdx(i));
        }
        let places: HashSet<TypeId> = self.variables(obj, object, btf).into_iter().map(|var| var.1.ty).collect();
        for (id, kind) in btf.kinds() {
            let goes = match kind {
                BtfKind::DATASEC => true,
                BtfKind::FUNC => match btf.get(id) {
                    Some(Type::Func(func)) if func.linkage == EXTERN => !wanted.contains(&id),
                    _ => functions.get(&id) == Some(&false),
                },
                BtfKind::VAR => !wanted.contains(&id) && !places.contains(&id),
                _ => false,
            };
            if goes {
                dropped.insert(id);
            }
        }
        dropped
    }

    /// The variables of an object that stay: the map of the linked object that holds each, and the place in it. The
    /// licence and the version stay with the first object that has them.
    fn variables(&self, obj: u32, object: &Object, btf: &Btf) -> Vec<(Option<MapIdx>, SecVar)> {
        let Inputs { layout, .. } = self.inputs;
        let mut found = Vec::new();
        // With slots that are initialised a variable is larger than its type.
        let datasecs = btf.kinds().filter(|(_, kind)| *kind == BtfKind::DATASEC);
        let entries_of = datasecs.filter_map(|(id, _)| datasec(btf, id)).flat_map(|d| d.vars());
        let sizes: HashMap<TypeId, u32> = entries_of.map(|var| (var.ty, var.size)).collect();
        for (i, map) in (0..).zip(&object.maps) {
            let Some(out) = layout.map(obj, MapIdx(i)) else { continue };
            match map.kind {
                MapKind::Declared(_) | MapKind::StructOps(_) => {
                    let size = sizes.get(&map.type_id).copied().unwrap_or(0);
                    found.push((Some(out), SecVar { ty: map.type_id, offset: 0, size }));
                }
                MapKind::Data { .. } => found.extend(self.variables_of(obj, MapIdx(i), map, out, object, btf)),
                MapKind::Kconfig => {}
            }
        }
        if self.is_first_with(obj, |o| !o.license.is_empty()) {
            found.extend(entries(btf, "license").map(|var| (None, var)));
        }
        if self.is_first_with(obj, |o| o.version != 0) {
            found.extend(entries(btf, "version").map(|var| (None, var)));
        }
        found
    }

    fn is_first_with(&self, obj: u32, has: impl Fn(&Object) -> bool) -> bool {
        self.inputs.objects.iter().position(has) == Some(obj as usize)
    }

    fn variables_of(
        &self,
        obj: u32,
        idx: MapIdx,
        map: &Map,
        out: MapIdx,
        object: &Object,
        btf: &Btf,
    ) -> Vec<(Option<MapIdx>, SecVar)> {
        let Some(Type::Datasec(datasec)) = btf.get(map.type_id) else { return Vec::new() };
        let replaced = &self.inputs.symbols.replaced;
        let gone: HashSet<(u32, &str)> = (0..)
            .zip(&object.vars)
            .filter(|(i, var)| var.map == idx && replaced.contains_key(&Def { obj, place: Place::Var(*i) }))
            .map(|(_, var)| (var.offset, &*var.name))
            .collect();
        let stays = |var: &SecVar| gone.is_empty() || !gone.contains(&(var.offset, btf.name(var.ty)));
        let place = |var: SecVar| {
            let offset = self.inputs.layout.value(obj, idx, var.offset).map_or(0, |(_, off)| off);
            (Some(out), SecVar { offset, ..var })
        };
        datasec.vars().filter(stays).map(place).collect()
    }

    /// The strings that instructions of an object name, among all of them.
    fn strings(&mut self, object: &Object) -> HashMap<StrOff, StrOff> {
        let mut strings = HashMap::new();
        let Some(btf) = object.btf.as_deref() else { return strings };
        for insn in object.funcs.iter().flat_map(|f| &f.insns).filter(|insn| !insn.line.is_none()) {
            for old in [insn.line.file, insn.line.text] {
                strings.entry(old).or_insert_with(|| self.edit.string(btf.string(old).unwrap_or_default()));
            }
        }
        strings
    }

    /// What became hidden or internal is static to the kernel, which then checks it with its callers.
    fn static_functions(&mut self) -> Result<(), Error> {
        let Inputs { objects, symbols, layout, internal, .. } = self.inputs;
        for &(obj, func, section) in &layout.funcs {
            let def = Def { obj, place: Place::Func(func) };
            let Some(function) = objects[obj as usize].funcs.get(func.at()) else { continue };
            let is_text = layout.sections.get(section.0 as usize).is_some_and(|name| &**name == ".text");
            let hidden = || symbols.find(&function.name).is_some_and(|s| s.hidden && s.def == Some(def));
            let is_static = internal.contains(&def) || function.linkage != Linkage::Local && is_text && hidden();
            if is_static && function.type_id != TypeId::VOID {
                let id = self.id(obj, function.type_id);
                self.edit.set_linkage(id, STATIC)?;
            }
        }
        for symbol in symbols.table.iter().filter(|s| s.hidden) {
            let Some(Def { obj, place: Place::Var(i) }) = symbol.def else { continue };
            let Some((object, var)) = objects.get(obj as usize).and_then(|o| Some((o, o.vars.get(i as usize)?))) else {
                continue;
            };
            let Some(btf) = object.btf.as_deref() else { continue };
            let datasec = object.maps.get(var.map.at()).and_then(|map| btf.get(map.type_id));
            let Some(Type::Datasec(datasec)) = datasec else { continue };
            let found = datasec.vars().find(|e| e.offset == var.offset && btf.name(e.ty) == &*var.name);
            if let Some(entry) = found {
                let id = self.id(obj, entry.ty);
                self.edit.set_linkage(id, STATIC)?;
            }
        }
        Ok(())
    }

    /// Makes the sections of variables.
    fn sections(&mut self, types: &mut Types) -> Result<(), Error> {
        let Inputs { objects, layout, externs, .. } = *self.inputs;
        let mut members: Vec<Vec<SecVar>> = layout.maps.iter().map(|_| Vec::new()).collect();
        let mut others: Vec<(&str, SecVar)> = Vec::new();
        for (obj, object) in (0..).zip(objects) {
            let Some(btf) = object.btf.as_deref() else { continue };
            for (map, var) in self.variables(obj, object, btf) {
                let name = btf.name(var.ty);
                let var = SecVar { ty: self.id(obj, var.ty), ..var };
                match map.and_then(|map| members.get_mut(map.at())) {
                    Some(list) => list.push(var),
                    None => others.push((if name.contains("version") { "version" } else { "license" }, var)),
                }
            }
        }
        let mut declared: Vec<(Arc<str>, Vec<SecVar>)> = Vec::new();
        for (i, (map, vars)) in layout.maps.iter().zip(members).enumerate() {
            match map {
                OutMap::Data(Data { name, size, .. }) if !vars.is_empty() => {
                    let mut vars = vars;
                    vars.sort_by_key(|v| v.offset);
                    types.datasecs[i] = self.add_section(name, *size, &vars);
                }
                OutMap::One { section, .. } => {
                    let name = layout.sections.get(section.0 as usize).cloned().unwrap_or_default();
                    let at = declared.iter().position(|(n, _)| *n == name).unwrap_or_else(|| {
                        declared.push((name, Vec::new()));
                        declared.len() - 1
                    });
                    declared[at].1.extend(vars);
                }
                _ => {}
            }
        }
        for (name, vars) in declared {
            let mut end = 0u32;
            let mut placed = Vec::with_capacity(vars.len());
            for var in vars {
                let offset = end.next_multiple_of(8);
                end = offset.saturating_add(var.size);
                placed.push(SecVar { offset, ..var });
            }
            self.add_section(&name, end, &placed);
        }
        let of_kernel = |e: &&OutExtern| matches!(e.kind, ExternKind::Ksym | ExternKind::TypedKsym | ExternKind::Kfunc);
        let ksyms: Vec<SecVar> = externs.iter().filter(of_kernel).map(|e| self.entry(e)).collect();
        if !ksyms.is_empty() {
            self.add_section(".ksyms", 0, &ksyms);
        }
        let kconfig = externs.iter().filter(|e| matches!(e.kind, ExternKind::Kconfig { .. }));
        let kconfig: Vec<SecVar> = kconfig.map(|e| self.entry(e)).collect();
        if !kconfig.is_empty() {
            let so_far = Btf::parse(self.edit.finish())?;
            let (placed, size) = kconfig_layout(&so_far, kconfig);
            let id = self.add_section(".kconfig", size, &placed);
            types.kconfig_size = size;
            types.kconfig = placed.iter().map(|v| (v.ty, (v.offset, v.size))).collect();
            let map = layout.maps.iter().position(|m| matches!(m, OutMap::Kconfig));
            if let Some(datasec) = map.and_then(|i| types.datasecs.get_mut(i)) {
                *datasec = id;
            }
        }
        let declared_externs: Vec<SecVar> = externs
            .iter()
            .filter(|e| e.kind == ExternKind::Map)
            .map(|e| self.entry(e))
            .filter(|v| v.ty.0 != 0)
            .collect();
        self.add_to_maps(&declared_externs)?;
        for name in ["license", "version"] {
            let vars: Vec<SecVar> = others.iter().filter(|(n, _)| *n == name).map(|(_, v)| *v).collect();
            if !vars.is_empty() {
                let size = vars.iter().map(|v| v.offset.saturating_add(v.size)).max().unwrap_or(0);
                self.add_section(name, size, &vars);
            }
        }
        Ok(())
    }

    /// Maps that another object is to declare are listed with those that are declared.
    fn add_to_maps(&mut self, externs: &[SecVar]) -> Result<(), Error> {
        if externs.is_empty() {
            return Ok(());
        }
        let btf = Btf::parse(self.edit.finish())?;
        let last =
            self.kept.iter().rev().find(|id| matches!(btf.get(**id), Some(Type::Datasec(d)) if d.name == ".maps"));
        match last.and_then(|id| Some((*id, datasec(&btf, *id)?))) {
            Some((id, declared)) => {
                let vars: Vec<SecVar> = declared.vars().chain(externs.iter().copied()).collect();
                self.edit.set_datasec(id, declared.size, &vars)
            }
            None => {
                self.add_section(".maps", 0, externs);
                Ok(())
            }
        }
    }

    fn add_section(&mut self, name: &str, size: u32, vars: &[SecVar]) -> TypeId {
        let id = self.edit.add().datasec(name, size, vars);
        self.kept.push(id);
        id
    }

    fn entry(&self, ext: &OutExtern) -> SecVar {
        let object = self.inputs.objects.get(ext.obj as usize);
        let id = object.and_then(|o| o.externs.get(ext.idx.at())).map_or(TypeId::VOID, |e| e.type_id);
        SecVar { ty: self.id(ext.obj, id), offset: 0, size: 0 }
    }

    /// Leaves out what goes and makes equal types one.
    fn finish(self, types: &mut Types) -> Result<(), Error> {
        let all = Btf::parse(self.edit.finish())?;
        let mut used: Vec<StrOff> = types.strings.iter().flat_map(|s| s.values().copied()).collect();
        used.sort_unstable();
        used.dedup();
        let selected = select(&all, &self.kept, &used)?;
        let kept: Vec<StrOff> = used.iter().filter_map(|&off| selected.string(off)).collect();
        let selected_btf = Btf::parse(selected.bytes())?;
        let deduped = dedup_keeping(&selected_btf, &kept)?;
        let id = |old: TypeId| if old.0 == 0 { old } else { deduped.id(selected.id(old)) };
        let string = |off: StrOff| selected.string(off).and_then(|off| deduped.string(off)).unwrap_or_default();
        let final_strings: HashMap<StrOff, StrOff> = used.iter().map(|&off| (off, string(off))).collect();
        for strings in &mut types.strings {
            strings.values_mut().for_each(|off| *off = final_strings.get(off).copied().unwrap_or_default());
        }
        for (ids, &(first, len)) in types.ids.iter_mut().zip(&self.first) {
            *ids = (first..first + len).map(|old| id(TypeId(old))).collect();
        }
        types.datasecs.iter_mut().for_each(|old| *old = id(*old));
        types.kconfig = types.kconfig.iter().map(|(&old, &place)| (id(old), place)).collect();
        types.btf = Some(Arc::new(Btf::parse(deduped.bytes())?));
        Ok(())
    }
}

fn datasec(btf: &Btf, id: TypeId) -> Option<Datasec<'_>> {
    match btf.get(id) {
        Some(Type::Datasec(datasec)) => Some(datasec),
        _ => None,
    }
}

/// The variables of a section by its name.
fn entries<'a>(btf: &'a Btf, name: &str) -> impl Iterator<Item = SecVar> + use<'a> {
    let id = btf.find_own(name, BtfKind::DATASEC);
    id.and_then(|id| datasec(btf, id)).into_iter().flat_map(|d| d.vars())
}
