//! Pass: the object's types as this kernel takes them.

use alloc::vec::Vec;

use crate::{
    Linked, Target,
    arg_ctx::{Contexts, Redeclared},
    object::{
        btf::{Btf, Bytes, Edit, Error, Int, Kind, Param, SecVar, Type, TypeId, downgrade},
        uapi::Feature,
    },
};

/// The name of what stands for functions where the kernel wants a variable.
const DUMMY: &str = "dummy_ksym";
/// The size in bytes of what stands for an extern.
const SIZE: u32 = 4;
/// The linkage of what is defined and seen everywhere.
const GLOBAL: u32 = 1;

/// The types to be loaded; none if the object has none, or the kernel takes none.
///
/// # Errors
/// When the externs in them do not hold together.
pub(crate) fn types(
    linked: &Linked,
    target: &Target,
    contexts: &Contexts,
) -> Result<(Option<Bytes>, Redeclared), Error> {
    let Some(btf) = linked.btf().filter(|_| target.has(Feature::Btf)) else { return Ok((None, Redeclared::new())) };
    let has = |feature| target.has(feature);
    let mut settled = externs(btf)?;
    let mut redeclared = Redeclared::new();
    if !contexts.is_empty() {
        let again = match &settled {
            Some(bytes) => contexts.redeclare(&Btf::parse(bytes.clone())?)?,
            None => contexts.redeclare(btf)?,
        };
        (settled, redeclared) = (Some(again.0), again.1);
    }
    let lowered = match &settled {
        Some(bytes) => downgrade(&Btf::parse(bytes.clone())?, has),
        None => downgrade(btf, has),
    };
    Ok((Some(lowered.or(settled).map_or_else(|| btf.bytes().clone(), Bytes::from)), redeclared))
}

/// An object's types with what the kernel provides turned into variables of the object's own, as kernels take them. None if
/// there are no externs.
///
/// # Errors
/// When the externs in them do not hold together.
pub fn settled(btf: &Btf) -> Result<Option<Vec<u8>>, Error> {
    externs(btf)
}

/// Turns what the kernel provides into variables of the object's own: kernels know no others. None if there are none.
fn externs(btf: &Btf) -> Result<Option<Vec<u8>>, Error> {
    let section = |name| btf.find_own(name, Kind::DATASEC);
    let (ksyms, kconfig) = (section(".ksyms"), section(".kconfig"));
    if ksyms.is_none() && kconfig.is_none() {
        return Ok(None);
    }
    let mut edit = Edit::of(btf);
    if let Some(id) = kconfig {
        for var in variables(btf, id) {
            edit.set_linkage(var.ty, GLOBAL)?;
        }
    }
    if let Some(id) = ksyms {
        settle_ksyms(btf, &mut edit, id)?;
    }
    Ok(Some(edit.finish()))
}

fn variables(btf: &Btf, datasec: TypeId) -> Vec<SecVar> {
    match btf.get(datasec) {
        Some(Type::Datasec(datasec)) => datasec.vars().collect(),
        _ => Vec::new(),
    }
}

fn settle_ksyms(btf: &Btf, edit: &mut Edit, datasec: TypeId) -> Result<(), Error> {
    let mut vars = variables(btf, datasec);
    let is_word = |id: &TypeId| matches!(btf.get(*id), Some(Type::Int(Int { bits: 32, .. })));
    let word = btf.ids().find(is_word);
    let word =
        word.unwrap_or_else(|| edit.add().int(Int { name: "int", size: SIZE, bits: 32, offset: 0, encoding: 1 }));
    let has_func = vars.iter().any(|var| btf.kind(var.ty) == Some(Kind::FUNC));
    let dummy = if has_func { edit.add().var(DUMMY, word, GLOBAL) } else { TypeId::VOID };
    for (var, offset) in vars.iter_mut().zip((0..).step_by(SIZE as usize)) {
        edit.set_linkage(var.ty, GLOBAL)?;
        let ty = match btf.get(var.ty) {
            Some(Type::Func(func)) => {
                name_params(btf, edit, func.proto)?;
                dummy
            }
            _ => {
                edit.retarget(var.ty, word)?;
                var.ty
            }
        };
        *var = SecVar { ty, offset, size: SIZE };
    }
    let size = SIZE.saturating_mul(vars.len() as u32);
    edit.set_datasec(datasec, size, &vars)
}

/// Kernels want every parameter of a function to have a name.
fn name_params(btf: &Btf, edit: &mut Edit, proto: TypeId) -> Result<(), Error> {
    let Some(Type::FuncProto(proto_type)) = btf.get(proto) else { return Ok(()) };
    for (position, param) in (0..).zip(proto_type.params()) {
        if param.name.is_empty() && param.ty != TypeId::VOID {
            edit.set_param(proto, position, Param { name: DUMMY, ty: param.ty })?;
        }
    }
    Ok(())
}
