//! What is known of a kernel: the one that [runs here](running()), or one [by its files](open).
//!
//! ```no_run
//! let here = skep::target::running()?;
//! let there = skep::target::open("kernels/6.12".as_ref())?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod files;
mod release;
mod running;
mod symbols;

pub use files::{Error, open, open_all};
pub use running::running;

use crate::reloc::Unavailable;

fn unavailable(what: impl Into<String>, why: impl ToString) -> Unavailable {
    Unavailable { what: what.into(), why: why.to_string() }
}
