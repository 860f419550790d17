//! Which types stay, and where the variables among them are.

use alloc::{vec, vec::Vec};

use hashbrown::{HashMap, HashSet};
use skep_object::{
    Map, MapKind, Object,
    btf::{Btf, Datasec, Kind as BtfKind, SecVar, Type, TypeId},
    isa::{FuncIdx, MapIdx},
};

use super::{EXTERN, Inputs, Join, Placed};
use crate::symbols::{Def, Place};

impl Join<'_> {
    /// For each type whether it stays: sections of variables do not, nor does what was left out.
    pub(super) fn stays(&self, obj: u32, object: &Object, btf: &Btf, vars: &[Placed]) -> Vec<bool> {
        let Inputs { live, externs, .. } = self.inputs;
        let mut stays = vec![true; btf.len() as usize + 1];
        let mut set = |id: TypeId, value: bool| {
            if let Some(stays) = stays.get_mut(id.0 as usize) {
                *stays = value;
            }
        };
        let mut tags = Vec::new();
        for (id, kind) in btf.kinds() {
            match kind {
                BtfKind::DATASEC | BtfKind::VAR => set(id, false),
                BtfKind::FUNC if matches!(btf.get(id), Some(Type::Func(func)) if func.linkage == EXTERN) => {
                    set(id, false)
                }
                BtfKind::DECL_TAG => tags.push(id),
                _ => {}
            }
        }
        let funcs = || (0..).zip(&object.funcs).map(|(i, func)| (live.func(obj, FuncIdx(i)), func.type_id));
        funcs().filter(|(live, _)| !live).for_each(|(_, id)| set(id, false));
        funcs().filter(|(live, _)| *live).for_each(|(_, id)| set(id, true));
        vars.iter().for_each(|(_, var)| set(var.ty, true));
        let wanted = externs.iter().filter(|e| e.obj == obj).filter_map(|e| object.externs.get(e.idx.at()));
        wanted.for_each(|e| set(e.type_id, true));
        for id in tags {
            if let Some(Type::DeclTag { target, .. }) = btf.get(id)
                && stays.get(target.0 as usize) == Some(&false)
                && let Some(stays) = stays.get_mut(id.0 as usize)
            {
                *stays = false;
            }
        }
        stays
    }

    /// The variables of an object that stay: the map of the linked object that holds each, and the place in it. The
    /// licence and the version stay with the first object that has them.
    pub(super) fn variables(&self, obj: u32, object: &Object, btf: &Btf) -> Vec<Placed> {
        let Inputs { layout, .. } = self.inputs;
        let mut found = Vec::new();
        // With slots that are initialised a variable is larger than its type.
        let datasecs = btf.kinds().filter(|(_, kind)| *kind == BtfKind::DATASEC);
        let entries_of = datasecs.filter_map(|(id, _)| datasec(btf, id)).flat_map(|d| d.vars());
        let sizes: HashMap<TypeId, u32> = entries_of.map(|var| (var.ty, var.size)).collect();
        for (i, map) in (0..).zip(&object.maps) {
            let Some(out) = layout.map(obj, MapIdx(i)) else { continue };
            match map.kind {
                // What is declared the old way has no type.
                MapKind::Declared(_) | MapKind::StructOps(_) if map.type_id == TypeId::VOID => {}
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

    fn variables_of(&self, obj: u32, idx: MapIdx, map: &Map, out: MapIdx, object: &Object, btf: &Btf) -> Vec<Placed> {
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
}

pub(super) fn datasec(btf: &Btf, id: TypeId) -> Option<Datasec<'_>> {
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
