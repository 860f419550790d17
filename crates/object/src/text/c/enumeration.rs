//! Enums.

use alloc::{borrow::ToOwned, string::String, vec::Vec};

use super::Attributes;
use crate::text::{
    assembler::Assembler,
    error::{Fault, Kind},
    lex::{Cursor, Tok},
    types::{Enum, Id, Space, Ty},
};

impl Assembler<'_> {
    /// `enum name`, `enum name { … }`, `enum name : type { … }`.
    pub fn enumeration(&mut self, cursor: &mut Cursor<'_>) -> Result<Id, Fault> {
        cursor.expect("enum")?;
        let mut attributes = Attributes::default();
        self.attributes(cursor, &mut attributes)?;
        cursor.skip();
        let at = cursor.at;
        let fault = |kind| Fault::new(at, kind);
        let name = match cursor.peek()? {
            Tok::Name(name) => {
                let _ = cursor.next();
                name.to_owned()
            }
            _ => String::new(),
        };
        let base = if cursor.is(":") {
            cursor.expect(":")?;
            let specifiers = self.specifiers(cursor)?;
            Some(self.types.size(specifiers.base).map_err(fault)?)
        } else {
            None
        };
        if !cursor.is("{") {
            return match self.types.named(Space::Enum, &name) {
                Some(id) => Ok(id),
                None if name.is_empty() => Err(cursor.unexpected("`{`, or the name of an enum")),
                None => {
                    let near = skep_btf::nearest(&name, self.types.names(Space::Enum)).map(Into::into);
                    Err(fault(Kind::UnknownType { name: alloc::format!("enum {name}"), near }))
                }
            };
        }
        let values = self.values(cursor)?;
        self.attributes(cursor, &mut attributes)?;
        let signed = values.iter().any(|(_, value, negative)| *negative && *value < 0);
        let large = |(_, value, negative): &(String, i64, bool)| match *negative || signed {
            true => i32::try_from(*value).is_err(),
            false => u32::try_from(*value).is_err(),
        };
        let is_64 = values.iter().any(large);
        let size = attributes.size.or(base).unwrap_or(if is_64 { 8 } else { 4 });
        let values = values.into_iter().map(|(name, value, _)| (name, value)).collect();
        let made = Enum { name: name.clone(), size, signed, is_64, values };
        let known = self.types.named(Space::Enum, &name).filter(|_| !name.is_empty());
        let id = match known.and_then(|id| Some((id, self.types.get(id)?))) {
            Some((id, Ty::Enum(of))) if *of == made => id,
            Some((id, _)) if !self.is_given(id) => {
                return Err(fault(Kind::TypeConflict(alloc::format!("enum {name}"))));
            }
            _ => {
                let id = self.types.add(Ty::Enum(made)).map_err(fault)?;
                if !name.is_empty() {
                    self.types.name(Space::Enum, &name, id);
                }
                id
            }
        };
        for tag in attributes.tags {
            self.decl_tag(id, -1, &tag).map_err(fault)?;
        }
        Ok(id)
    }

    /// The values, and whether each was made as a signed number.
    fn values(&mut self, cursor: &mut Cursor<'_>) -> Result<Vec<(String, i64, bool)>, Fault> {
        cursor.expect("{")?;
        let (mut values, mut next) = (Vec::new(), (0i64, false));
        while !cursor.eat("}") {
            cursor.skip();
            let at = cursor.at;
            let name = cursor.name("the name of a value, or `}`")?.to_owned();
            if cursor.eat("=") {
                let value = self.number_in(cursor)?;
                next = (value, value < 0 && !cursor_says_unsigned(cursor, at));
            }
            match self.constants.get(&name) {
                Some(known) if *known != next.0 => {
                    return Err(Fault::new(at, Kind::Redefined { name, line: 0 }));
                }
                _ => self.constants.insert(name.clone(), next.0),
            };
            values.push((name, next.0, next.1));
            next.0 = next.0.wrapping_add(1);
            next.1 &= next.0 < 0;
            if values.len() > 65535 {
                return Err(Fault::new(at, Kind::Limit("more than 65535 values")));
            }
            if !cursor.eat(",") && !cursor.is("}") {
                return Err(cursor.unexpected("`,` or `}`"));
            }
        }
        Ok(values)
    }
}

/// Whether a value was written without a sign: above the largest signed number it is meant as it stands.
fn cursor_says_unsigned(cursor: &Cursor<'_>, at: usize) -> bool {
    let written = cursor.text.get(at..cursor.at).unwrap_or_default();
    !written.contains(['-', '~'])
}
