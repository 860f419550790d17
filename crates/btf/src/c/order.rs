//! The order: what a type needs stands before it.

use alloc::{vec, vec::Vec};
use core::fmt;

use super::Header;
use crate::{Btf, Type, TypeId};

/// How much must be known of a type.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// Its name, behind a pointer.
    Declared,
    /// Its size, too.
    Complete,
}

/// What has been met and what is to be done. The way down is kept here and not on the call stack, since types nest as
/// deeply as their author likes.
pub(super) struct Order {
    /// By id: bit 0 met as declared, bit 1 as complete, bit 2 declaration written, bit 3 used inside another type.
    met: Vec<u8>,
    work: Vec<Step>,
}

#[derive(Clone, Copy)]
enum Step {
    Enter(TypeId, Need),
    Write(TypeId, Need),
}

const WRITTEN: u8 = 4;
const USED: u8 = 8;

impl Order {
    pub(super) fn of(btf: &Btf) -> Self {
        let mut order = Self { met: vec![0; btf.end_id() as usize], work: Vec::new() };
        for id in (1..btf.end_id()).map(TypeId) {
            needs(btf, id, Need::Complete, |to, _| {
                if let Some(met) = order.met.get_mut(to.0 as usize) {
                    *met |= USED;
                }
            });
        }
        order
    }

    fn set(&mut self, id: TypeId, bit: u8) -> bool {
        let Some(met) = self.met.get_mut(id.0 as usize) else { return false };
        core::mem::replace(met, *met | bit) & bit == 0
    }
}

/// Calls `f` with what a type needs.
fn needs(btf: &Btf, id: TypeId, need: Need, mut f: impl FnMut(TypeId, Need)) {
    match btf.get(id) {
        Some(Type::Ptr(to)) => f(to, Need::Declared),
        Some(Type::Const(to) | Type::Volatile(to) | Type::Restrict(to)) => f(to, need),
        Some(Type::TypeTag { target, .. }) => f(target, need),
        Some(Type::Array(array)) => f(array.elem, Need::Complete),
        Some(Type::FuncProto(proto)) => {
            f(proto.ret, Need::Declared);
            proto.params().for_each(|param| f(param.ty, Need::Declared));
        }
        Some(Type::Typedef { target, .. }) => {
            if need == Need::Complete {
                f(id, Need::Declared);
            }
            f(target, need);
        }
        Some(Type::Struct(ty) | Type::Union(ty)) if need == Need::Complete || ty.name.is_empty() => {
            ty.members().for_each(|member| f(member.ty, Need::Complete));
        }
        _ => {}
    }
}

impl<W: fmt::Write> Header<'_, W> {
    /// Writes a type and all it needs, unless it stands inside another one.
    pub(super) fn root(&mut self, id: TypeId) -> fmt::Result {
        match self.btf.get(id) {
            Some(Type::Func(func)) => self.order.work.push(Step::Enter(func.proto, Need::Declared)),
            Some(Type::Var(var)) => self.order.work.push(Step::Enter(var.ty, Need::Complete)),
            Some(Type::Enum(ty)) if ty.name.is_empty() => {
                let used = self.order.met.get(id.0 as usize).is_some_and(|met| met & USED != 0);
                if !used && self.order.set(id, WRITTEN) {
                    self.enumeration(ty, id, 0)?;
                    self.out.write_str(";\n\n")?;
                }
            }
            Some(Type::Datasec(_) | Type::DeclTag { .. }) | None => {}
            // Pieces of other types need not be complete.
            Some(Type::Struct(_) | Type::Union(_) | Type::Enum(_) | Type::Typedef { .. }) => {
                self.order.work.push(Step::Enter(id, Need::Complete));
            }
            Some(_) => self.order.work.push(Step::Enter(id, Need::Declared)),
        }
        while let Some(step) = self.order.work.pop() {
            match step {
                Step::Enter(id, need) => self.enter(id, need),
                Step::Write(id, need) => self.put(id, need)?,
            }
        }
        Ok(())
    }

    fn enter(&mut self, id: TypeId, need: Need) {
        let bit = if need == Need::Declared { 1 } else { 2 };
        if !self.order.set(id, bit) {
            return;
        }
        self.order.work.push(Step::Write(id, need));
        let from = self.order.work.len();
        needs(self.btf, id, need, |to, need| self.order.work.push(Step::Enter(to, need)));
        if let Some(needs) = self.order.work.get_mut(from..) {
            needs.reverse();
        }
    }

    /// Writes a type, all whose needs are written.
    fn put(&mut self, id: TypeId, need: Need) -> fmt::Result {
        match self.btf.get(id) {
            Some(Type::Struct(ty) | Type::Union(ty)) if !ty.name.is_empty() => {
                if need == Need::Complete {
                    self.order.set(id, WRITTEN);
                    self.composite(ty, id, 0)?;
                    return self.out.write_str(";\n\n");
                }
                self.forward(id)
            }
            Some(Type::Fwd { .. }) => self.forward(id),
            Some(Type::Enum(ty)) if !ty.name.is_empty() && self.order.set(id, WRITTEN) => {
                self.enumeration(ty, id, 0)?;
                self.out.write_str(";\n\n")
            }
            // The compiler has it.
            Some(Type::Typedef { name: "__builtin_va_list", .. }) => Ok(()),
            Some(Type::Typedef { target, .. }) if need == Need::Declared => {
                let name = self.names.of_type(id);
                self.out.write_str("typedef ")?;
                self.declared(target, name, 0)?;
                self.out.write_str(";\n\n")
            }
            Some(Type::Int(int)) if need == Need::Complete || self.order.set(id, WRITTEN) => self.missing(int.name, id),
            _ => Ok(()),
        }
    }

    fn forward(&mut self, id: TypeId) -> fmt::Result {
        if !self.order.set(id, WRITTEN) {
            return Ok(());
        }
        let name = self.names.of_type(id);
        let word = match self.btf.get(id) {
            Some(Type::Union(_) | Type::Fwd { is_union: true, .. }) => "union",
            _ => "struct",
        };
        write!(self.out, "{word} {name};\n\n")
    }

    /// Vector element types of 64-bit ARM, which only its own compiler knows.
    fn missing(&mut self, name: &str, id: TypeId) -> fmt::Result {
        let of = match name {
            "__Poly8_t" => "unsigned char",
            "__Poly16_t" => "unsigned short",
            "__Poly64_t" => "unsigned long long",
            "__Poly128_t" => "unsigned __int128",
            _ => return Ok(()),
        };
        if self.order.set(id, 16) { write!(self.out, "typedef {of} {name};\n\n") } else { Ok(()) }
    }
}
