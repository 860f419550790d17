//! Functions that end in a call.

use skep_object::{
    Object,
    isa::{Insn, Opcode, Reg},
};

const EXIT: Opcode = Opcode(0x95);

/// Appends an `exit` to functions that end in a call; whether there is such a function.
pub(super) fn mend(object: &mut Object) -> bool {
    let mut shift = (None, 0u32);
    let mut any = false;
    for i in 0..object.funcs.len() {
        let Some(func) = object.funcs.get(i) else { continue };
        let ends_in_call = func.insns.last().is_some_and(|insn| insn.code == Opcode::CALL);
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
