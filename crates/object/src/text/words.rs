//! Words of a table, found by a few of their letters.

/// Where each word of a table stands in it. Made when skep is compiled; `N` is a power of two, twice as many as there are
/// words.
pub(super) struct Words<const N: usize>([u8; N]);

impl<const N: usize> Words<N> {
    pub const fn new(words: &[&str]) -> Self {
        assert!(N.is_power_of_two() && words.len() * 2 <= N && words.len() < u8::MAX as usize);
        let (mut places, mut at) = ([u8::MAX; N], 0);
        while at < words.len() {
            let mut place = hash(words[at]) % N;
            while places[place] != u8::MAX {
                place = (place + 1) % N;
            }
            places[place] = at as u8;
            at += 1;
        }
        Self(places)
    }

    /// The row of a word, if it is in the table; `name` says what stands in a row.
    pub fn find<'r, R>(&self, rows: &'r [R], word: &str, name: impl Fn(&R) -> &'static str) -> Option<&'r R> {
        let mut place = hash(word);
        loop {
            let row = rows.get(usize::from(*self.0.get(place % N)?))?;
            if name(row) == word {
                return Some(row);
            }
            place += 1;
        }
    }
}

const fn hash(word: &str) -> usize {
    let letters = word.as_bytes();
    if letters.is_empty() {
        return 0;
    }
    let (first, middle, last) = (letters[0] as usize, letters[letters.len() / 2] as usize, letters[letters.len() - 1]);
    first * 7 + middle * 13 + last as usize * 31 + letters.len() * 5
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_found_and_no_other_one() {
        const TABLE: [&str; 5] = ["byte", "bite", "long", "l", "quad"];
        const WORDS: Words<16> = Words::new(&TABLE);
        for word in TABLE {
            assert_eq!(WORDS.find(&TABLE, word, |word| word), Some(&word));
        }
        for word in ["", "bate", "longer", "x"] {
            assert_eq!(WORDS.find(&TABLE, word, |word| word), None);
        }
    }
}
