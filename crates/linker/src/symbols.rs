//! Who defines what, and who refers to it.

use alloc::{sync::Arc, vec, vec::Vec};

use hashbrown::HashMap;
use skep_object::{
    Linkage, MapKind, Object, Visibility,
    isa::{ExternIdx, FuncIdx, MapIdx},
};

use crate::live::callbacks;

/// A definition in one of the objects.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Def {
    /// The object, by its position among the inputs.
    pub obj: u32,
    pub place: Place,
}

/// What a symbol names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Place {
    Func(FuncIdx),
    /// A variable, by its position.
    Var(u32),
    Map(MapIdx),
}

impl Place {
    pub fn what(self) -> &'static str {
        match self {
            Self::Func(_) => "function",
            Self::Var(_) => "variable",
            Self::Map(_) => "map",
        }
    }
}

/// A name that objects share.
pub(crate) struct Symbol {
    pub name: Arc<str>,
    /// The definition that counts: the strong one, else the first weak one.
    pub def: Option<Def>,
    pub weak: bool,
    /// Weak definitions that another one takes the place of.
    pub overridden: Vec<Def>,
    /// Strong definitions beside the one that counts: one too many.
    pub duplicates: Vec<Def>,
    /// Who leaves it to others.
    pub refs: Vec<(u32, ExternIdx)>,
    /// Whether a definition or a reference hides it.
    pub hidden: bool,
}

/// All symbols, in the order in which they first occur.
pub(crate) struct Symbols {
    pub table: Vec<Symbol>,
    names: HashMap<Arc<str>, u32>,
    /// For each object and extern its symbol.
    pub of_extern: Vec<Vec<u32>>,
    /// What stands in the place of an overridden definition.
    pub replaced: HashMap<Def, Def>,
    /// For each object its overridden variables: map, offset, size, and what stands in their place; sorted.
    pub replaced_vars: Vec<Vec<(MapIdx, u32, u32, Def)>>,
}

impl Symbols {
    pub fn of(objects: &[Object]) -> Self {
        let mut symbols = Self {
            table: Vec::new(),
            names: HashMap::new(),
            of_extern: Vec::with_capacity(objects.len()),
            replaced: HashMap::new(),
            replaced_vars: Vec::with_capacity(objects.len()),
        };
        for (obj, object) in (0..).zip(objects) {
            symbols.add(obj, object);
        }
        symbols.settle(objects);
        symbols
    }

    /// The symbol with a name.
    pub fn find(&self, name: &str) -> Option<&Symbol> {
        self.table.get(*self.names.get(name)? as usize)
    }

    /// The symbol that an extern stands for.
    pub fn of_extern(&self, obj: u32, ext: ExternIdx) -> Option<&Symbol> {
        self.table.get(*self.of_extern.get(obj as usize)?.get(ext.at())? as usize)
    }

    fn entry(&mut self, name: &Arc<str>) -> (u32, &mut Symbol) {
        let table = &mut self.table;
        let idx = *self.names.entry_ref(name).or_insert_with(|| {
            table.push(Symbol {
                name: name.clone(),
                def: None,
                weak: true,
                overridden: Vec::new(),
                duplicates: Vec::new(),
                refs: Vec::new(),
                hidden: false,
            });
            table.len() as u32 - 1
        });
        (idx, &mut table[idx as usize])
    }

    fn add(&mut self, obj: u32, object: &Object) {
        for (i, f) in (0..).zip(&object.funcs) {
            self.define(&f.name, f.linkage, f.visibility, Def { obj, place: Place::Func(FuncIdx(i)) });
        }
        for (i, m) in (0..).zip(&object.maps) {
            if matches!(m.kind, MapKind::Declared(_) | MapKind::StructOps(_)) {
                self.define(&m.name, m.linkage, m.visibility, Def { obj, place: Place::Map(MapIdx(i)) });
            }
        }
        for (i, v) in (0..).zip(&object.vars) {
            self.define(&v.name, v.linkage, v.visibility, Def { obj, place: Place::Var(i) });
        }
        let mut of_extern = Vec::with_capacity(object.externs.len());
        for (i, ext) in (0..).zip(&object.externs) {
            let (idx, symbol) = self.entry(&ext.name);
            symbol.refs.push((obj, ExternIdx(i)));
            symbol.hidden |= ext.visibility == Visibility::Hidden;
            of_extern.push(idx);
        }
        self.of_extern.push(of_extern);
    }

    fn define(&mut self, name: &Arc<str>, linkage: Linkage, visibility: Visibility, def: Def) {
        if linkage == Linkage::Local || name.is_empty() {
            return;
        }
        let weak = linkage == Linkage::Weak;
        let (_, symbol) = self.entry(name);
        symbol.hidden |= visibility == Visibility::Hidden;
        match symbol.def {
            None => (symbol.def, symbol.weak) = (Some(def), weak),
            Some(_) if weak => symbol.overridden.push(def),
            Some(first) if symbol.weak => {
                symbol.overridden.push(first);
                (symbol.def, symbol.weak) = (Some(def), false);
            }
            Some(_) => symbol.duplicates.push(def),
        }
    }

    /// Finds what stands in the place of what is overridden.
    fn settle(&mut self, objects: &[Object]) {
        let mut vars: Vec<Vec<(MapIdx, u32, u32, Def)>> = Vec::new();
        vars.resize_with(objects.len(), Vec::new);
        for symbol in &self.table {
            let Some(def) = symbol.def else { continue };
            for &old in &symbol.overridden {
                self.replaced.insert(old, def);
                if let Place::Var(i) = old.place
                    && let Some(var) = objects.get(old.obj as usize).and_then(|o| o.vars.get(i as usize))
                {
                    vars[old.obj as usize].push((var.map, var.offset, var.size, def));
                }
            }
        }
        vars.iter_mut().for_each(|list| list.sort_unstable());
        self.replaced_vars = vars;
    }

    /// What stands in the place of the overridden variable at a byte of a map, and the offset within it.
    pub fn replaced_var(&self, obj: u32, map: MapIdx, off: u32) -> Option<(Def, u32)> {
        let list = self.replaced_vars.get(obj as usize)?;
        let after = list.partition_point(|&(m, at, ..)| (m, at) <= (map, off));
        let &(m, at, size, def) = list.get(after.checked_sub(1)?)?;
        let within = off.checked_sub(at).filter(|&w| m == map && (w == 0 || w < size))?;
        Some((def, within))
    }
}

/// Objects in groups that need each other: one defines what another one leaves undefined, or takes the place of a weak
/// definition of another. The order stays.
pub fn groups(objects: Vec<Object>) -> Vec<Vec<Object>> {
    let symbols = Symbols::of(&objects);
    let mut home: Vec<usize> = (0..objects.len()).collect();
    for symbol in &symbols.table {
        let Some(def) = symbol.def else { continue };
        let overridden = symbol.overridden.iter().map(|other| other.obj);
        let users = symbol.refs.iter().filter(|&&(obj, ext)| {
            let ext = objects.get(obj as usize).and_then(|o| o.externs.get(ext.at()));
            ext.is_some_and(|e| e.kind.is_of_objects())
        });
        for other in overridden.chain(users.map(|user| user.0)) {
            join(&mut home, def.obj as usize, other as usize);
        }
    }
    for (obj, object) in objects.iter().enumerate() {
        for def in callbacks(object).filter_map(|name| symbols.find(name)?.def) {
            join(&mut home, obj, def.obj as usize);
        }
    }
    let mut groups: Vec<(usize, Vec<Object>)> = Vec::new();
    for (obj, object) in objects.into_iter().enumerate() {
        let root = root(&mut home, obj);
        match groups.iter_mut().find(|(of, _)| *of == root) {
            Some((_, group)) => group.push(object),
            None => groups.push((root, vec![object])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// The first of the group that an object is in; the way there gets shorter each time.
fn root(home: &mut [usize], mut obj: usize) -> usize {
    while home[obj] != obj {
        home[obj] = home[home[obj]];
        obj = home[obj];
    }
    obj
}

fn join(home: &mut [usize], a: usize, b: usize) {
    let (a, b) = (root(home, a), root(home, b));
    home[a.max(b)] = a.min(b);
}
