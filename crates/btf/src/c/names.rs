//! Names as C takes them, different for different types.

use alloc::{borrow::Cow, format, string::String};

use hashbrown::HashMap;

use crate::{Btf, Type, TypeId};

/// What has no name of its own in C.
pub(super) struct Names<'a> {
    btf: &'a Btf,
    /// The number of a type among those with its name, unless it is the first.
    types: HashMap<TypeId, u32>,
    /// The same of enumerators, by their enum and position.
    values: HashMap<(TypeId, u32), u32>,
}

impl<'a> Names<'a> {
    pub(super) fn of(btf: &'a Btf) -> Self {
        let mut names = Self { btf, types: HashMap::new(), values: HashMap::new() };
        let mut tags: HashMap<&str, u32> = HashMap::with_capacity(btf.len() as usize / 8);
        let mut plain: HashMap<&str, u32> = HashMap::with_capacity(btf.len() as usize / 4);
        let mut kinds: HashMap<&str, u8> = HashMap::with_capacity(btf.len() as usize / 8);
        let next = |seen: &mut HashMap<&'a str, u32>, name| {
            let count = seen.entry(name).or_insert(0);
            *count += 1;
            *count
        };
        for id in (1..btf.end_id()).map(TypeId) {
            let (number, tag) = match btf.get(id) {
                Some(Type::Struct(ty)) if !ty.name.is_empty() => (next(&mut tags, ty.name), Some((ty.name, 1))),
                Some(Type::Union(ty)) if !ty.name.is_empty() => (next(&mut tags, ty.name), Some((ty.name, 2))),
                Some(Type::Typedef { name, .. }) => (next(&mut plain, name), None),
                Some(Type::Enum(ty)) => {
                    for (i, value) in (0..).zip(ty.values()) {
                        let number = next(&mut plain, value.name);
                        if number > 1 {
                            names.values.insert((id, i), number);
                        }
                    }
                    if ty.name.is_empty() { (1, None) } else { (next(&mut tags, ty.name), Some((ty.name, 3))) }
                }
                _ => continue,
            };
            if number > 1 {
                names.types.insert(id, number);
            }
            if let Some((name, kind)) = tag {
                kinds.entry(name).or_insert(kind);
            }
        }
        names.forwards(&kinds, &mut tags);
        names
    }

    /// Declarations go by the name of what they declare; one of a struct is not called as a union is.
    fn forwards(&mut self, kinds: &HashMap<&'a str, u8>, tags: &mut HashMap<&'a str, u32>) {
        let mut other: HashMap<(&str, u8), u32> = HashMap::new();
        let mut first: HashMap<&str, u8> = HashMap::new();
        for id in (1..self.btf.end_id()).map(TypeId) {
            let Some(Type::Fwd { name, is_union }) = self.btf.get(id) else { continue };
            let kind = 1 + u8::from(is_union);
            let taken = kinds.get(name).copied().unwrap_or_else(|| *first.entry(name).or_insert(kind));
            if taken != kind {
                let number = *other.entry((name, kind)).or_insert_with(|| {
                    let count = tags.entry(name).or_insert(1);
                    *count = 2.max(*count + 1);
                    *count
                });
                self.types.insert(id, number);
            }
        }
    }

    /// The name of a type, made different from those of others.
    pub(super) fn of_type(&self, id: TypeId) -> String {
        numbered(self.btf.name(id), self.types.get(&id))
    }

    /// The name of a value of an enum.
    pub(super) fn of_value(&self, id: TypeId, i: u32, name: &'a str) -> Cow<'a, str> {
        match self.values.get(&(id, i)) {
            None => spelled(name),
            number => numbered(name, number).into(),
        }
    }
}

fn numbered(name: &str, number: Option<&u32>) -> String {
    match number {
        None => spelled(name).into_owned(),
        Some(number) => format!("{}___{number}", spelled(name)),
    }
}

/// A name with `_` for what no identifier can have: types of other languages have `<` and `:`.
pub(super) fn spelled(name: &str) -> Cow<'_, str> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    if name.chars().all(fits) && !name.starts_with(|c: char| c.is_ascii_digit()) {
        return name.into();
    }
    let mut text = String::from(if name.starts_with(|c: char| c.is_ascii_digit()) { "_" } else { "" });
    text.extend(name.chars().map(|c| if fits(c) { c } else { '_' }));
    text.into()
}
