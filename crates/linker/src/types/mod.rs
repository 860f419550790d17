//! Pass: the types of all objects as one BTF.
//!
//! Types of definitions that were left out go with them, as do all sections of variables: those are made anew from where
//! the variables are now. What is left is made one where it is equal.

mod declare;
mod keep;
mod sections;

use alloc::{sync::Arc, vec, vec::Vec};

use hashbrown::{HashMap, HashSet};
use skep_object::{
    ExternKind, Linkage, Located, Object, Site,
    btf::{Btf, Edit, Error, Join as Merge, Joined, SecVar, Type, TypeId},
    isa::{FuncIdx, Insn, MapIdx},
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
    joined: Option<Joined>,
    /// The DATASEC of each map of the linked object that has one.
    pub datasecs: Vec<TypeId>,
    /// The variables of maps that were declared the old way, by the position of the map.
    pub declared: HashMap<usize, TypeId>,
    /// Offset and size in bytes of configuration values, by the new id of their variable.
    pub kconfig: HashMap<TypeId, (u32, u32)>,
    /// The size in bytes of all of them.
    pub kconfig_size: u32,
}

impl Types {
    /// The new id of an object's type.
    pub fn id(&self, obj: u32, old: TypeId) -> TypeId {
        self.joined.as_ref().map(|joined| joined.id(obj, old)).unwrap_or_default()
    }
}

/// The instructions of each function of each object.
pub(crate) type Code = Vec<Vec<Vec<Insn>>>;

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

/// Makes the types. Instructions name strings: from here on those of the result.
pub(crate) fn types(inputs: &Inputs<'_>, code: &mut Code) -> Result<Types, Located<Kind>> {
    let objects = inputs.objects;
    let mut types = Types {
        btf: None,
        joined: None,
        datasecs: vec![TypeId::VOID; inputs.layout.maps.len()],
        declared: HashMap::new(),
        kconfig: HashMap::new(),
        kconfig_size: 0,
    };
    if objects.iter().all(|o| o.btf.is_none()) {
        return Ok(types);
    }
    let mut join = Join {
        inputs,
        merge: Merge::new(objects[0].endian),
        vars: Vec::with_capacity(objects.len()),
        accesses: HashSet::new(),
    };
    inputs.layout.sections.iter().for_each(|name| join.merge.add_string(name));
    for ((obj, object), code) in (0..).zip(objects).zip(code) {
        join.append(obj, object).map_err(|e| Located::new(Site::file(&object.file).section(".BTF"), Kind::Types(e)))?;
        join.strings(obj, object, code);
    }
    let fail = |e| Located::new(Site::default().section(".BTF"), Kind::Types(e));
    join.static_functions();
    let Join { merge, vars, .. } = join;
    let joined = merge.finish().map_err(fail)?;
    let edit = joined.edit.clone();
    let mut sections = Sections { inputs, joined: &joined, edit };
    sections.add(vars, &mut types).map_err(fail)?;
    types.btf = Some(Arc::new(Btf::parse(sections.edit.finish()).map_err(fail)?));
    types.joined = Some(joined);
    Ok(types)
}

/// A variable that stays: the map of the linked object that holds it, and its type in its object's BTF with its place.
type Placed = (Option<MapIdx>, SecVar);

struct Join<'a> {
    inputs: &'a Inputs<'a>,
    merge: Merge,
    /// The variables of each object that stay.
    vars: Vec<Vec<Placed>>,
    /// The access strings of CO-RE records so far.
    accesses: HashSet<Arc<str>>,
}

/// The sections of variables, made for types that are one already.
struct Sections<'a> {
    inputs: &'a Inputs<'a>,
    joined: &'a Joined,
    edit: Edit,
}

impl Join<'_> {
    fn append(&mut self, obj: u32, object: &Object) -> Result<(), Error> {
        let Some(btf) = object.btf.as_deref() else {
            self.vars.push(Vec::new());
            return self.merge.add(None, |_| false);
        };
        let vars = self.variables(obj, object, btf);
        let stays = self.stays(obj, object, btf, &vars);
        self.vars.push(vars);
        self.merge.add(Some(btf), |id| stays.get(id.0 as usize) == Some(&true))
    }

    /// Lets the instructions of an object that stay name the strings of the result.
    fn strings(&mut self, obj: u32, object: &Object, code: &mut [Vec<Insn>]) {
        let Some(btf) = object.btf.as_deref() else { return };
        let live = |i: u32| self.inputs.live.func(obj, FuncIdx(i));
        for (_, insns) in (0..).zip(code).filter(|(i, _)| live(*i)) {
            for insn in insns {
                if !insn.line.is_none() {
                    insn.line.file = self.merge.string(btf, insn.line.file);
                    insn.line.text = self.merge.string(btf, insn.line.text);
                }
                // Records name these, too.
                if let Some(core) = insn.meta.core()
                    && self.accesses.insert(core.access.clone())
                {
                    self.merge.add_string(&core.access);
                }
            }
        }
    }

    /// What became hidden or internal is static to the kernel, which then checks it with its callers.
    fn static_functions(&mut self) {
        let Inputs { objects, symbols, layout, internal, .. } = self.inputs;
        for &(obj, func, section) in &layout.funcs {
            let def = Def { obj, place: Place::Func(func) };
            let Some(function) = objects[obj as usize].funcs.get(func.at()) else { continue };
            let is_text = layout.sections.get(section.0 as usize).is_some_and(|name| &**name == ".text");
            let hidden = || symbols.find(&function.name).is_some_and(|s| s.hidden && s.def == Some(def));
            if internal.contains(&def) || function.linkage != Linkage::Local && is_text && hidden() {
                self.merge.set_linkage(obj, function.type_id, STATIC);
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
                self.merge.set_linkage(obj, entry.ty, STATIC);
            }
        }
    }
}
