//! Structs and unions.

use alloc::{format, string::String, vec::Vec};
use core::fmt::{self, Write};

use super::{File, names::identifier};
use crate::{
    Kind, TypeId,
    c::layout::Slot,
    list::digits,
    view::{Raw, RawMember},
};

/// Bytes of a struct, in order.
#[derive(Clone, Copy)]
pub(super) enum Piece {
    /// Nothing known: offset and size.
    Gap(u64, u64),
    /// Bitfields: offset and size.
    Bits(u64, u64),
    /// A member by its position: its offset.
    Member(u32, u64),
}

impl<'a, W: Write> File<'a, W> {
    /// Writes a struct or union, what asserts its layout, and how its bitfields are read.
    pub(super) fn composite(&mut self, id: TypeId, raw: Raw<'a>) -> fmt::Result {
        let name = self.names.name(&self.view, id);
        let members: Vec<(RawMember, Slot)> =
            raw.members().map(|member| (member, Slot::of(&self.view, &member))).collect();
        self.give_names(&name, &members);
        let is_union = raw.kind == Kind::UNION;
        let size = u64::from(raw.third);
        let pieces = if is_union { self.union_pieces(&members, size) } else { struct_pieces(&members, size) };
        let align = self.layout.align(&self.view, id);
        let packed = self.layout.is_packed(&self.view, id);
        let pieces = pieces.unwrap_or_else(|| Vec::from([Piece::Gap(0, size)]));
        self.out.write_str(if packed { "#[repr(C, packed)]\n" } else { "#[repr(C)]\n" })?;
        self.out.write_str("#[derive(Clone, Copy)]\npub ")?;
        self.out.write_str(if is_union { "union " } else { "struct " })?;
        self.out.write_str(&name)?;
        self.out.write_str(" {\n")?;
        let widest = pieces.iter().map(|piece| self.piece_align(piece, &members)).max().unwrap_or(1);
        if !packed && widest < align {
            let word = match align {
                2 => "u16",
                4 => "u32",
                8 => "u64",
                _ => "u128",
            };
            writeln!(self.out, "    pub _align: [{word}; 0],")?;
        } else if is_union && pieces.is_empty() {
            // A union has at least one field.
            self.out.write_str("    pub _nothing: [u8; 0],\n")?;
        }
        for piece in &pieces {
            self.piece(piece, &members)?;
        }
        self.out.write_str("}\n\n")?;
        self.assertions(&name, size, &pieces, &members)?;
        self.bit_methods(&name, is_union, &pieces, &members)
    }

    /// Anonymous members are called after where they are.
    fn give_names(&mut self, name: &str, members: &[(RawMember, Slot)]) {
        for (i, (member, _)) in members.iter().enumerate() {
            let mut id = member.ty;
            // Through arrays and qualifiers to what has no name.
            for _ in 0..64 {
                let Some(raw) = self.view.raw(id) else { break };
                match raw.kind {
                    Kind::CONST | Kind::VOLATILE | Kind::RESTRICT | Kind::TYPE_TAG | Kind::PTR => id = raw.target(),
                    Kind::ARRAY => id = raw.array().unwrap_or_default().0,
                    Kind::STRUCT | Kind::UNION if raw.name == 0 => {
                        let parent = name.trim_start_matches("r#");
                        match member.name {
                            0 => self.names.give(id, &format!("{parent}__{i}")),
                            field => self.names.give(id, &format!("{parent}__{}", self.view.text(field))),
                        }
                        break;
                    }
                    _ => break,
                }
            }
        }
    }

    /// In a union all pieces begin where it does. None if a member does not fit.
    fn union_pieces(&self, members: &[(RawMember, Slot)], size: u64) -> Option<Vec<Piece>> {
        let (mut pieces, mut largest, mut bits) = (Vec::new(), 0, 0);
        for (i, (_, slot)) in (0..).zip(members) {
            if slot.width != 0 {
                bits = slot.end().div_ceil(8).max(bits);
            } else if slot.offset == 0 {
                pieces.push(Piece::Member(i, 0));
            } else {
                return None;
            }
            largest = largest.max(slot.end().div_ceil(8));
        }
        if bits > 0 {
            pieces.push(Piece::Bits(0, bits));
        }
        if largest < size {
            pieces.push(Piece::Gap(0, size));
        }
        (largest <= size).then_some(pieces)
    }

    fn piece_align(&self, piece: &Piece, members: &[(RawMember, Slot)]) -> u64 {
        match piece {
            Piece::Member(i, _) => members.get(*i as usize).map_or(1, |(m, _)| self.layout.align(&self.view, m.ty)),
            _ => 1,
        }
    }

    fn piece(&mut self, piece: &Piece, members: &[(RawMember, Slot)]) -> fmt::Result {
        self.out.write_str("    pub ")?;
        match *piece {
            Piece::Gap(at, size) => writeln!(self.out, "_gap_{at}: [u8; {size}],"),
            Piece::Bits(at, size) => writeln!(self.out, "_bits_{at}: [u8; {size}],"),
            Piece::Member(i, _) => {
                let Some((member, _)) = members.get(i as usize) else { return Ok(()) };
                let name = self.field(i, member.name);
                self.out.write_str(&name)?;
                self.out.write_str(": ")?;
                self.spell(member.ty)?;
                self.out.write_str(",\n")
            }
        }
    }

    fn field(&self, i: u32, name: u32) -> String {
        if name == 0 { format!("_anon_{i}") } else { identifier(self.view.text(name)) }
    }

    fn assertions(&mut self, name: &str, size: u64, pieces: &[Piece], members: &[(RawMember, Slot)]) -> fmt::Result {
        self.out.write_str("const _: () = {\n    assert!(::core::mem::size_of::<")?;
        self.out.write_str(name)?;
        self.out.write_str(">() == ")?;
        digits(self.out, size)?;
        self.out.write_str(");\n")?;
        for piece in pieces {
            if let Piece::Member(i, at) = *piece
                && let Some((member, _)) = members.get(i as usize)
            {
                let field = self.field(i, member.name);
                self.out.write_str("    assert!(::core::mem::offset_of!(")?;
                self.out.write_str(name)?;
                self.out.write_str(", ")?;
                self.out.write_str(&field)?;
                self.out.write_str(") == ")?;
                digits(self.out, at)?;
                self.out.write_str(");\n")?;
            }
        }
        self.out.write_str("};\n\n")
    }

    /// The type behind what has no name, for a bitfield.
    pub(super) fn bitfield_type(&self, ty: TypeId) -> Option<(TypeId, Raw<'a>)> {
        self.view.resolve(ty)
    }
}

/// The pieces of a struct. None if members overlap or do not fit.
fn struct_pieces(members: &[(RawMember, Slot)], size: u64) -> Option<Vec<Piece>> {
    let (mut pieces, mut at) = (Vec::new(), 0);
    for (i, (_, slot)) in (0..).zip(members) {
        let (from, to) = (slot.offset / 8, slot.end().div_ceil(8));
        if slot.width != 0 {
            // Bitfields that share a byte, or follow one another, are one piece.
            if let Some(Piece::Bits(begin, len)) = pieces.last_mut() {
                if from < *begin {
                    return None;
                }
                *len = (*len).max(to - *begin);
                at = *begin + *len;
                continue;
            }
            if from < at {
                return None;
            }
        } else if slot.offset % 8 != 0 || from < at {
            return None;
        }
        if at < from {
            pieces.push(Piece::Gap(at, from - at));
        }
        pieces.push(if slot.width != 0 { Piece::Bits(from, to - from) } else { Piece::Member(i, from) });
        at = to;
    }
    if at < size {
        pieces.push(Piece::Gap(at, size - at));
    }
    (at <= size).then_some(pieces)
}
