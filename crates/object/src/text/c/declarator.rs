//! Names, and what stands around them: pointers, arrays, parameters.

use alloc::{borrow::ToOwned, string::String, vec::Vec};

use super::Attributes;
use crate::text::{
    assembler::Assembler,
    error::{Fault, Kind},
    lex::{Cursor, Tok},
    types::{Id, Ty, VOID},
};

/// What was declared.
#[derive(Clone, Debug, Default)]
pub(in crate::text) struct Declared {
    pub name: Option<String>,
    pub ty: Id,
    pub attributes: Attributes,
    /// Whether it is a function itself, not a pointer to one.
    pub is_function: bool,
    /// Whether an array has no length.
    pub open: bool,
    /// Tags on parameters.
    pub param_tags: Vec<(i32, String)>,
}

/// How deep parentheses go.
const MAX_DEPTH: u32 = 32;

impl Assembler<'_> {
    pub fn declarator(
        &mut self,
        cursor: &mut Cursor<'_>,
        base: Id,
        attributes: &mut Attributes,
    ) -> Result<Declared, Fault> {
        self.declarator_within(cursor, base, attributes, MAX_DEPTH)
    }

    fn declarator_within(
        &mut self,
        cursor: &mut Cursor<'_>,
        mut base: Id,
        attributes: &mut Attributes,
        depth: u32,
    ) -> Result<Declared, Fault> {
        let depth =
            depth.checked_sub(1).ok_or(Fault::new(cursor.at, Kind::Limit("parentheses that go deeper than 32")))?;
        base = self.pointers(cursor, base, attributes)?;
        if self.is_nested(cursor) {
            let inner_at = {
                cursor.expect("(")?;
                *cursor
            };
            skip_parenthesis(cursor)?;
            let mut suffix = Declared::default();
            let ty = self.suffixes(cursor, base, &mut suffix, false, depth)?;
            let mut inner = inner_at;
            let mut declared = self.declarator_within(&mut inner, ty, attributes, depth)?;
            inner.expect(")")?;
            // `(f)(int)` is a function, `(*f)(int)` a pointer to one.
            declared.is_function |= suffix.is_function && declared.ty == ty;
            if declared.is_function {
                declared.param_tags = suffix.param_tags;
            }
            declared.open |= suffix.open && declared.ty == ty;
            return Ok(declared);
        }
        let mut declared = Declared::default();
        if let Tok::Name(name) = cursor.peek()?
            && !name.is_empty()
            && name != "asm"
        {
            let _ = cursor.next();
            declared.name = Some(name.to_owned());
        } else if let Tok::Text(name) = cursor.peek()?
            && !name.is_empty()
        {
            let _ = cursor.next();
            declared.name = Some(name.to_owned());
        }
        let named = declared.name.is_some();
        declared.ty = self.suffixes(cursor, base, &mut declared, named, depth)?;
        Ok(declared)
    }

    /// `* const __kptr *`.
    fn pointers(&mut self, cursor: &mut Cursor<'_>, mut base: Id, attributes: &mut Attributes) -> Result<Id, Fault> {
        loop {
            cursor.skip();
            let at = cursor.at;
            let fault = |kind| Fault::new(at, kind);
            if cursor.eat("*") {
                base = self.types.ptr(base).map_err(fault)?;
            } else if cursor.eat("const") || cursor.eat("__const") {
                base = self.types.constant(base).map_err(fault)?;
            } else if cursor.eat("volatile") {
                base = self.types.volatile(base).map_err(fault)?;
            } else if cursor.eat("restrict") || cursor.eat("__restrict") {
                base = self.types.restrict(base).map_err(fault)?;
            } else if self.attribute(cursor, attributes)? {
                for tag in core::mem::take(&mut attributes.type_tags) {
                    base = self.types.type_tag(&tag, base).map_err(fault)?;
                }
            } else {
                return Ok(base);
            }
        }
    }

    /// Whether a parenthesis holds a name, not parameters.
    fn is_nested(&self, cursor: &Cursor<'_>) -> bool {
        let mut ahead = *cursor;
        if !ahead.eat("(") {
            return false;
        }
        match ahead.peek() {
            Ok(Tok::Sign("*" | "(")) => true,
            Ok(Tok::Name(name)) => !self.begins_type(name) && !super::attribute::is_word(name),
            _ => false,
        }
    }

    /// `[2][3]`, `(int, void *)`.
    fn suffixes(
        &mut self,
        cursor: &mut Cursor<'_>,
        base: Id,
        declared: &mut Declared,
        names: bool,
        depth: u32,
    ) -> Result<Id, Fault> {
        let depth =
            depth.checked_sub(1).ok_or(Fault::new(cursor.at, Kind::Limit("an array of more than 32 dimensions")))?;
        cursor.skip();
        let at = cursor.at;
        if cursor.eat("[") {
            let len = if cursor.is("]") {
                declared.open = true;
                0
            } else {
                let _ = cursor.eat("static");
                self.bounded(cursor, u32::MAX.into())?
            };
            cursor.expect("]")?;
            let open = declared.open;
            let elem = self.suffixes(cursor, base, declared, false, depth)?;
            declared.open = open;
            return self.types.array(elem, len).map_err(|kind| Fault::new(at, kind));
        }
        if cursor.eat("(") {
            let params = self.params(cursor, names, &mut declared.param_tags, depth)?;
            let ret = self.suffixes(cursor, base, &mut Declared::default(), false, depth)?;
            declared.is_function = true;
            return self.types.proto(ret, params).map_err(|kind| Fault::new(at, kind));
        }
        Ok(base)
    }

    fn params(
        &mut self,
        cursor: &mut Cursor<'_>,
        names: bool,
        tags: &mut Vec<(i32, String)>,
        depth: u32,
    ) -> Result<Vec<(String, Id)>, Fault> {
        let mut params = Vec::new();
        if cursor.eat(")") {
            return Ok(params);
        }
        loop {
            if cursor.eat("...") {
                params.push((String::new(), VOID));
            } else {
                let specifiers = self.specifiers(cursor)?;
                let mut attributes = specifiers.attributes;
                let declared = self.declarator_within(cursor, specifiers.base, &mut attributes, depth)?;
                self.attributes(cursor, &mut attributes)?;
                let at = cursor.at;
                // Arrays and functions are passed by their address.
                let ty = match self.types.get(declared.ty) {
                    Some(Ty::Array { elem, .. }) => self.types.ptr(*elem),
                    Some(Ty::Proto { .. }) => self.types.ptr(declared.ty),
                    _ => Ok(declared.ty),
                };
                let ty = ty.map_err(|kind| Fault::new(at, kind))?;
                let alone = params.is_empty() && cursor.is(")");
                if ty == VOID && declared.name.is_none() && alone {
                    cursor.expect(")")?;
                    return Ok(params);
                }
                tags.extend(attributes.tags.into_iter().map(|tag| (params.len() as i32, tag)));
                params.push((declared.name.filter(|_| names).unwrap_or_default(), ty));
            }
            if !cursor.eat(",") {
                cursor.expect(")")?;
                return Ok(params);
            }
            if params.len() > 255 {
                return Err(Fault::new(cursor.at, Kind::Limit("a function of more than 255 parameters")));
            }
        }
    }
}

/// Goes behind the parenthesis that closes.
fn skip_parenthesis(cursor: &mut Cursor<'_>) -> Result<(), Fault> {
    let (start, mut depth) = (cursor.at, 1u32);
    while depth > 0 {
        match cursor.next()? {
            Tok::Sign("(") => depth += 1,
            Tok::Sign(")") => depth -= 1,
            Tok::End => return Err(Fault::new(start, Kind::Unterminated("a parenthesis"))),
            _ => {}
        }
    }
    Ok(())
}
