//! Names as Rust takes them: structs, unions, enums and typedefs share one set.

use alloc::{borrow::Cow, format, string::String};

use hashbrown::{HashMap, HashSet};

use crate::{Kind, TypeId, view::View};

/// Names that differ from those in the BTF.
pub(super) struct Names<'a> {
    /// The names of types that have none of their own, and of those whose own is taken.
    given: HashMap<TypeId, String>,
    /// Types that go by the name of another one: declarations of what is defined, `typedef struct x x`.
    same: HashMap<TypeId, TypeId>,
    taken: HashSet<Cow<'a, str>>,
    values: HashSet<String>,
}

/// Words of the language, and what cannot be made a name by `r#`.
const WORDS: [&str; 44] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else", "enum",
    "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move",
    "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait", "true", "try", "type", "typeof",
    "union", "unsafe", "unsized",
];
const MORE_WORDS: [&str; 6] = ["use", "virtual", "where", "while", "yield", "macro_rules"];
const NEVER: [&str; 5] = ["self", "Self", "super", "crate", "_"];
/// Types of the language, which no definition may hide.
const PRIMITIVE: [&str; 17] = [
    "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "str", "u8", "u16", "u32", "u64", "u128",
    "usize",
];

/// A name as an identifier.
pub(super) fn identifier(name: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut text: String = name.chars().map(|c| if fits(c) { c } else { '_' }).collect();
    if text.is_empty() || text.starts_with(|c: char| c.is_ascii_digit()) {
        text.insert(0, '_');
    }
    if NEVER.contains(&&*text) {
        text.push('_');
    } else if WORDS.contains(&&*text) || MORE_WORDS.contains(&&*text) {
        text.insert_str(0, "r#");
    }
    text
}

impl<'a> Names<'a> {
    pub(super) fn of(view: &View<'a>) -> Self {
        let mut names = Self {
            given: HashMap::new(),
            same: HashMap::new(),
            taken: PRIMITIVE.into_iter().map(Cow::Borrowed).collect(),
            values: HashSet::new(),
        };
        let mut tags: HashMap<(&str, bool), TypeId> = HashMap::new();
        let ids = || (1..view.end_id()).map(TypeId);
        for id in ids() {
            let Some(raw) = view.raw(id).filter(|raw| raw.name != 0) else { continue };
            if raw.is_composite() || raw.is_enum() {
                let name = view.text(raw.name);
                tags.entry((name, raw.kind == Kind::UNION)).or_insert(id);
                names.claim(id, name);
                if raw.is_enum() {
                    // What makes a value of it has the same name.
                    let name = names.given.get(&id).cloned().unwrap_or_else(|| identifier(name));
                    names.values.insert(name);
                }
            }
        }
        for id in ids() {
            let Some(raw) = view.raw(id) else { continue };
            let name = view.text(raw.name);
            match raw.kind {
                Kind::FWD => match tags.get(&(name, raw.kflag)) {
                    Some(&defined) => _ = names.same.insert(id, defined),
                    None => {
                        tags.insert((name, raw.kflag), id);
                        names.claim(id, name);
                    }
                },
                Kind::TYPEDEF => names.typedef(view, id, name, raw.target()),
                _ => {}
            }
        }
        names
    }

    fn typedef(&mut self, view: &View<'a>, id: TypeId, name: &'a str, target: TypeId) {
        let Some(to) = view.raw(target) else { return };
        let is_tag = to.is_composite() || to.is_enum() || to.kind == Kind::FWD;
        let is_primitive = || view.resolve(id).is_some_and(|(_, raw)| is_called(name, &raw));
        if is_tag && to.name != 0 && view.text(to.name) == name && !self.given.contains_key(&target) {
            self.same.insert(id, target);
        } else if is_tag && to.name == 0 && !self.given.contains_key(&target) && !self.taken.contains(name) {
            // The name of what has none.
            self.taken.insert(Cow::Borrowed(name));
            self.values.insert(identifier(name));
            self.given.insert(target, identifier(name));
            self.same.insert(id, target);
        } else if is_primitive() {
            self.same.insert(id, target);
        } else {
            self.claim(id, name);
        }
    }

    /// Takes a name for a type, or another one if it is taken.
    fn claim(&mut self, id: TypeId, name: &'a str) {
        if !self.taken.insert(Cow::Borrowed(name)) {
            let name = self.free(name);
            self.given.insert(id, name);
        }
    }

    /// A name that is not taken, and is now.
    fn free(&mut self, name: &str) -> String {
        let mut number = 2u32;
        loop {
            let text = identifier(&format!("{name}___{number}"));
            if self.taken.insert(Cow::Owned(text.clone())) {
                return text;
            }
            number += 1;
        }
    }

    /// Whether a type has a definition under its own name.
    pub(super) fn is_own(&self, id: TypeId) -> bool {
        !self.same.contains_key(&id)
    }

    /// Whether it was given a name.
    pub(super) fn is_given(&self, id: TypeId) -> bool {
        self.given.contains_key(&id)
    }

    /// Gives a name to a struct or union that has none, after the member whose type it is.
    pub(super) fn give(&mut self, id: TypeId, name: &str) {
        if !self.given.contains_key(&id) {
            let name = match self.taken.insert(Cow::Owned(name.into())) {
                true => identifier(name),
                false => self.free(name),
            };
            self.given.insert(id, name);
        }
    }

    /// The name of a type.
    pub(super) fn name(&mut self, view: &View<'_>, id: TypeId) -> String {
        let mut id = id;
        // An alias of a declaration of a struct: no more than two steps.
        while let Some(&same) = self.same.get(&id) {
            id = same;
        }
        if let Some(name) = self.given.get(&id) {
            return name.clone();
        }
        match view.raw(id).map_or(0, |raw| raw.name) {
            0 => {
                self.give(id, &format!("anon_{}", id.0));
                self.given.get(&id).cloned().unwrap_or_default()
            }
            name => identifier(view.text(name)),
        }
    }

    /// The name of a value; of those without an enum to stand in, each has another one.
    pub(super) fn value(&mut self, view: &View<'_>, in_enum: bool, name: u32) -> String {
        let name = identifier(view.text(name));
        if in_enum || self.values.insert(name.clone()) {
            return name;
        }
        let mut number = 2u32;
        loop {
            let text = format!("{}___{number}", name.trim_start_matches("r#"));
            if self.values.insert(text.clone()) {
                return text;
            }
            number += 1;
        }
    }
}

/// Whether a name is that which the language has for a number.
fn is_called(name: &str, raw: &crate::view::Raw<'_>) -> bool {
    let Some((_, _, encoding)) = raw.int() else { return false };
    let is_bool = encoding & 4 != 0 && raw.third == 1;
    if is_bool { name == "bool" } else { super::spell::number(raw.third, encoding & 1 != 0) == (name, 0) }
}

#[cfg(test)]
mod tests {
    use super::identifier;

    #[test]
    fn words_of_the_language_and_odd_characters() {
        for (name, expected) in [
            ("pid", "pid"),
            ("type", "r#type"),
            ("self", "self_"),
            ("9p", "_9p"),
            ("a<b>", "a_b_"),
            ("", "__"),
            ("use", "r#use"),
        ] {
            assert_eq!(identifier(name), expected);
        }
    }
}
