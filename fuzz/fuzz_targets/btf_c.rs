//! A C header of any BTF: it ends, and its braces match.

#![no_main]

use libfuzzer_sys::fuzz_target;
use skep_btf::{Btf, c};

fuzz_target!(|data: &[u8]| {
    let Ok(btf) = Btf::parse(data) else { return };
    let mut text = String::new();
    if c::header(&mut text, &btf, &[], &c::Options::default()).is_ok() {
        assert_eq!(text.matches('{').count(), text.matches('}').count());
    }
    assert!(text.len() <= (1 << 20) + 64 * data.len());
});
