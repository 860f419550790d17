//! Ways in for fuzzing. Only built for that (`--cfg fuzzing`).

#![allow(missing_docs, reason = "not part of the library")]

/// Reason, instruction and path of a verifier's log.
pub fn rejection(log: &str) -> (Option<String>, Option<u32>, String) {
    crate::rejection::parts(log)
}
