//! Numbers as text, without the machinery of formatting.

use core::fmt;

/// `000` to `999`.
const TENS: &str = {
    const DIGITS: [u8; 3000] = {
        let (mut out, mut n) = ([0; 3000], 0);
        while n < 1000 {
            out[n * 3] = b'0' + (n / 100) as u8;
            out[n * 3 + 1] = b'0' + (n / 10 % 10) as u8;
            out[n * 3 + 2] = b'0' + (n % 10) as u8;
            n += 1;
        }
        out
    };
    text(&DIGITS)
};

/// `00` to `ff`.
const BYTES: &str = {
    const DIGITS: [u8; 512] = {
        let (digits, mut out, mut n) = (b"0123456789abcdef", [0; 512], 0);
        while n < 256 {
            out[n * 2] = digits[n >> 4];
            out[n * 2 + 1] = digits[n & 15];
            n += 1;
        }
        out
    };
    text(&DIGITS)
};

const fn text<const N: usize>(bytes: &'static [u8; N]) -> &'static str {
    match core::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => "",
    }
}

/// A byte in two hexadecimal digits.
pub(super) fn byte(value: u8) -> &'static str {
    let at = usize::from(value) * 2;
    BYTES.get(at..at + 2).unwrap_or_default()
}

/// Writes a number in decimal.
pub(super) fn decimal(out: &mut (impl fmt::Write + ?Sized), value: u64) -> fmt::Result {
    if value >= 1000 {
        decimal(out, value / 1000)?;
        return out.write_str(digits(value % 1000, 0));
    }
    out.write_str(digits(value, usize::from(value < 100) + usize::from(value < 10)))
}

/// The digits of a number below 1000, but for the first `skip` ones.
fn digits(value: u64, skip: usize) -> &'static str {
    let at = value as usize * 3;
    TENS.get(at + skip..at + 3).unwrap_or_default()
}

/// Writes a number in hexadecimal, after `0x`.
pub(super) fn hexadecimal(out: &mut (impl fmt::Write + ?Sized), value: u64) -> fmt::Result {
    out.write_str("0x")?;
    let length = value.checked_ilog2().map_or(0, |bits| bits / 8);
    let first = byte((value >> (length * 8)) as u8);
    out.write_str(if first.starts_with('0') { first.get(1..).unwrap_or_default() } else { first })?;
    (0..length).rev().try_for_each(|at| out.write_str(byte((value >> (at * 8)) as u8)))
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::String};

    use super::*;

    #[test]
    fn numbers_read_as_formatting_would_write_them() {
        let edges = (0..64).flat_map(|bit| [1u64 << bit, (1 << bit) - 1, (1 << bit) + 1]);
        let powers = (0..20).flat_map(|power| [10u64.pow(power), 10u64.pow(power) - 1]);
        for value in (0..2000).chain(edges).chain(powers).chain([u64::MAX]) {
            let (mut ten, mut sixteen) = (String::new(), String::new());
            decimal(&mut ten, value).unwrap();
            hexadecimal(&mut sixteen, value).unwrap();
            assert_eq!((ten, sixteen), (format!("{value}"), format!("{value:#x}")));
        }
    }
}
