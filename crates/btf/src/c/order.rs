//! The order: what a type needs stands before it.

use alloc::{vec, vec::Vec};
use core::fmt;

use super::{Header, declare::Declared};
use crate::{
    Kind, TypeId,
    view::{Raw, View},
};

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
#[derive(Default)]
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
    pub(super) fn of(view: &View<'_>) -> Self {
        let mut order = Self { met: vec![0; view.end_id() as usize], work: Vec::new() };
        for id in (1..view.end_id()).map(TypeId) {
            needs(view, id, Need::Complete, |to, _| {
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
#[inline(always)]
fn needs(view: &View<'_>, id: TypeId, need: Need, mut f: impl FnMut(TypeId, Need)) {
    let Some(raw) = view.raw(id) else { return };
    match raw.kind {
        Kind::PTR => f(raw.target(), Need::Declared),
        Kind::CONST | Kind::VOLATILE | Kind::RESTRICT | Kind::TYPE_TAG => f(raw.target(), need),
        Kind::ARRAY => f(raw.array().unwrap_or_default().0, Need::Complete),
        Kind::FUNC_PROTO => {
            f(raw.target(), Need::Declared);
            raw.params().for_each(|(_, ty)| f(ty, Need::Declared));
        }
        Kind::TYPEDEF => {
            if need == Need::Complete {
                f(id, Need::Declared);
            }
            f(raw.target(), need);
        }
        Kind::STRUCT | Kind::UNION if need == Need::Complete || raw.name == 0 => {
            raw.members().for_each(|member| f(member.ty, Need::Complete));
        }
        _ => {}
    }
}

impl<W: fmt::Write> Header<'_, W> {
    /// Writes a type and all it needs, unless it stands inside another one.
    pub(super) fn root(&mut self, id: TypeId) -> fmt::Result {
        let Some(raw) = self.view.raw(id) else { return Ok(()) };
        let need = match raw.kind {
            Kind::FUNC => return self.all(raw.target(), Need::Declared),
            Kind::VAR => return self.all(raw.target(), Need::Complete),
            Kind::ENUM | Kind::ENUM64 if raw.name == 0 => {
                let used = self.order.met.get(id.0 as usize).is_some_and(|met| met & USED != 0);
                if !used && self.order.set(id, WRITTEN) {
                    self.enumeration(raw, id, 0)?;
                    self.out.write_str(";\n\n")?;
                }
                Need::Complete
            }
            Kind::DATASEC | Kind::DECL_TAG => return Ok(()),
            Kind::STRUCT | Kind::UNION | Kind::ENUM | Kind::ENUM64 | Kind::TYPEDEF => Need::Complete,
            // Pieces of other types need not be complete.
            _ => Need::Declared,
        };
        self.all(id, need)
    }

    fn all(&mut self, id: TypeId, need: Need) -> fmt::Result {
        self.enter(id, need);
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
        let Order { met, work } = &mut self.order;
        work.push(Step::Write(id, need));
        let from = work.len();
        needs(&self.view, id, need, |to, need| {
            // What was met already would be passed over later.
            let bit = if need == Need::Declared { 1 } else { 2 };
            if met.get(to.0 as usize).is_some_and(|met| met & bit == 0) {
                work.push(Step::Enter(to, need));
            }
        });
        if let Some(needs) = work.get_mut(from..) {
            needs.reverse();
        }
    }

    /// Writes a type, all whose needs are written.
    fn put(&mut self, id: TypeId, need: Need) -> fmt::Result {
        let Some(raw) = self.view.raw(id) else { return Ok(()) };
        match raw.kind {
            Kind::STRUCT | Kind::UNION if raw.name != 0 => {
                if need == Need::Complete {
                    self.order.set(id, WRITTEN);
                    self.composite(raw, id, 0)?;
                    return self.out.write_str(";\n\n");
                }
                self.forward(id, raw)
            }
            Kind::FWD => self.forward(id, raw),
            Kind::ENUM | Kind::ENUM64 if raw.name != 0 && self.order.set(id, WRITTEN) => {
                self.enumeration(raw, id, 0)?;
                self.out.write_str(";\n\n")
            }
            Kind::TYPEDEF if need == Need::Declared => {
                self.out.write_str("typedef ")?;
                self.declared(raw.target(), Declared::Type(id, raw.name), 0)?;
                self.out.write_str(";\n\n")
            }
            Kind::INT | Kind::FLOAT => self.missing(id, raw),
            _ => Ok(()),
        }
    }

    fn forward(&mut self, id: TypeId, raw: Raw<'_>) -> fmt::Result {
        if !self.order.set(id, WRITTEN) {
            return Ok(());
        }
        let is_union = raw.kind == Kind::UNION || raw.kind == Kind::FWD && raw.kflag;
        self.out.write_str(if is_union { "union " } else { "struct " })?;
        self.names.write_type(self.out, &self.view, id, raw.name)?;
        self.out.write_str(";\n\n")
    }

    /// Vector element types of 64-bit ARM, which only its own compiler knows.
    fn missing(&mut self, id: TypeId, raw: Raw<'_>) -> fmt::Result {
        let name = self.view.text(raw.name);
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
