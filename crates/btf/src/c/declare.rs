//! Declarations: a type around a name.

use core::fmt;

use super::{Header, names::identifier};
use crate::{Kind, TypeId, list::digits, view::Raw};

/// The most pointers, arrays and qualifiers around a name, and the deepest nesting of functions and anonymous types.
pub(super) const MAX_DEPTH: u32 = 64;
/// The most qualifiers of one type.
const MAX_WORDS: usize = 8;

/// What stands around a name, from the innermost part outwards.
#[derive(Clone, Copy)]
pub(super) enum Part {
    Pointer,
    /// The number of elements; whether it is in parentheses.
    Array(u32, bool),
    /// The prototype; whether it is in parentheses.
    Function(TypeId, bool),
    /// A qualifier behind the star of the pointer that it belongs to.
    Word(Word),
}

/// A qualifier.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Word {
    Const,
    Volatile,
    Restrict,
    /// The offset of the tag's text, and whether it is any attribute.
    Tag(u32, bool),
}

/// The qualifiers of the innermost type, and that type.
struct Base {
    words: [Word; MAX_WORDS],
    len: usize,
    ty: TypeId,
}

/// The name that is declared.
#[derive(Clone, Copy)]
pub(super) enum Declared {
    /// The offset of its text; 0 if there is none.
    Name(u32),
    /// That of a typedef: its own id and the offset of its name.
    Type(TypeId, u32),
}

impl<'a, W: fmt::Write> Header<'a, W> {
    /// Writes the declaration of a name with a type, whose anonymous parts are indented by `indent`.
    pub(super) fn declared(&mut self, id: TypeId, name: Declared, indent: u32) -> fmt::Result {
        self.declare(id, name, indent, true)
    }

    /// The same for a parameter: an anonymous type has only its size there.
    fn parameter(&mut self, id: TypeId, name: u32, indent: u32) -> fmt::Result {
        self.declare(id, Declared::Name(name), indent, false)
    }

    fn declare(&mut self, id: TypeId, name: Declared, indent: u32, bodies: bool) -> fmt::Result {
        let from = self.around.len();
        let base = self.unwrap(id);
        for word in base.words().filter(|word| !word.is_tag()) {
            self.word(word)?;
            self.out.write_char(' ')?;
        }
        match self.view.raw(base.ty) {
            Some(raw) if bodies && raw.name == 0 && raw.is_composite() => self.composite(raw, base.ty, indent)?,
            Some(raw) if bodies && raw.name == 0 && raw.is_enum() => self.enumeration(raw, base.ty, indent)?,
            raw => self.named(raw, base.ty)?,
        }
        for word in base.words().filter(|word| word.is_tag()) {
            self.out.write_char(' ')?;
            self.word(word)?;
        }
        let has_name = !matches!(name, Declared::Name(0));
        if has_name || self.around.len() > from {
            self.out.write_char(' ')?;
        }
        self.left(from, has_name)?;
        match name {
            Declared::Name(off) => identifier(self.out, &self.view, off)?,
            Declared::Type(id, off) => self.names.write_type(self.out, &self.view, id, off)?,
        }
        self.right(from, indent)?;
        self.around.truncate(from);
        Ok(())
    }

    /// Writes what stands to the left of a name, from the outermost part inwards.
    fn left(&mut self, from: usize, has_name: bool) -> fmt::Result {
        for i in (from..self.around.len()).rev() {
            match self.around.get(i) {
                Some(Part::Pointer) => self.out.write_char('*')?,
                Some(Part::Array(_, true) | Part::Function(_, true)) => self.out.write_char('(')?,
                Some(&Part::Word(word)) => {
                    self.out.write_char(' ')?;
                    self.word(word)?;
                    let inner = i.checked_sub(1).filter(|&i| i >= from).and_then(|i| self.around.get(i));
                    if inner.map_or(has_name, |part| !matches!(part, Part::Word(_))) {
                        self.out.write_char(' ')?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Writes what stands to the right of a name, from the innermost part outwards.
    fn right(&mut self, from: usize, indent: u32) -> fmt::Result {
        let mut i = from;
        while let Some(&part) = self.around.get(i) {
            match part {
                Part::Array(len, closed) => {
                    self.out.write_str(if closed { ")[" } else { "[" })?;
                    digits(self.out, len.into())?;
                    self.out.write_char(']')?;
                }
                Part::Function(proto, closed) => {
                    self.out.write_str(if closed { ")(" } else { "(" })?;
                    if let Some(proto) = self.view.raw(proto) {
                        self.params(proto, indent)?;
                    }
                    self.out.write_char(')')?;
                }
                Part::Pointer | Part::Word(_) => {}
            }
            i += 1;
        }
        Ok(())
    }

    /// How C names a type that has a name.
    fn named(&mut self, raw: Option<Raw<'a>>, id: TypeId) -> fmt::Result {
        let Some(raw) = raw else { return self.out.write_str("void") };
        let word = match (raw.kind, raw.name) {
            (Kind::INT | Kind::FLOAT, name) => return self.number(name),
            (Kind::TYPEDEF, name) => return self.names.write_type(self.out, &self.view, id, name),
            (Kind::STRUCT, 0) => return self.out.write_str("struct {}"),
            (Kind::UNION, 0) => return self.out.write_str("union {}"),
            (Kind::ENUM | Kind::ENUM64, 0) => return self.out.write_str("int"),
            (Kind::STRUCT, _) => "struct ",
            (Kind::UNION, _) => "union ",
            (Kind::ENUM | Kind::ENUM64, _) => "enum ",
            (Kind::FWD, _) => {
                if raw.kflag {
                    "union "
                } else {
                    "struct "
                }
            }
            _ => return self.out.write_str("void"),
        };
        self.out.write_str(word)?;
        self.names.write_type(self.out, &self.view, id, raw.name)
    }

    /// The name of a number, which may have more than one word.
    fn number(&mut self, name: u32) -> fmt::Result {
        if name == 0 {
            return self.out.write_str("int");
        }
        let text = self.view.text(name);
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b' ';
        if text.bytes().all(fits) { self.out.write_str(text) } else { identifier(self.out, &self.view, name) }
    }

    fn word(&mut self, word: Word) -> fmt::Result {
        match word {
            Word::Const => self.out.write_str("const"),
            Word::Volatile => self.out.write_str("volatile"),
            Word::Restrict => self.out.write_str("restrict"),
            Word::Tag(off, true) => write!(self.out, "__attribute__(({}))", self.view.text(off)),
            Word::Tag(off, false) => write!(self.out, "__attribute__((btf_type_tag(\"{}\")))", self.view.text(off)),
        }
    }

    /// Goes through pointers, arrays, functions and qualifiers, and puts those that surround a name on `around`; gives
    /// what is left.
    fn unwrap(&mut self, id: TypeId) -> Base {
        let mut base = Base { words: [Word::Const; MAX_WORDS], len: 0, ty: id };
        let from = self.around.len();
        for _ in 0..if self.parts == 0 { 1 } else { MAX_DEPTH } {
            let Some(raw) = self.view.raw(base.ty) else { return base.finish() };
            let starred = || matches!(self.around.get(from..).and_then(<[Part]>::last), Some(Part::Pointer));
            match raw.kind {
                Kind::PTR => {
                    // The qualifiers so far are those of the pointer.
                    self.around.extend(base.words().map(Part::Word));
                    base.len = 0;
                    self.around.push(Part::Pointer);
                }
                Kind::ARRAY => {
                    let (elem, len) = raw.array().unwrap_or_default();
                    let part = Part::Array(len, starred());
                    self.around.push(part);
                    base.ty = elem;
                    continue;
                }
                Kind::FUNC_PROTO => {
                    // A function is never qualified.
                    base.len = 0;
                    let part = Part::Function(base.ty, starred());
                    self.around.push(part);
                }
                Kind::CONST => base.add(Word::Const),
                Kind::VOLATILE => base.add(Word::Volatile),
                Kind::RESTRICT => base.add(Word::Restrict),
                Kind::TYPE_TAG if is_sound(self.view.text(raw.name), raw.kflag) => {
                    base.add(Word::Tag(raw.name, raw.kflag));
                }
                Kind::TYPE_TAG => {}
                _ => return base.finish(),
            }
            base.ty = raw.target();
        }
        base.ty = TypeId::VOID;
        self.around.push(Part::Pointer);
        base.finish()
    }

    fn params(&mut self, proto: Raw<'a>, indent: u32) -> fmt::Result {
        if proto.len == 0 {
            return self.out.write_str("void");
        }
        // A function that takes nothing but "..." was declared without parameters.
        if proto.len == 1 && proto.params().all(|(_, ty)| ty == TypeId::VOID) {
            return Ok(());
        }
        for (i, (name, ty)) in proto.params().enumerate() {
            if indent >= MAX_DEPTH || self.parts == 0 {
                return if i == 0 { self.out.write_str("void") } else { Ok(()) };
            }
            self.parts -= 1;
            if i > 0 {
                self.out.write_str(", ")?;
            }
            match ty {
                TypeId::VOID => self.out.write_str("...")?,
                ty => self.parameter(ty, name, indent + 8)?,
            }
        }
        Ok(())
    }
}

impl Base {
    fn words(&self) -> impl Iterator<Item = Word> + use<> {
        self.words.into_iter().take(self.len)
    }

    fn add(&mut self, word: Word) {
        if !self.words().any(|known| known == word)
            && let Some(place) = self.words.get_mut(self.len)
        {
            *place = word;
            self.len += 1;
        }
    }

    /// What is left is no pointer, and only those can be restricted.
    fn finish(self) -> Self {
        let mut kept = Self { len: 0, ..self };
        self.words().filter(|word| *word != Word::Restrict).for_each(|word| kept.add(word));
        kept
    }
}

impl Word {
    fn is_tag(self) -> bool {
        matches!(self, Self::Tag(..))
    }
}

/// Whether the text of a tag can stand in a header: in quotes, or as an attribute with its arguments.
fn is_sound(text: &str, attribute: bool) -> bool {
    if !attribute {
        return !text.contains(['"', '\\', '\n']);
    }
    let mut open = 0u32;
    let balanced = text.bytes().all(|byte| {
        match byte {
            b'(' => open += 1,
            b')' => match open.checked_sub(1) {
                Some(left) => open = left,
                None => return false,
            },
            _ => {}
        }
        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'(' | b')' | b',' | b' ')
    });
    balanced && open == 0 && !text.is_empty()
}
