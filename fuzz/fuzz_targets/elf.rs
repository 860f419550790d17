//! Objects from any bytes: what is read links, or linking says why not.

#![no_main]

use libfuzzer_sys::fuzz_target;
use skep_linker::{link, object::elf};

fuzz_target!(|data: &[u8]| match elf::read("fuzz.bpf.o", data) {
    Ok(object) => {
        if let Err(errors) = link([object]) {
            assert!(errors.iter().all(|e| !e.code().is_empty()));
        }
    }
    Err(errors) => {
        for error in &errors {
            assert!(!error.to_string().is_empty() && error.site().file.is_some());
        }
    }
});
