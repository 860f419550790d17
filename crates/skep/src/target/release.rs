//! A kernel's release, as its files say it.

/// `6.12.3-whatever` as `KERNEL_VERSION` packs it; 0 for what is not a release.
pub(super) fn packed(release: &str) -> u32 {
    let mut numbers = release.trim().split(|c: char| !c.is_ascii_digit()).map_while(|n| n.parse::<u32>().ok());
    let mut next = || numbers.next().unwrap_or(0).min(255);
    next() << 16 | next() << 8 | next()
}

/// The release in the head of a configuration: `# Linux/x86 6.12.38 Kernel Configuration`.
pub(super) fn of_config(text: &str) -> Option<&str> {
    let line =
        text.lines().take(8).find_map(|line| line.strip_prefix("# Linux/")?.strip_suffix(" Kernel Configuration"))?;
    line.split_once(' ').map(|(_, release)| release)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases() {
        assert_eq!(packed("6.12.3+deb13-cloud\n"), 0x06_0c_03);
        assert_eq!(packed("5.10"), 0x05_0a_00);
        assert_eq!(packed("unknown"), 0);
        let head = "#\n# Automatically generated file; DO NOT EDIT.\n# Linux/x86 6.12.38 Kernel Configuration\n#\n";
        assert_eq!(of_config(head), Some("6.12.38"));
        assert_eq!(of_config("CONFIG_NET=y\n"), None);
    }
}
