//! Times and durations for people.

use core::fmt::{self, Write};

use super::Times;

const SECOND: u64 = 1_000_000_000;

/// A duration with the unit that suits it and up to three decimals: `450ns`, `1.25ms`, `90s`.
pub(super) fn duration(out: &mut dyn Write, ns: u64) -> fmt::Result {
    let (unit, name) = match ns {
        0..1_000 => (1, "ns"),
        1_000..1_000_000 => (1_000, "us"),
        1_000_000..SECOND => (1_000_000, "ms"),
        _ => (SECOND, "s"),
    };
    write!(out, "{}", ns / unit)?;
    let thousandths = (ns % unit) / (unit / 1000).max(1);
    if unit > 1 && thousandths > 0 {
        let digits = [thousandths / 100, thousandths / 10 % 10, thousandths % 10];
        let used = 3 - digits.iter().rev().take_while(|&&digit| digit == 0).count();
        out.write_char('.')?;
        digits[..used].iter().try_for_each(|digit| write!(out, "{digit}"))?;
    }
    out.write_str(name)
}

/// A time: seconds since the machine was started, or the time of day.
pub(super) fn time(out: &mut dyn Write, ns: u64, times: Times) -> fmt::Result {
    match times {
        Times::Raw => write!(out, "{ns}"),
        Times::SinceBoot => write!(out, "{}.{:06}s", ns / SECOND, ns % SECOND / 1000),
        Times::OfDay { boot_ns } => {
            let ns = boot_ns.wrapping_add(ns);
            let second = ns / SECOND % 86_400;
            let (hour, minute) = (second / 3600, second / 60 % 60);
            write!(out, "{hour:02}:{minute:02}:{:02}.{:06}", second % 60, ns % SECOND / 1000)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;

    #[test]
    fn durations_have_the_unit_that_suits() {
        for (ns, expected) in [
            (0, "0ns"),
            (999, "999ns"),
            (1_000, "1us"),
            (1_250_000, "1.25ms"),
            (1_000_999, "1ms"),
            (90 * SECOND, "90s"),
            (u64::MAX, "18446744073.709s"),
        ] {
            let mut out = String::new();
            duration(&mut out, ns).unwrap();
            assert_eq!(out, expected);
        }
    }

    #[test]
    fn times_since_the_start_or_of_the_day() {
        let show = |times| {
            let mut out = String::new();
            time(&mut out, 3_661_000_002_000, times).unwrap();
            out
        };
        assert_eq!(show(Times::SinceBoot), "3661.000002s");
        assert_eq!(show(Times::OfDay { boot_ns: 86_400 * SECOND }), "01:01:01.000002");
        assert_eq!(show(Times::Raw), "3661000002000");
    }
}
