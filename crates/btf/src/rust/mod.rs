//! Types as Rust definitions with the same layout.
//!
//! - Structs and unions are `repr(C)`, packed only where nothing else gives their offsets; gaps are fields `_gap_N`, and
//!   what only its place is known of is an array of bytes. Each has its size and the offsets of its fields asserted, so
//!   that a compiler that lays them out in another way says so.
//! - Bitfields are bytes `_bits_N` with a method to read and one to write each of them.
//! - An enum is a number with constants, since C allows any value; the values of enums without a name are constants.
//! - Anonymous structs and unions are called after the member that they are the type of.
//! - Pointers to functions are `Option<unsafe extern "C" fn(…)>`.
//!
//! ```
//! use skep_btf::{Btf, Edit, Endian, Int, Member, rust};
//!
//! let mut edit = Edit::new(Endian::Little);
//! let int = edit.add().int(Int { name: "int", size: 4, bits: 32, offset: 0, encoding: 1 });
//! edit.add().structure("task", 8, &[Member { name: "type", ty: int, bit_offset: 32, bit_size: 0 }]);
//! let mut out = String::new();
//! rust::definitions(&mut out, &Btf::parse(edit.finish())?, &[], &rust::Options { attributes: false })?;
//! assert!(out.contains("pub struct task {\n    pub _gap_0: [u8; 4],\n    pub r#type: i32,\n}"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bits;
mod fields;
mod names;
mod spell;

use alloc::{string::String, vec, vec::Vec};
use core::fmt::{self, Write};

use crate::{
    Btf, Kind, TypeId,
    c::layout::Layout,
    list::{digits, signed},
    view::{Raw, View},
};
use names::Names;

/// What stands around the definitions.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Whether lints about names are switched off for the whole file, which must then be a module of its own.
    pub attributes: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { attributes: true }
    }
}

/// Writes definitions of the types named in `roots` and of what they need; of all types if `roots` is empty. What only
/// pointers lead to has no fields.
///
/// # Errors
/// Those of `out`; and one when the text would be more than a megabyte and 256 times as long as the BTF.
pub fn definitions(out: &mut impl Write, btf: &Btf, roots: &[TypeId], options: &Options) -> fmt::Result {
    let view = View::of(btf);
    let len = view.end_id() as usize;
    let mut out = Limited { out, left: (1 << 20) + 256 * btf.whole_len() };
    let (names, layout) = (Names::of(&view), Layout::of(&view));
    let mut file = File { view, out: &mut out, names, layout, met: vec![0; len], work: Vec::new(), has_bits: false };
    if options.attributes {
        file.out.write_str(ATTRIBUTES)?;
    }
    if roots.is_empty() {
        (1..file.view.end_id()).try_for_each(|id| file.root(TypeId(id)))?;
    }
    roots.iter().try_for_each(|&id| file.root(id))?;
    file.bit_functions()
}

const ATTRIBUTES: &str = "#![allow(non_camel_case_types, non_snake_case, non_upper_case_globals, dead_code)]\n#![allow(improper_ctypes_definitions)]\n\n";

/// A writer of no more than so many bytes.
struct Limited<'w, W> {
    out: &'w mut W,
    left: usize,
}

impl<W: Write> Write for Limited<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.left = self.left.checked_sub(text.len()).ok_or(fmt::Error)?;
        self.out.write_str(text)
    }
}

/// How much must be known of a type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    /// Its name, behind a pointer.
    Declared = 1,
    /// Its size, too.
    Complete = 3,
}

/// Definitions while they are written.
struct File<'a, W> {
    view: View<'a>,
    out: &'a mut W,
    names: Names<'a>,
    layout: Layout,
    /// By id: what was asked for (see [`Need`]), and 4 if it is written.
    met: Vec<u8>,
    work: Vec<TypeId>,
    has_bits: bool,
}

const WRITTEN: u8 = 4;

impl<'a, W: Write> File<'a, W> {
    fn root(&mut self, id: TypeId) -> fmt::Result {
        let Some(raw) = self.view.raw(id) else { return Ok(()) };
        match raw.kind {
            Kind::FUNC => self.need(raw.target(), Need::Declared),
            Kind::VAR => self.need(raw.target(), Need::Complete),
            Kind::STRUCT | Kind::UNION if raw.name == 0 => {}
            Kind::STRUCT | Kind::UNION | Kind::ENUM | Kind::ENUM64 | Kind::TYPEDEF => self.need(id, Need::Complete),
            _ => {}
        }
        // What is met completely stands behind all that was met declared; both are written when nothing is left.
        while let Some(id) = self.work.pop() {
            self.write(id)?;
        }
        Ok(())
    }

    /// Asks for a type, through what has no definition of its own.
    fn need(&mut self, mut id: TypeId, mut need: Need) {
        for _ in 0..64 {
            let Some(raw) = self.view.raw(id) else { return };
            match raw.kind {
                Kind::CONST | Kind::VOLATILE | Kind::RESTRICT | Kind::TYPE_TAG => id = raw.target(),
                Kind::PTR => (id, need) = (raw.target(), Need::Declared),
                Kind::ARRAY => id = raw.array().unwrap_or_default().0,
                Kind::FUNC_PROTO => {
                    if self.mark(id, Need::Complete) {
                        raw.params().for_each(|(_, ty)| self.need(ty, Need::Declared));
                    }
                    (id, need) = (raw.target(), Need::Declared);
                }
                Kind::STRUCT | Kind::UNION | Kind::ENUM | Kind::ENUM64 | Kind::TYPEDEF | Kind::FWD => {
                    // Without a name there is no other place for its definition.
                    let need = if raw.name == 0 { Need::Complete } else { need };
                    if self.mark(id, need) {
                        self.work.push(id);
                    }
                    return;
                }
                _ => return,
            }
        }
    }

    /// Whether so much had not been asked for before.
    fn mark(&mut self, id: TypeId, need: Need) -> bool {
        let Some(met) = self.met.get_mut(id.0 as usize) else { return false };
        let before = core::mem::replace(met, *met | need as u8);
        before | need as u8 != before
    }

    /// Whether it is to be written now.
    fn first(&mut self, id: TypeId) -> bool {
        let Some(met) = self.met.get_mut(id.0 as usize) else { return false };
        core::mem::replace(met, *met | WRITTEN) & WRITTEN == 0
    }

    fn write(&mut self, id: TypeId) -> fmt::Result {
        let Some(raw) = self.view.raw(id) else { return Ok(()) };
        let complete = self.met.get(id.0 as usize).is_some_and(|met| met & 2 != 0);
        match raw.kind {
            Kind::STRUCT | Kind::UNION if complete && self.first(id) => {
                raw.members().for_each(|member| self.need(member.ty, Need::Complete));
                self.composite(id, raw)?;
            }
            Kind::ENUM | Kind::ENUM64 if self.first(id) => self.enumeration(id, raw)?,
            Kind::TYPEDEF => {
                // What an alias stands for must be there, but it need not be complete if the alias need not.
                self.need(raw.target(), if complete { Need::Complete } else { Need::Declared });
                if self.names.is_own(id) && self.first(id) {
                    self.out.write_str("pub type ")?;
                    self.name(id)?;
                    self.out.write_str(" = ")?;
                    self.spell(raw.target())?;
                    self.out.write_str(";\n\n")?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Definitions without fields, of what was only declared: all others are known by then.
    fn declarations(&mut self) -> fmt::Result {
        for id in (1..self.view.end_id()).map(TypeId) {
            let Some(raw) = self.view.raw(id) else { continue };
            let met = self.met.get(id.0 as usize).copied().unwrap_or(0);
            let is_declared = met & 3 != 0 && (raw.is_composite() || raw.kind == Kind::FWD);
            if is_declared && met & WRITTEN == 0 && self.names.is_own(id) && self.first(id) {
                self.out.write_str("#[repr(C)]\n#[derive(Clone, Copy)]\npub struct ")?;
                self.name(id)?;
                self.out.write_str(" {\n    _opaque: [u8; 0],\n}\n\n")?;
            }
        }
        Ok(())
    }

    /// Writes the name of a type that has one, or was given one.
    fn name(&mut self, id: TypeId) -> fmt::Result {
        let name: String = self.names.name(&self.view, id);
        self.out.write_str(&name)
    }

    /// An enum: a number with constants, or only constants.
    fn enumeration(&mut self, id: TypeId, raw: Raw<'a>) -> fmt::Result {
        let (number, _) = spell::number(raw.third, raw.kflag);
        let named = raw.name != 0 || self.names.is_given(id);
        if named {
            self.out.write_str("#[repr(transparent)]\n#[derive(Clone, Copy, PartialEq, Eq, Debug)]\npub struct ")?;
            self.name(id)?;
            write!(self.out, "(pub {number});\n\n")?;
            if raw.len == 0 {
                return Ok(());
            }
            self.out.write_str("impl ")?;
            self.name(id)?;
            self.out.write_str(" {\n")?;
        }
        for i in 0..raw.len {
            let (name, value) = if raw.kind == Kind::ENUM64 {
                let [name, low, high] = raw.words(i).unwrap_or_default();
                (name, u64::from(low) | u64::from(high) << 32)
            } else {
                let [name, low] = raw.words(i).unwrap_or_default();
                (name, if raw.kflag { i64::from(low as i32) as u64 } else { low.into() })
            };
            let name = self.names.value(&self.view, named, name);
            // Smaller numbers hold what fits of the value.
            let value =
                if raw.kflag { spell::cut(value, raw.third, true) } else { spell::cut(value, raw.third, false) };
            match named {
                true => write!(self.out, "    pub const {name}: Self = Self(")?,
                false => write!(self.out, "pub const {name}: {number} = ")?,
            }
            if raw.kflag {
                signed(self.out, value as i64)?
            } else {
                digits(self.out, value)?
            }
            self.out.write_str(if named { ");\n" } else { ";\n" })?;
        }
        self.out.write_str(if named { "}\n\n" } else { "\n" })
    }
}
