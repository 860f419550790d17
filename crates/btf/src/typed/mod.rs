//! Types with the BTF they come from, to be asked one after the other: [`Btf::find`] gives one of a kind by its name,
//! [`Btf::at`] a member by its path, and from there it goes on to members, targets and all that a type is made of.
//!
//! ```
//! use skep_btf::{Btf, Edit, Endian, Int, Member, typed::Struct};
//!
//! let mut edit = Edit::new(Endian::Little);
//! let long = edit.add().int(Int { name: "unsigned long", size: 8, bits: 64, offset: 0, encoding: 0 });
//! let entity = edit.add().structure("entity", 8, &[Member { name: "vruntime", ty: long, bit_offset: 0, bit_size: 0 }]);
//! edit.add().structure("task", 16, &[Member { name: "se", ty: entity, bit_offset: 64, bit_size: 0 }]);
//! let btf = Btf::parse(edit.finish())?;
//!
//! let task = btf.find::<Struct>("task")?;
//! assert_eq!((task.size()?, task.align()?), (16, 8));
//! let names: Vec<_> = task.members().map(|member| (member.name, member.byte_offset())).collect();
//! assert_eq!(names, [("se", Some(8))]);
//!
//! let vruntime = btf.at("task.se.vruntime")?;
//! assert_eq!((vruntime.bit_offset, vruntime.ty.to_string()), (64, "unsigned long".to_string()));
//! assert_eq!(task.definition(), "struct task {\n\tlong: 64;\n\tstruct entity se;\n}");
//! # Ok::<(), skep_btf::Error>(())
//! ```

mod find;
mod kinds;
mod walk;

use alloc::string::String;
use core::{fmt, iter, ops::Deref};

pub use find::Lookup;
pub use kinds::{Float, Fwd, Struct, Typedef, Union};
pub use walk::Walk;

use crate::{Btf, Error, Kind, Place, Type, TypeId};

/// A type and the BTF it is in. Printed as C spells it.
#[derive(Clone, Copy)]
pub struct Ty<'a> {
    btf: &'a Btf,
    id: TypeId,
}

/// A type of a known kind: a [`Ty`] with what its kind has.
#[derive(Clone, Copy, Debug)]
pub struct Typed<'a, T> {
    ty: Ty<'a>,
    /// What types of its kind have.
    pub def: T,
}

/// A member of a struct or union, or an element: where it is and what it is.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// Its name; empty for an anonymous struct or union, and for an element.
    pub name: &'a str,
    /// Its type.
    pub ty: Ty<'a>,
    /// The offset in bits from the beginning of what was asked.
    pub bit_offset: u64,
    /// The width in bits of a bitfield; 0 for every other part.
    pub bit_size: u8,
}

impl<'a> Ty<'a> {
    /// The type with an id.
    ///
    /// # Errors
    /// `btf-no-such-type`.
    pub fn new(btf: &'a Btf, id: TypeId) -> Result<Self, Error> {
        btf.ty(id).map(|_| Self { btf, id })
    }

    /// The BTF.
    pub fn btf(&self) -> &'a Btf {
        self.btf
    }

    /// The id.
    pub fn id(&self) -> TypeId {
        self.id
    }

    /// The kind; none for `void`.
    pub fn kind(&self) -> Option<Kind> {
        self.btf.kind(self.id)
    }

    /// The name; empty if it has none.
    pub fn name(&self) -> &'a str {
        self.btf.name(self.id)
    }

    /// The type itself.
    pub fn get(&self) -> Type<'a> {
        self.btf.get(self.id).unwrap_or(Type::Void)
    }

    /// The size in bytes.
    ///
    /// # Errors
    /// As [`Btf::size`].
    pub fn size(&self) -> Result<u64, Error> {
        self.btf.size(self.id)
    }

    /// The alignment in bytes that C gives it; 1 for what is packed.
    ///
    /// # Errors
    /// As [`Btf::align`].
    pub fn align(&self) -> Result<u64, Error> {
        self.btf.align(self.id)
    }

    /// The type behind modifiers, typedefs and type tags.
    ///
    /// # Errors
    /// As [`Btf::resolve`].
    pub fn resolve(&self) -> Result<Self, Error> {
        self.btf.resolve(self.id).map(|(id, _)| Self { id, ..*self })
    }

    /// What a pointer, array, typedef or modifier leads to, what a function returns or a variable holds. `void` leads
    /// nowhere, nor does a reference to a type that does not exist.
    pub fn target(&self) -> Option<Self> {
        let to = match self.get() {
            Type::Ptr(to) => to,
            Type::Array(array) => array.elem,
            Type::Func(func) => func.proto,
            Type::FuncProto(proto) => proto.ret,
            Type::Var(var) => var.ty,
            Type::DeclTag { target, .. } => target,
            ty => ty.modified()?,
        };
        Self::new(self.btf, to).ok()
    }

    /// The members of a struct or union, behind modifiers and typedefs, in order; none for every other type.
    pub fn members(&self) -> impl Iterator<Item = Part<'a>> + use<'a> {
        let btf = self.btf;
        let composite = match btf.resolve(self.id) {
            Ok((_, Type::Struct(ty) | Type::Union(ty))) => Some(ty),
            _ => None,
        };
        composite.into_iter().flat_map(|ty| ty.members()).map(move |member| Part {
            name: member.name,
            ty: Self { btf, id: member.ty },
            bit_offset: member.bit_offset.into(),
            bit_size: member.bit_size,
        })
    }

    /// The part that a path leads to: `se.vruntime`, `comm[3]`.
    ///
    /// # Errors
    /// As [`Btf::path`].
    pub fn path(&self, path: &str) -> Result<Part<'a>, Error> {
        let (Place { ty, bit_offset, bit_size }, name) = self.btf.path_and_name(self.id, path)?;
        Ok(Part { name, ty: Self { id: ty, ..*self }, bit_offset, bit_size })
    }

    /// Its definition in C, without those of the types it uses: `struct list_head { … }`, `typedef int pid_t`.
    pub fn definition(&self) -> String {
        let mut out = String::new();
        // What does not fit is cut, as it is where a type is spelled.
        let _ = crate::c::definition(&mut out, self.btf, self.id);
        out
    }

    /// All types it is made of, itself first, each once: see [`Walk`].
    pub fn walk(&self) -> Walk<'a> {
        Walk::new(*self)
    }

    /// What it is made of directly, in order; `void` and what does not exist left out.
    fn parts(&self, mut f: impl FnMut(Self)) {
        let Self { btf, .. } = *self;
        let visit = |id: TypeId| {
            if id != TypeId::VOID
                && let Ok(ty) = Self::new(btf, id)
            {
                f(ty);
            }
        };
        match self.get() {
            Type::Struct(ty) | Type::Union(ty) => ty.members().map(|member| member.ty).for_each(visit),
            Type::FuncProto(proto) => iter::once(proto.ret).chain(proto.params().map(|p| p.ty)).for_each(visit),
            Type::Datasec(section) => section.vars().map(|var| var.ty).for_each(visit),
            _ => self.target().into_iter().map(|ty| ty.id).for_each(visit),
        }
    }
}

impl Part<'_> {
    /// The offset in bytes; none for a bitfield that does not begin at a byte.
    pub fn byte_offset(&self) -> Option<u64> {
        self.bit_offset.is_multiple_of(8).then_some(self.bit_offset / 8)
    }

    /// Whether it is a bitfield.
    pub fn is_bitfield(&self) -> bool {
        self.bit_size != 0
    }
}

impl<'a, T> Deref for Typed<'a, T> {
    type Target = Ty<'a>;

    fn deref(&self) -> &Ty<'a> {
        &self.ty
    }
}

impl fmt::Display for Ty<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.btf.spelled(self.id))
    }
}

impl<T> fmt::Display for Typed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.ty.fmt(f)
    }
}

impl fmt::Debug for Ty<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ty({} {})", self.id.0, self)
    }
}

impl PartialEq for Ty<'_> {
    /// The same type of the same BTF.
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && core::ptr::eq(self.btf, other.btf)
    }
}
