//! Linking: many objects in, one out.
//!
//! Holding a [`Linked`] proves what the stages after it rely on: each symbol that others can see is defined once, every
//! position in a table points into that table, and every call of a function of the program says which function it calls.
//! What is still undefined is for the kernel to provide, or stands in the table of refusals. Linking one object moves its
//! tables and copies nothing.
//!
//! Symbols are strong or weak: a strong definition takes the place of weak ones, of several weak ones the first counts;
//! otherwise the order of the objects does not matter. Definitions and what refers to them are compared by their types.
//! Static functions and variables of one name stay apart. [`Options`] say what else is done, [`Report`] what was.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod agree;
mod build;
mod check;
mod compare;
mod constants;
mod debug;
mod error;
mod error_text;
mod layout;
mod library;
mod link;
mod linked;
mod live;
mod mend;
mod options;
mod replaceable;
mod report;
mod symbols;
mod target;
mod types;

pub use compare::Difference;
pub use error::{Error, Kind, Table};
pub use library::{Library, pull};
pub use link::{Output, link, link_with};
pub use linked::Linked;
pub use options::{Options, Replaceable, Undefined};
pub use report::{Dropped, InputReport, PartReport, Report, SectionReport, Wanted};
pub use skep_object as object;
pub use symbols::groups;
