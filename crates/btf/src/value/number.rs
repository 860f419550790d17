//! Numbers as people write them.

/// A number and its sign.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Number {
    pub is_negative: bool,
    pub magnitude: u128,
}

impl Number {
    /// Reads `42`, `-1`, `0x1f`, `0b101`, `0o17` or `1_000_000`.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (is_negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let prefixed = |prefix: [&str; 2]| prefix.into_iter().find_map(|prefix| digits.strip_prefix(prefix));
        let (digits, radix) = if let Some(digits) = prefixed(["0x", "0X"]) {
            (digits, 16)
        } else if let Some(digits) = prefixed(["0b", "0B"]) {
            (digits, 2)
        } else if let Some(digits) = prefixed(["0o", "0O"]) {
            (digits, 8)
        } else {
            (digits, 10)
        };
        let mut magnitude = 0u128;
        let mut any = false;
        for c in digits.chars() {
            if c == '_' && any {
                continue;
            }
            any = true;
            magnitude = magnitude.checked_mul(radix.into())?.checked_add(c.to_digit(radix)?.into())?;
        }
        any.then_some(Self { is_negative: is_negative && magnitude != 0, magnitude })
    }

    /// The bits of the number in a field of `width` bits. None if it does not fit.
    pub(super) fn fit(self, width: u32, signed: bool) -> Option<u128> {
        let (min, max) = range(width, signed);
        if self.is_negative {
            (self.magnitude <= min.unsigned_abs()).then(|| self.magnitude.wrapping_neg())
        } else {
            (self.magnitude <= max).then_some(self.magnitude)
        }
    }

    /// Reads a duration with or without a unit, in units of `unit` nanoseconds. None if it is no whole number of them.
    pub(super) fn read_duration(text: &str, unit: u64) -> Option<Self> {
        const UNITS: [(&str, u128); 6] = [
            ("ns", 1),
            ("us", 1_000),
            ("ms", 1_000_000),
            ("s", 1_000_000_000),
            ("m", 60_000_000_000),
            ("h", 3_600_000_000_000),
        ];
        if let Some(number) = Self::read(text) {
            return Some(number);
        }
        let (digits, ns) = UNITS.iter().find_map(|(name, ns)| Some((text.strip_suffix(name)?, ns)))?;
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let places = 10u128.checked_pow(part.len().try_into().ok()?)?;
        let part = if part.is_empty() { 0 } else { Self::read(part)?.magnitude };
        let whole = Self::read(whole)?;
        let total = whole.magnitude.checked_mul(places)?.checked_add(part)?.checked_mul(*ns)?;
        let per = places.checked_mul(unit.into())?;
        (total % per == 0).then_some(Self { magnitude: total / per, ..whole })
    }
}

/// The least and the greatest number in a field of `width` bits.
pub(super) fn range(width: u32, signed: bool) -> (i128, u128) {
    let width = width.clamp(1, 128);
    if signed { (i128::MIN >> (128 - width), (1 << (width - 1)) - 1) } else { (0, u128::MAX >> (128 - width)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_and_fitted() {
        let fit = |text, width, signed| Number::read(text)?.fit(width, signed);
        assert_eq!(fit("0xff", 8, false), Some(255));
        assert_eq!(fit("256", 8, false), None);
        assert_eq!(fit("-128", 8, true).map(|n| n as u8), Some(0x80));
        assert_eq!(fit("-129", 8, true), None);
        assert_eq!(fit("-0", 8, false), Some(0));
        assert_eq!(fit("1_000", 16, false), Some(1000));
        assert_eq!(fit("0b101", 3, false), Some(5));
        assert_eq!(fit("340282366920938463463374607431768211455", 128, false), Some(u128::MAX));
        for bad in ["", "-", "0x", "_1", "1.5", "12a", "0b2", "--1", "340282366920938463463374607431768211456"] {
            assert_eq!(Number::read(bad), None, "{bad}");
        }
        assert_eq!((range(8, true), range(64, false).1), ((-128, 127), u64::MAX.into()));
        assert_eq!((range(1, true), range(128, true).1), ((-1, 0), i128::MAX as u128));
    }

    #[test]
    fn durations_have_units() {
        let read = |text, unit| Number::read_duration(text, unit).map(|n| n.magnitude);
        assert_eq!(read("10ms", 1), Some(10_000_000));
        assert_eq!(read("1.5s", 1_000_000), Some(1500));
        assert_eq!(read("7", 1_000_000), Some(7));
        assert_eq!(read("1us", 1_000_000), None);
        assert_eq!(read("ms", 1), None);
    }
}
