//! Answers of rtnetlink from any bytes: every message and attribute lies within them.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let (messages, attributes) = skep_sys::fuzzing::netlink(data);
    assert!(messages <= data.len() / 16 + 1 && attributes <= data.len() / 4 + 1);
});
