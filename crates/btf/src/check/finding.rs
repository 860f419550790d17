//! What kernels do not take, and which of them.

use core::fmt;

use skep_uapi::{Feature, Release};

use crate::{Kind, TypeId};

/// Something that some kernels or all of them refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The type concerned; none for the header and the sections.
    pub id: Option<TypeId>,
    /// The member, value, parameter or variable concerned, counted from 0.
    pub element: Option<u32>,
    /// What it is.
    pub what: What,
}

/// What kernels check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum What {
    /// More than 16 MiB.
    Size,
    /// There are no types.
    NoTypes,
    /// Sections with gaps between them, or one over another.
    Sections,
    /// A header longer than 24 bytes that says something there.
    LongHeader,
    /// A header longer than 32 bytes that says something there, or flags.
    Header,
    /// A section, or the strings, at an odd place.
    Unaligned,
    /// More types than 1,048,575.
    TooMany,
    /// A kind.
    Kind(Kind),
    /// More than 65,535 elements.
    Elements,
    /// Elements on a type that has none.
    NoElements,
    /// A flag on a type that has none.
    Flag(Kind),
    /// A struct with bitfields as members say them.
    Bitfields,
    /// An enum that says whether it is signed.
    SignedEnum,
    /// A tag that is any attribute.
    Attribute,
    /// A name that does not exist.
    NoName,
    /// A name that is no identifier of C, with dots.
    Name,
    /// A name with a dot.
    Dot,
    /// A name of more than 128 bytes.
    LongName,
    /// A name where there must be none.
    Named,
    /// A section's name with other characters than identifiers have.
    SectionName,
    /// A size that the kind cannot have.
    BadSize,
    /// Bits of an integer beyond its size.
    Bits,
    /// An integer that is several of signed, char and bool.
    Encoding,
    /// A third word that has to be 0.
    Reserved,
    /// A reference to a type that does not exist, or that such a type cannot refer to.
    Reference(TypeId),
    /// Void, a declaration or a function where something with a size is needed.
    NoSize(TypeId),
    /// A member before the one before it, or not at the beginning of a union.
    Order,
    /// A member beyond the end of its struct.
    Beyond,
    /// A member that is not at the beginning of a byte, or a float that is not aligned.
    Alignment,
    /// The width of a bitfield that its type cannot have.
    Width,
    /// A linkage other than static and global.
    Linkage(u32),
    /// A function with a linkage.
    FuncLinkage,
    /// A section without variables.
    EmptySection,
    /// A variable's place that overlaps another or lies outside of the section.
    Place,
    /// An index of an array that is no ordinary integer.
    Index,
    /// A parameter of a function without a name.
    NoParamName,
    /// A tag on a member or parameter that there is not.
    Component,
    /// A struct that contains itself, or pointers and modifiers in a circle.
    Circle,
    /// A pointer or modifier of a function itself, not of its prototype.
    OfFunction,
    /// More than 32 types that lead to one another.
    Deep,
    /// A type tag behind a modifier.
    TagOrder,
    /// Two locks or two counts in a struct.
    SpecialTwice,
    /// A bitfield that does not begin with a byte, in a struct with a lock, list, tree, node or count.
    BitsBesideSpecial,
    /// A list or tree without a tag, or with two, that says what it contains.
    NoContains,
    /// A list or tree that is said to contain what does not exist or has no such node.
    BadContains,
    /// A list or tree in a struct without a lock.
    NoLock,
    /// A node of a list and one of a tree in a struct without a count.
    NoCount,
    /// Something that has no place in BTF: a NUL in a name, an offset, a number or a count that is too large.
    Lossy,
    /// A type that was announced and never defined.
    Undefined,
}

/// The releases that refuse something: those from the first on, up to the second, which takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The first release that refuses it.
    pub from: Release,
    /// The first release after it that takes it; none if none does.
    pub until: Option<Release>,
}

impl Refused {
    /// Whether a release refuses it.
    pub fn by(&self, release: Release) -> bool {
        self.from <= release && self.until.is_none_or(|until| release < until)
    }
}

const FIRST: Release = Release::new(4, 18);

impl What {
    /// Which kernels refuse it.
    pub fn refused(&self) -> Refused {
        let until = |major, minor| Refused { from: FIRST, until: Some(Release::new(major, minor)) };
        match self {
            Self::Kind(kind) => Refused { from: FIRST, until: kind.row().map(|row| row.since) },
            Self::LongHeader | Self::Elements => until(7, 1),
            Self::Bitfields => until(5, 0),
            Self::SignedEnum => until(6, 0),
            Self::Attribute => until(6, 14),
            Self::FuncLinkage => until(5, 6),
            Self::SectionName => until(6, 9),
            Self::EmptySection => until(5, 12),
            // Updates of 5.10 and 6.1 take it, too.
            Self::Dot => until(5, 10),
            Self::OfFunction => until(5, 16),
            Self::LongName => until(6, 1),
            Self::SpecialTwice | Self::BitsBesideSpecial | Self::NoContains | Self::BadContains | Self::NoLock => {
                Refused { from: Release::new(6, 2), until: None }
            }
            Self::NoCount => Refused { from: Release::new(6, 4), until: None },
            Self::TagOrder => Refused { from: Release::new(5, 18), until: Some(Release::new(7, 1)) },
            _ => Refused { from: FIRST, until: None },
        }
    }

    /// The feature of kernels that take it, if [`downgrade`](crate::downgrade) rewrites it for others.
    pub fn feature(&self) -> Option<Feature> {
        match self {
            Self::Kind(kind) => kind.row().and_then(|row| row.feature),
            Self::LongHeader => Some(Feature::BtfLayout),
            Self::SignedEnum => Some(Feature::BtfEnum64),
            Self::FuncLinkage => Some(Feature::BtfGlobalFunc),
            Self::SectionName => Some(Feature::BtfQmarkDatasec),
            _ => None,
        }
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Kind(kind) => return write!(f, "a type of kind {} ({})", kind.name(), kind.0),
            Self::Flag(kind) => return write!(f, "a flag, which types of kind {} do not have", kind.name()),
            Self::Reference(id) => return write!(f, "type {} does not exist, or cannot be used here", id.0),
            Self::NoSize(id) => return write!(f, "type {} has no size, which is needed here", id.0),
            Self::Linkage(linkage) => return write!(f, "linkage {linkage}: only static (0) and global (1) are taken"),
            Self::Size => "more than 16 MiB",
            Self::NoTypes => "there are no types",
            Self::Sections => "the sections overlap, or leave bytes between them",
            Self::LongHeader => "a header of more than 24 bytes (a layout section)",
            Self::Header => "a header that says more than kernels know",
            Self::Unaligned => "a section that does not begin at a multiple of 4",
            Self::TooMany => "more than 1,048,575 types",
            Self::Elements => "more than 65,535 elements",
            Self::NoElements => "elements, which such types do not have",
            Self::Bitfields => "bitfields whose width stands in the member",
            Self::SignedEnum => "an enum that says that it is signed",
            Self::Attribute => "a tag that is any attribute",
            Self::NoName => "a name outside of the strings",
            Self::Name => "a name that is no identifier, or none where one is needed",
            Self::Dot => "a name with a dot",
            Self::LongName => "a name of more than 128 bytes",
            Self::Named => "a name, which such types do not have",
            Self::SectionName => "a section's name that is no identifier",
            Self::BadSize => "a size that such types cannot have",
            Self::Bits => "more bits than fit into its size, or than 128",
            Self::Encoding => "more than one of signed, char and bool",
            Self::Reserved => "a word that has to be 0",
            Self::Order => "a member at an offset before that of the member before it, or not at 0 in a union",
            Self::Beyond => "a member beyond the end",
            Self::Alignment => "a member that does not begin where its type can",
            Self::Width => "a bitfield of a width that its type cannot have",
            Self::FuncLinkage => "a function that says how it is linked",
            Self::EmptySection => "a section without variables",
            Self::Place => "a variable that overlaps another one, or lies outside of its section",
            Self::Index => "an index that is no ordinary integer",
            Self::NoParamName => "a parameter without a name, in the prototype of a function",
            Self::Component => "a tag on a member or parameter that there is not",
            Self::Circle => "types that contain each other, or lead to each other, in a circle",
            Self::OfFunction => "a pointer or modifier of a function itself",
            Self::Deep => "more than 32 types that lead to one another",
            Self::TagOrder => "a type tag behind a modifier",
            Self::SpecialTwice => "a second lock or count in a struct",
            Self::BitsBesideSpecial => {
                "a bitfield inside of a byte, in a struct with a lock, list, tree, node or count"
            }
            Self::NoContains => "a list or tree without exactly one tag `contains:TYPE:NODE`",
            Self::BadContains => "a list or tree that is said to contain what does not exist, or has no such node",
            Self::NoLock => "a list or tree in a struct without a lock",
            Self::NoCount => "a node of a list and one of a tree in a struct without a `bpf_refcount`",
            Self::Lossy => "a name with a NUL in it, or a number that is too large for its place",
            Self::Undefined => "a type that was announced and not defined",
        };
        f.write_str(text)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(id) = self.id {
            write!(f, "type {}: ", id.0)?;
        }
        if let Some(element) = self.element {
            write!(f, "element {element}: ")?;
        }
        self.what.fmt(f)
    }
}
