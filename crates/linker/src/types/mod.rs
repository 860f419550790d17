//! Pass: the types of all objects as one BTF.
//!
//! Types of definitions that were left out go with them, as do all sections of variables: those are made anew from where
//! the variables are now. What is left is made one where it is equal.

mod keep;
mod sections;

use alloc::{sync::Arc, vec, vec::Vec};

use hashbrown::{HashMap, HashSet};
use skep_object::{
    ExternKind, Linkage, Located, Object, Site,
    btf::{Btf, Edit, Error, StrOff, Type, TypeId, dedup_keeping, select},
};

use crate::{
    Kind,
    layout::Layout,
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
