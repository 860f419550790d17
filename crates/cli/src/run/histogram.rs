//! Counters of powers of two, as bars.

use std::fmt::Write;

use crate::output::{FAINT, GOOD};

const WIDTH: u64 = 40;

/// Draws counters: counter *i* is of the numbers from 2^i up to 2^(i+1), the first also of 0. Empty ones at both ends
/// are left out.
pub fn draw(counters: &[u64], unit: &str, out: &mut String) {
    let (Some(first), Some(last)) = (counters.iter().position(|&n| n > 0), counters.iter().rposition(|&n| n > 0))
    else {
        out.push_str("  nothing counted yet\n");
        return;
    };
    let most = counters.iter().copied().max().unwrap_or(1).max(1);
    // Writing to a string cannot fail.
    let _ = writeln!(out, "  {FAINT}{:>23}  {:>10}{FAINT:#}", if unit.is_empty() { "value" } else { unit }, "count");
    for (i, &n) in counters.iter().enumerate().take(last + 1).skip(first) {
        let (low, high) = range(i);
        let eighths = (u128::from(n) * u128::from(WIDTH) * 8 / u128::from(most)) as usize;
        let part = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8];
        let bar = "█".repeat(eighths / 8) + part;
        let _ = writeln!(out, "  {:>10} ‥ {:<10}  {n:>10}  {GOOD}{bar}{GOOD:#}", low, high);
    }
}

/// The least and the greatest number that a counter is of.
fn range(i: usize) -> (u64, u64) {
    let power = |i: usize| 1u64.checked_shl(i as u32);
    (if i == 0 { 0 } else { power(i).unwrap_or(u64::MAX) }, power(i + 1).map_or(u64::MAX, |end| end - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_in_proportion_and_ends_are_cut() {
        let mut out = String::new();
        draw(&[0, 0, 10, 5, 0], "us", &mut out);
        let lines: Vec<_> = out.lines().collect();
        assert_eq!(lines.len(), 3);
        assert!(lines[1].contains("4 ‥ 7") && lines[1].matches('█').count() == 40);
        assert!(lines[2].contains("8 ‥ 15") && lines[2].matches('█').count() == 20);
    }

    #[test]
    fn no_counts() {
        let mut out = String::new();
        draw(&[0; 4], "us", &mut out);
        assert_eq!(out, "  nothing counted yet\n");
    }

    #[test]
    fn ranges_reach_the_end() {
        assert_eq!((range(0), range(1), range(63)), ((0, 1), (2, 3), (1 << 63, u64::MAX)));
    }
}
