//! A type with a member of each sort, values of it, and what it means that `bpftool map dump` shows the same as skep.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may unwrap")]

use serde_json::Value as Json;
use skep_btf::{
    Array, Btf, Edit, Endian, Int, Member, TypeId, Value,
    value::{self, Style, Times},
};

/// Values are numbers, and no more is made of them.
pub const STYLE: Style<'_> = Style { addresses: false, times: Times::Raw, symbol: None };
/// The size of the type, and of a key.
pub const SIZE: usize = 240;
#[allow(dead_code, reason = "only maps have keys")]
pub const KEY_SIZE: usize = 4;
/// How many values there are.
pub const VALUES: u32 = 64;

const STATES: [(&str, i64); 3] = [("IDLE", 0), ("BUSY", 1), ("DEAD", 7)];

fn member(name: &str, ty: TypeId, bit_offset: u32, bit_size: u8) -> Member<'_> {
    Member { name, ty, bit_offset, bit_size }
}

/// The types, the key and the value. There are no floats in it: bpftool shows no value that has one.
pub fn types() -> (Btf, TypeId, TypeId) {
    let mut edit = Edit::new(Endian::NATIVE);
    let mut int = |name: &str, size: u32, encoding: u8| {
        edit.add().int(Int { name, size, bits: (size * 8) as u8, offset: 0, encoding })
    };
    let (s32, u32, s64, u64) = (int("int", 4, 1), int("unsigned int", 4, 0), int("long", 8, 1), int("u64", 8, 0));
    let (ch, uchar, flag) = (int("char", 1, 2), int("unsigned char", 1, 0), int("_Bool", 1, 4));
    let (s16, wide) = (int("short", 2, 1), int("unsigned __int128", 16, 0));
    let values = |all: &[(&'static str, i64)]| -> Vec<Value<'static>> {
        all.iter().map(|&(name, value)| Value { name, value: value as u64 }).collect()
    };
    let state = edit.add().enumeration("state", 4, false, &values(&STATES));
    let far = edit.add().enumeration64("far", 8, true, &values(&[("LOW", -5), ("HIGH", 1 << 40)]));
    let mut array = |elem: TypeId, len: u32| edit.add().array(Array { elem, index: u32, len });
    let (text, name, bytes, numbers) = (array(ch, 8), array(ch, 16), array(uchar, 6), array(s16, 3));
    let row = array(s32, 2);
    let rows = array(row, 2);
    let point = edit.add().structure("point", 8, &[member("x", s32, 0, 0), member("y", s32, 32, 0)]);
    let points = edit.add().array(Array { elem: point, index: u32, len: 2 });
    let nested = edit.add().structure("nested", 24, &[member("from", point, 0, 0), member("to", points, 64, 0)]);
    let both = edit.add().union("", 8, &[member("number", u64, 0, 0), member("pair", row, 0, 0)]);
    let hidden = edit.add().structure("", 8, &[member("hidden", s32, 0, 0), member("deeper", u32, 32, 0)]);
    let either = edit.add().union("either", 4, &[member("signed", s32, 0, 0), member("plain", u32, 0, 0)]);
    let constant = edit.add().constant(s64);
    let volatile = edit.add().volatile(constant);
    let alias = edit.add().typedef("count_t", volatile);
    let to_point = edit.add().ptr(point);
    let members = [
        member("signed", s32, 0, 0),
        member("plain", u32, 32, 0),
        member("long", s64, 64, 0),
        member("count", alias, 128, 0),
        member("letter", ch, 192, 0),
        member("byte", uchar, 200, 0),
        member("flag", flag, 208, 0),
        member("state", state, 224, 0),
        member("far", far, 256, 0),
        member("text", text, 320, 0),
        member("name", name, 384, 0),
        member("bytes", bytes, 512, 0),
        member("numbers", numbers, 560, 0),
        member("rows", rows, 608, 0),
        member("nested", nested, 736, 0),
        member("", hidden, 928, 0),
        member("either", either, 992, 0),
        member("", both, 1024, 0),
        member("to", to_point, 1088, 0),
        member("low", u32, 1152, 3),
        member("middle", s32, 1155, 9),
        member("one", u32, 1164, 1),
        member("mode", state, 1165, 3),
        member("high", u64, 1216, 40),
        member("rest", s64, 1256, 24),
        member("wide", wide, 1280, 0),
        member("end", s16, 1408, 0),
    ];
    let value = edit.add().structure("value", SIZE as u32, &members);
    (Btf::parse(edit.finish()).unwrap(), s32, value)
}

/// The bytes of the values, the same every time. The first is zero.
pub fn values() -> Vec<[u8; SIZE]> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut all = vec![[0; SIZE]];
    for i in 1..VALUES {
        let mut bytes = [0; SIZE];
        bytes.fill_with(|| (next() >> 32) as u8);
        bytes[24] = b' ' + (next() % 95) as u8;
        // What bpftool writes of single characters that JSON has a use for is no JSON.
        bytes[24..64].iter_mut().filter(|byte| matches!(byte, b'"' | b'\\')).for_each(|byte| *byte = b'x');
        // A bool is one or the other.
        bytes[26] &= 1;
        bytes[28..32].copy_from_slice(&((next() % 9) as u32).to_ne_bytes());
        if i % 3 == 0 {
            bytes[32..40].copy_from_slice(&[-5_i64, 1 << 40][i as usize % 2].to_ne_bytes());
        }
        // Text: short, as long as there is room, and none at all.
        let words: [&[u8]; 4] = [b"a b\"c\\\0", b"12345678", b"\0", b"tab\tnl\n\0"];
        let word = words[i as usize % 4];
        bytes[40..48].fill(0);
        bytes[40..40 + word.len()].copy_from_slice(word);
        if i % 2 == 0 {
            bytes[48..64].fill(0);
            bytes[48..52].copy_from_slice(b"bash");
        }
        // Zero first, and something behind it.
        if i % 5 == 0 {
            bytes[92..100].fill(0);
        }
        all.push(bytes);
    }
    all
}

/// Where two renderings of a value differ in meaning. They may differ in how it is written: bpftool has bitfields and
/// pointers as hexadecimal digits or as numbers, bytes as lists, single characters as text.
pub fn differs(way: &str, ours: &Json, theirs: &Json) -> Option<String> {
    let same = match (ours, theirs) {
        (Json::Object(ours), Json::Object(_)) => {
            let mut flat = Vec::new();
            flatten(theirs, &mut flat);
            if flat.len() != ours.len() {
                return Some(format!("{way}: {} members, {} of bpftool", ours.len(), flat.len()));
            }
            let mut all = flat.iter().map(|(name, theirs)| match ours.get(*name) {
                Some(ours) => differs(&format!("{way}.{name}"), ours, theirs),
                None => Some(format!("{way}.{name} is not there")),
            });
            return all.find_map(|one| one);
        }
        (Json::Array(ours), Json::Array(theirs)) if ours.len() == theirs.len() => {
            let mut all = ours.iter().zip(theirs).enumerate();
            return all.find_map(|(i, (ours, theirs))| differs(&format!("{way}[{i}]"), ours, theirs));
        }
        // What stands behind the end of a text is no text.
        (Json::Array(ours), Json::Array(theirs)) if ours.len() < theirs.len() => {
            let is_end = theirs.get(ours.len()).is_some_and(|next| number(next) == Some(0));
            is_end && ours.iter().zip(theirs).all(|(ours, theirs)| byte(ours) == byte(theirs))
        }
        (Json::String(ours), Json::String(theirs)) if ours == theirs => true,
        // In a bitfield, bpftool has no names for the values of an enum.
        (Json::String(ours), theirs) if STATES.iter().any(|(name, _)| name == ours) => {
            STATES.iter().any(|&(name, value)| name == ours && number(theirs) == Some(value.into()))
        }
        (Json::String(text), Json::Array(theirs)) => {
            let bytes: Vec<Option<u8>> = theirs.iter().map(byte).collect();
            let digits: Vec<String> = bytes.iter().flatten().map(|byte| format!("{byte:02x}")).collect();
            let end = bytes.iter().position(|byte| *byte == Some(0)).unwrap_or(bytes.len());
            let is_text = bytes[..end].iter().copied().eq(text.bytes().map(Some));
            is_text || *text == digits.concat()
        }
        // The reader of JSON rounds numbers of more than 64 bits.
        (Json::Number(ours), theirs) if ours.is_f64() => {
            let is_near = |theirs: f64| ours.as_f64().is_some_and(|ours| (ours / theirs - 1.0).abs() < 1e-14);
            number(theirs).is_some_and(|theirs| is_near(theirs as u128 as f64))
        }
        _ => match (number(ours), number(theirs)) {
            // bpftool shows the bits of a bitfield, whatever their sign.
            (Some(ours), Some(theirs)) if ours < 0 && theirs > 0 => (1..=64).any(|bits| theirs - (1 << bits) == ours),
            (Some(ours), Some(theirs)) => ours as u128 == theirs as u128,
            _ => ours == theirs,
        },
    };
    (!same).then(|| format!("{way}: {ours}, bpftool {theirs}"))
}

/// What bpftool wrote. It gives all members without names the same one.
pub fn recorded(text: &str) -> Result<Json, serde_json::Error> {
    let mut parts = text.split("\"\":").enumerate();
    let mut out = parts.next().map_or("", |(_, part)| part).to_owned();
    parts.for_each(|(i, part)| out += &format!("\"#{i}\":{part}"));
    serde_json::from_str(&out)
}

/// The members of a struct, those of members without names among them.
fn flatten<'a>(object: &'a Json, out: &mut Vec<(&'a str, &'a Json)>) {
    for (name, value) in object.as_object().into_iter().flatten() {
        match name.as_str() {
            _ if name.starts_with('#') => flatten(value, out),
            name => out.push((name, value)),
        }
    }
}

fn byte(json: &Json) -> Option<u8> {
    number(json).map(|number| number as u8)
}

/// A number in any spelling.
fn number(json: &Json) -> Option<i128> {
    match json {
        Json::Number(number) => number.as_i128(),
        Json::Bool(is) => Some((*is).into()),
        Json::String(text) => match text.strip_prefix("0x") {
            Some(digits) => u128::from_str_radix(digits, 16).ok().map(|n| n as i128),
            None => {
                let mut letters = text.chars();
                let first = letters.next()?;
                letters.next().is_none().then_some(u32::from(first).into())
            }
        },
        _ => None,
    }
}

/// A value as skep shows it.
pub fn ours(btf: &Btf, ty: TypeId, bytes: &[u8]) -> Json {
    let mut text = String::new();
    value::json(&mut text, btf, ty, bytes, &STYLE).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}
