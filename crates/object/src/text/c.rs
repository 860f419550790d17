//! Declarations as in C.

mod attribute;
mod composite;
mod declarator;
mod enumeration;
mod initializer;
mod known;
mod specifier;

pub(super) use attribute::Attributes;
pub(super) use declarator::Declared;
pub(super) use specifier::Storage;

use super::{
    assembler::Assembler,
    error::{Fault, Kind},
    lex::{Cursor, Tok},
    place::Part,
    types::{Id, Space},
};

/// Words that begin a declaration.
const BEGINNINGS: &[&str] = &[
    "SEC",
    "_Bool",
    "__attribute",
    "__attribute__",
    "__btf",
    "_Noreturn",
    "bool",
    "char",
    "const",
    "double",
    "enum",
    "extern",
    "float",
    "inline",
    "int",
    "long",
    "register",
    "short",
    "signed",
    "static",
    "struct",
    "typedef",
    "union",
    "unsigned",
    "void",
    "volatile",
    "__inline",
    "__int128",
    "_Static_assert",
];

impl Assembler<'_> {
    /// Whether a word at the beginning of a statement begins a declaration. `next` is the byte behind it and blanks.
    pub fn begins_declaration(&self, word: &str, next: Option<u8>) -> bool {
        if BEGINNINGS.contains(&word) || attribute::is_word(word) {
            return true;
        }
        let declares = next.is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'*' | b'('));
        declares && (self.types.named(Space::Plain, word).is_some() || known::is_known(word))
    }

    /// Reads a declaration; the byte behind it.
    pub fn declaration(&mut self, part: &Part<'_>, at: usize) -> usize {
        self.declared = true;
        let mut cursor = Cursor::new(part.text, at, part.text.len());
        match self.declare_all(part, &mut cursor) {
            Ok(()) => cursor.at,
            Err(fault) => {
                self.broken = true;
                let behind = recover(part.text, at, fault.at);
                self.say(part, Err(fault));
                behind
            }
        }
    }

    fn declare_all(&mut self, part: &Part<'_>, cursor: &mut Cursor<'_>) -> Result<(), Fault> {
        let start = cursor.at;
        let specifiers = self.specifiers(cursor)?;
        if cursor.eat(";") {
            return Ok(());
        }
        loop {
            cursor.skip();
            let at = cursor.at;
            let mut attributes = specifiers.attributes.clone();
            let mut declared = self.declarator(cursor, specifiers.base, &mut attributes)?;
            self.attributes(cursor, &mut attributes)?;
            // Tags on the whole stand where those of a struct could: they are this declaration's.
            declared.attributes = attributes;
            let Some(name) = declared.name.clone() else {
                return Err(Fault::new(
                    at,
                    Kind::Unexpected {
                        found: alloc::string::String::new(),
                        expected: "the name of what is declared".into(),
                    },
                ));
            };
            if specifiers.storage == Storage::Typedef {
                self.define_typedef(&name, &declared).map_err(|kind| Fault::new(at, kind))?;
            } else if declared.is_function {
                if cursor.is("{") {
                    let place = cursor.at;
                    cursor.expect("{")?;
                    return self.begin_function(part, &name, &declared, specifiers.storage, at, place);
                }
                self.declare_function(part, &name, &declared, specifiers.storage, at)
                    .map_err(|kind| Fault::new(at, kind))?;
            } else {
                let given = cursor.eat("=");
                self.variable(part, cursor, &name, declared, specifiers.storage, at, given)?;
            }
            if cursor.eat(",") {
                continue;
            }
            if cursor.eat(";") {
                return Ok(());
            }
            let _ = start;
            return Err(cursor.unexpected("`;`"));
        }
    }

    /// Reads a type without a name: `struct s *[2]`.
    pub fn type_name(&mut self, cursor: &mut Cursor<'_>) -> Result<Id, Fault> {
        let specifiers = self.specifiers(cursor)?;
        let mut attributes = Attributes::default();
        cursor.skip();
        let at = cursor.at;
        let declared = self.declarator(cursor, specifiers.base, &mut attributes)?;
        match declared.name {
            Some(name) => {
                let kind = Kind::Unexpected { found: name, expected: "a type without a name behind it".into() };
                Err(Fault::new(at, kind))
            }
            None => Ok(declared.ty),
        }
    }

    /// What `sizeof` is asked of: a type, or a variable with one.
    pub fn type_or_variable(&mut self, cursor: &mut Cursor<'_>) -> Result<Id, Fault> {
        if let Ok(Tok::Name(name)) = cursor.peek()
            && !self.begins_type(name)
            && let Some(id) = self.symbols.find(0, name)
            && let Some(ty) = self.symbols.get(id).map(|symbol| symbol.type_id).filter(|ty| *ty != 0)
        {
            let _ = cursor.next();
            return Ok(ty);
        }
        self.type_name(cursor)
    }
}

/// Where reading goes on after an error in a declaration: behind the brace or semicolon that ends it, or at the next line
/// that begins without a blank.
fn recover(text: &str, start: usize, at: usize) -> usize {
    let bytes = text.as_bytes();
    let mut depth = 0u32;
    let mut place = start;
    while let Some(&b) = bytes.get(place) {
        match b {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b';' if depth == 0 && place >= at => return place + 1,
            b'\n' if depth == 0 && place >= at => {
                let next = bytes.get(place + 1);
                if bytes.get(place.wrapping_sub(1)) == Some(&b'}')
                    || next.is_some_and(|b| !matches!(b, b' ' | b'\t' | b'{'))
                {
                    return place + 1;
                }
            }
            _ => {}
        }
        place += 1;
    }
    text.len()
}
