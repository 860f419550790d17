//! What types are, spelled out naively, to compare with.
#![allow(dead_code, clippy::unwrap_used, reason = "each test file uses a part; tests may unwrap")]

use std::collections::BTreeMap;

use skep_btf::{Btf, Composite, Edit, Member, Param, SecVar, Type, TypeId};

/// What a type is without what it refers to, and what that is.
fn parts(btf: &Btf, id: TypeId) -> (String, Vec<TypeId>) {
    let mut refs = Vec::new();
    let text = match btf.get(id).unwrap() {
        Type::Struct(ty) | Type::Union(ty) => {
            refs.extend(ty.members().map(|m| m.ty));
            let members: Vec<_> = ty.members().map(|m| (m.name, m.bit_offset, m.bit_size)).collect();
            format!("{} {} {members:?}", ty.name, ty.size)
        }
        Type::Enum(ty) => format!("{} {} {} {:?}", ty.name, ty.size, ty.signed, ty.values().collect::<Vec<_>>()),
        Type::FuncProto(ty) => {
            refs.push(ty.ret);
            refs.extend(ty.params().map(|p| p.ty));
            format!("{:?}", ty.params().map(|p| p.name).collect::<Vec<_>>())
        }
        Type::Datasec(ty) => {
            refs.extend(ty.vars().map(|v| v.ty));
            format!("{} {} {:?}", ty.name, ty.size, ty.vars().map(|v| (v.offset, v.size)).collect::<Vec<_>>())
        }
        Type::Array(ty) => {
            refs.extend([ty.elem, ty.index]);
            ty.len.to_string()
        }
        Type::Ptr(to) | Type::Const(to) | Type::Volatile(to) | Type::Restrict(to) => {
            refs.push(to);
            String::new()
        }
        Type::Typedef { name, target } => {
            refs.push(target);
            name.to_string()
        }
        Type::TypeTag { name, target, attribute } => {
            refs.push(target);
            format!("{name} {attribute}")
        }
        Type::DeclTag { name, target, component, attribute } => {
            refs.push(target);
            format!("{name} {component} {attribute}")
        }
        Type::Func(func) => {
            refs.push(func.proto);
            format!("{} {}", func.name, func.linkage)
        }
        Type::Var(var) => {
            refs.push(var.ty);
            format!("{} {}", var.name, var.linkage)
        }
        other => format!("{other:?}"),
    };
    (format!("{:?} {text}", btf.kind(id)), refs)
}

/// A type, and what it refers to, some steps deep.
pub fn describe(btf: &Btf, id: TypeId, depth: u32) -> String {
    let (text, refs) = parts(btf, id);
    let refs = refs.iter().map(|&to| if depth == 0 { String::new() } else { describe(btf, to, depth - 1) });
    format!("({text}{})", refs.collect::<String>())
}

/// A number for each own type, equal for equal types: refined round by round until nothing changes.
pub fn classes(btf: &Btf) -> Vec<usize> {
    let ids: Vec<TypeId> = std::iter::once(TypeId::VOID).chain(btf.ids()).collect();
    let mut classes = vec![0; ids.len()];
    loop {
        let mut seen = BTreeMap::new();
        let next: Vec<usize> = ids
            .iter()
            .map(|&id| {
                let (text, refs) = parts(btf, id);
                let key = (text, refs.iter().map(|to| classes[to.0 as usize]).collect::<Vec<_>>());
                let len = seen.len();
                *seen.entry(key).or_insert(len)
            })
            .collect();
        if next == classes {
            return next[1..].to_vec();
        }
        classes = next;
    }
}

/// The types of BTF without a base, several times over.
pub fn copies(btf: &Btf, times: u32) -> Edit {
    let mut edit = Edit::new(btf.endian());
    for copy in 0..times {
        let by = copy * btf.len();
        let to = |id: TypeId| if id.0 == 0 { id } else { TypeId(id.0 + by) };
        for id in btf.ids() {
            append(btf, id, &mut edit, to);
        }
    }
    edit
}

fn append(btf: &Btf, id: TypeId, edit: &mut Edit, to: impl Fn(TypeId) -> TypeId) {
    let add = edit.add();
    match btf.get(id).unwrap() {
        Type::Int(int) => add.int(int),
        Type::Ptr(t) => add.ptr(to(t)),
        Type::Array(a) => add.array(skep_btf::Array { elem: to(a.elem), index: to(a.index), len: a.len }),
        Type::Struct(ty) => add.structure(ty.name, ty.size, &members(ty, &to)),
        Type::Union(ty) => add.union(ty.name, ty.size, &members(ty, &to)),
        Type::Enum(ty) if ty.is_64 => add.enumeration64(ty.name, ty.size, ty.signed, &ty.values().collect::<Vec<_>>()),
        Type::Enum(ty) => add.enumeration(ty.name, ty.size, ty.signed, &ty.values().collect::<Vec<_>>()),
        Type::Fwd { name, is_union } => add.fwd(name, is_union),
        Type::Typedef { name, target } => add.typedef(name, to(target)),
        Type::Volatile(t) => add.volatile(to(t)),
        Type::Const(t) => add.constant(to(t)),
        Type::Restrict(t) => add.restrict(to(t)),
        Type::Func(func) => add.func(func.name, to(func.proto), func.linkage),
        Type::FuncProto(ty) => {
            add.func_proto(to(ty.ret), &ty.params().map(|p| Param { ty: to(p.ty), ..p }).collect::<Vec<_>>())
        }
        Type::Var(var) => add.var(var.name, to(var.ty), var.linkage),
        Type::Datasec(ty) => {
            add.datasec(ty.name, ty.size, &ty.vars().map(|v| SecVar { ty: to(v.ty), ..v }).collect::<Vec<_>>())
        }
        Type::Float { name, size } => add.float(name, size),
        Type::DeclTag { name, target, component, attribute } => add.decl_tag(name, to(target), component, attribute),
        Type::TypeTag { name, target, attribute } => add.type_tag(name, to(target), attribute),
        Type::Void | Type::Unknown(_) => return,
    };
}

fn members<'a>(ty: Composite<'a>, to: impl Fn(TypeId) -> TypeId) -> Vec<Member<'a>> {
    ty.members().map(|m| Member { ty: to(m.ty), ..m }).collect()
}
