//! Which name was meant.

use alloc::vec::Vec;

/// The longest name that is compared, so that the work stays bounded.
const MAX_LEN: usize = 128;

/// The candidate that comes closest to a name that does not exist: the fewest edits, at most a third of its length; case
/// counts half. None if nothing comes close.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if name.is_empty() || name.len() > MAX_LEN {
        return None;
    }
    let limit = (name.len() / 3).max(1);
    let letters = letters(name);
    let (mut best, mut rows) = (None, Rows::default());
    for candidate in candidates {
        if candidate.is_empty() || candidate.len().abs_diff(name.len()) > limit {
            continue;
        }
        let bound = best.map_or(2 * limit + 1, |(distance, _)| distance);
        // Most names have letters that the other has not, each of which costs an edit.
        let theirs = self::letters(candidate);
        if 2 * (letters & !theirs).count_ones().max((theirs & !letters).count_ones()) as usize >= bound {
            continue;
        }
        let distance = rows.distance(name.as_bytes(), candidate.as_bytes(), bound);
        if distance < bound {
            best = Some((distance, candidate));
        }
    }
    Some(best?.1)
}

/// Which letters occur, a bit each; those of both cases are one.
fn letters(name: &str) -> u64 {
    name.bytes().fold(0, |letters, byte| letters | 1 << (byte.to_ascii_lowercase() & 63))
}

/// The last three rows of the table of distances.
#[derive(Default)]
struct Rows([Vec<usize>; 3]);

impl Rows {
    /// Twice the number of insertions, deletions, replacements and swaps of neighbours; any number from `bound` on if
    /// it is not less.
    fn distance(&mut self, a: &[u8], b: &[u8], bound: usize) -> usize {
        let [before, last, row] = &mut self.0;
        last.clear();
        last.extend((0..=b.len()).map(|j| 2 * j));
        let mut lowest = 0;
        for (i, &x) in a.iter().enumerate() {
            let mut low = usize::MAX;
            row.clear();
            row.push(2 * (i + 1));
            for (j, &y) in b.iter().enumerate() {
                let replace = last[j] + cost(x, y);
                let mut least = replace.min(last[j + 1] + 2).min(row[j] + 2);
                if i > 0 && j > 0 && x == b[j - 1] && y == a[i - 1] {
                    least = least.min(before[j - 1] + 2);
                }
                row.push(least);
                low = low.min(least);
            }
            // What comes is at least what stands in the last two rows.
            if low.min(lowest) >= bound {
                return bound;
            }
            lowest = low;
            core::mem::swap(before, last);
            core::mem::swap(last, row);
        }
        last[b.len()]
    }
}

fn cost(x: u8, y: u8) -> usize {
    if x == y {
        0
    } else if x.eq_ignore_ascii_case(&y) {
        1
    } else {
        2
    }
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn the_closest_name_wins_and_far_ones_do_not_count() {
        let names = ["tracepoint", "raw_tracepoint", "kprobe", "kretprobe", "xdp"];
        assert_eq!(nearest("tracepiont", names), Some("tracepoint"));
        assert_eq!(nearest("Kprobe", names), Some("kprobe"));
        assert_eq!(nearest("xpd", names), Some("xdp"));
        assert_eq!(nearest("something", names), None);
        assert_eq!(nearest("", names), None);
        assert_eq!(nearest(&"x".repeat(1000), names), None);
        assert_eq!(
            nearest("blk_account_io_strat", ["blk_account_io_done", "blk_account_io_start"]),
            Some("blk_account_io_start")
        );
        assert_eq!(nearest("ab", ["ba"]), Some("ba"));
    }
}
