//! Listings of any bytes: they are printed or refused in every dialect, and assembling what was printed does not fail in other ways
//! than by saying what is wrong. What is assembled of a listing and listed again is the same text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use skep::object::{
    elf,
    text::{
        self, Dialect,
        print::{Jumps, Options, Text},
    },
};

fuzz_target!(|data: &[u8]| {
    let _ = elf::read("any.o", data);
    for dialect in Dialect::ALL {
        for jumps in [Jumps::Labels, Jumps::Relative, Jumps::Absolute] {
            let options = Options::new().dialect(dialect).jumps(jumps).source(true).bytes(true);
            let Ok(listing) = Text::open("any.o", &data, options) else { return };
            let listing = listing.to_string();
            if jumps != Jumps::Labels {
                continue;
            }
            let Ok(assembled) = text::assemble("any.s", &listing, &text::Options::default()) else { continue };
            let again = |elf: &[u8]| {
                let text = Text::open("any.o", &elf, Options::new().dialect(dialect)).expect("it was just written");
                text.to_string()
            };
            let first = again(&assembled.elf);
            let Ok(second) = text::assemble("any.s", &first, &text::Options::default()) else {
                panic!("a listing of an assembled file is refused:\n{first}");
            };
            assert_eq!(again(&second.elf), first);
        }
    }
});
