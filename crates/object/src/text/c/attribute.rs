//! Attributes, and the words of libbpf's headers that stand for them.

use alloc::{
    borrow::ToOwned,
    format,
    string::{String, ToString},
    vec::Vec,
};

use crate::text::{
    assembler::Assembler,
    error::{Fault, Kind},
    lex::{Cursor, Tok},
};

/// What was said of a declaration.
#[derive(Clone, Debug, Default)]
pub(in crate::text) struct Attributes {
    pub section: Option<String>,
    pub weak: bool,
    pub visibility: u8,
    pub tags: Vec<String>,
    pub type_tags: Vec<String>,
    pub align: Option<u32>,
    pub packed: bool,
    /// An offset in bits.
    pub at_bit: Option<u32>,
    pub size: Option<u32>,
}

/// What a word says.
#[derive(Clone, Copy)]
enum Says {
    Nothing,
    Section(&'static str),
    Weak,
    Hidden,
    Packed,
    Tag(&'static str),
    TypeTag(&'static str),
}

const WORDS: &[(&str, Says)] = &[
    ("__weak", Says::Weak),
    ("__hidden", Says::Hidden),
    ("__ksym", Says::Section(".ksyms")),
    ("__kconfig", Says::Section(".kconfig")),
    ("__packed", Says::Packed),
    ("__noinline", Says::Nothing),
    ("__always_inline", Says::Nothing),
    ("__used", Says::Nothing),
    ("__unused", Says::Nothing),
    ("__ksym_weak", Says::Nothing),
    ("__bpf_fastcall", Says::Nothing),
    ("__noreturn", Says::Nothing),
    ("__extension__", Says::Nothing),
    ("__kptr", Says::TypeTag("kptr")),
    ("__kptr_untrusted", Says::TypeTag("kptr_untrusted")),
    ("__percpu_kptr", Says::TypeTag("percpu_kptr")),
    ("__uptr", Says::TypeTag("uptr")),
    ("__rcu", Says::TypeTag("rcu")),
    ("__user", Says::TypeTag("user")),
    ("__percpu", Says::TypeTag("percpu")),
    ("__arena", Says::TypeTag("arena")),
    ("__arg_ctx", Says::Tag("arg:ctx")),
    ("__arg_nonnull", Says::Tag("arg:nonnull")),
    ("__arg_nullable", Says::Tag("arg:nullable")),
    ("__arg_trusted", Says::Tag("arg:trusted")),
    ("__arg_arena", Says::Tag("arg:arena")),
];

/// Words with arguments.
const CALLS: &[&str] = &[
    "SEC",
    "__attribute__",
    "__attribute",
    "__tag",
    "__type_tag",
    "__exception_cb",
    "__contains",
    "__at",
    "__at_bit",
    "__sizeof",
    "__aligned",
    "_Alignas",
    "__asm__",
    "asm_name",
];

/// Whether a word is one of them.
pub(super) fn is_word(word: &str) -> bool {
    WORDS.iter().any(|(known, _)| *known == word) || CALLS.contains(&word)
}

impl Assembler<'_> {
    /// Reads attributes as far as there are any.
    pub fn attributes(&mut self, cursor: &mut Cursor<'_>, to: &mut Attributes) -> Result<(), Fault> {
        while self.attribute(cursor, to)? {}
        Ok(())
    }

    /// Reads one attribute, if there is one.
    pub fn attribute(&mut self, cursor: &mut Cursor<'_>, to: &mut Attributes) -> Result<bool, Fault> {
        let Ok(Tok::Name(word)) = cursor.peek() else { return Ok(false) };
        if let Some((_, says)) = WORDS.iter().find(|(known, _)| *known == word) {
            let _ = cursor.next();
            match *says {
                Says::Nothing => {}
                Says::Section(name) => to.section = Some(name.to_owned()),
                Says::Weak => to.weak = true,
                Says::Hidden => to.visibility = 2,
                Says::Packed => to.packed = true,
                Says::Tag(text) => to.tags.push(text.to_owned()),
                Says::TypeTag(text) => to.type_tags.push(text.to_owned()),
            }
            return Ok(true);
        }
        if !CALLS.contains(&word) {
            return Ok(false);
        }
        let _ = cursor.next();
        match word {
            "__attribute__" | "__attribute" => {
                cursor.expect("(")?;
                cursor.expect("(")?;
                while !cursor.eat(")") {
                    if cursor.eat(",") {
                        continue;
                    }
                    self.gnu_attribute(cursor, to)?;
                }
                cursor.expect(")")?;
                return Ok(true);
            }
            "SEC" => {
                cursor.expect("(")?;
                to.section = Some(string(cursor)?);
            }
            "__tag" => {
                cursor.expect("(")?;
                to.tags.push(string(cursor)?);
            }
            "__type_tag" => {
                cursor.expect("(")?;
                to.type_tags.push(string(cursor)?);
            }
            "__exception_cb" => {
                cursor.expect("(")?;
                to.tags.push(format!("exception_callback:{}", cursor.name("the name of a function")?));
            }
            "__contains" => {
                cursor.expect("(")?;
                let _ = cursor.eat("struct");
                let of = cursor.name("the name of a struct")?.to_owned();
                cursor.expect(",")?;
                to.tags.push(format!("contains:{of}:{}", cursor.name("the name of a member")?));
            }
            "__at" | "__at_bit" => {
                cursor.expect("(")?;
                let bits = if word == "__at" { 8 } else { 1 };
                to.at_bit = Some(self.bounded(cursor, (u32::MAX / bits).into())? * bits);
            }
            "__sizeof" => {
                cursor.expect("(")?;
                to.size = Some(self.bounded(cursor, u32::MAX.into())?);
            }
            _ => {
                cursor.expect("(")?;
                let align = self.bounded(cursor, 1 << 30)?;
                to.align = Some(align.max(1).next_power_of_two());
            }
        }
        cursor.expect(")")?;
        Ok(true)
    }

    /// One attribute of `__attribute__((…))`.
    fn gnu_attribute(&mut self, cursor: &mut Cursor<'_>, to: &mut Attributes) -> Result<(), Fault> {
        let name = cursor.name("the name of an attribute")?;
        match name.trim_matches('_') {
            "section" => {
                cursor.expect("(")?;
                to.section = Some(string(cursor)?);
            }
            "weak" => {
                to.weak = true;
                return Ok(());
            }
            "packed" => {
                to.packed = true;
                return Ok(());
            }
            "visibility" => {
                cursor.expect("(")?;
                to.visibility = match &*string(cursor)? {
                    "hidden" => 2,
                    "internal" => 1,
                    "protected" => 3,
                    _ => 0,
                };
            }
            "aligned" => {
                if !cursor.eat("(") {
                    to.align = Some(16);
                    return Ok(());
                }
                let align = self.bounded(cursor, 1 << 30)?;
                to.align = Some(align.max(1).next_power_of_two());
            }
            "btf_decl_tag" => {
                cursor.expect("(")?;
                to.tags.push(string(cursor)?);
            }
            "btf_type_tag" => {
                cursor.expect("(")?;
                to.type_tags.push(string(cursor)?);
            }
            // What is for compilers.
            _ => {
                if cursor.eat("(") {
                    let mut depth = 1u32;
                    while depth > 0 {
                        match cursor.next()? {
                            Tok::Sign("(") => depth += 1,
                            Tok::Sign(")") => depth -= 1,
                            Tok::End => return Err(Fault::new(cursor.at, Kind::Unterminated("an attribute"))),
                            _ => {}
                        }
                    }
                }
                return Ok(());
            }
        }
        cursor.expect(")")
    }

    /// A number from 0 to `most`.
    pub fn bounded(&mut self, cursor: &mut Cursor<'_>, most: i64) -> Result<u32, Fault> {
        cursor.skip();
        let at = cursor.at;
        let value = self.number_in(cursor)?;
        match u32::try_from(value) {
            Ok(small) if value <= most => Ok(small),
            _ => Err(Fault::new(at, Kind::Range { value, bits: 32 })),
        }
    }
}

fn string(cursor: &mut Cursor<'_>) -> Result<String, Fault> {
    let mut bytes = cursor.string()?;
    while matches!(cursor.peek(), Ok(Tok::Text(_))) {
        bytes.extend(cursor.string()?);
    }
    Ok(String::from_utf8_lossy(&bytes).to_string())
}
