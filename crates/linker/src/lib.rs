//! Many objects in, one linked object out.
//!
//! Linking is pure: it takes [`Object`]s by value and gives one [`Linked`]. Holding a `Linked` proves that every symbol
//! is defined once or provided by the kernel, and that every reference points into a table that is there.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod linked;

pub use linked::Linked;
pub use skep_object as object;
