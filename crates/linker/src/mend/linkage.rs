//! Functions that only BTF calls global.

use alloc::vec::Vec;

use skep_object::{
    Linkage, Object,
    btf::{Edit, Type, TypeId},
};

/// The linkage of functions in BTF.
const STATIC: u32 = 0;
const GLOBAL: u32 = 1;

/// The types with functions of `.text` static that no other object can see; none if there are no others.
pub(super) fn mended(object: &Object) -> Option<Vec<u8>> {
    let btf = object.btf.as_deref()?;
    let is_text = |name: &str| name == ".text" || name.starts_with(".text.");
    let local = object.funcs.iter().filter(|f| f.linkage == Linkage::Local && is_text(object.section(f.section)));
    let is_global = |id: &TypeId| matches!(btf.get(*id), Some(Type::Func(func)) if func.linkage == GLOBAL);
    let wrong: Vec<TypeId> = local.map(|f| f.type_id).filter(is_global).collect();
    if wrong.is_empty() {
        return None;
    }
    let mut edit = Edit::of(btf);
    for id in wrong {
        edit.set_linkage(id, STATIC).ok()?;
    }
    Some(edit.finish())
}
