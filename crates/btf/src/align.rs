//! How types are aligned, which BTF does not say.

use hashbrown::HashMap;

use crate::{Btf, Composite, Error, ErrorKind, Type, TypeId};

/// The deepest nesting of structs that is followed.
const MAX_DEPTH: u32 = 32;

impl Btf {
    /// The alignment in bytes that C gives a type: that of its widest member for a struct, 1 if its members do not lie
    /// where they would then, so that it must be packed.
    ///
    /// # Errors
    /// `btf-no-size` for void, functions and declarations; `btf-no-such-type`, `btf-too-deep`.
    #[doc(alias = "btf__align_of")]
    pub fn align(&self, id: TypeId) -> Result<u64, Error> {
        Aligns { btf: self, known: HashMap::new() }.of(id, MAX_DEPTH)
    }
}

struct Aligns<'a> {
    btf: &'a Btf,
    /// Of structs and unions.
    known: HashMap<TypeId, u64>,
}

impl Aligns<'_> {
    fn of(&mut self, id: TypeId, depth: u32) -> Result<u64, Error> {
        let depth = depth.checked_sub(1).ok_or(Error::of(ErrorKind::TooDeep, id))?;
        let pointer = u64::from(self.btf.pointer_size());
        let (id, ty) = self.btf.resolve(id)?;
        match ty {
            Type::Ptr(_) => Ok(pointer),
            Type::Int(int) if int.size == 16 => Ok(16),
            Type::Int(_) | Type::Enum(_) | Type::Float { .. } => {
                let size = self.btf.size(id)?;
                Ok(if size.is_power_of_two() { size.min(pointer) } else { 1 })
            }
            Type::Array(array) => self.of(array.elem, depth),
            Type::Var(var) => self.of(var.ty, depth),
            Type::Struct(ty) | Type::Union(ty) => match self.known.get(&id) {
                Some(&align) => Ok(align),
                None => {
                    let align = self.composite(ty, depth)?;
                    self.known.insert(id, align);
                    Ok(align)
                }
            },
            _ => Err(Error::of(ErrorKind::NoSize, id)),
        }
    }

    fn composite(&mut self, ty: Composite<'_>, depth: u32) -> Result<u64, Error> {
        let (mut align, mut fits) = (1, true);
        for member in ty.members() {
            let of = self.of(member.ty, depth)?;
            fits &=
                member.bit_size != 0 || u64::from(member.bit_offset) % (8 * of) == 0 || self.is_old_bitfield(member.ty);
            align = of.max(align);
        }
        Ok(if fits && u64::from(ty.size).is_multiple_of(align) { align } else { 1 })
    }

    /// Whether a member of this type is a bitfield of the old form.
    fn is_old_bitfield(&self, ty: TypeId) -> bool {
        matches!(self.btf.resolve(ty), Ok((_, Type::Int(int))) if u32::from(int.bits) != int.size.saturating_mul(8))
    }
}
