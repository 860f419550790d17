//! What can be wrong with objects that are to become one. What is said about it stands in `error_text`.

use alloc::{boxed::Box, string::String, sync::Arc, vec::Vec};

use skep_object::{
    Located, Missing, Near, Site,
    btf::{self, Endian},
    isa::InsnIdx,
};

use crate::Difference;

/// An error of linking.
pub type Error = Located<Kind>;

/// A table of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is a field of an object")]
pub enum Table {
    Functions,
    Maps,
    Externs,
    JumpTables,
    Refusals,
}

/// The kinds of errors of linking.
#[derive(Debug)]
#[non_exhaustive]
pub enum Kind {
    /// There is no object.
    Nothing,
    /// A position does not exist in its table.
    Dangling {
        /// The table.
        table: Table,
        /// The position.
        idx: u32,
        /// The number of entries.
        len: usize,
    },
    /// An instruction refers to something that its operation cannot refer to.
    BadReference {
        /// What the instruction would have to be.
        expected: &'static str,
    },
    /// A call or an address leads outside of the function.
    Target {
        /// The function.
        func: Arc<str>,
        /// The slot within it.
        at: InsnIdx,
        /// Its size in slots.
        slots: u32,
    },
    /// A call of a function of the program does not say which.
    UnresolvedCall,
    /// A symbol is defined more than once.
    Duplicate {
        /// What it is.
        what: &'static str,
        /// Where else.
        also: Vec<Site>,
    },
    /// Something that no object defines.
    Undefined {
        /// What it was to be.
        what: Missing,
        /// Its name.
        name: Arc<str>,
        /// Where else it is used.
        also: Vec<Site>,
        /// A name that comes close.
        near: Option<Near>,
    },
    /// A symbol is one thing here and another there.
    Clash {
        /// Its name.
        name: Arc<str>,
        /// What it is here.
        what: &'static str,
        /// Where it is something else.
        other: Box<Site>,
        /// What it is there.
        other_what: &'static str,
    },
    /// Two declarations of a symbol differ.
    Mismatch {
        /// What it is.
        what: &'static str,
        /// Where the other declaration, or a use of it, is.
        other: Box<Site>,
        /// In what they differ.
        differences: Vec<Difference>,
    },
    /// Objects of both byte orders.
    ByteOrder {
        /// That of this object.
        this: Endian,
        /// The first object.
        first: Arc<str>,
        /// Its byte order.
        others: Endian,
    },
    /// Objects of different licences.
    License {
        /// That of this object.
        this: Arc<str>,
        /// The first object that has one.
        first: Arc<str>,
        /// Its licence.
        others: Arc<str>,
    },
    /// Objects for different kernel versions.
    Version {
        /// That of this object.
        this: u32,
        /// The first object that has one.
        first: Arc<str>,
        /// Its version.
        others: u32,
    },
    /// An object with code, but without types.
    NoBtf,
    /// The types cannot be put together.
    Types(btf::Error),
    /// Sections of variables are too large together.
    TooLarge,
    /// A name that an option gives, and nothing has.
    NoSuchName {
        /// The option.
        option: &'static str,
        /// The name.
        name: String,
        /// A name that comes close.
        near: Option<Arc<str>>,
    },
    /// A function cannot get a default body.
    NotReplaceable(&'static str),
    /// An archive that does not hold together.
    Archive(String),
    /// A member of an archive is needed, and cannot be read.
    Member(skep_object::Error),
}
