//! Instructions that were read before: programs consist of few different lines.

use alloc::{vec, vec::Vec};

use skep_isa::{
    Insn,
    text::{Name, Role, Token},
};

use super::lex::is_word;

/// How many lines are remembered at most.
const MAX_PLACES: usize = 1 << 12;
/// Longer ones are not remembered: a line of many statements would be gone through for each of them.
const MAX_LINE: usize = 128;

/// What was read of a text so far.
pub(super) struct Seen<'t> {
    /// Room for the tokens of a statement.
    pub tokens: Vec<Token<'t>>,
    /// Instructions, each in the place that the hash of its line gives it, where it stays until another one comes there.
    places: Vec<Option<(&'t str, Known<'t>)>>,
    /// Half of the hash of each, which is looked at first, because it is small; 0 if there is none.
    tags: Vec<u32>,
    /// When they were read; the same words may have another meaning later.
    meaning: u32,
}

/// An instruction that is made of nothing but words of its dialect, plain numbers, and at most one name.
#[derive(Clone, Debug)]
pub(super) struct Known<'t> {
    pub insn: Insn,
    pub name: Option<Name<'t>>,
    /// Whether it calls a helper by name.
    pub helper: bool,
}

/// The rest of a line.
#[derive(Clone, Copy)]
pub(super) struct Line<'t> {
    pub text: &'t str,
    hash: u64,
}

impl<'t> Line<'t> {
    /// What stands from a byte on, up to the end of its line, if that is not far.
    pub fn at(text: &'t str, at: usize) -> Option<Self> {
        let rest = text.as_bytes().get(at..).unwrap_or_default();
        let (mut len, mut hash) = (0, 0);
        while let Some(&word) = rest.get(len..).and_then(<[u8]>::first_chunk) {
            let word = u64::from_le_bytes(word);
            if let Some(before) = line_feed(word) {
                hash = mix(hash, word & ((1 << (before * 8)) - 1));
                return Some(Self { text: text.get(at..at + len + before)?, hash });
            }
            hash = mix(hash, word);
            len += 8;
            if len >= MAX_LINE {
                return None;
            }
        }
        let rest = text.get(at + len..)?;
        len += rest.find('\n').unwrap_or(rest.len());
        Some(Self { text: text.get(at..at + len)?, hash })
    }

    /// Where the line of a jump is to be looked for: by what stands before the name of its target.
    fn jump(self) -> Option<(Self, &'t str)> {
        let len = self.text.bytes().rev().take_while(|&b| is_word(b)).count();
        let (before, name) = self.text.split_at_checked(self.text.len() - len)?;
        let is_name = name.bytes().next().is_some_and(|first| !first.is_ascii_digit());
        let before = Self::at(before, 0).filter(|_| is_name && !before.is_empty())?;
        Some((before, name))
    }
}

/// How many bytes of a word stand before its first line feed.
fn line_feed(word: u64) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let differs = word ^ (ONES * b'\n' as u64);
    // The lowest bit that is set is that of the first byte that is zero.
    let zero = differs.wrapping_sub(ONES) & !differs & (ONES << 7);
    (zero != 0).then_some(zero.trailing_zeros() as usize / 8)
}

const fn mix(hash: u64, word: u64) -> u64 {
    (hash.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

impl<'t> Seen<'t> {
    /// For a text of so many bytes.
    pub fn of(len: usize) -> Self {
        let places = (len / 64).next_power_of_two().min(MAX_PLACES);
        Self { tokens: Vec::new(), places: vec![None; places], tags: vec![0; places], meaning: 0 }
    }

    fn place(&self, line: Line<'_>) -> usize {
        (line.hash >> 32) as usize & self.places.len().wrapping_sub(1)
    }

    fn known(&self, line: Line<'_>) -> Option<&Known<'t>> {
        let place = self.place(line);
        if *self.tags.get(place)? != line.hash as u32 {
            return None;
        }
        let (text, known) = self.places.get(place)?.as_ref()?;
        (*text == line.text).then_some(known)
    }

    /// The instruction that a line is, if one like it was read, and the name in it.
    pub fn find(&mut self, line: Line<'t>, meaning: u32) -> Option<(&Known<'t>, Option<Name<'t>>)> {
        if self.meaning != meaning {
            self.tags.fill(0);
            self.places.fill(None);
            self.meaning = meaning;
        }
        if let Some(known) = self.known(line) {
            return Some((known, known.name));
        }
        let (before, text) = line.jump()?;
        let known = self.known(before)?;
        Some((known, known.name.map(|name| Name { text, at: before.text.len(), ..name })))
    }

    /// Remembers what a line was read as.
    pub fn note(&mut self, line: Line<'t>, known: Known<'t>) {
        let name = known.name.filter(|name| matches!(name.role, Role::Jump16 | Role::Jump32));
        let key = match (name, line.jump()) {
            (Some(name), Some((before, text))) if name.at == before.text.len() && name.text == text => before,
            _ => line,
        };
        let at = self.place(key);
        if let (Some(tag), Some(place)) = (self.tags.get_mut(at), self.places.get_mut(at)) {
            (*tag, *place) = (key.hash as u32, Some((key.text, known)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_ends_where_it_ends() {
        for text in ["", "a", "r1 = 2", "r1 = 2 // a longer one", "12345678", "1234567"] {
            for rest in ["", "\n", "\nexit\n", "\n\n and much more behind it"] {
                let whole = alloc::format!("{text}{rest}");
                let line = Line::at(&whole, 0).unwrap();
                assert_eq!(line.text, text);
                assert_eq!(line.text, Line::at(text, 0).unwrap().text);
            }
        }
    }

    #[test]
    fn a_long_line_is_none() {
        assert!(Line::at(&"r0 = 1;".repeat(100), 0).is_none());
    }

    #[test]
    fn bytes_above_a_line_feed_are_none() {
        assert_eq!(line_feed(u64::from_le_bytes(*b"\x0b\x8a\xff\x09ab\x0a\x0a")), Some(6));
        assert_eq!(line_feed(0), None);
        assert_eq!(line_feed(u64::MAX), None);
    }
}
