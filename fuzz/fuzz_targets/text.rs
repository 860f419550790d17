//! Text of any bytes is read or refused in every dialect, and what is printed is read again as the same.

#![no_main]

use std::fmt::Write;

use libfuzzer_sys::fuzz_target;
use skep_isa::{
    Endian, Raw, decode,
    text::{Dialect, log, parse},
};

fuzz_target!(|data: &[u8]| {
    let (slots, _) = data.as_chunks::<8>();
    let insns = decode(slots.iter().map(|&slot| Raw::from_bytes(slot, Endian::Little)));
    let source = String::from_utf8_lossy(data);
    log(&source).for_each(drop);
    for dialect in Dialect::ALL {
        let mut printed = String::new();
        for insn in &insns {
            writeln!(printed, "{}", insn.display(&()).dialect(dialect)).expect("a string has room");
        }
        assert_eq!(parse(dialect, &printed).as_ref(), Ok(&insns), "{dialect}: {printed}");
        if let Err(errors) = parse(dialect, &source) {
            assert!(!errors.0.is_empty() && !errors.to_string().is_empty());
        }
    }
});
