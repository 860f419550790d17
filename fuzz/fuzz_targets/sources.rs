//! Files that types may be in: compressed, images of kernels, packages, ELF files. Nothing unpacks to more than is wanted.

#![no_main]

use libfuzzer_sys::fuzz_target;
use skep::btf_source::contents;

const LIMIT: usize = 1 << 20;

fuzz_target!(|data: &[u8]| {
    let member = data.first().filter(|byte| **byte == b'/').map(|_| "lib/modules/a.ko");
    match contents(data.strip_prefix(b"/").unwrap_or(data), member, LIMIT) {
        Ok(contents) => assert!(contents.types.as_ref().len() <= LIMIT.max(data.len())),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
