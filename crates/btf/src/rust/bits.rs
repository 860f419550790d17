//! Bitfields: methods that read and write them.

use core::fmt::{self, Write};

use super::{File, fields::Piece, names::identifier, spell};
use crate::{
    Endian, Kind,
    c::layout::Slot,
    view::{Raw, RawMember},
};

impl<'a, W: Write> File<'a, W> {
    /// Writes a method to read and one to write each bitfield.
    pub(super) fn bit_methods(
        &mut self,
        name: &str,
        is_union: bool,
        pieces: &[Piece],
        members: &[(RawMember, Slot)],
    ) -> fmt::Result {
        let mut is_open = false;
        for (member, slot) in members.iter().filter(|(_, slot)| slot.width != 0) {
            let within = |piece: &&Piece| matches!(piece, Piece::Bits(at, len) if slot.offset >= 8 * at && slot.end() <= 8 * (at + len));
            let piece = pieces.iter().find(within);
            let (Some(Piece::Bits(at, _)), false) = (piece, member.name == 0 || slot.width > 64) else { continue };
            if !is_open {
                writeln!(self.out, "impl {name} {{")?;
                is_open = true;
            }
            self.has_bits = true;
            let first = slot.offset - 8 * at;
            self.methods(member, slot, is_union, *at, first)?;
        }
        if is_open { self.out.write_str("}\n\n") } else { Ok(()) }
    }

    fn methods(&mut self, member: &RawMember, slot: &Slot, is_union: bool, at: u64, first: u64) -> fmt::Result {
        let field = identifier(self.view.text(member.name));
        let setter = field.trim_start_matches("r#");
        let Some((id, raw)) = self.bitfield_type(member.ty) else { return Ok(()) };
        let width = slot.width;
        let (open, close) = if is_union { ("unsafe { ", " }") } else { ("", "") };
        let storage = alloc::format!("self._bits_{at}");
        let value = alloc::format!("{open}_bits(&{storage}, {first}, {width}){close}");
        self.out.write_str("    pub fn ")?;
        self.out.write_str(&field)?;
        self.out.write_str("(&self) -> ")?;
        self.bit_type(id, &raw)?;
        self.out.write_str(" {\n        ")?;
        let (number, signed, kind) = shape(&raw);
        let unused = 64 - width;
        match kind {
            Shape::Bool => write!(self.out, "{value} != 0")?,
            _ => {
                if let Shape::Enum = kind {
                    self.bit_type(id, &raw)?;
                    self.out.write_char('(')?;
                }
                match signed {
                    true => write!(self.out, "((({value}) << {unused}) as i64 >> {unused}) as {number}")?,
                    false => write!(self.out, "({value}) as {number}")?,
                }
                if let Shape::Enum = kind {
                    self.out.write_char(')')?;
                }
            }
        }
        write!(self.out, "\n    }}\n\n    pub fn set_{setter}(&mut self, value: ")?;
        self.bit_type(id, &raw)?;
        let value = match kind {
            Shape::Enum => "value.0 as u64",
            _ => "value as u64",
        };
        write!(self.out, ") {{\n        {open}_set_bits(&mut {storage}, {first}, {width}, {value}){close}\n    }}\n\n")
    }

    fn bit_type(&mut self, id: crate::TypeId, raw: &Raw<'_>) -> fmt::Result {
        match shape(raw) {
            (.., Shape::Bool) => self.out.write_str("bool"),
            (.., Shape::Enum) if raw.name != 0 || self.names.is_given(id) => self.name(id),
            (number, ..) => self.out.write_str(number),
        }
    }

    /// Ends the file: what the methods call, and what was only declared.
    pub(super) fn bit_functions(&mut self) -> fmt::Result {
        self.declarations()?;
        if !self.has_bits {
            return Ok(());
        }
        let (read, write) = match self.view.btf().endian() {
            Endian::Little => ("value |= ((bytes[bit / 8] >> (bit % 8) & 1) as u64) << i;", ("bit % 8", "i")),
            Endian::Big => {
                ("value = value << 1 | (bytes[bit / 8] >> (7 - bit % 8) & 1) as u64;", ("7 - bit % 8", "width - 1 - i"))
            }
        };
        let (shift, from) = write;
        write!(
            self.out,
            "/// The bits of a bitfield.\nconst fn _bits(bytes: &[u8], first: usize, width: usize) -> u64 {{
    let (mut value, mut i) = (0, 0);
    while i < width {{
        let bit = first + i;
        {read}
        i += 1;
    }}
    value
}}

/// Sets the bits of a bitfield.
const fn _set_bits(bytes: &mut [u8], first: usize, width: usize, value: u64) {{
    let mut i = 0;
    while i < width {{
        let bit = first + i;
        let one = 1 << ({shift});
        if value >> ({from}) & 1 != 0 {{
            bytes[bit / 8] |= one;
        }} else {{
            bytes[bit / 8] &= !one;
        }}
        i += 1;
    }}
}}
"
        )
    }
}

/// What a bitfield holds.
#[derive(Clone, Copy)]
enum Shape {
    Bool,
    Enum,
    Number,
}

/// The number that holds a bitfield, whether it has a sign, and what it is shown as.
fn shape(raw: &Raw<'_>) -> (&'static str, bool, Shape) {
    let (signed, kind) = match raw.kind {
        Kind::ENUM | Kind::ENUM64 => (raw.kflag, if raw.name == 0 { Shape::Number } else { Shape::Enum }),
        _ => {
            let encoding = raw.int().map_or(0, |(.., encoding)| encoding);
            (encoding & 1 != 0, if encoding & 4 != 0 { Shape::Bool } else { Shape::Number })
        }
    };
    match spell::number(raw.third, signed) {
        (number, 0) if raw.third <= 8 => (number, signed, kind),
        _ => ("u64", signed, kind),
    }
}
