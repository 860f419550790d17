//! What stands before the name of a declaration.

use alloc::{borrow::ToOwned, string::String};

use skep_btf::nearest;

use super::{Attributes, known};
use crate::text::{
    assembler::Assembler,
    error::{Fault, Kind},
    lex::{Cursor, Tok},
    place::Part,
    types::{Id, Space, Ty, VOID},
};

/// Where what is declared lives.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(in crate::text) enum Storage {
    #[default]
    Unsaid,
    Typedef,
    Extern,
    Static,
}

/// What stands before the names.
#[derive(Debug, Default)]
pub(in crate::text) struct Specifiers {
    pub base: Id,
    pub storage: Storage,
    pub attributes: Attributes,
}

/// Counts of the words that make an integer.
#[derive(Default)]
struct Words {
    char: u32,
    short: u32,
    int: u32,
    long: u32,
    signed: u32,
    unsigned: u32,
    other: Option<&'static str>,
}

impl Assembler<'_> {
    pub fn specifiers(&mut self, cursor: &mut Cursor<'_>) -> Result<Specifiers, Fault> {
        let mut out = Specifiers::default();
        let (mut base, mut words) = (None, None::<Words>);
        let (mut is_const, mut is_volatile) = (false, false);
        cursor.skip();
        let start = cursor.at;
        loop {
            if self.attribute(cursor, &mut out.attributes)? {
                continue;
            }
            let Ok(Tok::Name(word)) = cursor.peek() else { break };
            cursor.skip();
            let at = cursor.at;
            match word {
                "typedef" => out.storage = Storage::Typedef,
                "extern" => out.storage = Storage::Extern,
                "static" => out.storage = Storage::Static,
                "inline" | "__inline" | "__inline__" | "register" | "auto" | "_Noreturn" => {}
                "const" | "__const" | "__const__" => is_const = true,
                "volatile" | "__volatile__" => is_volatile = true,
                "restrict" | "__restrict" | "__restrict__" => {}
                "struct" | "union" if base.is_none() => {
                    base = Some(self.composite(cursor, &mut out.attributes)?);
                    continue;
                }
                "enum" if base.is_none() => {
                    base = Some(self.enumeration(cursor)?);
                    continue;
                }
                "__btf" if base.is_none() => {
                    let _ = cursor.next();
                    cursor.expect("(")?;
                    base = Some(self.bounded(cursor, self.types.fixed.into())?);
                    cursor.expect(")")?;
                    continue;
                }
                _ if base.is_none() && integer(word, words.get_or_insert_default()) => {}
                _ if base.is_none() && words.as_ref().is_none_or(Words::is_empty) => match self.named_type(word) {
                    Some(id) => base = Some(id),
                    None => break,
                },
                _ => break,
            }
            let _ = at;
            let _ = cursor.next();
        }
        let words = words.filter(|words| !words.is_empty());
        let mut id = match (base, words) {
            (Some(id), _) => id,
            (None, Some(words)) => self.integer_type(&words).map_err(|kind| Fault::new(start, kind))?,
            (None, None) => return Err(self.no_type(cursor)),
        };
        let fault = |kind| Fault::new(start, kind);
        if is_volatile {
            id = self.types.volatile(id).map_err(fault)?;
        }
        if is_const {
            id = self.types.constant(id).map_err(fault)?;
        }
        for tag in core::mem::take(&mut out.attributes.type_tags) {
            id = self.types.type_tag(&tag, id).map_err(fault)?;
        }
        out.base = id;
        Ok(out)
    }

    fn no_type(&self, cursor: &Cursor<'_>) -> Fault {
        let mut ahead = *cursor;
        ahead.skip();
        let at = ahead.at;
        match ahead.next() {
            Ok(Tok::Name(name)) => {
                let own = nearest(name, self.types.names(Space::Plain)).map(ToOwned::to_owned);
                let words = known::names().chain(["struct", "union", "enum", "unsigned"]);
                let near = own.or_else(|| nearest(name, words).map(ToOwned::to_owned));
                Fault::new(at, Kind::UnknownType { name: name.to_owned(), near })
            }
            _ => cursor.unexpected("a type"),
        }
    }

    /// Whether a word can begin a type.
    pub fn begins_type(&self, word: &str) -> bool {
        let mut words = Words::default();
        matches!(word, "struct" | "union" | "enum" | "const" | "volatile" | "__btf")
            || integer(word, &mut words)
            || self.types.named(Space::Plain, word).is_some()
            || known::is_known(word)
    }

    /// The type of a name.
    fn named_type(&mut self, name: &str) -> Option<Id> {
        if let Some(id) = self.types.named(Space::Plain, name) {
            return Some(id);
        }
        // Those that need not be declared are declared when they are used.
        let text = known::declaration(name)?;
        let declared = self.declared;
        let part = Part::expanded(text, Default::default());
        self.declaration(&part, 0);
        self.declared = declared;
        self.types.named(Space::Plain, name)
    }

    fn integer_type(&mut self, words: &Words) -> Result<Id, Kind> {
        let unsigned = words.unsigned > 0;
        let sign = u8::from(!unsigned);
        let (name, size, encoding) = match words.other {
            Some("void") => return Ok(VOID),
            Some("_Bool") => ("_Bool", 1, 4),
            Some("__int128") if unsigned => ("unsigned __int128", 16, 0),
            Some("__int128") => ("__int128", 16, 1),
            Some(float) => {
                let size = match float {
                    "float" => 4,
                    "double" if words.long > 0 => 16,
                    _ => 8,
                };
                let name = if size == 16 { "long double" } else { float };
                return match self.types.named(Space::Plain, name) {
                    Some(id) => Ok(id),
                    None => {
                        let id = self.types.add(Ty::Float { name: name.to_owned(), size })?;
                        self.types.name(Space::Plain, name, id);
                        Ok(id)
                    }
                };
            }
            None if words.char > 0 && unsigned => ("unsigned char", 1, 0),
            None if words.char > 0 && words.signed > 0 => ("signed char", 1, 1),
            None if words.char > 0 => ("char", 1, 1),
            None if words.short > 0 => (if unsigned { "unsigned short" } else { "short" }, 2, sign),
            None if words.long > 1 => (if unsigned { "unsigned long long" } else { "long long" }, 8, sign),
            None if words.long > 0 => (if unsigned { "unsigned long" } else { "long" }, 8, sign),
            None => (if unsigned { "unsigned int" } else { "int" }, 4, sign),
        };
        self.types.int(name, size, encoding)
    }

    /// Gives a type a name.
    pub fn define_typedef(&mut self, name: &str, declared: &super::Declared) -> Result<(), Kind> {
        let made = Ty::Typedef { name: name.to_owned(), to: declared.ty };
        if let Some(id) = self.types.named(Space::Plain, name) {
            let same = match self.types.get(id) {
                Some(Ty::Typedef { to, .. }) => *to == declared.ty || self.same_type(*to, declared.ty),
                _ => false,
            };
            if same {
                return Ok(());
            }
            // A file may say itself what is known without it.
            if !known::is_known(name) && !self.is_given(id) {
                return Err(Kind::TypeConflict(name.to_owned()));
            }
        }
        let id = self.types.add(made)?;
        self.types.name(Space::Plain, name, id);
        for tag in &declared.attributes.tags {
            self.types.add(Ty::DeclTag { text: tag.clone(), target: id, component: -1, attribute: false })?;
        }
        Ok(())
    }

    /// Whether a type is of a `.btf` block.
    pub fn is_given(&self, id: Id) -> bool {
        id <= self.types.fixed
    }

    /// Whether two types are the same, by what they are called or consist of.
    pub fn same_type(&self, a: Id, b: Id) -> bool {
        let name = |id| match self.types.get(id) {
            Some(Ty::Composite(c)) => Some((0, c.name.clone())),
            Some(Ty::Fwd { name, .. }) => Some((0, name.clone())),
            Some(Ty::Enum(e)) => Some((1, e.name.clone())),
            _ => None,
        };
        match (self.types.get(a), self.types.get(b)) {
            (x, y) if x == y => true,
            (Some(Ty::Ptr(x)), Some(Ty::Ptr(y))) => x == y || self.same_type(*x, *y),
            (Some(Ty::Composite(x)), Some(Ty::Composite(y))) if x.name.is_empty() => self.same_composite(x, y),
            _ => name(a).is_some_and(|name: (u8, String)| !name.1.is_empty()) && name(a) == name(b),
        }
    }
}

impl Words {
    fn is_empty(&self) -> bool {
        self.char + self.short + self.int + self.long + self.signed + self.unsigned == 0 && self.other.is_none()
    }
}

/// Counts a word that is part of an integer's name.
fn integer(word: &str, words: &mut Words) -> bool {
    match word {
        "char" => words.char += 1,
        "short" => words.short += 1,
        "int" => words.int += 1,
        "long" => words.long += 1,
        "signed" | "__signed__" | "__signed" => words.signed += 1,
        "unsigned" => words.unsigned += 1,
        "void" => words.other = Some("void"),
        "_Bool" => words.other = Some("_Bool"),
        "float" => words.other = Some("float"),
        "double" => words.other = Some("double"),
        "__int128" | "__int128_t" => words.other = Some("__int128"),
        _ => return false,
    }
    true
}
