//! The BTF to be written, and what it says about places.

use alloc::{sync::Arc, vec::Vec};

use hashbrown::HashMap;
use skep_btf::{Btf, Edit, Kind as BtfKind, Type, TypeId, Var};

use crate::{Error, Kind, Linkage, Map, Object, Site, Visibility};

/// The largest section of declarations that is written, in bytes.
pub(super) const LARGEST: u32 = 1 << 24;

/// The linkage of what others can see.
const GLOBAL: u32 = 1;

/// The types, and where variables are.
pub(super) struct Types {
    /// The types to be written, if they are not those of the object as they are.
    pub edit: Option<Edit>,
    /// Offset and size in bytes of each variable in its section.
    pub places: HashMap<TypeId, (u32, u32)>,
    /// The sections of variables by name: their size in bytes, and the names of the variables with their offsets.
    pub sections: HashMap<Arc<str>, Section>,
}

/// A section of variables.
pub(super) struct Section {
    pub size: u32,
    pub vars: Vec<(Arc<str>, u32, u32)>,
}

impl Types {
    pub fn of(object: &Object) -> Result<Self, Error> {
        let mut types = Self { edit: None, places: HashMap::new(), sections: HashMap::new() };
        let Some(btf) = object.btf.as_deref() else { return Ok(types) };
        for (id, kind) in btf.kinds() {
            if kind == BtfKind::DATASEC
                && let Some(Type::Datasec(datasec)) = btf.get(id)
            {
                // What is larger than anyone declares is what somebody made up.
                let size = if datasec.size > LARGEST { 0 } else { datasec.size };
                let mut section = Section { size, vars: Vec::new() };
                for entry in datasec.vars() {
                    types.places.insert(entry.ty, (entry.offset, entry.size));
                    // Only of these the names are asked for.
                    if matches!(datasec.name, "license" | "version") {
                        section.vars.push((btf.name(entry.ty).into(), entry.offset, entry.size));
                    }
                }
                types.sections.insert(datasec.name.into(), section);
            }
        }
        show_hidden(object, btf, &mut types.edit)
            .map_err(|e| Error::new(Site::file(&object.file).section(".BTF"), Kind::Btf(e)))?;
        Ok(types)
    }

    /// Where a map's variable is in its section: offset and size in bytes.
    pub fn place(&self, map: &Map) -> Option<(u32, u32)> {
        self.places.get(&map.type_id).copied()
    }
}

/// What is hidden is static to the kernel, but linkers look for it among what others can see.
fn show_hidden(object: &Object, btf: &Btf, edit: &mut Option<Edit>) -> Result<(), skep_btf::Error> {
    let shows = |linkage, visibility| linkage != Linkage::Local && visibility == Visibility::Hidden;
    for func in object.funcs.iter().filter(|f| f.type_id != TypeId::VOID && shows(f.linkage, f.visibility)) {
        edit.get_or_insert_with(|| Edit::of(btf)).set_linkage(func.type_id, GLOBAL)?;
    }
    for var in object.vars.iter().filter(|v| shows(v.linkage, v.visibility)) {
        let datasec = object.maps.get(var.map.at()).and_then(|map| btf.get(map.type_id));
        let Some(Type::Datasec(datasec)) = datasec else { continue };
        let mut entries = datasec.vars().filter(|entry| entry.offset == var.offset);
        let named = |id| matches!(btf.get(id), Some(Type::Var(Var { name, .. })) if *name == *var.name);
        if let Some(entry) = entries.find(|entry| named(entry.ty)) {
            edit.get_or_insert_with(|| Edit::of(btf)).set_linkage(entry.ty, GLOBAL)?;
        }
    }
    Ok(())
}
