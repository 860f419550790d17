//! The fields of each kind, in the order in which they are listed.

use core::fmt;

use super::{
    Field::{Number, Wide, WideSigned, Word},
    Sink, named,
};
use crate::{Btf, Composite, Datasec, Enum, FuncProto, Int, Kind, Type, TypeId};

/// Lists a type.
pub(super) fn fields(sink: &mut impl Sink, btf: &Btf, id: TypeId) -> fmt::Result {
    let (Some(ty), Some(kind)) = (btf.get(id), btf.kind(id)) else { return Ok(()) };
    sink.open(id, kind, named(ty.name()))?;
    match ty {
        Type::Int(ty) => int(sink, ty)?,
        Type::Ptr(to) | Type::Const(to) | Type::Volatile(to) | Type::Restrict(to) => reference(sink, to)?,
        Type::Typedef { target, .. } | Type::TypeTag { target, .. } => reference(sink, target)?,
        Type::Array(ty) => {
            reference(sink, ty.elem)?;
            number(sink, "index_type_id", ty.index.0)?;
            number(sink, "nr_elems", ty.len)?;
        }
        Type::Struct(ty) | Type::Union(ty) => composite(sink, ty)?,
        Type::Enum(ty) => enumeration(sink, ty)?,
        Type::Fwd { is_union, .. } => sink.field("fwd_kind", Word(if is_union { "union" } else { "struct" }))?,
        Type::Func(ty) => {
            reference(sink, ty.proto)?;
            sink.field("linkage", Word(linkage(ty.linkage)))?;
        }
        Type::FuncProto(ty) => prototype(sink, ty)?,
        Type::Var(ty) => {
            reference(sink, ty.ty)?;
            sink.comma()?;
            sink.field("linkage", Word(linkage(ty.linkage)))?;
        }
        Type::Datasec(ty) => section(sink, btf, ty)?,
        Type::Float { size, .. } => number(sink, "size", size)?,
        Type::DeclTag { target, component, .. } => {
            reference(sink, target)?;
            sink.field("component_idx", Number(component.into()))?;
        }
        Type::Void | Type::Unknown(_) => {}
    }
    sink.close()
}

fn number(sink: &mut impl Sink, name: &str, value: u32) -> fmt::Result {
    sink.field(name, Number(value.into()))
}

fn reference(sink: &mut impl Sink, to: TypeId) -> fmt::Result {
    number(sink, "type_id", to.0)
}

fn linkage(linkage: u32) -> &'static str {
    ["static", "global", "extern"].get(linkage as usize).copied().unwrap_or("(unknown)")
}

fn int(sink: &mut impl Sink, ty: Int<'_>) -> fmt::Result {
    number(sink, "size", ty.size)?;
    number(sink, "bits_offset", ty.offset.into())?;
    number(sink, "nr_bits", ty.bits.into())?;
    let encoding = match ty.encoding {
        0 => "(none)",
        1 => "SIGNED",
        2 => "CHAR",
        4 => "BOOL",
        _ => "UNKN",
    };
    sink.field("encoding", Word(encoding))
}

fn composite(sink: &mut impl Sink, ty: Composite<'_>) -> fmt::Result {
    number(sink, "size", ty.size)?;
    number(sink, "vlen", ty.len)?;
    sink.open_elements("members")?;
    for member in ty.members() {
        sink.open_element(Some(named(member.name)))?;
        reference(sink, member.ty)?;
        number(sink, "bits_offset", member.bit_offset)?;
        if member.bit_size != 0 {
            number(sink, "bitfield_size", member.bit_size.into())?;
        }
        sink.close_element()?;
    }
    sink.close_elements()
}

fn enumeration(sink: &mut impl Sink, ty: Enum<'_>) -> fmt::Result {
    sink.field("encoding", Word(if ty.signed { "SIGNED" } else { "UNSIGNED" }))?;
    number(sink, "size", ty.size)?;
    number(sink, "vlen", ty.len)?;
    sink.open_elements("values")?;
    for value in ty.values() {
        sink.open_element(Some(named(value.name)))?;
        let field = match (ty.is_64, ty.signed) {
            (false, _) => Number(value.value as i64),
            (true, false) => Wide(value.value),
            (true, true) => WideSigned(value.value as i64),
        };
        sink.field("val", field)?;
        sink.close_element()?;
    }
    sink.close_elements()
}

fn prototype(sink: &mut impl Sink, ty: FuncProto<'_>) -> fmt::Result {
    number(sink, "ret_type_id", ty.ret.0)?;
    number(sink, "vlen", ty.len)?;
    sink.open_elements("params")?;
    for param in ty.params() {
        sink.open_element(Some(named(param.name)))?;
        reference(sink, param.ty)?;
        sink.close_element()?;
    }
    sink.close_elements()
}

fn section(sink: &mut impl Sink, btf: &Btf, ty: Datasec<'_>) -> fmt::Result {
    number(sink, "size", ty.size)?;
    number(sink, "vlen", ty.len)?;
    sink.open_elements("vars")?;
    for var in ty.vars() {
        sink.open_element(None)?;
        reference(sink, var.ty)?;
        number(sink, "offset", var.offset)?;
        number(sink, "size", var.size)?;
        if btf.get(var.ty).is_some() {
            sink.refers(btf.kind(var.ty).unwrap_or(Kind(0)), named(btf.name(var.ty)))?;
        }
        sink.close_element()?;
    }
    sink.close_elements()
}
