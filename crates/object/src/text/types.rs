//! The types of a source file, in the order in which they are met.

use alloc::{borrow::ToOwned, string::String, vec::Vec};

use hashbrown::HashMap;

use super::error::Kind;

mod emit;
mod layout;
mod path;

pub(super) use layout::{Field, Shape, lay_out};
pub(super) use path::{Access, Step};

/// A position in the table; 0 is `void`.
pub(super) type Id = u32;

/// No type.
pub(super) const VOID: Id = 0;
/// The most types.
const MAX_TYPES: usize = 1 << 20;
/// The longest chain of typedefs and qualifiers that is followed.
const MAX_CHAIN: u32 = 64;

/// A type.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Ty {
    Int {
        name: String,
        size: u32,
        bits: u8,
        offset: u8,
        encoding: u8,
    },
    Float {
        name: String,
        size: u32,
    },
    Ptr(Id),
    Array {
        elem: Id,
        index: Id,
        len: u32,
    },
    Composite(Composite),
    Enum(Enum),
    /// Declared, and not defined so far.
    Fwd {
        name: String,
        union: bool,
    },
    Typedef {
        name: String,
        to: Id,
    },
    Const(Id),
    Volatile(Id),
    Restrict(Id),
    Func {
        name: String,
        proto: Id,
        linkage: u32,
    },
    Proto {
        ret: Id,
        params: Vec<(String, Id)>,
    },
    Var {
        name: String,
        ty: Id,
        linkage: u32,
    },
    Datasec {
        name: String,
        size: u32,
        vars: Vec<(Id, u32, u32)>,
    },
    DeclTag {
        text: String,
        target: Id,
        component: i32,
        attribute: bool,
    },
    TypeTag {
        text: String,
        target: Id,
        attribute: bool,
    },
    /// A type as words: its head without the name, and what follows.
    Raw {
        name: String,
        words: Vec<u32>,
    },
}

/// A struct or a union.
#[derive(Clone, Debug, PartialEq, Default)]
pub(super) struct Composite {
    pub name: String,
    pub union: bool,
    pub size: u32,
    pub align: u32,
    pub members: Vec<Member>,
    /// Whether offsets have 24 bits even without a bitfield.
    pub kflag: bool,
}

/// A member.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Member {
    pub name: String,
    pub ty: Id,
    pub bit_offset: u32,
    pub bit_size: u8,
}

/// An enum.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Enum {
    pub name: String,
    pub size: u32,
    pub signed: bool,
    pub is_64: bool,
    pub values: Vec<(String, i64)>,
}

/// The names that C keeps apart.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Space {
    Struct,
    Union,
    Enum,
    /// Typedefs, and integers by their names.
    Plain,
    Func,
    Var,
    Datasec,
}

/// What makes a type without a name equal to another one.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Shared {
    Ptr(Id),
    Const(Id),
    Volatile(Id),
    Restrict(Id),
    Array(Id, u32),
    Tag(Id, String),
    Proto(Id, Vec<(String, Id)>),
}

/// The table.
#[derive(Debug, Default)]
pub(super) struct Types {
    /// Type 1 is at position 0.
    table: Vec<Ty>,
    names: HashMap<(Space, String), Id>,
    shared: HashMap<Shared, Id>,
    /// The types that came with an included file, and are left out if nothing needs them.
    pub borrowed: Vec<core::ops::Range<Id>>,
    /// How many types a `.btf` block gave.
    pub fixed: Id,
}

impl Types {
    pub fn len(&self) -> u32 {
        self.table.len() as u32
    }

    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    pub fn add(&mut self, ty: Ty) -> Result<Id, Kind> {
        if self.table.len() >= MAX_TYPES {
            return Err(Kind::Limit("more than 1048576 types"));
        }
        self.table.push(ty);
        Ok(self.table.len() as u32)
    }

    pub fn get(&self, id: Id) -> Option<&Ty> {
        self.table.get((id as usize).checked_sub(1)?)
    }

    pub fn set(&mut self, id: Id, ty: Ty) {
        if let Some(place) = (id as usize).checked_sub(1).and_then(|at| self.table.get_mut(at)) {
            *place = ty;
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = (Id, &Ty)> {
        (1..).zip(&self.table)
    }

    pub fn named(&self, space: Space, name: &str) -> Option<Id> {
        self.names.get(&(space, name.to_owned())).copied()
    }

    pub fn name(&mut self, space: Space, name: &str, id: Id) {
        self.names.insert((space, name.to_owned()), id);
    }

    pub fn names(&self, space: Space) -> impl Iterator<Item = &str> {
        self.names.keys().filter(move |(of, _)| *of == space).map(|(_, name)| &**name)
    }

    fn share(&mut self, key: Shared, ty: Ty) -> Result<Id, Kind> {
        if let Some(&id) = self.shared.get(&key) {
            return Ok(id);
        }
        let id = self.add(ty)?;
        self.shared.insert(key, id);
        Ok(id)
    }

    pub fn ptr(&mut self, to: Id) -> Result<Id, Kind> {
        self.share(Shared::Ptr(to), Ty::Ptr(to))
    }

    pub fn constant(&mut self, of: Id) -> Result<Id, Kind> {
        self.share(Shared::Const(of), Ty::Const(of))
    }

    pub fn volatile(&mut self, of: Id) -> Result<Id, Kind> {
        self.share(Shared::Volatile(of), Ty::Volatile(of))
    }

    pub fn restrict(&mut self, of: Id) -> Result<Id, Kind> {
        self.share(Shared::Restrict(of), Ty::Restrict(of))
    }

    pub fn array(&mut self, elem: Id, len: u32) -> Result<Id, Kind> {
        let index = self.int("__ARRAY_SIZE_TYPE__", 4, 0)?;
        self.share(Shared::Array(elem, len), Ty::Array { elem, index, len })
    }

    pub fn type_tag(&mut self, text: &str, target: Id) -> Result<Id, Kind> {
        let ty = Ty::TypeTag { text: text.to_owned(), target, attribute: false };
        self.share(Shared::Tag(target, text.to_owned()), ty)
    }

    pub fn proto(&mut self, ret: Id, params: Vec<(String, Id)>) -> Result<Id, Kind> {
        self.share(Shared::Proto(ret, params.clone()), Ty::Proto { ret, params })
    }

    pub fn int(&mut self, name: &str, size: u32, encoding: u8) -> Result<Id, Kind> {
        if let Some(id) = self.named(Space::Plain, name) {
            return Ok(id);
        }
        let id = self.add(Ty::Int { name: name.to_owned(), size, bits: (size * 8) as u8, offset: 0, encoding })?;
        self.name(Space::Plain, name, id);
        Ok(id)
    }

    /// The type behind typedefs, qualifiers and tags.
    pub fn resolve(&self, mut id: Id) -> Option<(Id, &Ty)> {
        for _ in 0..MAX_CHAIN {
            match self.get(id)? {
                Ty::Typedef { to, .. } | Ty::Const(to) | Ty::Volatile(to) | Ty::Restrict(to) => id = *to,
                Ty::TypeTag { target, .. } => id = *target,
                ty => return Some((id, ty)),
            }
        }
        None
    }

    /// Whether a variable of the type cannot be written.
    pub fn is_const(&self, mut id: Id) -> bool {
        for _ in 0..MAX_CHAIN {
            match self.get(id) {
                Some(Ty::Const(_)) => return true,
                Some(Ty::Typedef { to, .. } | Ty::Volatile(to) | Ty::Restrict(to)) => id = *to,
                Some(Ty::TypeTag { target: to, .. } | Ty::Array { elem: to, .. }) => id = *to,
                _ => return false,
            }
        }
        false
    }

    /// The type as messages name it.
    pub fn spelled(&self, id: Id) -> String {
        let join = |word: &str, name: &str| {
            let name = if name.is_empty() { "{…}" } else { name };
            alloc::format!("{word}{name}")
        };
        match self.get(id) {
            None => "void".to_owned(),
            Some(Ty::Composite(c)) => join(if c.union { "union " } else { "struct " }, &c.name),
            Some(Ty::Fwd { name, union }) => join(if *union { "union " } else { "struct " }, name),
            Some(Ty::Enum(e)) => join("enum ", &e.name),
            Some(Ty::Int { name, .. } | Ty::Float { name, .. } | Ty::Typedef { name, .. }) => name.clone(),
            Some(Ty::Ptr(to)) if !matches!(self.get(*to), Some(Ty::Ptr(_))) => {
                alloc::format!("{} *", self.spelled(*to))
            }
            Some(Ty::Const(_) | Ty::Volatile(_) | Ty::Restrict(_) | Ty::TypeTag { .. }) => {
                self.resolve(id).map_or_else(String::new, |(id, _)| self.spelled(id))
            }
            _ => "the type".to_owned(),
        }
    }
}

impl Types {
    /// The error for a type of which nothing more is known, with what comes close.
    pub fn incomplete(&self, id: Id) -> Kind {
        let name = self.spelled(id);
        let known = self.iter().filter(|(_, ty)| matches!(ty, Ty::Composite(_) | Ty::Enum(_) | Ty::Typedef { .. }));
        let known: Vec<String> = known.take(20_000).map(|(id, _)| self.spelled(id)).collect();
        let near = skep_btf::nearest(&name, known.iter().map(|name| &**name)).map(Into::into);
        Kind::Incomplete { name, near }
    }

    /// Takes back the last type, which nothing refers to.
    pub fn drop_last(&mut self) {
        self.table.pop();
    }
}
