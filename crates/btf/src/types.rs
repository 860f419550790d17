//! One type, decoded: small values that borrow names from the BTF they came from.

use crate::{Kind, TypeId, elems::Elems};

/// A type.
#[derive(Clone, Copy, Debug)]
pub enum Type<'a> {
    /// Type 0.
    Void,
    /// An integer, `char` or `bool`.
    Int(Int<'a>),
    /// A pointer to the type named.
    Ptr(TypeId),
    /// An array.
    Array(Array),
    /// A struct.
    Struct(Composite<'a>),
    /// A union.
    Union(Composite<'a>),
    /// An enum of 32 bits or less (`ENUM`), or of 64 (`ENUM64`); [`Enum::is_64`] tells which.
    Enum(Enum<'a>),
    /// A struct or union declared but not defined.
    Fwd {
        /// Its name.
        name: &'a str,
        /// Whether it is a union.
        is_union: bool,
    },
    /// Another name for a type.
    Typedef {
        /// The name.
        name: &'a str,
        /// The type it stands for.
        target: TypeId,
    },
    /// `volatile`.
    Volatile(TypeId),
    /// `const`.
    Const(TypeId),
    /// `restrict`.
    Restrict(TypeId),
    /// A function with its name.
    Func(Func<'a>),
    /// The type of a function.
    FuncProto(FuncProto<'a>),
    /// A variable.
    Var(Var<'a>),
    /// A section of variables.
    Datasec(Datasec<'a>),
    /// A floating-point number.
    Float {
        /// Its name.
        name: &'a str,
        /// Its size in bytes.
        size: u32,
    },
    /// A tag on a type, variable, function, member or parameter.
    DeclTag {
        /// The text of the tag.
        name: &'a str,
        /// What is tagged.
        target: TypeId,
        /// The member or parameter; -1 for the whole.
        component: i32,
        /// Whether the text is any attribute (`kind_flag`), not a `btf_decl_tag`.
        attribute: bool,
    },
    /// A tag on a pointer's target.
    TypeTag {
        /// The text of the tag.
        name: &'a str,
        /// The type tagged.
        target: TypeId,
        /// Whether the text is any attribute (`kind_flag`), not a `btf_type_tag`.
        attribute: bool,
    },
    /// A kind this library does not know.
    Unknown(Kind),
}

/// An integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Int<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its size in bytes.
    pub size: u32,
    /// Its width in bits; less than `size * 8` for the old form of bitfields.
    pub bits: u8,
    /// The offset in bits within its bytes; not 0 only for the old form of bitfields.
    pub offset: u8,
    /// Signed (1), char (2), bool (4).
    pub encoding: u8,
}

impl Int<'_> {
    /// Whether it is signed.
    pub const fn is_signed(&self) -> bool {
        self.encoding & 1 != 0
    }

    /// Whether it is a character.
    pub const fn is_char(&self) -> bool {
        self.encoding & 2 != 0
    }

    /// Whether it is a boolean.
    pub const fn is_bool(&self) -> bool {
        self.encoding & 4 != 0
    }
}

/// An array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Array {
    /// The type of an element.
    pub elem: TypeId,
    /// The type of the index.
    pub index: TypeId,
    /// The number of elements; 0 for a flexible array.
    pub len: u32,
}

/// A struct or a union.
#[derive(Clone, Copy, Debug)]
pub struct Composite<'a> {
    /// Its name; empty if it has none.
    pub name: &'a str,
    /// Its size in bytes.
    pub size: u32,
    /// The number of members.
    pub len: u32,
    pub(crate) kflag: bool,
    pub(crate) elems: Elems<'a>,
}

/// A member of a struct or union.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member<'a> {
    /// Its name; empty for an anonymous struct or union.
    pub name: &'a str,
    /// Its type.
    pub ty: TypeId,
    /// The offset in bits from the beginning.
    pub bit_offset: u32,
    /// The width in bits of a bitfield; 0 for an ordinary member.
    pub bit_size: u8,
}

/// An enum.
#[derive(Clone, Copy, Debug)]
pub struct Enum<'a> {
    /// Its name; empty if it has none.
    pub name: &'a str,
    /// Its size in bytes.
    pub size: u32,
    /// The number of values.
    pub len: u32,
    /// Whether values are signed.
    pub signed: bool,
    /// Whether it is an `ENUM64`.
    pub is_64: bool,
    pub(crate) elems: Elems<'a>,
}

/// A value of an enum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its bits: sign-extended to 64 if the enum is signed, else zero-extended.
    pub value: u64,
}

/// A function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Func<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its prototype.
    pub proto: TypeId,
    /// 0 static, 1 global, 2 extern.
    pub linkage: u32,
}

/// The type of a function.
#[derive(Clone, Copy, Debug)]
pub struct FuncProto<'a> {
    /// What it returns.
    pub ret: TypeId,
    /// The number of parameters.
    pub len: u32,
    pub(crate) elems: Elems<'a>,
}

/// A parameter of a function; name and type both 0 mean `...`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Param<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its type.
    pub ty: TypeId,
}

/// A variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Var<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its type.
    pub ty: TypeId,
    /// 0 static, 1 global, 2 extern.
    pub linkage: u32,
}

/// A section of variables.
#[derive(Clone, Copy, Debug)]
pub struct Datasec<'a> {
    /// The section's name.
    pub name: &'a str,
    /// Its size in bytes.
    pub size: u32,
    /// The number of variables.
    pub len: u32,
    pub(crate) elems: Elems<'a>,
}

/// The place of a variable in its section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecVar {
    /// The variable (or function, in `.ksyms`).
    pub ty: TypeId,
    /// Its offset in bytes.
    pub offset: u32,
    /// Its size in bytes.
    pub size: u32,
}

impl<'a> Type<'a> {
    /// The name; empty for types that have none.
    pub fn name(&self) -> &'a str {
        match *self {
            Type::Int(Int { name, .. })
            | Type::Struct(Composite { name, .. })
            | Type::Union(Composite { name, .. })
            | Type::Enum(Enum { name, .. })
            | Type::Fwd { name, .. }
            | Type::Typedef { name, .. }
            | Type::Func(Func { name, .. })
            | Type::Var(Var { name, .. })
            | Type::Datasec(Datasec { name, .. })
            | Type::Float { name, .. }
            | Type::DeclTag { name, .. }
            | Type::TypeTag { name, .. } => name,
            Type::Void
            | Type::Ptr(_)
            | Type::Array(_)
            | Type::Volatile(_)
            | Type::Const(_)
            | Type::Restrict(_)
            | Type::FuncProto(_)
            | Type::Unknown(_) => "",
        }
    }

    /// The type that a modifier, a typedef or a type tag stands before; none for every other type.
    pub fn modified(&self) -> Option<TypeId> {
        match *self {
            Type::Typedef { target, .. } | Type::TypeTag { target, .. } => Some(target),
            Type::Volatile(t) | Type::Const(t) | Type::Restrict(t) => Some(t),
            _ => None,
        }
    }
}
