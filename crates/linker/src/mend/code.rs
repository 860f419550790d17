//! Functions that end in a call.

use skep_object::{
    ExternKind, Object,
    isa::{Insn, Opcode, Ref, Reg},
};

const EXIT: Opcode = Opcode(0x95);

/// Appends an `exit` to functions that end in a call of another function; whether there is such a function. A call of the
/// kernel is another matter: the verifier knows which of those do not return.
pub(super) fn mend(object: &mut Object) -> bool {
    let mut shift = (None, 0u32);
    let mut any = false;
    for i in 0..object.funcs.len() {
        let Some(func) = object.funcs.get(i) else { continue };
        let ends_in_call = func.insns.last().is_some_and(|insn| is_call(object, insn));
        let Some(func) = object.funcs.get_mut(i) else { continue };
        if shift.0 != Some(func.section) {
            shift = (Some(func.section), 0);
        }
        func.start.0 = func.start.0.saturating_add(shift.1);
        if ends_in_call {
            func.insns.push(Insn::new(EXIT, Reg(0), Reg(0), 0, 0));
            func.slots = func.slots.saturating_add(1);
            shift.1 = shift.1.saturating_add(1);
            any = true;
        }
    }
    any
}

fn is_call(object: &Object, insn: &Insn) -> bool {
    match insn.meta.reference() {
        Some(Ref::Func { .. }) => insn.code == Opcode::CALL,
        Some(Ref::Extern(ext)) => object.externs.get(ext.at()).is_some_and(|e| e.kind == ExternKind::Func),
        _ => false,
    }
}
