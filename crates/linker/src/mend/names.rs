//! Names of functions and variables that Rust keeps to an object.

use alloc::{format, string::String, sync::Arc, vec::Vec};

use hashbrown::HashMap;
use skep_object::{
    Linkage, Object,
    btf::{Btf, Edit, Type},
};

/// Names local functions and variables as they are called in the source, not by their whole paths in a form for machines;
/// the types with the names of the variables, if any of those changes.
pub(super) fn mended(object: &mut Object) -> Option<Vec<u8>> {
    let btf = object.btf.clone()?;
    for func in object.funcs.iter_mut().filter(|f| f.linkage == Linkage::Local && is_mangled(&f.name)) {
        if let Some(Type::Func(known)) = btf.get(func.type_id)
            && !known.name.is_empty()
        {
            func.name = known.name.into();
        }
    }
    let mut names: HashMap<Arc<str>, Arc<str>> = HashMap::new();
    for var in object.vars.iter_mut().filter(|v| v.linkage == Linkage::Local) {
        if let Some(name) = plain(&var.name) {
            names.insert(core::mem::replace(&mut var.name, name.clone()), name);
        }
    }
    if names.is_empty() { None } else { renamed(&btf, &names) }
}

fn renamed(btf: &Btf, names: &HashMap<Arc<str>, Arc<str>>) -> Option<Vec<u8>> {
    let mut edit: Option<Edit> = None;
    for id in btf.ids() {
        if let Some(Type::Var(var)) = btf.get(id)
            && let Some(name) = names.get(var.name)
        {
            edit.get_or_insert_with(|| Edit::of(btf)).rename(id, name).ok()?;
        }
    }
    edit.map(|edit| edit.finish())
}

fn is_mangled(name: &str) -> bool {
    name.starts_with("_R") || name.starts_with("_ZN")
}

/// The last part of the path that a mangled name stands for.
fn plain(name: &str) -> Option<Arc<str>> {
    if !is_mangled(name) {
        return None;
    }
    let path: String = format!("{:#}", rustc_demangle::try_demangle(name).ok()?);
    // LLVM numbers the parts into which it takes a variable.
    let last = path.rsplit("::").next()?.split('.').next()?;
    let is_word = !last.is_empty() && last.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    is_word.then(|| last.into())
}
