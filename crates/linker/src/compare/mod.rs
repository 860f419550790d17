//! Pass: definitions and what refers to them must agree.

mod maps;
mod types;

use alloc::{sync::Arc, vec::Vec};

use skep_object::{
    ExternKind, Located, Object, Site,
    btf::{Btf, Type, TypeId},
    elf,
    isa::{ExternIdx, Ref},
};

pub use types::Difference;

use crate::{
    Kind,
    symbols::{Def, Place, Symbol, Symbols},
};

/// Checks each symbol that more than one object has.
pub(crate) fn compare(objects: &[Object], symbols: &Symbols, errors: &mut Vec<Located<Kind>>) {
    for symbol in &symbols.table {
        duplicates(objects, symbol, errors);
        match symbol.def {
            Some(def) => {
                for &other in &symbol.overridden {
                    definitions(objects, symbol, def, other, errors);
                }
                for &(obj, ext) in &symbol.refs {
                    reference(objects, symbol, def, obj, ext, errors);
                }
            }
            None => externs(objects, symbol, errors),
        }
    }
}

fn duplicates(objects: &[Object], symbol: &Symbol, errors: &mut Vec<Located<Kind>>) {
    let (Some(def), false) = (symbol.def, symbol.duplicates.is_empty()) else { return };
    let also = symbol.duplicates.iter().map(|&d| site_of(objects, d)).collect();
    errors.push(Located::new(site_of(objects, def), Kind::Duplicate { what: def.place.what(), also }));
}

/// The place of a definition, functions with their line of source.
pub(crate) fn site_of(objects: &[Object], def: Def) -> Site {
    let Some(object) = objects.get(def.obj as usize) else { return Site::default() };
    let site = Site::file(&object.file);
    match def.place {
        Place::Func(func) => {
            let source =
                object.funcs.get(func.at()).and_then(|f| f.source_at(object.btf.as_deref()?, Default::default()));
            object.site_of(func).source(source)
        }
        Place::Var(i) => match object.vars.get(i as usize) {
            Some(var) => site.section(object.maps.get(var.map.at()).map_or("", |m| &m.name)).symbol(var.name.clone()),
            None => site,
        },
        Place::Map(map) => match object.maps.get(map.at()) {
            Some(map) => site.section(object.section(map.section)).symbol(map.name.clone()),
            None => site,
        },
    }
}

/// The place of the first instruction that uses an extern.
pub(crate) fn site_of_use(object: &Object, ext: ExternIdx) -> Site {
    let name: Arc<str> = object.externs.get(ext.at()).map_or_else(|| "".into(), |e| e.name.clone());
    for (i, func) in (0..).zip(&object.funcs) {
        let mut slot = skep_object::isa::InsnIdx(0);
        for insn in &func.insns {
            if insn.meta.reference() == Some(Ref::Extern(ext)) {
                let source = object.btf.as_deref().and_then(|btf| func.source_at(btf, slot));
                return object.site_of(skep_object::isa::FuncIdx(i)).insn(slot).source(source);
            }
            slot.0 = slot.0.saturating_add(insn.slots());
        }
    }
    Site::file(&object.file).symbol(name)
}

/// The BTF of a definition: for functions the FUNC, for variables the type, for maps the variable.
fn type_of(object: &Object, place: Place) -> Option<(&Btf, TypeId)> {
    let id = match place {
        Place::Func(func) => object.funcs.get(func.at())?.type_id,
        Place::Var(i) => object.vars.get(i as usize)?.type_id,
        Place::Map(map) => object.maps.get(map.at())?.type_id,
    };
    (id != TypeId::VOID).then_some((object.btf.as_deref()?, id))
}

fn definitions(objects: &[Object], symbol: &Symbol, first: Def, second: Def, errors: &mut Vec<Located<Kind>>) {
    let (Some(a), Some(b)) = (objects.get(first.obj as usize), objects.get(second.obj as usize)) else { return };
    if first.place.what() != second.place.what() {
        return errors.push(clash(
            symbol,
            site_of(objects, first),
            first.place.what(),
            site_of(objects, second),
            second.place.what(),
        ));
    }
    let differences = match (first.place, second.place) {
        (Place::Map(x), Place::Map(y)) => match (a.maps.get(x.at()), b.maps.get(y.at()), &a.btf, &b.btf) {
            (Some(x), Some(y), Some(p), Some(q)) => maps::maps(p, &x.def, q, &y.def),
            _ => Vec::new(),
        },
        _ => match (type_of(a, first.place), type_of(b, second.place)) {
            (Some((p, x)), Some((q, y))) => types::types(p, x, q, y),
            _ => Vec::new(),
        },
    };
    mismatch(first.place.what(), site_of(objects, first), || site_of(objects, second), differences, errors);
}

fn reference(objects: &[Object], symbol: &Symbol, def: Def, obj: u32, idx: ExternIdx, errors: &mut Vec<Located<Kind>>) {
    let (Some(home), Some(user)) = (objects.get(def.obj as usize), objects.get(obj as usize)) else { return };
    let Some(ext) = user.externs.get(idx.at()) else { return };
    let fits = match (ext.kind, def.place) {
        (ExternKind::Func | ExternKind::Kfunc, Place::Func(_)) => true,
        (ExternKind::Map, Place::Map(_)) => true,
        (ExternKind::Var | ExternKind::Ksym | ExternKind::TypedKsym, Place::Var(_)) => true,
        // Without a declaration in BTF nothing tells what it is to be.
        (ExternKind::Var, _) => ext.type_id == TypeId::VOID,
        _ => false,
    };
    if !fits {
        let site = site_of(objects, def);
        return errors.push(clash(symbol, site, def.place.what(), site_of_use(user, idx), wanted(ext.kind)));
    }
    if ext.type_id == TypeId::VOID || ext.kind == ExternKind::Ksym {
        return;
    }
    let Some(q) = user.btf.as_deref() else { return };
    let differences = match def.place {
        Place::Map(map) => {
            let Some((map, p)) = home.maps.get(map.at()).zip(home.btf.as_deref()) else { return };
            match elf::declared(q, ext.type_id) {
                Ok(declared) => maps::maps(p, &map.def, q, &declared),
                // A declaration without attributes says nothing.
                Err(_) => Vec::new(),
            }
        }
        place => {
            let Some((p, x)) = type_of(home, place) else { return };
            let y = match (place, q.get(ext.type_id)) {
                (Place::Var(_), Some(Type::Var(var))) => var.ty,
                _ => ext.type_id,
            };
            types::types(p, x, q, y)
        }
    };
    mismatch(def.place.what(), site_of(objects, def), || site_of_use(user, idx), differences, errors);
}

/// What several objects leave to others, or to the kernel, they must want alike.
fn externs(objects: &[Object], symbol: &Symbol, errors: &mut Vec<Located<Kind>>) {
    let mut refs = symbol.refs.iter().filter_map(|&(obj, idx)| {
        let object = objects.get(obj as usize)?;
        Some((object, idx, object.externs.get(idx.at())?))
    });
    let Some((first, first_idx, a)) = refs.next() else { return };
    for (second, second_idx, b) in refs {
        if family(a.kind) != family(b.kind) {
            let site = site_of_use(first, first_idx);
            errors.push(clash(symbol, site, wanted(a.kind), site_of_use(second, second_idx), wanted(b.kind)));
            continue;
        }
        let (Some(p), Some(q)) = (first.btf.as_deref(), second.btf.as_deref()) else { continue };
        if a.type_id == TypeId::VOID || b.type_id == TypeId::VOID || a.kind == ExternKind::Map {
            continue;
        }
        let differences = types::types(p, a.type_id, q, b.type_id);
        mismatch(
            wanted(a.kind),
            site_of_use(first, first_idx),
            || site_of_use(second, second_idx),
            differences,
            errors,
        );
    }
}

/// Externs of one family stand for the same thing.
fn family(kind: ExternKind) -> u8 {
    match kind {
        ExternKind::Kconfig { .. } => 0,
        ExternKind::Ksym => 1,
        ExternKind::TypedKsym => 2,
        ExternKind::Kfunc | ExternKind::Func => 3,
        ExternKind::Var => 4,
        ExternKind::Map => 5,
    }
}

fn wanted(kind: ExternKind) -> &'static str {
    match kind {
        ExternKind::Kconfig { .. } => "value of the kernel's configuration",
        ExternKind::Ksym | ExternKind::TypedKsym => "kernel symbol",
        ExternKind::Kfunc => "kernel function",
        ExternKind::Func => "function",
        ExternKind::Var => "variable",
        ExternKind::Map => "map",
    }
}

fn clash(symbol: &Symbol, site: Site, what: &'static str, other: Site, other_what: &'static str) -> Located<Kind> {
    Located::new(site, Kind::Clash { name: symbol.name.clone(), what, other: other.into(), other_what })
}

fn mismatch(
    what: &'static str,
    site: Site,
    other: impl FnOnce() -> Site,
    differences: Vec<Difference>,
    errors: &mut Vec<Located<Kind>>,
) {
    if !differences.is_empty() {
        errors.push(Located::new(site, Kind::Mismatch { what, other: other().into(), differences }));
    }
}
