//! The access string of a record.

use smallvec::SmallVec;

use super::ErrorKind;

/// The most steps from a root type to a field.
pub(super) const MAX_STEPS: usize = 64;

/// The numbers of an access string such as `0:1:2`.
pub(super) fn parse(access: &str) -> Result<SmallVec<[u32; 6]>, ErrorKind> {
    let mut path = SmallVec::new();
    for part in access.split(':') {
        let digits = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        // Larger numbers do not fit a compiler's signed index.
        let step = part.parse::<u32>().ok().filter(|&n| digits && n <= i32::MAX as u32);
        path.push(step.ok_or(ErrorKind::Access("it must be numbers separated by colons"))?);
        if path.len() > MAX_STEPS {
            return Err(ErrorKind::Access("it has more than 64 steps"));
        }
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn numbers_and_colons_only() {
        assert_eq!(parse("0:12:3").unwrap()[..], [0, 12, 3]);
        for bad in ["", ":", "0:", ":0", "0::1", "-1", "+1", "x", "0 1", "2147483648", "99999999999"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert!(parse(&["0"; 64].join(":")).is_ok());
        assert!(parse(&["0"; 65].join(":")).is_err());
    }
}
