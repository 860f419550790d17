//! Values are what `bpftool map dump` shows, which was recorded, and come back as the same bytes.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may unwrap")]

mod bpftool_values;

use bpftool_values::{SIZE, STYLE, differs, ours, recorded, types, values};
use skep_btf::value;

#[test]
fn as_bpftool_shows_them() {
    if cfg!(target_endian = "big") {
        return;
    }
    let (btf, _, ty) = types();
    let recorded = recorded(include_str!("bpftool_values/map_dump.json")).unwrap();
    let recorded = recorded.as_array().unwrap();
    assert_eq!(recorded.len(), values().len());
    for (bytes, theirs) in values().iter().zip(recorded) {
        let difference = differs("value", &ours(&btf, ty, bytes), &theirs["value"]);
        assert_eq!(difference, None);
    }
}

/// Bytes that JSON keeps: nothing between members and behind the end of text.
fn kept(json: &str) -> Vec<u8> {
    let (btf, _, ty) = types();
    value::parse(&btf, ty, json).unwrap_or_else(|error| panic!("{error}: {json}"))
}

#[test]
fn json_and_text_and_back() {
    let (btf, _, ty) = types();
    for bytes in values() {
        let mut json = String::new();
        value::json(&mut json, &btf, ty, &bytes, &STYLE).unwrap();
        let back = kept(&json);
        assert_eq!(back.len(), SIZE);
        let mut again = String::new();
        value::json(&mut again, &btf, ty, &back, &STYLE).unwrap();
        assert_eq!(again, json);
        // Once nothing is lost any more, it is the same bytes.
        assert_eq!(kept(&again), back);
        let mut text = String::new();
        value::text(&mut text, &btf, ty, &back, &STYLE).unwrap();
        let from_text = value::parse(&btf, ty, &text).unwrap_or_else(|error| panic!("{error}: {text}"));
        assert_eq!(from_text, back, "{text}");
    }
}
