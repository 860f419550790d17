//! Any BTF printed: a C header and Rust definitions that end, and whose braces match; a listing of all types, as JSON that
//! can be read.

#![no_main]

use libfuzzer_sys::fuzz_target;
use skep_btf::{Btf, c, list, rust};

/// Whether the braces match, those in quotes apart.
fn is_closed(text: &str) -> bool {
    let (mut depth, mut quoted, mut escaped) = (0_i64, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = quoted,
            b'"' => quoted = !quoted,
            b'{' if !quoted => depth += 1,
            b'}' if !quoted => depth -= 1,
            _ => {}
        }
    }
    depth == 0 && !quoted
}

fuzz_target!(|data: &[u8]| {
    let Ok(btf) = Btf::parse(data) else { return };
    let mut text = String::new();
    if c::header(&mut text, &btf, &[], &c::Options::default()).is_ok() {
        assert!(is_closed(&text), "{text}");
    }
    assert!(text.len() <= (1 << 20) + 64 * data.len());
    text.clear();
    if rust::definitions(&mut text, &btf, &[], &rust::Options::default()).is_ok() {
        assert!(is_closed(&text), "{text}");
    }
    assert!(text.len() <= (1 << 20) + 256 * data.len());
    for id in btf.ids().take(64) {
        let _ = (btf.align(id), btf.typed(id).map(|ty| ty.walk().take(1000).count()));
        let _ = c::definition(&mut String::new(), &btf, id);
    }
    text.clear();
    list::text(&mut text, &btf, btf.ids()).expect("a string has room");
    assert!(text.lines().filter(|line| line.starts_with('[')).count() >= btf.len() as usize);
    text.clear();
    list::json(&mut text, &btf, btf.ids()).expect("a string has room");
    serde_json::from_str::<serde::de::IgnoredAny>(&text).expect("JSON can be read");
});
