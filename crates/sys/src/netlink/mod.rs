//! rtnetlink(7), as far as attaching programs needs it where there are no links: XDP before 5.9, tc before 6.6.

mod message;
mod refusal;
mod route;
pub mod tc;
pub mod xdp;

pub use refusal::{Refusal, Result};

/// Reads bytes as every kind of answer, for fuzzing.
#[cfg(fuzzing)]
pub(crate) fn read_all(bytes: &[u8]) -> (usize, usize) {
    let (mut rest, mut counts) = (bytes, (0, 0));
    while let Some(received) = message::take(&mut rest) {
        counts.0 += 1;
        counts.1 += message::attrs(received.body).count();
        let _ = route::acknowledged("fuzz", received.flags, received.body);
        let _ = xdp::parse(received.body);
    }
    counts
}
