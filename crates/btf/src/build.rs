//! Writing one type, appended or in the place of another.

use alloc::vec::Vec;

use crate::{Array, Edit, Int, Kind, Member, Param, SecVar, TypeId, Value, edit::info};

/// Where a type is about to be written: call the method of its kind. Names are added to the strings.
#[must_use = "nothing is written until the method of a kind is called"]
#[derive(Debug)]
pub struct Writer<'a> {
    edit: &'a mut Edit,
    id: TypeId,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(edit: &'a mut Edit, id: TypeId) -> Self {
        Self { edit, id }
    }

    fn write(self, kind: Kind, name: &str, len: usize, flag: bool, third: u32, elems: &[u32]) -> TypeId {
        let name = self.edit.string(name).0;
        self.edit.lossy |= len > 0xff_ffff;
        self.edit.put(self.id, [name, info(kind, len, flag), third], elems);
        self.id
    }

    /// Writes a type that consists of a name and of another type.
    fn refer(self, kind: Kind, name: &str, to: TypeId) -> TypeId {
        self.write(kind, name, 0, false, to.0, &[])
    }

    /// An integer.
    #[doc(alias = "btf__add_int")]
    pub fn int(self, int: Int<'_>) -> TypeId {
        let word = u32::from(int.encoding & 0xf) << 24 | u32::from(int.offset) << 16 | u32::from(int.bits);
        self.write(Kind::INT, int.name, 0, false, int.size, &[word])
    }

    /// A floating-point number of `size` bytes.
    pub fn float(self, name: &str, size: u32) -> TypeId {
        self.write(Kind::FLOAT, name, 0, false, size, &[])
    }

    /// A pointer.
    pub fn ptr(self, to: TypeId) -> TypeId {
        self.refer(Kind::PTR, "", to)
    }

    /// An array.
    pub fn array(self, array: Array) -> TypeId {
        self.write(Kind::ARRAY, "", 0, false, 0, &[array.elem.0, array.index.0, array.len])
    }

    /// A struct of `size` bytes.
    #[doc(alias = "btf__add_struct")]
    #[doc(alias = "btf__add_field")]
    pub fn structure(self, name: &str, size: u32, members: &[Member<'_>]) -> TypeId {
        self.composite(Kind::STRUCT, name, size, members)
    }

    /// A union of `size` bytes.
    pub fn union(self, name: &str, size: u32, members: &[Member<'_>]) -> TypeId {
        self.composite(Kind::UNION, name, size, members)
    }

    /// With a bitfield among the members, offsets have 24 bits and widths 8.
    fn composite(self, kind: Kind, name: &str, size: u32, members: &[Member<'_>]) -> TypeId {
        let bitfields = members.iter().any(|member| member.bit_size != 0);
        let mut elems = Vec::with_capacity(3 * members.len());
        for member in members {
            self.edit.lossy |= bitfields && member.bit_offset > 0xff_ffff;
            let offset = match bitfields {
                true => member.bit_offset & 0xff_ffff | u32::from(member.bit_size) << 24,
                false => member.bit_offset,
            };
            elems.extend([self.edit.string(member.name).0, member.ty.0, offset]);
        }
        self.write(kind, name, members.len(), bitfields, size, &elems)
    }

    /// An enum of `size` bytes, at most 4, with the low 32 bits of the values.
    pub fn enumeration(self, name: &str, size: u32, signed: bool, values: &[Value<'_>]) -> TypeId {
        let mut elems = Vec::with_capacity(2 * values.len());
        for value in values {
            // Numbers with a sign come extended to 64 bits.
            self.edit.lossy |=
                value.value != u64::from(value.value as u32) && value.value as i64 != i64::from(value.value as i32);
            elems.extend([self.edit.string(value.name).0, value.value as u32]);
        }
        self.write(Kind::ENUM, name, values.len(), signed, size, &elems)
    }

    /// An enum with values of 64 bits.
    pub fn enumeration64(self, name: &str, size: u32, signed: bool, values: &[Value<'_>]) -> TypeId {
        let mut elems = Vec::with_capacity(3 * values.len());
        for value in values {
            elems.extend([self.edit.string(value.name).0, value.value as u32, (value.value >> 32) as u32]);
        }
        self.write(Kind::ENUM64, name, values.len(), signed, size, &elems)
    }

    /// A struct or union that is only declared.
    pub fn fwd(self, name: &str, is_union: bool) -> TypeId {
        self.write(Kind::FWD, name, 0, is_union, 0, &[])
    }

    /// Another name for a type.
    pub fn typedef(self, name: &str, target: TypeId) -> TypeId {
        self.refer(Kind::TYPEDEF, name, target)
    }

    /// `volatile`.
    pub fn volatile(self, of: TypeId) -> TypeId {
        self.refer(Kind::VOLATILE, "", of)
    }

    /// `const`.
    pub fn constant(self, of: TypeId) -> TypeId {
        self.refer(Kind::CONST, "", of)
    }

    /// `restrict`.
    pub fn restrict(self, of: TypeId) -> TypeId {
        self.refer(Kind::RESTRICT, "", of)
    }

    /// A function: its prototype, and its linkage (0 static, 1 global, 2 extern).
    pub fn func(self, name: &str, proto: TypeId, linkage: u32) -> TypeId {
        self.write(Kind::FUNC, name, linkage as usize, false, proto.0, &[])
    }

    /// The type of a function.
    pub fn func_proto(self, ret: TypeId, params: &[Param<'_>]) -> TypeId {
        let mut elems = Vec::with_capacity(2 * params.len());
        for param in params {
            elems.extend([self.edit.string(param.name).0, param.ty.0]);
        }
        self.write(Kind::FUNC_PROTO, "", params.len(), false, ret.0, &elems)
    }

    /// A variable and its linkage (0 static, 1 global, 2 extern).
    pub fn var(self, name: &str, ty: TypeId, linkage: u32) -> TypeId {
        self.write(Kind::VAR, name, 0, false, ty.0, &[linkage])
    }

    /// A section of variables, of `size` bytes.
    #[doc(alias = "btf__add_datasec_var_info")]
    pub fn datasec(self, name: &str, size: u32, vars: &[SecVar]) -> TypeId {
        let elems: Vec<u32> = vars.iter().flat_map(|var| [var.ty.0, var.offset, var.size]).collect();
        self.write(Kind::DATASEC, name, vars.len(), false, size, &elems)
    }

    /// A tag on a declaration, or on one of its members or parameters (`component`; -1 for the whole). With `attribute`
    /// the text is any attribute.
    #[doc(alias = "btf__add_decl_attr")]
    pub fn decl_tag(self, text: &str, target: TypeId, component: i32, attribute: bool) -> TypeId {
        self.write(Kind::DECL_TAG, text, 0, attribute, target.0, &[component as u32])
    }

    /// A tag on the target of a pointer. With `attribute` the text is any attribute.
    #[doc(alias = "btf__add_type_attr")]
    pub fn type_tag(self, text: &str, target: TypeId, attribute: bool) -> TypeId {
        self.write(Kind::TYPE_TAG, text, 0, attribute, target.0, &[])
    }

    /// A type of any kind as words: those of its head behind the name, and what follows it.
    pub fn raw(self, name: &str, words: &[u32]) -> TypeId {
        let name = self.edit.string(name).0;
        let at = |i: usize| words.get(i).copied().unwrap_or(0);
        self.edit.put(self.id, [name, at(0), at(1)], words.get(2..).unwrap_or_default());
        self.id
    }
}
