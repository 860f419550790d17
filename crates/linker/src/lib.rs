//! Linking: many objects in, one out.
//!
//! Holding a [`Linked`] proves what the stages after it rely on: each symbol that others can see is defined once, every
//! position in a table points into that table, and every call of a function of the program says which function it calls.
//! What is still undefined is for the kernel to provide, or stands in the table of refusals. Linking one object moves its tables and copies nothing.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod check;
mod error;
mod link;
mod linked;

pub use error::{Error, Kind, Table};
pub use link::link;
pub use linked::Linked;
pub use skep_object as object;
