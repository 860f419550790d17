//! A C header of any BTF: it ends, and its braces match.

#![no_main]

use libfuzzer_sys::fuzz_target;
use skep_btf::{Btf, c};

fuzz_target!(|data: &[u8]| {
    let Ok(btf) = Btf::parse(data) else { return };
    let mut text = String::new();
    let _ = c::header(&mut text, &btf, &[], &c::Options::default());
    assert_eq!(text.matches('{').count(), text.matches('}').count());
});
