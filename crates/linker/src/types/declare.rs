//! Maps that were declared the old way (`struct bpf_map_def`), declared by types: that is how they are written.

use alloc::vec::Vec;

use skep_object::{
    MapDef, MapKind, Pinning,
    btf::{Array, Int, Member, SecVar, TypeId},
};

use super::{Sections, Types};
use crate::layout::OutMap;

/// The linkage of what others can see.
const GLOBAL: u32 = 1;
/// `LIBBPF_PIN_BY_NAME`.
const BY_NAME: u32 = 1;
const INT: Int<'static> = Int { name: "int", size: 4, bits: 32, offset: 0, encoding: 1 };
/// The size in bytes of a member, which is a pointer.
const POINTER: u32 = 8;

impl Sections<'_> {
    /// Gives each map without a type a variable.
    pub(super) fn declare_old(&mut self, members: &mut [Vec<SecVar>], types: &mut Types) {
        let mut int = None;
        for (i, map) in self.inputs.layout.maps.iter().enumerate() {
            let OutMap::One { obj, map, .. } = *map else { continue };
            let map = self.inputs.objects.get(obj as usize).and_then(|o| o.maps.get(map.at()));
            let old = map.filter(|m| m.type_id == TypeId::VOID && matches!(m.kind, MapKind::Declared(_)));
            let (Some(map), Some(members)) = (old, members.get_mut(i)) else { continue };
            let int = *int.get_or_insert_with(|| self.edit.add().int(INT));
            let (declaration, size) = self.declaration(&map.def, int);
            let ty = self.edit.add().var(&map.name, declaration, GLOBAL);
            types.declared.insert(i, ty);
            members.push(SecVar { ty, offset: 0, size });
        }
    }

    /// The struct that says what a map is, and its size in bytes.
    fn declaration(&mut self, def: &MapDef, int: TypeId) -> (TypeId, u32) {
        let pinning = if def.pinning == Pinning::ByName { BY_NAME } else { 0 };
        let extra = u32::try_from(def.map_extra).unwrap_or_default();
        let said = [
            ("type", def.map_type.0),
            ("key_size", def.key_size),
            ("value_size", def.value_size),
            ("max_entries", def.max_entries),
            ("map_flags", def.flags.0),
            ("numa_node", def.numa_node),
            ("map_extra", extra),
            ("pinning", pinning),
        ];
        let mut members = Vec::with_capacity(said.len());
        for (name, number) in said.into_iter().filter(|(_, number)| *number != 0) {
            let array = self.edit.add().array(Array { elem: int, index: int, len: number });
            let ty = self.edit.add().ptr(array);
            members.push(Member { name, ty, bit_offset: 8 * POINTER * members.len() as u32, bit_size: 0 });
        }
        let size = POINTER * members.len() as u32;
        (self.edit.add().structure("", size, &members), size)
    }
}
