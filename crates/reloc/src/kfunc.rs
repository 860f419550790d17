//! Kernel functions that changed their names or got parameters that the kernel fills in itself.
//!
//! Up to 6.19 a function that needs to know its program takes one more parameter, which callers set to anything
//! (`aux__prog`, `aux__ign`, `meta__ign`), and is often named `…_impl` behind a macro. Since 7.0 there is such a function
//! under the plain name without the parameter, and the old form as `…_impl`. A program may have been compiled with either
//! declaration, and the kernel takes a call of either with the arguments of the other, as it does not look at those.

use alloc::{format, string::String, vec, vec::Vec};

use crate::{
    Linked, Target,
    externs::is_of_type,
    lookup::{Found, Place, Wanted, look_up},
    object::{
        Extern, ExternKind,
        btf::{Btf, FuncProto, Kind, Type, TypeId, core::declarations_are_compatible},
        isa::ExternIdx,
    },
};

/// What the names end with of parameters that callers need not set.
const HIDDEN: [&str; 2] = ["__ign", "__prog"];
/// What the name of the form with such parameters ends with.
const SUFFIX: &str = "_impl";

/// Looks for functions that were not found, or not with the type that the object declares, under their other name. A
/// program that asks whether an optional function exists is left alone: it knows what to do without.
pub(crate) fn aliased(
    linked: &Linked,
    target: &Target,
    asked: &[bool],
    types: &mut [(ExternIdx, Wanted, Option<Found>)],
) {
    let is_kfunc =
        |(i, ..): &(ExternIdx, _, _)| linked.externs().get(i.at()).is_some_and(|e| e.kind == ExternKind::Kfunc);
    // To open the kernel's types costs more than all the rest of a small object.
    if !types.iter().any(is_kfunc) {
        return;
    }
    let Ok(kernel) = target.vmlinux() else { return };
    let is_open = |(i, _, found): &&(ExternIdx, Wanted, Option<Found>)| {
        let ext = linked.externs().get(i.at()).filter(|ext| ext.kind == ExternKind::Kfunc);
        let ext = ext.filter(|ext| !ext.weak || !asked.get(i.at()).copied().unwrap_or(false));
        ext.is_some_and(|ext| found.is_none_or(|f| f.module.is_none() && !is_of_type(linked, ext, kernel, f)))
    };
    let open: Vec<bool> = types.iter().map(|one| is_open(&one)).collect();
    let wanted = types.iter().zip(&open).filter(|(_, open)| **open).map(|((_, wanted, _), _)| Wanted {
        kind: Kind::FUNC,
        name: other(&wanted.name),
        place: Some(Place::Vmlinux),
    });
    let wanted: Vec<Wanted> = wanted.collect();
    let found = look_up(target, &wanted).unwrap_or_else(|_| vec![None; wanted.len()]);
    for ((i, _, place), found) in types.iter_mut().zip(&open).filter(|(_, open)| **open).map(|(t, _)| t).zip(found) {
        let ext = linked.externs().get(i.at());
        if let Some(found) = found.filter(|f| ext.is_some_and(|ext| is_of_type(linked, ext, kernel, *f))) {
            *place = Some(found);
        }
    }
}

/// The other name of a function.
fn other(name: &str) -> String {
    name.strip_suffix(SUFFIX).map_or_else(|| format!("{name}{SUFFIX}"), String::from)
}

/// Whether two prototypes are the same but for hidden parameters at the end of one of them.
pub(crate) fn are_alike(local: &Btf, kernel: &Btf, ext: &Extern, found: TypeId) -> bool {
    let (Some(ours), Some(theirs)) = (proto(local, ext.type_id), proto(kernel, found)) else { return false };
    let (mut a, mut b) = (ours.params(), theirs.params());
    let same = |a: TypeId, b: TypeId| match (local.resolve(a), kernel.resolve(b)) {
        (Ok((TypeId::VOID, _)), Ok((TypeId::VOID, _))) => true,
        (Ok((a, _)), Ok((b, _))) => declarations_are_compatible(local, a, kernel, b).unwrap_or(false),
        _ => false,
    };
    let is_hidden = |name: &str| HIDDEN.iter().any(|end| name.ends_with(end));
    if !same(ours.ret, theirs.ret) {
        return false;
    }
    loop {
        match (a.next(), b.next()) {
            (None, None) => return true,
            (Some(a), Some(b)) if same(a.ty, b.ty) => {}
            (Some(more), None) => return is_hidden(more.name) && a.all(|more| is_hidden(more.name)),
            (None, Some(more)) => return is_hidden(more.name) && b.all(|more| is_hidden(more.name)),
            _ => return false,
        }
    }
}

fn proto(btf: &Btf, func: TypeId) -> Option<FuncProto<'_>> {
    let Type::Func(func) = btf.get(func)? else { return None };
    match btf.get(func.proto)? {
        Type::FuncProto(proto) => Some(proto),
        _ => None,
    }
}
