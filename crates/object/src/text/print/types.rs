//! Types, one by one.

use alloc::{format, string::String};
use core::fmt::{self, Write};

use skep_btf::{Btf, Type, TypeId, list};

use super::Text;

impl Text<'_> {
    /// Writes the block of types.
    pub(super) fn types(&self, out: &mut (impl Write + ?Sized)) -> fmt::Result {
        let Some(btf) = &self.btf else { return Ok(()) };
        out.write_str("\n.btf\n")?;
        let mut text = String::new();
        for id in btf.ids() {
            text.clear();
            list::text(&mut text, btf, [id])?;
            out.write_str(&exact(btf, id, &text).unwrap_or_default())?;
        }
        out.write_str(".endbtf\n")
    }
}

/// What a list leaves open: which characters belong to the name, and whether a tag is any attribute.
fn exact(btf: &Btf, id: TypeId, text: &str) -> Option<String> {
    let name = btf.name(id);
    let mut text = match name.contains(|c: char| c.is_control() || matches!(c, '\'' | '\\')) {
        true => text.replacen(&format!("'{name}'"), &format!("'{}'", Escaped(name)), 1),
        false => String::from(text),
    };
    if let Type::DeclTag { attribute: true, .. } | Type::TypeTag { attribute: true, .. } = btf.get(id)? {
        text.truncate(text.trim_end().len());
        text.push_str(" kind_flag=1\n");
    }
    Some(text)
}

/// A name that stands in single quotes.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '\n' => f.write_str("\\n")?,
                '\\' => f.write_str("\\\\")?,
                // C1 controls have two bytes.
                c if c == '\'' || c.is_ascii_control() => write!(f, "\\{:03o}", u32::from(c))?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}
