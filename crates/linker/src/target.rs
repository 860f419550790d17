//! What a reference means once all symbols are settled.

use skep_object::{
    Object,
    isa::{ExternIdx, FuncIdx, InsnIdx, MapIdx, Ref},
};

use crate::symbols::{Def, Place, Symbols};

/// A place in one of the objects, or what nobody defines.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Target {
    Func {
        obj: u32,
        func: FuncIdx,
        at: InsnIdx,
    },
    Map {
        obj: u32,
        map: MapIdx,
    },
    Value {
        obj: u32,
        map: MapIdx,
        off: u32,
    },
    /// Left to others; what is added to its address stays where it is.
    Extern(ExternIdx),
    /// Anything else is as it was.
    Same(Ref),
}

/// What a reference of an object means; `added` is what the instruction adds to the address of an extern: slots for a
/// call, else bytes.
pub(crate) fn target(
    objects: &[Object],
    symbols: &Symbols,
    obj: u32,
    reference: Ref,
    added: i64,
    is_call: bool,
) -> Target {
    match reference {
        Ref::Map(map) => match symbols.replaced.get(&Def { obj, place: Place::Map(map) }) {
            Some(&def) => definition(objects, def, 0, false),
            None => Target::Map { obj, map },
        },
        Ref::Value { map, off } => match symbols.replaced_var(obj, map, off) {
            Some((def, within)) => definition(objects, def, within.into(), false),
            None => Target::Value { obj, map, off },
        },
        Ref::Func { func, at } => match symbols.replaced.get(&Def { obj, place: Place::Func(func) }) {
            Some(&def) => definition(objects, def, at.0.into(), true),
            None => Target::Func { obj, func, at },
        },
        Ref::Extern(ext) => match symbols.of_extern(obj, ext).and_then(|s| s.def) {
            Some(def) => definition(objects, def, added, is_call),
            None => Target::Extern(ext),
        },
        other => Target::Same(other),
    }
}

/// A definition and what is added to its address: slots or bytes.
fn definition(objects: &[Object], def: Def, added: i64, slots: bool) -> Target {
    let obj = def.obj;
    match def.place {
        Place::Func(func) => {
            let at = if slots { added } else { added / 8 };
            Target::Func { obj, func, at: InsnIdx(at as u32) }
        }
        Place::Map(map) => Target::Map { obj, map },
        Place::Var(i) => match objects.get(obj as usize).and_then(|o| o.vars.get(i as usize)) {
            Some(var) => Target::Value { obj, map: var.map, off: var.offset.wrapping_add(added as u32) },
            None => Target::Same(Ref::Refused(u32::MAX)),
        },
    }
}
