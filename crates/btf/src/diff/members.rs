//! Members and values, compared by name.

use alloc::{
    boxed::Box,
    format,
    string::{String, ToString},
    vec::Vec,
};

use hashbrown::HashMap;

use super::{Change, Part};
use crate::{Btf, Composite, Enum, FuncProto, Type, TypeId};

/// The deepest nesting of types without names.
const DEPTH: u32 = 12;
/// The most members of a type with those that lie in them, or behind pointers in types without names.
const MANY: usize = 1 << 14;
/// The same in the texts of types.
const FEW: usize = 1 << 11;

/// Compares structs or unions.
pub(super) fn compare(old: &Btf, from: Composite<'_>, new: &Btf, to: Composite<'_>, changes: &mut Vec<Change>) {
    let (mut olds, mut news) = (Vec::new(), Vec::new());
    Text::of(old).flatten(from, "", 0, DEPTH, &mut olds);
    Text::of(new).flatten(to, "", 0, DEPTH, &mut news);
    if olds == news {
        return;
    }
    let by_name: HashMap<&str, &Part> = news.iter().map(|(name, part)| (&**name, part)).collect();
    let before: HashMap<&str, &Part> = olds.iter().map(|(name, part)| (&**name, part)).collect();
    let is_new = |name: &str| !before.contains_key(name);
    // What takes the place of a member that is gone, and is of its type, is the same member under another name.
    let mut added: HashMap<(u64, u8, &str), &str> = HashMap::new();
    for (name, part) in news.iter().filter(|(name, _)| is_new(name)) {
        added.entry((part.bit_offset, part.bit_size, &part.ty)).or_insert(name);
    }
    let mut renamed = Vec::new();
    for (name, part) in &olds {
        match by_name.get(&**name) {
            Some(&other) if *other == *part => {}
            Some(&other) => changes.push(Change::Member {
                name: name.as_str().into(),
                old: Some(part.clone()),
                new: Some(other.clone()),
            }),
            None => match added.remove(&(part.bit_offset, part.bit_size, &*part.ty)) {
                Some(other) => {
                    renamed.push(other);
                    changes.push(Change::Renamed { old: name.as_str().into(), new: other.into(), part: part.clone() });
                }
                None => {
                    changes.push(Change::Member { name: name.as_str().into(), old: Some(part.clone()), new: None });
                }
            },
        }
    }
    renamed.sort_unstable();
    for (name, part) in news.iter().filter(|(name, _)| is_new(name)) {
        if renamed.binary_search(&&**name).is_err() {
            changes.push(Change::Member { name: name.as_str().into(), old: None, new: Some(part.clone()) });
        }
    }
}

/// What members and their types are called, as far as there is room for it: types without names could contain each other
/// any number of times.
struct Text<'a> {
    btf: &'a Btf,
    /// Members that are still told.
    left: usize,
    /// The same for those in the texts of types.
    inner: usize,
}

impl<'a> Text<'a> {
    fn of(btf: &'a Btf) -> Self {
        Self { btf, left: MANY, inner: FEW }
    }

    /// The members of a type, those of types without names among them, each with its path.
    fn flatten(&mut self, ty: Composite<'_>, path: &str, base: u64, depth: u32, out: &mut Vec<(String, Part)>) {
        let Some(depth) = depth.checked_sub(1) else { return };
        for member in ty.members() {
            let Some(left) = self.left.checked_sub(1) else { return };
            self.left = left;
            let bit_offset = base + u64::from(member.bit_offset);
            let name = match (path, member.name) {
                (path, "") => path.to_string(),
                ("", name) => name.to_string(),
                (path, name) => format!("{path}.{name}"),
            };
            let inner = match self.btf.get(member.ty) {
                Some(Type::Struct(inner) | Type::Union(inner)) if inner.name.is_empty() => Some(inner),
                _ => None,
            };
            match inner {
                Some(inner) => self.flatten(inner, &name, bit_offset, depth, out),
                None => {
                    let ty = self.spelled(member.ty, depth);
                    out.push((name, Part { ty, bit_offset, bit_size: member.bit_size }));
                }
            }
        }
    }

    /// A type as C spells it; one without a name by what it has.
    fn spelled(&mut self, id: TypeId, depth: u32) -> Box<str> {
        let text = self.btf.spelled(id);
        let mut at = id;
        for _ in 0..DEPTH {
            at = match self.btf.get(at) {
                Some(Type::Struct(ty) | Type::Union(ty)) if ty.name.is_empty() => {
                    let mut members = Vec::new();
                    // What is told of the type itself is not spent on what its members contain.
                    core::mem::swap(&mut self.left, &mut self.inner);
                    let was = core::mem::take(&mut self.inner);
                    self.flatten(ty, "", 0, depth, &mut members);
                    self.inner = was;
                    core::mem::swap(&mut self.left, &mut self.inner);
                    let texts: Vec<_> = members.iter().map(|(name, part)| format!("{name}: {part}")).collect();
                    return format!("{text} {{ {} }}", texts.join("; ")).into_boxed_str();
                }
                Some(Type::Enum(ty)) if ty.name.is_empty() => {
                    let room = self.left.min(ty.len as usize);
                    self.left -= room;
                    let names: Vec<_> = ty.values().take(room).map(|value| value.name).collect();
                    return format!("{text} {{ {} }}", names.join(", ")).into_boxed_str();
                }
                Some(Type::Array(array)) => array.elem,
                Some(Type::Ptr(to) | Type::Const(to) | Type::Volatile(to) | Type::Restrict(to)) => to,
                _ => break,
            };
        }
        text.into_boxed_str()
    }
}

/// Compares enums.
pub(super) fn values(from: Enum<'_>, to: Enum<'_>, changes: &mut Vec<Change>) {
    let number = |ty: &Enum<'_>, value: u64| {
        // The same bits may be written as either form of an enum.
        if ty.signed { i128::from(value as i64) } else { i128::from(value) }
    };
    let news: HashMap<&str, i128> = to.values().map(|value| (value.name, number(&to, value.value))).collect();
    let olds: HashMap<&str, i128> = from.values().map(|value| (value.name, number(&from, value.value))).collect();
    let change = |name: &str, old, new| Change::Value { name: name.into(), old, new };
    for value in from.values() {
        let before = number(&from, value.value);
        match news.get(value.name) {
            // Compilers before 6.0's kernels never said that an enum is signed.
            Some(&now) if now == before || now as u32 == before as u32 && from.signed != to.signed => {}
            now => changes.push(change(value.name, Some(before), now.copied())),
        }
    }
    for value in to.values().filter(|value| !olds.contains_key(value.name)) {
        changes.push(change(value.name, None, Some(number(&to, value.value))));
    }
}

/// A type as C spells it; one without a name by what it has.
pub(super) fn spelled(btf: &Btf, id: TypeId) -> Box<str> {
    Text::of(btf).spelled(id, DEPTH)
}

/// A function with the names of its parameters.
pub(super) fn prototype(btf: &Btf, name: &str, proto: FuncProto<'_>) -> Box<str> {
    let params: Vec<String> = proto
        .params()
        .take(64)
        .map(|param| if param.ty.0 == 0 { "...".to_string() } else { btf.declared(param.ty, param.name) })
        .collect();
    let params = if params.is_empty() { "void".to_string() } else { params.join(", ") };
    btf.declared(proto.ret, &format!("{name}({params})")).into_boxed_str()
}
