//! No bytes make the reader panic, and what it accepts links or is refused.

#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use skep_object::elf;
use support::objects;

/// Pseudo-random numbers, the same each time.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }
}

fn fixtures() -> Vec<(String, Vec<u8>)> {
    let folders = ["fixtures/o/el", "fixtures/o/eb", "fixtures/o/el/bad", "fixtures/o/clang14", "examples"];
    let paths = folders.into_iter().flat_map(objects);
    let small = paths.map(|p| (p.display().to_string(), std::fs::read(&p).unwrap())).filter(|(_, b)| b.len() < 60_000);
    small.collect()
}

#[test]
fn truncated_files_are_refused() {
    for (name, bytes) in fixtures() {
        let step = (bytes.len() / 150).max(1);
        for len in (0..bytes.len()).step_by(step).chain(0..80) {
            // The section header table stands at the end, so that no shorter file is whole.
            let errors = elf::read(&name, &bytes[..len]).err().unwrap_or_else(|| panic!("{name} cut to {len} reads"));
            let code = errors.iter().next().unwrap().code();
            assert!(["elf-truncated", "elf-magic", "elf-invalid"].contains(&code), "{name} cut to {len}: {code}");
        }
    }
}

#[test]
fn changed_bytes_do_no_harm() {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let (mut read, mut refused) = (0, 0);
    for (name, bytes) in fixtures() {
        for _ in 0..120 {
            let mut changed = bytes.clone();
            for _ in 0..=numbers.below(4) {
                let at = numbers.below(changed.len());
                changed[at] = match numbers.below(4) {
                    0 => 0,
                    1 => 0xff,
                    2 => changed[at] ^ (1 << numbers.below(8)),
                    _ => numbers.next() as u8,
                };
            }
            match elf::read(&name, &changed) {
                Ok(_) => read += 1,
                Err(errors) => {
                    refused += 1;
                    assert!(!errors.to_string().is_empty());
                    errors.iter().for_each(|e| assert!(!e.code().is_empty() && e.site().file.is_some(), "{e}"));
                }
            }
        }
    }
    assert!(read > 100 && refused > 100, "{read} read, {refused} refused");
}

#[test]
fn changed_headers_and_tables_do_no_harm() {
    let mut numbers = Numbers(42);
    for (name, bytes) in fixtures() {
        let table = u64::from_le_bytes(bytes[40..48].try_into().unwrap());
        let table = if name.contains("/eb/") { table.swap_bytes() } else { table } as usize;
        for _ in 0..120 {
            let mut changed = bytes.clone();
            let at = if numbers.below(8) == 0 { numbers.below(64) } else { table + numbers.below(bytes.len() - table) };
            changed[at] = numbers.next() as u8;
            let _ = elf::read(&name, &changed);
        }
    }
}
