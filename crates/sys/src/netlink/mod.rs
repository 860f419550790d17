//! rtnetlink(7), as far as attaching programs needs it where links cannot.

mod message;
mod socket;
pub mod tc;
pub mod xdp;
