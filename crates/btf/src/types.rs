//! One type, decoded: small values that borrow names from the BTF they came from.

use crate::{Btf, Kind, TypeId};

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

/// What follows the head of a type, with the BTF that its names and byte order come from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Elems<'a> {
    pub(crate) btf: &'a Btf,
    pub(crate) bytes: &'a [u8],
}

impl<'a> Elems<'a> {
    /// The words of the element at a position; none beyond the last.
    pub(crate) fn words<const N: usize>(&self, i: u32) -> Option<[u32; N]> {
        let endian = self.btf.endian();
        let mut words = [0; N];
        let bytes = self.bytes.get((i as usize).checked_mul(4 * N)?..)?.get(..4 * N)?;
        for (word, bytes) in words.iter_mut().zip(bytes.as_chunks().0) {
            *word = endian.u32(*bytes);
        }
        Some(words)
    }
}

impl<'a> Composite<'a> {
    /// The member at a position.
    pub fn member(&self, i: u32) -> Option<Member<'a>> {
        let [name, ty, word] = self.elems.words((i < self.len).then_some(i)?)?;
        let (bit_size, bit_offset) = if self.kflag { ((word >> 24) as u8, word & 0xff_ffff) } else { (0, word) };
        Some(Member { name: self.elems.btf.text_at(name), ty: TypeId(ty), bit_offset, bit_size })
    }

    /// The members in order.
    pub fn members(self) -> impl Iterator<Item = Member<'a>> {
        (0..self.len).map_while(move |i| self.member(i))
    }
}

impl<'a> Enum<'a> {
    /// The value at a position.
    pub fn value(&self, i: u32) -> Option<Value<'a>> {
        let i = (i < self.len).then_some(i)?;
        let (name, value) = if self.is_64 {
            let [name, low, high] = self.elems.words(i)?;
            (name, u64::from(low) | u64::from(high) << 32)
        } else {
            let [name, low] = self.elems.words(i)?;
            (name, if self.signed { i64::from(low as i32) as u64 } else { low.into() })
        };
        Some(Value { name: self.elems.btf.text_at(name), value })
    }

    /// The values in order.
    pub fn values(self) -> impl Iterator<Item = Value<'a>> {
        (0..self.len).map_while(move |i| self.value(i))
    }
}

impl<'a> FuncProto<'a> {
    /// The parameters in order.
    pub fn params(self) -> impl Iterator<Item = Param<'a>> {
        (0..self.len).map_while(move |i| {
            let [name, ty] = self.elems.words(i)?;
            Some(Param { name: self.elems.btf.text_at(name), ty: TypeId(ty) })
        })
    }
}

impl<'a> Datasec<'a> {
    /// The variables in order.
    pub fn vars(self) -> impl Iterator<Item = SecVar> + 'a {
        (0..self.len).map_while(move |i| {
            let [ty, offset, size] = self.elems.words(i)?;
            Some(SecVar { ty: TypeId(ty), offset, size })
        })
    }
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
