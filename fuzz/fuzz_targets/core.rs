//! A CO-RE record and two BTFs from any bytes: an answer or an error, both of which can be printed.

#![no_main]

#[path = "../support/kernels.rs"]
mod kernels;

use std::fmt::Write;

use libfuzzer_sys::fuzz_target;
use skep_btf::{
    Btf, TypeId,
    core::{CoreKind, Matcher, Record},
};

// The last 24 bytes: the size of the first BTF, the root type, the question, which kernel, the way as digits.
fuzz_target!(|data: &[u8]| {
    let Some((data, trailer)) = data.split_last_chunk::<24>() else { return };
    let [a, b, c, d, low, high, kind, which, way @ ..] = *trailer;
    let size = u32::from_le_bytes([a, b, c, d]) as usize;
    let (local, target) = data.split_at(size.min(data.len()));
    let Ok(local) = Btf::parse(local) else { return };
    let target = match Btf::parse(target) {
        Ok(target) if which < 128 => target,
        _ if which % 2 == 0 => local.clone(),
        _ => Btf::clone(&kernels::kernel(which, local.endian())),
    };
    let access: String = way.iter().take_while(|byte| **byte != 0).map(|&byte| char::from(byte)).collect();
    let mut text = String::new();
    let mut matcher = Matcher::new(&local, &target);
    for type_id in [TypeId(u16::from_le_bytes([low, high]).into()), TypeId(1 + u32::from(low))] {
        let record = Record { type_id, kind: CoreKind(u32::from(kind) % 16), access: &access };
        match matcher.resolve(&record) {
            Ok(answer) => {
                if let Some(candidate) = answer.candidate {
                    let spec = matcher.target(&record, candidate).expect("the answer names a type that has it");
                    let _ = write!(text, "{spec}");
                }
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
        if let Ok(spec) = matcher.local(&record) {
            let _ = write!(text, "{spec}");
        }
        if let Some(miss) = matcher.miss(&record) {
            let _ = write!(text, "{miss} {:?}", miss.hint());
        }
    }
});
