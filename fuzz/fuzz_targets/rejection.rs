//! Logs of the verifier from any text: the reason, the instruction and the path are parts of it.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let log = String::from_utf8_lossy(data);
    let (reason, _, path) = skep::fuzzing::rejection(&log);
    assert!(path.len() <= log.len());
    assert!(reason.is_none_or(|reason| !reason.is_empty() && reason.len() <= 2 * log.len()));
});
