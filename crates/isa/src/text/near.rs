//! Which word was meant.

use alloc::vec::Vec;

/// The longest word that is compared, so that the work stays bounded.
const MAX_LEN: usize = 64;

/// The candidate that the fewest edits make of a word: at most a third of its length, at least one.
pub(super) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > MAX_LEN || !word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '.') {
        return None;
    }
    let limit = (word.len() / 3).max(1);
    let close = candidates.into_iter().filter(|other| {
        other.len().abs_diff(word.len()) <= limit && other.starts_with(|c: char| c.is_ascii_alphabetic() || c == '.')
    });
    let (count, best) = close.map(|other| (edits(word.as_bytes(), other.as_bytes()), other)).min_by_key(|of| of.0)?;
    (count <= limit && count < word.len()).then_some(best)
}

/// Insertions, deletions, replacements and swaps of neighbours.
fn edits(a: &[u8], b: &[u8]) -> usize {
    let (mut before, mut last): (Vec<usize>, Vec<usize>) = (Vec::new(), (0..=b.len()).collect());
    for (i, x) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(b.len() + 1);
        row.push(i + 1);
        for (j, y) in b.iter().enumerate() {
            let mut least = (last[j] + usize::from(x != y)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && *y == a[i - 1] {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = core::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or_default()
}
