//! Types where they are used.

use core::fmt::{self, Write};

use super::File;
use crate::{Kind, TypeId, list::digits};

/// The most types around another one.
const MAX_DEPTH: u32 = 64;

/// The number of a size in bytes, and how often it is repeated in an array; 0 if it is not one.
pub(super) fn number(size: u32, signed: bool) -> (&'static str, u32) {
    match (size, signed) {
        (1, false) => ("u8", 0),
        (1, true) => ("i8", 0),
        (2, false) => ("u16", 0),
        (2, true) => ("i16", 0),
        (4, false) => ("u32", 0),
        (4, true) => ("i32", 0),
        (8, false) => ("u64", 0),
        (8, true) => ("i64", 0),
        (16, false) => ("u128", 0),
        (16, true) => ("i128", 0),
        _ if size.is_power_of_two() => ("u64", size / 8),
        _ => ("u8", size),
    }
}

/// A number cut to a size in bytes.
pub(super) fn cut(value: u64, size: u32, signed: bool) -> u64 {
    let unused = 64u32.saturating_sub(8 * size.clamp(1, 8));
    if signed { ((value << unused) as i64 >> unused) as u64 } else { value << unused >> unused }
}

impl<W: Write> File<'_, W> {
    /// Writes a type.
    pub(super) fn spell(&mut self, id: TypeId) -> fmt::Result {
        self.spell_at(id, MAX_DEPTH)
    }

    fn spell_at(&mut self, id: TypeId, depth: u32) -> fmt::Result {
        let (Some(depth), Some(raw)) = (depth.checked_sub(1), self.view.raw(id)) else {
            return self.out.write_str("()");
        };
        match raw.kind {
            Kind::INT => {
                let (_, _, encoding) = raw.int().unwrap_or_default();
                self.number(raw.third, encoding & 1 != 0, encoding & 4 != 0)
            }
            Kind::FLOAT => match raw.third {
                4 => self.out.write_str("f32"),
                8 => self.out.write_str("f64"),
                // Of 10 bytes in 16, aligned as other numbers are.
                16 => self.out.write_str("[u64; 2]"),
                size => self.number(size, false, false),
            },
            Kind::CONST | Kind::VOLATILE | Kind::RESTRICT | Kind::TYPE_TAG => self.spell_at(raw.target(), depth),
            Kind::PTR => self.pointer(raw.target(), depth),
            Kind::ARRAY => {
                let (elem, len) = raw.array().unwrap_or_default();
                self.out.write_char('[')?;
                self.spell_at(elem, depth)?;
                self.out.write_str("; ")?;
                digits(self.out, len.into())?;
                self.out.write_char(']')
            }
            Kind::FUNC_PROTO => self.function(id, depth),
            Kind::ENUM | Kind::ENUM64 if raw.name == 0 && !self.names.is_given(id) => {
                self.number(raw.third, raw.kflag, false)
            }
            Kind::TYPEDEF if !self.names.is_own(id) => self.spell_at(raw.target(), depth),
            Kind::STRUCT | Kind::UNION | Kind::ENUM | Kind::ENUM64 | Kind::TYPEDEF | Kind::FWD => self.name(id),
            _ => self.out.write_str("()"),
        }
    }

    fn number(&mut self, size: u32, signed: bool, bool: bool) -> fmt::Result {
        match number(size, signed) {
            _ if bool && size == 1 => self.out.write_str("bool"),
            (word, 0) => self.out.write_str(word),
            (word, times) => write!(self.out, "[{word}; {times}]"),
        }
    }

    fn pointer(&mut self, mut to: TypeId, depth: u32) -> fmt::Result {
        let mut is_const = false;
        for _ in 0..MAX_DEPTH {
            let Some(raw) = self.view.raw(to) else { break };
            match raw.kind {
                Kind::CONST => is_const = true,
                Kind::VOLATILE | Kind::RESTRICT | Kind::TYPE_TAG => {}
                _ => break,
            }
            to = raw.target();
        }
        if self.view.resolve(to).is_some_and(|(_, raw)| raw.kind == Kind::FUNC_PROTO) {
            self.out.write_str("::core::option::Option<")?;
            self.spell_at(to, depth)?;
            return self.out.write_char('>');
        }
        self.out.write_str(if is_const { "*const " } else { "*mut " })?;
        match self.view.raw(to) {
            None => self.out.write_str("::core::ffi::c_void"),
            Some(raw) if matches!(raw.kind, Kind(0)) => self.out.write_str("::core::ffi::c_void"),
            Some(_) => self.spell_at(to, depth),
        }
    }

    fn function(&mut self, id: TypeId, depth: u32) -> fmt::Result {
        let Some(raw) = self.view.raw(id) else { return Ok(()) };
        self.out.write_str("unsafe extern \"C\" fn(")?;
        for (i, (_, ty)) in raw.params().enumerate() {
            match (i, ty) {
                // C has no function of nothing but other parameters.
                (0, TypeId::VOID) => continue,
                (0, _) => {}
                _ => self.out.write_str(", ")?,
            }
            match ty {
                TypeId::VOID => self.out.write_str("...")?,
                ty => self.spell_at(ty, depth)?,
            }
        }
        self.out.write_char(')')?;
        if self.view.resolve(raw.target()).is_some_and(|(_, raw)| raw.kind != Kind(0)) {
            self.out.write_str(" -> ")?;
            self.spell_at(raw.target(), depth)?;
        }
        Ok(())
    }
}
