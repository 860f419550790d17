//! Types one by one with all their fields, as `bpftool btf dump` lists them: as [`text`], a line for each type and each
//! element, or as [`json`].
//!
//! ```
//! use skep_btf::{Btf, Edit, Endian, Int, list};
//!
//! let mut edit = Edit::new(Endian::Little);
//! edit.add().int(Int { name: "int", size: 4, bits: 32, offset: 0, encoding: 1 });
//! let btf = Btf::parse(edit.finish())?;
//! let mut out = String::new();
//! list::text(&mut out, &btf, btf.ids())?;
//! assert_eq!(out, "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod fields;
mod json;
mod text;
pub(crate) use text::{digits, signed};

use core::fmt;

use crate::{Btf, Kind, TypeId};

/// Writes types, each with its id, kind, name and fields, as text. Types that do not exist are left out.
///
/// # Errors
/// Only those of `out`.
#[doc(alias = "bpftool btf dump format raw")]
pub fn text(out: &mut impl fmt::Write, btf: &Btf, ids: impl IntoIterator<Item = TypeId>) -> fmt::Result {
    let (mut sink, btf) = (text::Text::new(out), &btf.with_all_starts());
    ids.into_iter().try_for_each(|id| fields::fields(&mut sink, btf, id))
}

/// Writes types as JSON: an object with an array `types`, whose objects have the names of `bpftool --json btf dump`.
///
/// # Errors
/// Only those of `out`.
#[doc(alias = "bpftool --json btf dump")]
pub fn json(out: &mut impl fmt::Write, btf: &Btf, ids: impl IntoIterator<Item = TypeId>) -> fmt::Result {
    let (mut sink, btf) = (json::Json::new(out), &btf.with_all_starts());
    sink.begin()?;
    ids.into_iter().try_for_each(|id| fields::fields(&mut sink, btf, id))?;
    sink.end()
}

/// What a field holds.
#[derive(Clone, Copy)]
enum Field<'a> {
    /// A number.
    Number(i64),
    /// A number of 64 bits without a sign, written with a suffix where that is usual.
    Wide(u64),
    /// One with a sign.
    WideSigned(i64),
    /// A word.
    Word(&'a str),
}

/// What a listing is written to.
trait Sink {
    /// The beginning of a type.
    fn open(&mut self, id: TypeId, kind: Kind, name: &str) -> fmt::Result;
    /// A field of a type or element.
    fn field(&mut self, name: &str, field: Field<'_>) -> fmt::Result;
    /// What separates two fields of a variable.
    fn comma(&mut self) -> fmt::Result;
    /// The beginning of the elements.
    fn open_elements(&mut self, name: &str) -> fmt::Result;
    /// The beginning of an element, with its name if elements of this sort have one.
    fn open_element(&mut self, name: Option<&str>) -> fmt::Result;
    /// What an element of a section is.
    fn refers(&mut self, kind: Kind, name: &str) -> fmt::Result;
    /// The end of an element.
    fn close_element(&mut self) -> fmt::Result;
    /// The end of the elements.
    fn close_elements(&mut self) -> fmt::Result;
    /// The end of a type.
    fn close(&mut self) -> fmt::Result;
}

/// What stands in the place of no name.
const ANONYMOUS: &str = "(anon)";

fn named(name: &str) -> &str {
    if name.is_empty() { ANONYMOUS } else { name }
}

/// The name of a kind in upper case.
fn word(kind: Kind) -> &'static str {
    const WORDS: [&str; 20] = [
        "UNKNOWN",
        "INT",
        "PTR",
        "ARRAY",
        "STRUCT",
        "UNION",
        "ENUM",
        "FWD",
        "TYPEDEF",
        "VOLATILE",
        "CONST",
        "RESTRICT",
        "FUNC",
        "FUNC_PROTO",
        "VAR",
        "DATASEC",
        "FLOAT",
        "DECL_TAG",
        "TYPE_TAG",
        "ENUM64",
    ];
    WORDS.get(usize::from(kind.0)).copied().unwrap_or(WORDS[0])
}
