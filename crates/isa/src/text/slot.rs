//! The operands that the syntax of an instruction names.

/// An operand in the text of an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Slot {
    /// The destination register, whole.
    Rd,
    /// The source register, whole.
    Rs,
    /// The lower half of the destination register.
    Wd,
    /// The lower half of the source register.
    Ws,
    /// The offset as the rest of an address: a sign, a space and a number.
    Off,
    /// The offset as a plain number.
    OffNumber,
    /// The offset as the distance of a jump, or a label.
    To16,
    /// The immediate as the distance of a jump, or a label.
    To32,
    /// The immediate.
    Imm,
    /// The immediate as the rest of an address; nothing if it is 0.
    PlusImm,
    /// All of a 64-bit immediate.
    Imm64,
    /// The low half of a 64-bit immediate.
    Low,
    /// The high half of a 64-bit immediate.
    High,
    /// The low half of the immediate as a distance in slots.
    Rel,
    /// The address space that the upper half of the immediate names.
    ToSpace,
    /// The address space that the lower half of the immediate names.
    FromSpace,
    /// A helper, by name or number.
    Helper,
    /// A helper's number.
    Number,
    /// A helper, by name and number: `bpf_map_lookup_elem#1`.
    Known,
    /// The name of what the instruction refers to.
    Symbol,
    /// The offset as the rest of an address: a sign and a number.
    Disp,
    /// The immediate, unsigned and hexadecimal.
    Hex,
    /// All of a 64-bit immediate, unsigned and hexadecimal.
    Hex64,
    /// The low half of a 64-bit immediate, unsigned.
    LowUnsigned,
    /// The high half of a 64-bit immediate, unsigned.
    HighUnsigned,
    /// The offset as `pc` and the distance of a jump, or a label.
    Pc16,
    /// The immediate as `pc` and the distance of a jump, or a label.
    Pc32,
    /// The operation byte.
    Code,
    /// A name that says nothing the numbers do not; read and never written.
    Note,
}

const NAMES: &[(&str, Slot)] = &[
    ("rd", Slot::Rd),
    ("rs", Slot::Rs),
    ("wd", Slot::Wd),
    ("ws", Slot::Ws),
    ("off", Slot::Off),
    ("slot", Slot::OffNumber),
    ("to16", Slot::To16),
    ("to32", Slot::To32),
    ("imm", Slot::Imm),
    ("plus_imm", Slot::PlusImm),
    ("imm64", Slot::Imm64),
    ("low", Slot::Low),
    ("high", Slot::High),
    ("rel", Slot::Rel),
    ("to_space", Slot::ToSpace),
    ("from_space", Slot::FromSpace),
    ("helper", Slot::Helper),
    ("number", Slot::Number),
    ("known", Slot::Known),
    ("symbol", Slot::Symbol),
    ("disp", Slot::Disp),
    ("hex", Slot::Hex),
    ("hex64", Slot::Hex64),
    ("ulow", Slot::LowUnsigned),
    ("uhigh", Slot::HighUnsigned),
    ("pc16", Slot::Pc16),
    ("pc32", Slot::Pc32),
    ("code", Slot::Code),
    ("note", Slot::Note),
];

/// A piece of the syntax of an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Piece {
    /// Text as it stands.
    Literal(&'static str),
    /// An operand.
    Slot(Slot),
}

/// Cuts the syntax of an instruction into pieces. A name in braces that is no operand is text.
pub(crate) const fn pieces(syntax: &'static str) -> Pieces {
    Pieces { rest: syntax }
}

/// The pieces of a syntax that are still to come.
#[derive(Clone, Copy)]
pub(crate) struct Pieces {
    rest: &'static str,
}

impl Pieces {
    /// The next piece, for use before there are iterators.
    pub const fn step(&mut self) -> Option<Piece> {
        let bytes = self.rest.as_bytes();
        if bytes.is_empty() {
            return None;
        }
        let (piece, end) = match slot(bytes) {
            Some((slot, end)) => (Piece::Slot(slot), end),
            None => {
                let mut end = 1;
                while end < bytes.len() && bytes[end] != b'{' {
                    end += 1;
                }
                (Piece::Literal(self.rest.split_at(end).0), end)
            }
        };
        self.rest = self.rest.split_at(end).1;
        Some(piece)
    }
}

impl Iterator for Pieces {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        self.step()
    }
}

/// The operand that a text begins with, and its length with the braces.
const fn slot(text: &[u8]) -> Option<(Slot, usize)> {
    if text[0] != b'{' {
        return None;
    }
    let mut row = 0;
    while row < NAMES.len() {
        let name = NAMES[row].0.as_bytes();
        let end = name.len() + 1;
        let mut at = 0;
        while at < name.len() && at + 1 < text.len() && text[at + 1] == name[at] {
            at += 1;
        }
        if at == name.len() && end < text.len() && text[end] == b'}' {
            return Some((NAMES[row].1, end + 1));
        }
        row += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        table::{ALSO, CALL_SYMBOL, LOAD_SYMBOL, ROWS, UNKNOWN, UNKNOWN_WIDE},
        text::Dialect,
    };

    #[test]
    fn every_operand_in_the_table_is_known() {
        let rows = ROWS.iter().chain(ALSO).map(|row| row.syntax);
        for syntax in rows.chain([CALL_SYMBOL, LOAD_SYMBOL, UNKNOWN, UNKNOWN_WIDE]) {
            for text in Dialect::ALL.map(|dialect| syntax.of(dialect)) {
                let unknown = |piece| matches!(piece, Piece::Literal(text) if text.contains(['{', '}']));
                assert!(!pieces(text).any(unknown), "{text}");
            }
        }
    }

    #[test]
    fn pieces_in_order() {
        let cut: alloc::vec::Vec<_> = pieces("if {rd} > {imm} goto {to16}").collect();
        assert_eq!(cut[..3], [Piece::Literal("if "), Piece::Slot(Slot::Rd), Piece::Literal(" > ")]);
        assert_eq!(cut[5], Piece::Slot(Slot::To16));
    }
}
