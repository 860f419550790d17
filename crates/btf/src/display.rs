//! Types as C spells them, in one line, for messages.

use alloc::{
    format,
    string::{String, ToString},
};

use crate::{Btf, FuncProto, Type, TypeId};

/// The deepest part of a type that is spelled; what is deeper is `…`.
const MAX_DEPTH: u32 = 16;
/// The most parts of a type that are spelled: a function that takes functions could have any number.
const MAX_PARTS: u32 = 64;

impl Btf {
    /// A type as a cast would name it: `const struct task_struct *`, `char[16]`, `int (*)(void *, int)`.
    /// For messages; `…` stands for what is missing, too deep or too long.
    pub fn spelled(&self, id: TypeId) -> String {
        Speller { btf: self, parts: MAX_PARTS }.declare(id, String::new(), MAX_DEPTH)
    }

    /// A type as the declaration of a variable, member or function with a name: `char comm[16]`, `int (*f)(void *)`.
    pub fn declared(&self, id: TypeId, name: &str) -> String {
        Speller { btf: self, parts: MAX_PARTS }.declare(id, name.to_string(), MAX_DEPTH)
    }
}

struct Speller<'a> {
    btf: &'a Btf,
    parts: u32,
}

impl Speller<'_> {
    /// The type, around what stands where the name of a variable would.
    fn declare(&mut self, id: TypeId, inner: String, depth: u32) -> String {
        let (Some(depth), Some(parts)) = (depth.checked_sub(1), self.parts.checked_sub(1)) else {
            return join("…", &inner);
        };
        self.parts = parts;
        let named = |word: &str, name: &str| {
            let name = if name.is_empty() { "(anonymous)" } else { name };
            join(&format!("{word}{name}"), &inner)
        };
        match self.btf.get(id) {
            None | Some(Type::Unknown(_)) => join("…", &inner),
            Some(Type::Void) => join("void", &inner),
            Some(Type::Int(ty)) => named("", ty.name),
            Some(Type::Float { name, .. } | Type::Typedef { name, .. }) => named("", name),
            Some(Type::Struct(ty)) => named("struct ", ty.name),
            Some(Type::Union(ty)) => named("union ", ty.name),
            Some(Type::Enum(ty)) => named("enum ", ty.name),
            Some(Type::Fwd { name, is_union }) => named(if is_union { "union " } else { "struct " }, name),
            Some(Type::Ptr(to)) => self.declare(to, format!("*{inner}"), depth),
            Some(Type::Array(array)) => {
                self.declare(array.elem, format!("{}[{}]", parenthesised(inner), array.len), depth)
            }
            Some(Type::FuncProto(proto)) => {
                let params = self.params(proto, depth);
                self.declare(proto.ret, format!("{}({params})", parenthesised(inner)), depth)
            }
            Some(Type::Const(of)) => self.qualified("const", of, inner, depth),
            Some(Type::Volatile(of)) => self.qualified("volatile", of, inner, depth),
            Some(Type::Restrict(of)) => self.qualified("restrict", of, inner, depth),
            Some(Type::TypeTag { target, .. }) => self.declare(target, inner, depth),
            Some(Type::Func(func)) => self.declare(func.proto, func.name.to_string(), depth),
            Some(Type::Var(var)) => self.declare(var.ty, var.name.to_string(), depth),
            Some(Type::Datasec(sec)) => named("section ", sec.name),
            Some(Type::DeclTag { target, .. }) => self.declare(target, inner, depth),
        }
    }

    fn params(&mut self, proto: FuncProto<'_>, depth: u32) -> String {
        let mut params = String::new();
        for param in proto.params().take(16) {
            let text = match param.ty {
                TypeId::VOID => "...".to_string(),
                ty => self.declare(ty, String::new(), depth),
            };
            params = if params.is_empty() { text } else { format!("{params}, {text}") };
        }
        if params.is_empty() { "void".to_string() } else { params }
    }

    /// `const` before a type, but after the star of a pointer.
    fn qualified(&mut self, word: &str, of: TypeId, inner: String, depth: u32) -> String {
        match self.btf.get(of) {
            Some(Type::Ptr(to)) => self.declare(to, format!("*{}", join(word, &inner)), depth),
            _ => format!("{word} {}", self.declare(of, inner, depth)),
        }
    }
}

fn join(left: &str, right: &str) -> String {
    let space = if right.is_empty() || right.starts_with('[') { "" } else { " " };
    format!("{left}{space}{right}")
}

fn parenthesised(inner: String) -> String {
    if inner.starts_with('*') { format!("({inner})") } else { inner }
}
