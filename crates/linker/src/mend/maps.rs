//! Declarations of maps, as C writes them.

use alloc::vec::Vec;

use hashbrown::HashSet;
use skep_object::{
    MapKind, Object,
    btf::{Array, Btf, Edit, Member, Type, TypeId},
    elf::{attributes, declaration},
};

/// The types with each declaration in the place of what stands around it; none if all stand by themselves.
pub(super) fn mended(object: &Object) -> Option<Vec<u8>> {
    let btf = object.btf.as_deref()?;
    let mut mend = Mend { btf, edit: None, done: HashSet::new() };
    for map in object.maps.iter().filter(|map| matches!(map.kind, MapKind::Declared(_))) {
        if let Some(Type::Var(var)) = btf.get(map.type_id) {
            mend.declaration(var.ty, 0);
        }
    }
    mend.edit.map(|edit| edit.finish())
}

/// The most structs that stand around a declaration, and it.
const MOST: u32 = 9;
/// A map in a map is as deep as declarations go.
const DEEPEST: u32 = 2;

struct Mend<'a> {
    btf: &'a Btf,
    edit: Option<Edit>,
    done: HashSet<TypeId>,
}

impl<'a> Mend<'a> {
    /// Puts a declaration in the place of the structs around it, and leaves out what is no attribute.
    fn declaration(&mut self, ty: TypeId, depth: u32) {
        let btf = self.btf;
        let (Ok((outer, _)), Some(inner)) = (btf.resolve(ty), declaration(btf, ty)) else { return };
        if depth > DEEPEST || !self.done.insert(outer) {
            return;
        }
        let Some(Type::Struct(declared)) = btf.get(inner) else { return };
        let mut members: Vec<Member<'_>> = attributes(btf, declared).collect();
        let mut size = declared.size;
        let mut changed = outer != inner || members.len() != declared.len as usize;
        if let Some(values) = members.last_mut().filter(|m| m.name == "values")
            && let Ok((_, Type::Array(array))) = btf.resolve(values.ty)
        {
            let pointee = match btf.resolve(array.elem) {
                Ok((_, Type::Ptr(to))) => to,
                _ => TypeId::VOID,
            };
            self.declaration(pointee, depth + 1);
            if array.len != 0 {
                let mut array = Array { len: 0, ..array };
                if matches!(btf.resolve(pointee), Ok((_, Type::Void))) {
                    // Programs: other loaders look for the type of a function.
                    let proto = self.edit().add().func_proto(TypeId::VOID, &[]);
                    array.elem = self.edit().add().ptr(proto);
                }
                // What is filled in does not count: it stands behind the struct.
                values.ty = self.edit().add().array(array);
                size = values.bit_offset / 8;
                changed = true;
            }
        }
        if !changed {
            return;
        }
        // The structs around it become the same; equal types are made one later.
        let mut next = Some(outer);
        for _ in 0..MOST {
            let Some(id) = next else { break };
            next = match btf.get(id) {
                Some(Type::Struct(around)) if id != inner => {
                    attributes(btf, around).next().and_then(|m| resolved(btf, m.ty))
                }
                _ => None,
            };
            let _ = self.edit().replace(id).map(|place| place.structure("", size, &members));
        }
    }

    fn edit(&mut self) -> &mut Edit {
        let btf = self.btf;
        self.edit.get_or_insert_with(|| Edit::of(btf))
    }
}

fn resolved(btf: &Btf, ty: TypeId) -> Option<TypeId> {
    btf.resolve(ty).ok().map(|(id, _)| id)
}
