//! The files in which the kernel describes itself, from any bytes: symbols, CPUs, releases, mounts.

#![no_main]

use libfuzzer_sys::fuzz_target;
use skep_sys::{cpu, fuzzing, kallsyms, release::Version};

fuzz_target!(|data: &[u8]| {
    let by_line = data.split(|byte| *byte == b'\n').filter_map(kallsyms::parse).count();
    for step in [1, 7, 4096] {
        assert_eq!(fuzzing::symbols(data, step), by_line, "however the bytes come in");
    }
    let text = String::from_utf8_lossy(data);
    if let Some(cpus) = cpu::parse_list(&text) {
        assert!(!cpus.is_empty() && cpus.is_sorted_by(|a, b| a < b));
    }
    if let Some(version) = Version::parse(&text) {
        let Version { major, minor, patch } = version;
        assert_eq!(Version::parse(&format!("{major}.{minor}.{patch}")), Some(version));
    }
    let mut lines = text.split('\n');
    let mut next = || lines.next().unwrap_or_default();
    let _ = Version::from_parts(next(), next(), Some(next())).map(Version::code);
    let _ = fuzzing::mount(&text, "bpf");
});
