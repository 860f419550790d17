//! Maps of the old form (`struct bpf_map_def` in the section `maps`), which only some loaders know.

use alloc::vec::Vec;

use skep_object::{
    Map, MapDef, MapKind, Object,
    btf::{Array, Edit, Int, Member, SecVar, TypeId},
    isa::MapIdx,
};

/// The linkage of a variable that others see.
const GLOBAL: u32 = 1;
/// The size in bytes of an attribute: a pointer.
const POINTER: u32 = 8;

/// The types with a declaration for each map that has none; the maps refer to them.
pub(super) fn mended(object: &mut Object) -> Option<Vec<u8>> {
    let btf = object.btf.clone()?;
    let is_old = |map: &Map| matches!(map.kind, MapKind::Declared(_)) && map.type_id == TypeId::VOID;
    let old: Vec<MapIdx> = (0..).zip(&object.maps).filter(|(_, map)| is_old(map)).map(|(i, _)| MapIdx(i)).collect();
    if old.is_empty() {
        return None;
    }
    let mut edit = Edit::of(&btf);
    let int = edit.add().int(Int { name: "int", size: 4, bits: 32, offset: 0, encoding: 1 });
    let index = edit.add().int(Int { name: "__ARRAY_SIZE_TYPE__", size: 4, bits: 32, offset: 0, encoding: 0 });
    let (mut section, mut end) = (Vec::new(), 0u32);
    for idx in old {
        let Some(map) = object.maps.get_mut(idx.at()) else { continue };
        let mut struct_members = Vec::new();
        for (name, what) in attributes(&map.def) {
            let ty = match what {
                What::Type(ty) => ty,
                What::Number(len) => edit.add().array(Array { elem: int, index, len }),
            };
            let ty = edit.add().ptr(ty);
            let bit_offset = 8 * POINTER * struct_members.len() as u32;
            struct_members.push(Member { name, ty, bit_offset, bit_size: 0 });
        }
        let size = POINTER * struct_members.len() as u32;
        let declaration = edit.add().structure("", size, &struct_members);
        map.type_id = edit.add().var(&map.name, declaration, GLOBAL);
        section.push(SecVar { ty: map.type_id, offset: end, size });
        end = end.saturating_add(size);
    }
    edit.add().datasec(".maps", end, &section);
    Some(edit.finish())
}

enum What {
    Number(u32),
    Type(TypeId),
}

/// The attributes that a map has.
fn attributes(def: &MapDef) -> Vec<(&'static str, What)> {
    let sized = |names: [&'static str; 2], size: u32, ty: TypeId| match ty {
        TypeId::VOID => (names[0], What::Number(size)),
        ty => (names[1], What::Type(ty)),
    };
    let mut all = alloc::vec![
        ("type", What::Number(def.map_type.0)),
        sized(["key_size", "key"], def.key_size, def.key_type),
        sized(["value_size", "value"], def.value_size, def.value_type),
    ];
    let others = [
        ("max_entries", def.max_entries),
        ("map_flags", def.flags.0),
        ("numa_node", def.numa_node),
        ("pinning", u32::from(def.pinning != skep_object::Pinning::None)),
    ];
    all.extend(others.into_iter().filter(|(_, number)| *number != 0).map(|(name, n)| (name, What::Number(n))));
    all
}
