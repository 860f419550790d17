//! Patterns of names: `*` is any text, `?` any one byte.

/// Whether a pattern matches a whole name. When the rest does not fit, only the last star takes more, so that the time is at
/// most the product of both lengths.
pub fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut p, mut n, mut star) = (0, 0, None);
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(&c) if c == b'?' || c == name[n] => (p, n) = (p + 1, n + 1),
            _ => match star {
                Some((at, from)) => {
                    (p, n) = (at + 1, from + 1);
                    star = Some((at, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).unwrap_or_default().iter().all(|&c| c == b'*')
}

/// Whether a text is a pattern and not one name.
pub fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?'])
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn stars_take_what_is_left_over() {
        for (pattern, name, expected) in [
            ("tcp_*", "tcp_connect", true),
            ("tcp_*", "udp_connect", false),
            ("*_connect", "tcp_v4_connect", true),
            ("tcp_v?_connect", "tcp_v4_connect", true),
            ("*a*b*c", "xxaxxbxxbxxc", true),
            ("*a*b*c", "xxaxxbxxbxx", false),
            ("", "", true),
            ("*", "", true),
            ("a", "ab", false),
            ("a*c*", "abcbd", true),
            ("*.ro*", ".rodata", true),
            ("", "a", false),
            ("a*a", "a", false),
            ("?", "", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
