//! Where an instruction says how far it goes.

use crate::{
    Insn, Opcode,
    opcode::{Class, pseudo},
    table::{Form, rows_of},
};

/// The field that says how far an instruction jumps, in slots from the one behind it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Jump {
    /// The 16-bit offset.
    Off,
    /// The 32-bit immediate.
    Imm,
    /// The low half of a 64-bit immediate: the address of a function.
    Low,
}

impl Jump {
    /// The distance in slots.
    pub fn distance(self, insn: &Insn) -> i64 {
        match self {
            Self::Off => insn.off.into(),
            Self::Imm => insn.imm,
            Self::Low => i64::from(insn.imm as i32),
        }
    }

    /// Sets the distance in slots; whether the field holds it.
    pub fn set(self, insn: &mut Insn, slots: i64) -> bool {
        match self {
            Self::Off => i16::try_from(slots).map(|off| insn.off = off).is_ok(),
            Self::Imm => i32::try_from(slots).map(|imm| insn.imm = imm.into()).is_ok(),
            Self::Low => {
                let low = i32::try_from(slots);
                low.map(|low| insn.imm = insn.imm & !0xffff_ffff | i64::from(low as u32)).is_ok()
            }
        }
    }
}

impl Insn {
    /// The field that says how far it jumps, if it does: jumps of all kinds, calls of functions of the stream, loads of
    /// their addresses. What refers to a table of the object instead ([`Ref`](crate::Ref)) does not jump.
    pub fn jump(&self) -> Option<Jump> {
        let referring = self.meta.reference().is_some();
        match self.code {
            Opcode::CALL => (self.src() == pseudo::CALL && !referring).then_some(Jump::Imm),
            Opcode::LD_IMM64 => (self.is_func_address() && !referring).then_some(Jump::Low),
            code if matches!(code.class(), Class::JMP | Class::JMP32) => match rows_of(code).first()?.form {
                Form::Jump16 | Form::JumpImm | Form::JumpReg => Some(Jump::Off),
                Form::Jump32 => Some(Jump::Imm),
                _ => None,
            },
            _ => None,
        }
    }
}
