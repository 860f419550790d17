//! rtnetlink(7), as far as attaching programs needs it where there are no links: XDP before 5.9, tc before 6.6.

mod message;
mod refusal;
mod route;
pub mod tc;
pub mod xdp;

pub use refusal::{Refusal, Result};
