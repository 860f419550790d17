//! The syntax of one dialect as a tree of tokens, made from the table.

use alloc::{vec, vec::Vec};

use super::{
    Dialect, lex,
    slot::{Piece, Slot, pieces},
};
use crate::table::{ALSO, CALL_SYMBOL, LOAD_SYMBOL, ROWS, Row, UNKNOWN, UNKNOWN_WIDE};

/// What a statement is, once all of its tokens are read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Leaf {
    /// An instruction of the table.
    Row(&'static Row),
    /// A call of something that has a name.
    Call,
    /// A load of the address of something that has a name.
    Load,
    /// An instruction field by field.
    Unknown,
    /// The same, 64 bits wide.
    UnknownWide,
}

/// What may follow the tokens read so far.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// Tokens as they stand, in order.
    pub words: Vec<(&'static str, usize)>,
    /// Operands.
    pub slots: Vec<(Slot, usize)>,
    /// The statement that may end here.
    pub leaf: Option<Leaf>,
}

pub(super) struct Grammar {
    pub nodes: Vec<Node>,
    pub dialect: Dialect,
}

impl Grammar {
    pub fn new(dialect: Dialect) -> Self {
        let mut grammar = Self { nodes: vec![Node::default()], dialect };
        // Of rows that read the same the last one is taken, which is the one for any value.
        for row in ALSO.iter().chain(ROWS) {
            grammar.add(Some(row.code.0), row.syntax.of(dialect), Leaf::Row(row));
        }
        grammar.add(Some(0x85), CALL_SYMBOL.of(dialect), Leaf::Call);
        grammar.add(Some(0x18), LOAD_SYMBOL.of(dialect), Leaf::Load);
        grammar.add(None, UNKNOWN.of(dialect), Leaf::Unknown);
        grammar.add(None, UNKNOWN_WIDE.of(dialect), Leaf::UnknownWide);
        grammar
    }

    pub fn node(&self, at: usize) -> Option<&Node> {
        self.nodes.get(at)
    }

    fn add(&mut self, code: Option<u8>, syntax: &'static str, leaf: Leaf) {
        if syntax.is_empty() {
            return;
        }
        let mut at = 0;
        if let (Some(code), Dialect::Kernel) = (code, self.dialect) {
            for word in ["(", CODES.get(usize::from(code) * 2..usize::from(code) * 2 + 2).unwrap_or_default(), ")"] {
                at = self.word(at, word);
            }
        }
        for piece in pieces(syntax) {
            match piece {
                Piece::Literal(text) => at = lex::words(text).fold(at, |at, word| self.word(at, word)),
                Piece::Slot(slot) => at = self.slot(at, slot),
            }
        }
        if let Some(node) = self.nodes.get_mut(at) {
            node.leaf = Some(leaf);
        }
    }

    fn word(&mut self, at: usize, word: &'static str) -> usize {
        let next = self.nodes.len();
        let Some(node) = self.nodes.get_mut(at) else { return at };
        match node.words.binary_search_by_key(&word, |(known, _)| known) {
            Ok(found) => return node.words[found].1,
            Err(place) => node.words.insert(place, (word, next)),
        }
        self.nodes.push(Node::default());
        next
    }

    fn slot(&mut self, at: usize, slot: Slot) -> usize {
        let next = self.nodes.len();
        let Some(node) = self.nodes.get_mut(at) else { return at };
        if let Some(found) = node.slots.iter().find(|(known, _)| *known == slot) {
            return found.1;
        }
        node.slots.push((slot, next));
        self.nodes.push(Node::default());
        next
    }
}

/// Every byte in two hexadecimal digits.
const CODES: &str = {
    const BYTES: [u8; 512] = {
        let (digits, mut out, mut at) = (b"0123456789abcdef", [0; 512], 0);
        while at < 256 {
            out[at * 2] = digits[at >> 4];
            out[at * 2 + 1] = digits[at & 15];
            at += 1;
        }
        out
    };
    match core::str::from_utf8(&BYTES) {
        Ok(text) => text,
        Err(_) => "",
    }
};
