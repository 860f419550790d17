//! The part of a name that types are compared by.

/// The name without its flavour: what stands before the last `___` that has something other than `_` on both sides.
///
/// `task_struct___v5` and `task_struct` are the same type, seen by programs for different kernels.
///
/// ```
/// use skep_btf::core::essential;
/// assert_eq!(essential("task_struct___v5"), "task_struct");
/// assert_eq!(essential("___leading"), "___leading");
/// ```
#[doc(alias = "bpf_core_essential_name_len")]
pub fn essential(name: &str) -> &str {
    let bytes = name.as_bytes();
    let flavour = bytes.windows(5).rposition(|w| w[0] != b'_' && &w[1..4] == b"___" && w[4] != b'_');
    // The byte after `at` is an ASCII underscore, so the cut is at a character's boundary.
    flavour.and_then(|at| name.get(..=at)).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::essential;

    #[test]
    fn the_last_flavour_is_cut_off() {
        for (name, expected) in [
            ("", ""),
            ("a", "a"),
            ("a___b", "a"),
            ("a___b___c", "a___b"),
            ("a____b", "a____b"),
            ("a___", "a___"),
            ("___b", "___b"),
            ("a__b", "a__b"),
            ("a___b_c", "a"),
            ("é___b", "é"),
        ] {
            assert_eq!(essential(name), expected, "{name}");
        }
    }
}
