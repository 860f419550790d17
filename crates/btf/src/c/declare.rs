//! Declarations: a type around a name.

use alloc::{
    format,
    string::{String, ToString},
};
use core::fmt;

use super::{Header, names::spelled};
use crate::{Btf, FuncProto, Type, TypeId};

/// The most pointers, arrays and qualifiers around a name, and the deepest nesting of functions and anonymous types.
pub(super) const MAX_DEPTH: u32 = 64;

impl<W: fmt::Write> Header<'_, W> {
    /// Writes the declaration of a name, `inner`, with a type, whose anonymous parts are indented by `indent`.
    pub(super) fn declared(&mut self, id: TypeId, inner: String, indent: u32) -> fmt::Result {
        let text = self.around(id, inner, indent);
        let (base, qualifiers, inner) = text;
        self.out.write_str(&qualifiers)?;
        match self.btf.get(base) {
            Some(Type::Struct(ty) | Type::Union(ty)) if ty.name.is_empty() => self.composite(ty, base, indent)?,
            Some(Type::Enum(ty)) if ty.name.is_empty() => self.enumeration(ty, base, indent)?,
            _ => {
                let name = self.named(base);
                self.out.write_str(&name)?;
            }
        }
        if inner.is_empty() { Ok(()) } else { write!(self.out, " {inner}") }
    }

    /// The same as text, for parameters: an anonymous type has only its size there.
    pub(super) fn declaration(&mut self, id: TypeId, inner: String, depth: u32) -> String {
        let (base, qualifiers, inner) = self.around(id, inner, depth);
        let name = self.named(base);
        format!("{qualifiers}{name}{}{inner}", if inner.is_empty() { "" } else { " " })
    }

    /// How C names a type that has a name.
    fn named(&self, id: TypeId) -> String {
        let tagged = |word: &str| format!("{word} {}", self.names.of_type(id));
        match self.btf.get(id) {
            Some(Type::Int(int)) => words(int.name),
            Some(Type::Float { name, .. }) => words(name),
            Some(Type::Typedef { .. }) => self.names.of_type(id),
            Some(Type::Struct(ty)) if ty.name.is_empty() => "struct {}".to_string(),
            Some(Type::Union(ty)) if ty.name.is_empty() => "union {}".to_string(),
            Some(Type::Enum(ty)) if ty.name.is_empty() => "int".to_string(),
            Some(Type::Struct(_)) => tagged("struct"),
            Some(Type::Union(_)) => tagged("union"),
            Some(Type::Enum(_)) => tagged("enum"),
            Some(Type::Fwd { is_union, .. }) => tagged(if is_union { "union" } else { "struct" }),
            _ => "void".to_string(),
        }
    }

    /// Goes through pointers, arrays, functions and qualifiers: what they surround a name with, and what is left.
    fn around(&mut self, mut id: TypeId, mut inner: String, depth: u32) -> (TypeId, String, String) {
        let mut qualifiers = String::new();
        for _ in 0..if self.parts == 0 { 1 } else { MAX_DEPTH } {
            match self.btf.get(id) {
                Some(Type::Ptr(to)) => {
                    inner = format!("*{inner}");
                    id = to;
                }
                Some(Type::Array(array)) => {
                    inner = format!("{}[{}]", parenthesised(inner), array.len);
                    id = array.elem;
                }
                Some(Type::FuncProto(proto)) => {
                    let params = self.params(proto, depth);
                    inner = format!("{}({params})", parenthesised(inner));
                    id = proto.ret;
                }
                Some(ty @ (Type::Const(to) | Type::Volatile(to) | Type::Restrict(to))) => {
                    let word = match ty {
                        Type::Const(_) => "const",
                        Type::Volatile(_) => "volatile",
                        _ => "restrict",
                    };
                    qualify(self.btf, word, to, &mut qualifiers, &mut inner);
                    id = to;
                }
                Some(Type::TypeTag { name, target, attribute }) => {
                    if !name.contains(['"', '\\', '\n', ')', '{', '}']) {
                        let word = if attribute {
                            format!("__attribute__(({name}))")
                        } else {
                            format!("__attribute__((btf_type_tag(\"{name}\")))")
                        };
                        qualify(self.btf, &word, target, &mut qualifiers, &mut inner);
                    }
                    id = target;
                }
                _ => return (id, qualifiers, inner),
            }
        }
        (TypeId::VOID, qualifiers, format!("*{inner}"))
    }

    fn params(&mut self, proto: FuncProto<'_>, depth: u32) -> String {
        let mut params = String::new();
        for param in proto.params() {
            if depth >= MAX_DEPTH || self.parts == 0 {
                break;
            }
            self.parts -= 1;
            let text = match param.ty {
                TypeId::VOID => "...".to_string(),
                ty => self.declaration(ty, spelled(param.name).into_owned(), depth + 8),
            };
            params = if params.is_empty() { text } else { format!("{params}, {text}") };
        }
        // A function that takes nothing but "..." was declared without parameters.
        if params.is_empty() || params == "..." {
            if params.is_empty() { "void" } else { "" }.to_string()
        } else {
            params
        }
    }
}

/// Puts a qualifier behind the star of the pointer it belongs to, or before what is not a pointer.
fn qualify(btf: &Btf, word: &str, of: TypeId, qualifiers: &mut String, inner: &mut String) {
    let mut at = of;
    for _ in 0..MAX_DEPTH {
        match btf.get(at) {
            Some(Type::Const(to) | Type::Volatile(to) | Type::Restrict(to)) => at = to,
            Some(Type::TypeTag { target, .. }) => at = target,
            Some(Type::Ptr(_)) => {
                let space = if inner.is_empty() { "" } else { " " };
                *inner = format!(" {word}{space}{inner}");
                return;
            }
            Some(Type::FuncProto(_)) => return,
            Some(Type::Array(array)) => at = array.elem,
            _ => break,
        }
    }
    // Only pointers can be restricted.
    if word != "restrict" && !qualifiers.contains(word) {
        qualifiers.push_str(word);
        qualifiers.push(' ');
    }
}

/// The name of a number, which may have more than one word.
fn words(name: &str) -> String {
    if name.is_empty() {
        "int".to_string()
    } else {
        name.split(' ').map(spelled).collect::<alloc::vec::Vec<_>>().join(" ")
    }
}

fn parenthesised(inner: String) -> String {
    if inner.trim_start().starts_with('*') { format!("({inner})") } else { inner }
}
