//! A way from a root type to a field, in one BTF.

use core::fmt;

use smallvec::SmallVec;

use super::{CoreKind, ErrorKind, Record, Side, access};
use crate::{Array, Btf, Type, TypeId};

/// A way from a root type to what a record asks about: in the object's BTF as the compiler wrote it down, or in the
/// kernel's as it was found. Printed as `struct task_struct.pid (0:85 @ offset 1256)`.
#[derive(Clone, Debug)]
#[doc(alias = "bpf_core_spec")]
pub struct Spec<'a> {
    /// The BTF that the types are in.
    pub btf: &'a Btf,
    /// The root type.
    pub root: TypeId,
    /// The question.
    pub kind: CoreKind,
    /// The named members and array indexes on the way. The first is the index of the root, seen as an array's element.
    pub steps: SmallVec<[Step<'a>; 4]>,
    /// All positions on the way, those of anonymous members too.
    pub path: SmallVec<[u32; 6]>,
    /// The distance in bits from the root to the field.
    pub bit_offset: u32,
}

/// A step: a named member or value, or an element of an array.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Step<'a> {
    /// The struct, union or enum that has the member or value; for an element, its own type.
    pub ty: TypeId,
    /// The position of the member, value or element.
    pub index: u32,
    /// The name of the member or value; none for an element.
    pub name: Option<&'a str>,
}

impl<'a> Spec<'a> {
    /// Reads a record: what it means in the object's BTF.
    ///
    /// # Errors
    /// When the record does not suit the types.
    pub fn of(btf: &'a Btf, record: &Record<'_>) -> Result<Self, ErrorKind> {
        let Record { type_id, kind, access } = *record;
        btf.ty(type_id).map_err(ErrorKind::local)?;
        let mut spec = Self::new(btf, type_id, kind);
        if kind.is_type() {
            return if access == "0" { Ok(spec) } else { Err(ErrorKind::Access("it must be 0 for a type")) };
        }
        if !kind.is_field() && !kind.is_enum_value() {
            return Err(ErrorKind::Kind);
        }
        spec.path = access::parse(access)?;
        let &index = spec.path.first().ok_or(ErrorKind::Access("it is empty"))?;
        let (root, ty) = btf.resolve(type_id).map_err(ErrorKind::local)?;
        if kind.is_enum_value() {
            let Type::Enum(ty) = ty else { return Err(ErrorKind::Access("the type is not an enum")) };
            let value = if spec.path.len() == 1 { ty.value(index) } else { None };
            let name = value.ok_or(ErrorKind::Access("the enum has no such value"))?.name;
            spec.steps.push(Step { ty: root, index, name: Some(name) });
            return Ok(spec);
        }
        spec.enter_element(root, index, Side::Local)?;
        let mut at = root;
        for i in 1..spec.path.len() {
            at = spec.descend(at, spec.path[i])?;
        }
        Ok(spec)
    }

    pub(super) fn new(btf: &'a Btf, root: TypeId, kind: CoreKind) -> Self {
        Self { btf, root, kind, steps: SmallVec::new(), path: SmallVec::new(), bit_offset: 0 }
    }

    /// One step down in the object's types; gives the type it leads to.
    fn descend(&mut self, at: TypeId, index: u32) -> Result<TypeId, ErrorKind> {
        let (id, ty) = self.btf.resolve(at).map_err(ErrorKind::local)?;
        match ty {
            Type::Struct(composite) | Type::Union(composite) => {
                let member = composite.member(index).ok_or(ErrorKind::Access("the type has no such member"))?;
                self.advance(member.bit_offset.into(), Side::Local)?;
                if !member.name.is_empty() {
                    self.steps.push(Step { ty: id, index, name: Some(member.name) });
                }
                Ok(member.ty)
            }
            Type::Array(array) => {
                if index >= array.len && !self.ends_in_flexible(&array) {
                    return Err(ErrorKind::Access("the array has no such element"));
                }
                let (elem, _) = self.btf.resolve(array.elem).map_err(ErrorKind::local)?;
                self.enter_element(elem, index, Side::Local)?;
                Ok(elem)
            }
            _ => Err(ErrorKind::Access("it goes on into a type that has no members or elements")),
        }
    }

    /// A step to an element of an array whose elements are of type `ty`.
    pub(super) fn enter_element(&mut self, ty: TypeId, index: u32, side: Side) -> Result<(), ErrorKind> {
        let size = size_of(self.btf, ty, side)?;
        self.advance(u64::from(index) * u64::from(size) * 8, side)?;
        self.steps.push(Step { ty, index, name: None });
        Ok(())
    }

    /// Moves on by a number of bits.
    pub(super) fn advance(&mut self, bits: u64, side: Side) -> Result<(), ErrorKind> {
        let sum = bits.checked_add(self.bit_offset.into()).and_then(|sum| u32::try_from(sum).ok());
        self.bit_offset = sum.ok_or(ErrorKind::TooLarge(side))?;
        Ok(())
    }

    /// Whether the last step led to an array without a length at the end of a struct: its elements are not counted.
    pub(super) fn ends_in_flexible(&self, array: &Array) -> bool {
        let Some(&Step { ty, index, name: Some(_) }) = self.steps.last() else { return false };
        let (Some(Type::Struct(parent)) | Some(Type::Union(parent))) = self.btf.get(ty) else { return false };
        array.len == 0 && index.checked_add(1) == Some(parent.len)
    }
}

/// The size in bytes of a type.
pub(super) fn size_of(btf: &Btf, id: TypeId, side: Side) -> Result<u32, ErrorKind> {
    let size = btf.size(id).map_err(|error| ErrorKind::Btf { side, error })?;
    u32::try_from(size).map_err(|_| ErrorKind::TooLarge(side))
}

impl fmt::Display for Spec<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.btf.kind(self.root).map_or("void", |kind| kind.name());
        let name = self.btf.name(self.root);
        write!(f, "{kind} {}", if name.is_empty() { "(anonymous)" } else { name })?;
        if self.kind.is_enum_value() {
            return self.steps.first().and_then(|step| step.name).map_or(Ok(()), |name| write!(f, "::{name}"));
        }
        for (i, step) in self.steps.iter().enumerate() {
            match step.name {
                Some(name) => write!(f, ".{name}")?,
                None if i == 0 && step.index == 0 => {}
                None => write!(f, "[{}]", step.index)?,
            }
        }
        for (i, at) in self.path.iter().enumerate() {
            write!(f, "{}{at}", if i == 0 { " (" } else { ":" })?;
        }
        match (self.path.is_empty(), self.bit_offset / 8, self.bit_offset % 8) {
            (true, ..) => Ok(()),
            (_, bytes, 0) => write!(f, " @ offset {bytes})"),
            (_, bytes, bits) => write!(f, " @ offset {bytes}.{bits})"),
        }
    }
}
