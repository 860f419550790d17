//! "Did you mean": the name nearest to one that does not exist.

use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// Longer names are not compared: the cost grows with the product of the lengths.
const MAX_LEN: usize = 64;

/// The candidate that is fewest edits away from `name`, if it is near enough to be what was meant. The first of equals.
pub(crate) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    if name.is_empty() || name.len() > MAX_LEN {
        return None;
    }
    let mut limit = name.len() / 3 + 1;
    let mut best = None;
    let mut row = Vec::with_capacity(MAX_LEN + 1);
    for candidate in candidates {
        if candidate.is_empty() || candidate.len() > MAX_LEN || candidate.len().abs_diff(name.len()) >= limit {
            continue;
        }
        let distance = distance(name.as_bytes(), candidate.as_bytes(), &mut row);
        if distance < limit {
            (limit, best) = (distance, Some(candidate));
        }
    }
    best.map(str::to_owned)
}

/// Insertions, deletions and replacements from one to the other.
fn distance(a: &[u8], b: &[u8], row: &mut Vec<usize>) -> usize {
    row.clear();
    row.extend(0..=b.len());
    for (i, &x) in a.iter().enumerate() {
        let (mut diagonal, mut left) = (i, i + 1);
        for (&y, cell) in b.iter().zip(row.iter_mut().skip(1)) {
            let next = (diagonal + usize::from(x != y)).min(*cell + 1).min(left + 1);
            diagonal = core::mem::replace(cell, next);
            left = next;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(a.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        let mut row = Vec::new();
        for (a, b, expected) in [("kitten", "sitting", 3), ("", "abc", 3), ("abc", "", 3), ("same", "same", 0)] {
            assert_eq!(distance(a.as_bytes(), b.as_bytes(), &mut row), expected, "{a} {b}");
        }
    }

    #[test]
    fn only_near_names_are_offered() {
        let names = ["do_unlinkat", "do_linkat", "vfs_read"];
        assert_eq!(nearest("do_unlinka", names).as_deref(), Some("do_unlinkat"));
        assert_eq!(nearest("do_sys_openat2", names), None);
        assert_eq!(nearest("", names), None);
    }
}
