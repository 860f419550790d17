//! A type and a value from any bytes: shown as text and as JSON that can be read; any text is read or refused.

#![no_main]

use libfuzzer_sys::fuzz_target;
use skep_btf::{
    Btf, TypeId,
    value::{Style, dump, json, parse, text},
};

// The last 4 bytes: the type, and how many of the bytes before them are the value.
fuzz_target!(|data: &[u8]| {
    let Some((data, &[low, high, len, more])) = data.split_last_chunk::<4>() else { return };
    let len = usize::from(u16::from_le_bytes([len, more]));
    let (btf, value) = data.split_at(data.len().saturating_sub(len));
    let Ok(btf) = Btf::parse(btf) else { return };
    let ty = TypeId(u32::from(u16::from_le_bytes([low, high])) % (btf.len() + 1));
    let style = Style { symbol: Some(&|address| (address & 1 == 1).then(|| "symbol+0x1".into())), ..Style::default() };
    let (mut line, mut object) = (String::new(), String::new());
    text(&mut line, &btf, ty, value, &style).expect("a string has room");
    json(&mut object, &btf, ty, value, &style).expect("a string has room");
    serde_json::from_str::<serde::de::IgnoredAny>(&object).expect("JSON can be read");
    dump(&mut String::new(), value).expect("a string has room");
    for typed in [&*line, &String::from_utf8_lossy(value)] {
        match parse(&btf, ty, typed) {
            Ok(bytes) => {
                let size = btf.size(ty).unwrap_or(0);
                assert!(bytes.len() as u64 >= size, "a value fills its type");
                // A few letters can stand for megabytes, and those are shown.
                if bytes.len() < 1 << 16 {
                    text(&mut String::new(), &btf, ty, &bytes, &style).expect("a string has room");
                }
            }
            Err(fault) => assert!(!fault.to_string().is_empty()),
        }
    }
});
