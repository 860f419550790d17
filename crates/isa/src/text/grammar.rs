//! The syntax of one dialect as a tree of tokens, made from the table when it is first asked for.

use alloc::{boxed::Box, vec, vec::Vec};

use hashbrown::HashMap;
use once_cell::race::OnceBox;
use skep_uapi::Helper;

use super::{
    Dialect, digits,
    lex::{self, Key, Token},
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

/// A token that may follow, and where that leads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    key: Key,
    pub text: &'static str,
    next: u32,
}

/// What may follow the tokens read so far.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// Tokens as they stand.
    pub words: Vec<Word>,
    /// The same, by the hash of their keys: a power of two of places, at least half of them empty.
    places: Vec<Option<Word>>,
    /// Operands.
    pub slots: Vec<(Slot, usize)>,
    /// The statement that may end here.
    pub leaf: Option<Leaf>,
}

pub(super) struct Grammar {
    pub nodes: Vec<Node>,
    pub dialect: Dialect,
    helpers: HashMap<&'static str, u32>,
}

/// The grammar of a dialect. It is made once for the whole process.
pub(super) fn of(dialect: Dialect) -> &'static Grammar {
    static LLVM: OnceBox<Grammar> = OnceBox::new();
    static GNU: OnceBox<Grammar> = OnceBox::new();
    static UBPF: OnceBox<Grammar> = OnceBox::new();
    static KERNEL: OnceBox<Grammar> = OnceBox::new();
    let made = match dialect {
        Dialect::Llvm => &LLVM,
        Dialect::Gnu => &GNU,
        Dialect::Ubpf => &UBPF,
        Dialect::Kernel => &KERNEL,
    };
    made.get_or_init(|| Box::new(Grammar::new(dialect)))
}

impl Node {
    /// Where a token leads.
    #[inline]
    pub fn after(&self, token: &Token<'_>) -> Option<usize> {
        let mut at = token.key().hash();
        loop {
            let word = (*self.places.get(at & self.places.len().wrapping_sub(1))?)?;
            if word.key == token.key()
                && word.text.len() == token.text.len()
                && (token.text.len() <= 8 || word.text == token.text)
            {
                return Some(word.next as usize);
            }
            at = at.wrapping_add(1);
        }
    }

    /// Where the sign before a register leads, which may be left out.
    pub fn percent(&self) -> Option<usize> {
        self.words.iter().find(|word| word.text == "%").map(|word| word.next as usize)
    }

    /// Fills the places, once all words are known.
    fn index(&mut self) {
        if self.words.is_empty() {
            return;
        }
        self.places = vec![None; self.words.len().next_power_of_two() * 2];
        let mask = self.places.len() - 1;
        for word in &self.words {
            let mut at = word.key.hash();
            while self.places[at & mask].is_some() {
                at = at.wrapping_add(1);
            }
            self.places[at & mask] = Some(*word);
        }
    }
}

impl Grammar {
    fn new(dialect: Dialect) -> Self {
        let helpers = Helper::ROWS.iter().flat_map(|row| [(row.name, row.value.0), (row.uapi, row.value.0)]).collect();
        let mut grammar = Self { nodes: vec![Node::default()], dialect, helpers };
        // Of rows that read the same the last one is taken, which is the one for any value.
        for row in ALSO.iter().chain(ROWS) {
            grammar.add(Some(row.code.0), row.syntax.of(dialect), Leaf::Row(row));
        }
        grammar.add(Some(0x85), CALL_SYMBOL.of(dialect), Leaf::Call);
        grammar.add(Some(0x18), LOAD_SYMBOL.of(dialect), Leaf::Load);
        grammar.add(None, UNKNOWN.of(dialect), Leaf::Unknown);
        grammar.add(None, UNKNOWN_WIDE.of(dialect), Leaf::UnknownWide);
        grammar.nodes.iter_mut().for_each(Node::index);
        grammar
    }

    pub fn node(&self, at: usize) -> Option<&Node> {
        self.nodes.get(at)
    }

    /// The number of a helper.
    pub fn helper(&self, name: &str) -> Option<i64> {
        self.helpers.get(name).map(|&id| id.into())
    }

    fn add(&mut self, code: Option<u8>, syntax: &'static str, leaf: Leaf) {
        if syntax.is_empty() {
            return;
        }
        let mut at = 0;
        if let (Some(code), Dialect::Kernel) = (code, self.dialect) {
            for word in ["(", digits::byte(code), ")"] {
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

    fn word(&mut self, at: usize, text: &'static str) -> usize {
        let next = self.nodes.len();
        let Some(node) = self.nodes.get_mut(at) else { return at };
        if let Some(found) = node.words.iter().find(|word| word.text == text) {
            return found.next as usize;
        }
        node.words.push(Word { key: Key::of(text), text, next: next as u32 });
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
