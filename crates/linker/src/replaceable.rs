//! Pass: default bodies for functions that another program is to provide at run time.

use alloc::{sync::Arc, vec, vec::Vec};

use skep_object::{
    ExternKind, Function, Linkage, Located, Object, SectionIdx, Site, Visibility,
    btf::{Btf, Edit, TypeId, nearest},
    isa::{Insn, InsnIdx, Opcode, Reg},
};

use crate::{Kind, Options};

/// `r0 = imm`, of 64 bits.
const MOV_IMM: Opcode = Opcode(0xb7);
const EXIT: Opcode = Opcode(0x95);
/// The linkage of a function that is seen outside.
const GLOBAL: u32 = 1;

/// Gives each function that may stay undefined, and does, a weak body in the first object that uses it: a later link may
/// still define it.
pub(crate) fn add(objects: &mut [Object], options: &Options, errors: &mut Vec<Located<Kind>>) {
    for wanted in &options.replaceable {
        let is_defined = |o: &Object| o.funcs.iter().any(|f| *f.name == *wanted.name && f.linkage != Linkage::Local);
        if objects.iter().any(is_defined) {
            continue;
        }
        let declares =
            |o: &Object| o.externs.iter().position(|e| *e.name == *wanted.name && e.kind == ExternKind::Func);
        let found = objects.iter_mut().find_map(|o| declares(o).map(|at| (o, at)));
        let Some((object, at)) = found else {
            let names = objects.iter().flat_map(|o| &o.externs).map(|e| &*e.name);
            let near: Option<Arc<str>> = nearest(&wanted.name, names).map(Into::into);
            let kind = Kind::NoSuchName { option: "--replaceable", name: wanted.name.clone(), near };
            errors.push(Located::new(Site::default(), kind));
            continue;
        };
        let site = Site::file(&object.file).symbol(&*wanted.name);
        if let Err(kind) = define(object, at, wanted.value) {
            errors.push(Located::new(site, kind));
        }
    }
}

fn define(object: &mut Object, at: usize, value: i32) -> Result<(), Kind> {
    let Some(ext) = object.externs.get(at) else { return Ok(()) };
    let (name, type_id) = (ext.name.clone(), ext.type_id);
    let Some(btf) = object.btf.as_deref().filter(|_| type_id != TypeId::VOID) else {
        return Err(Kind::NotReplaceable("BTF does not declare it, and what replaces it is found by its type"));
    };
    let mut edit = Edit::of(btf);
    edit.set_linkage(type_id, GLOBAL).map_err(Kind::Types)?;
    object.btf = Some(Arc::new(Btf::parse(edit.finish()).map_err(Kind::Types)?));
    // A section of its own keeps the table in order.
    let section = SectionIdx(object.sections.len() as u32);
    object.sections.push(".text".into());
    let insns = vec![Insn::new(MOV_IMM, Reg(0), Reg(0), 0, value.into()), Insn::new(EXIT, Reg(0), Reg(0), 0, 0)];
    object.funcs.push(Function {
        name,
        section,
        start: InsnIdx(0),
        slots: 2,
        insns,
        linkage: Linkage::Weak,
        visibility: Visibility::Default,
        type_id,
    });
    Ok(())
}
