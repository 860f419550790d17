//! The kinds that types are found by, and what types of each have.

use core::ops::Deref;

use super::Lookup;
use crate::{Composite, Datasec, Enum, Func, Int, Kind, Type, TypeId, Var};

/// A struct.
#[derive(Clone, Copy, Debug)]
pub struct Struct<'a>(Composite<'a>);

/// A union.
#[derive(Clone, Copy, Debug)]
pub struct Union<'a>(Composite<'a>);

/// Another name for a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Typedef {
    /// The type it stands for.
    pub target: TypeId,
}

/// A struct or union that is only declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fwd {
    /// Whether it is a union.
    pub is_union: bool,
}

/// A floating-point number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Float {
    /// Its size in bytes.
    pub size: u32,
}

impl<'a> Deref for Struct<'a> {
    type Target = Composite<'a>;

    fn deref(&self) -> &Composite<'a> {
        &self.0
    }
}

impl<'a> Deref for Union<'a> {
    type Target = Composite<'a>;

    fn deref(&self) -> &Composite<'a> {
        &self.0
    }
}

macro_rules! lookups {
    ($( $T:ty, $word:literal, [$($kind:ident),*], $pattern:pat => $value:expr; )*) => {
        $(
            impl<'a> Lookup<'a> for $T {
                const WORD: &'static str = $word;
                const KINDS: &'static [Kind] = &[$(Kind::$kind),*];

                fn of(ty: Type<'a>) -> Option<Self> {
                    match ty {
                        $pattern => Some($value),
                        _ => None,
                    }
                }
            }
        )*
    };
}

lookups! {
    Struct<'a>, "struct", [STRUCT], Type::Struct(ty) => Struct(ty);
    Union<'a>, "union", [UNION], Type::Union(ty) => Union(ty);
    Enum<'a>, "enum", [ENUM, ENUM64], Type::Enum(ty) => ty;
    Typedef, "typedef", [TYPEDEF], Type::Typedef { target, .. } => Typedef { target };
    Func<'a>, "function", [FUNC], Type::Func(ty) => ty;
    Var<'a>, "variable", [VAR], Type::Var(ty) => ty;
    Datasec<'a>, "section", [DATASEC], Type::Datasec(ty) => ty;
    Int<'a>, "integer", [INT], Type::Int(ty) => ty;
    Float, "float", [FLOAT], Type::Float { size, .. } => Float { size };
    Fwd, "declaration", [FWD], Type::Fwd { is_union, .. } => Fwd { is_union };
}
