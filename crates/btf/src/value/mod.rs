//! Values: bytes and their type to fields, as text or JSON, and text back to bytes.
//!
//! [`text`] gives one line for people, [`json`] one value for programs, [`parse`] the bytes of what a
//! person typed, [`set`] a part of them. [`dump`] shows bytes whose type is not known.
//! Types are of any kind: that of an event of a ring buffer, a map's key or value, a global variable, a section of them.
//!
//! # How values are shown
//! | type | text | JSON |
//! |---|---|---|
//! | integers | `-5` | `-5`, exactly, however large |
//! | `bool` | `true` | `true`; a number if it is neither 0 nor 1 |
//! | `char` | `'R'`, a number if not printable | a number |
//! | `char[]` | up to the first NUL: `"bash\n"`, other bytes as `\xff` | a string; an array of numbers if not UTF-8 |
//! | `unsigned char[]` | hex digits: `0aff` | the same as a string |
//! | enum | `EXEC`; `kind(9)` if no value has this number; `A\|B(0x3)` for sets of bits | `"EXEC"`, else a number |
//! | pointer | `0xffff888012345678`, and what [`Style::symbol`] makes of it | the same as a string |
//! | float | `1.5` | `1.5`; `"NaN"` |
//! | struct, union | `a=1 inner={b=2}`: all members, anonymous ones as if they were their parent's | an object |
//! | array | `[1, 2, 0 x62]` | an array |
//! | what the bytes end before | `…` | `null` |
//!
//! # Conventions
//! BTF does not say what a number means, so names do. All of these can be switched off in [`Style`].
//! - *Addresses*: `struct in_addr`, `struct in6_addr`, the typedefs `__be32` and `be32`, and members whose name contains `addr` and
//!   that are 4 or 16 bytes of integers (`saddr`, `daddr`, `addr_v6`) are IP addresses, in the order in which their bytes
//!   stand in memory, as in a packet; 8-byte numbers of such a name are shown as pointers. `char[]` stays text, and a name
//!   that ends in `addrs` an array. `unsigned char[6]` is a hardware address. `__be16`, `__be64` and the same without underscores are shown as the
//!   numbers they stand for.
//! - *Times*: members whose name ends in `_ns`, `_us` or `_ms` are durations (`1.25ms`). The typedef `ktime_t`, and 8-byte
//!   members named `ts`, `timestamp` or `ktime`, or ending in `_ts`, `_timestamp`, `ts_ns` or `timestamp_ns`, are times:
//!   nanoseconds since the machine was started, as `bpf_ktime_get_ns()` gives them. JSON keeps all of them as numbers.
//!
//! # Bounds
//! Bytes may be shorter or longer than the type. An array without a length at the end takes what is left. Work is bounded
//! by 65536 members, 64 bytes of an array counting as one; types nested deeper than 32 levels are not shown.

mod convention;
mod dump;
mod fault;
mod json;
mod number;
mod parse;
pub(crate) mod quote;
mod read;
mod scan;
mod text;
mod time;
mod walk;

use alloc::string::String;
use core::fmt::{self, Write};

pub use dump::dump;
pub use fault::{Fault, FaultKind};
pub use parse::{parse, set};

use crate::{Btf, TypeId};

/// How values are shown.
#[derive(Clone, Copy)]
pub struct Style<'a> {
    /// Whether addresses are shown as such.
    pub addresses: bool,
    /// How times and durations are shown as text.
    pub times: Times,
    /// What a pointer points at, such as `tcp_connect+0x10`.
    pub symbol: Option<&'a dyn Fn(u64) -> Option<String>>,
}

/// How times and durations are shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Times {
    /// As the numbers they are.
    Raw,
    /// Durations with a unit, times as seconds since the machine was started.
    SinceBoot,
    /// Durations with a unit, times as the time of day.
    OfDay {
        /// When the machine was started, in nanoseconds since 1970 of the clock that is to be shown (so with the time
        /// zone added), and of the clock that the program read.
        boot_ns: u64,
    },
}

impl Default for Style<'_> {
    fn default() -> Self {
        Self { addresses: true, times: Times::SinceBoot, symbol: None }
    }
}

impl fmt::Debug for Style<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Style").field("addresses", &self.addresses).field("times", &self.times).finish_non_exhaustive()
    }
}

/// Writes a value as one line of text. The members of a struct stand without braces.
///
/// # Errors
/// Only those of `out`.
pub fn text(out: &mut dyn Write, btf: &Btf, ty: TypeId, bytes: &[u8], style: &Style<'_>) -> fmt::Result {
    walk::show(&mut text::Text::new(out, style), btf, ty, bytes, style)
}

/// Writes a value as JSON, without line breaks.
///
/// # Errors
/// Only those of `out`.
pub fn json(out: &mut dyn Write, btf: &Btf, ty: TypeId, bytes: &[u8], style: &Style<'_>) -> fmt::Result {
    walk::show(&mut json::Json::new(out), btf, ty, bytes, style)
}
