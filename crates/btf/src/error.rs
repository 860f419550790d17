//! What can be wrong with BTF, and where.

use alloc::{boxed::Box, string::String};
use core::fmt;

use crate::{Kind, TypeId, check::Finding};

/// Why bytes are not BTF, or a type is not what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The type concerned, if the fault lies in one.
    pub type_id: Option<TypeId>,
    /// The offset in bytes from the beginning of the BTF, where one is known.
    pub offset: Option<u32>,
    /// What is wrong.
    pub kind: ErrorKind,
}

/// The kinds of faults in BTF.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The bytes end before what they announce.
    Truncated {
        /// What was being read.
        what: &'static str,
        /// Bytes needed.
        need: u64,
        /// Bytes there.
        have: u64,
    },
    /// The first two bytes are not 0xeb9f in either order.
    Magic(u16),
    /// A header version other than 1.
    Version(u8),
    /// A section lies outside the data or overlaps another one.
    Section(&'static str),
    /// The string section does not begin or end with a NUL byte.
    Strings,
    /// A kind that neither this library nor the layout section knows; its size, and so what follows it, is unknown.
    UnknownKind(u8),
    /// A record of .BTF.ext that is too short for its fields, or not a whole number of words.
    RecordSize {
        /// The list it is in.
        what: &'static str,
        /// Its size in bytes.
        size: u32,
        /// The size in bytes of its known fields.
        least: u32,
    },
    /// A record of .BTF.ext whose offset is not that of an instruction behind that of the record before it.
    ExtOrder(u32),
    /// A string offset beyond the string section.
    StringOffset(u32),
    /// A reference to a type that does not exist.
    NoSuchType(TypeId),
    /// A type of a kind for which the request makes no sense.
    WrongKind(Kind),
    /// A member, parameter, value or variable beyond the last.
    NoSuchElement(u32),
    /// A name that no type of the wanted kind has.
    NoSuchName(Box<NoSuchName>),
    /// A path to a member that names one which the type does not have.
    NoSuchMember(Box<NoSuchMember>),
    /// A chain of types that is longer than any sensible one, or a cycle.
    TooDeep,
    /// The type has no size.
    NoSize,
    /// Something that no kernel takes, or not the one it is for.
    Refused(Finding),
    /// It is not split BTF.
    NoBase,
    /// A kernel does not have a type that split BTF needs.
    BaseLacks {
        /// The type, as C spells it.
        name: Box<str>,
        /// In which way.
        why: &'static str,
    },
}

/// A name that no type of some kind has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoSuchName {
    /// The kind, as in `struct`.
    pub word: &'static str,
    /// The name asked for.
    pub name: String,
    /// The name that was meant, perhaps.
    pub nearest: Option<String>,
}

/// A member that a type does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoSuchMember {
    /// The name or position asked for.
    pub member: String,
    /// The type, as C spells it.
    pub of: String,
    /// The member that was meant, perhaps.
    pub nearest: Option<String>,
}

impl Error {
    pub(crate) fn at(kind: ErrorKind, offset: usize) -> Self {
        Self { type_id: None, offset: Some(offset as u32), kind }
    }

    pub(crate) fn of(kind: ErrorKind, id: TypeId) -> Self {
        Self { type_id: Some(id), offset: None, kind }
    }

    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        match self.kind {
            ErrorKind::Truncated { .. } => "btf-truncated",
            ErrorKind::Magic(_) => "btf-magic",
            ErrorKind::Version(_) => "btf-version",
            ErrorKind::Section(_) => "btf-section",
            ErrorKind::Strings => "btf-strings",
            ErrorKind::UnknownKind(_) => "btf-unknown-kind",
            ErrorKind::RecordSize { .. } => "btf-record-size",
            ErrorKind::ExtOrder(_) => "btf-ext-order",
            ErrorKind::StringOffset(_) => "btf-string-offset",
            ErrorKind::NoSuchType(_) => "btf-no-such-type",
            ErrorKind::WrongKind(_) => "btf-wrong-kind",
            ErrorKind::NoSuchElement(_) => "btf-no-such-element",
            ErrorKind::NoSuchName(_) => "btf-no-such-name",
            ErrorKind::NoSuchMember(_) => "btf-no-such-member",
            ErrorKind::TooDeep => "btf-too-deep",
            ErrorKind::NoSize => "btf-no-size",
            ErrorKind::Refused(_) => "btf-refused",
            ErrorKind::NoBase => "btf-no-base",
            ErrorKind::BaseLacks { .. } => "btf-base-lacks",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(id) = self.type_id {
            write!(f, "type {}: ", id.0)?;
        }
        if let Some(offset) = self.offset {
            write!(f, "byte {offset:#x}: ")?;
        }
        match &self.kind {
            ErrorKind::Truncated { what, need, have } => write!(f, "{what} needs {need} bytes, {have} are left"),
            ErrorKind::Magic(magic) => write!(f, "not BTF: it begins with {magic:#06x} instead of 0xeb9f"),
            ErrorKind::Version(version) => write!(f, "BTF version {version} is not known, only 1 is"),
            ErrorKind::Section(what) => write!(f, "the {what} section lies outside the data"),
            ErrorKind::Strings => f.write_str("the string section must begin and end with a NUL byte"),
            ErrorKind::UnknownKind(kind) => write!(f, "kind {kind} is not known and no layout section gives its size"),
            ErrorKind::RecordSize { what, size, least } => {
                write!(f, "a {what} record of {size} bytes: it must be a multiple of 4 and at least {least}")
            }
            ErrorKind::ExtOrder(off) => {
                write!(f, "a record for byte {off} of its section, which is not behind the one before it")
            }
            ErrorKind::StringOffset(off) => write!(f, "string offset {off} lies outside the string section"),
            ErrorKind::NoSuchType(id) => write!(f, "there is no type {}", id.0),
            ErrorKind::WrongKind(kind) => write!(f, "this cannot be done to a type of kind {}", kind.name()),
            ErrorKind::NoSuchElement(i) => write!(f, "there is no element {i}"),
            ErrorKind::NoSuchName(missing) => {
                write!(f, "there is no {} `{}`", missing.word, missing.name)?;
                missing.nearest.as_ref().map_or(Ok(()), |nearest| write!(f, "; did you mean `{nearest}`?"))
            }
            ErrorKind::NoSuchMember(missing) => {
                write!(f, "`{}` has no member `{}`", missing.of, missing.member)?;
                missing.nearest.as_ref().map_or(Ok(()), |nearest| write!(f, "; did you mean `{nearest}`?"))
            }
            ErrorKind::TooDeep => f.write_str("the chain of types is too long or circular"),
            ErrorKind::NoSize => f.write_str("the type has no size"),
            ErrorKind::Refused(finding) => {
                finding.element.map_or(Ok(()), |element| write!(f, "element {element}: "))?;
                write!(f, "kernels refuse {}", finding.what)
            }
            ErrorKind::NoBase => f.write_str("these types do not go on from others"),
            ErrorKind::BaseLacks { name, why } => {
                write!(f, "the kernel does not have the `{name}` that is needed: {why}")
            }
        }
    }
}

impl core::error::Error for Error {}
