//! Structs and unions.

use alloc::{borrow::ToOwned, string::String, vec::Vec};

use super::Attributes;
use crate::text::{
    assembler::Assembler,
    error::{Fault, Kind},
    lex::{Cursor, Tok},
    types::{Composite, Enum, Field, Id, Space, Ty, lay_out},
};

/// The most members.
const MAX_MEMBERS: usize = 65535;

impl Assembler<'_> {
    /// `struct name`, `struct name { … }`, `struct { … }`.
    pub fn composite(&mut self, cursor: &mut Cursor<'_>, _: &mut Attributes) -> Result<Id, Fault> {
        self.depth += 1;
        let done = if self.depth > 128 {
            Err(Fault::new(cursor.at, Kind::Limit("structs in each other that go deeper than 128")))
        } else {
            self.composite_within(cursor)
        };
        self.depth -= 1;
        done
    }

    fn composite_within(&mut self, cursor: &mut Cursor<'_>) -> Result<Id, Fault> {
        let union = cursor.eat("union");
        if !union {
            cursor.expect("struct")?;
        }
        let mut attributes = Attributes::default();
        self.attributes(cursor, &mut attributes)?;
        cursor.skip();
        let at = cursor.at;
        let name = match cursor.peek()? {
            Tok::Name(name) => {
                let _ = cursor.next();
                name.to_owned()
            }
            Tok::Text(name) => {
                let _ = cursor.next();
                name.to_owned()
            }
            _ => String::new(),
        };
        let space = if union { Space::Union } else { Space::Struct };
        if !cursor.is("{") {
            if name.is_empty() {
                return Err(cursor.unexpected("`{`, or the name of a struct"));
            }
            return self.declared_composite(space, &name).map_err(|kind| Fault::new(at, kind));
        }
        let id = match self.types.named(space, &name).filter(|_| !name.is_empty()) {
            // So that pointers in it lead to it.
            None if !name.is_empty() => self.declared_composite(space, &name).map_err(|kind| Fault::new(at, kind))?,
            known => known.unwrap_or(0),
        };
        let (fields, tags) = self.members(cursor)?;
        self.attributes(cursor, &mut attributes)?;
        let made = lay_out(&self.types, &name, union, attributes.packed, fields);
        let mut made = made.map_err(|kind| Fault::new(at, kind))?;
        made.align = made.align.max(attributes.align.unwrap_or(1));
        made.size = attributes.size.unwrap_or_else(|| made.size.next_multiple_of(made.align));
        let id = self.finish_composite(id, made).map_err(|kind| Fault::new(at, kind))?;
        let whole = attributes.tags.drain(..).map(|text| (-1, text));
        for (component, text) in whole.chain(tags).collect::<Vec<_>>() {
            self.decl_tag(id, component, &text).map_err(|kind| Fault::new(at, kind))?;
        }
        Ok(id)
    }

    /// A struct by its name alone.
    fn declared_composite(&mut self, space: Space, name: &str) -> Result<Id, Kind> {
        if let Some(id) = self.types.named(space, name) {
            return Ok(id);
        }
        let id = self.types.add(Ty::Fwd { name: name.to_owned(), union: space == Space::Union })?;
        self.types.name(space, name, id);
        Ok(id)
    }

    fn finish_composite(&mut self, id: Id, made: Composite) -> Result<Id, Kind> {
        match self.types.get(id) {
            None => self.types.add(Ty::Composite(made)),
            Some(Ty::Fwd { .. }) if !self.is_given(id) => {
                self.types.set(id, Ty::Composite(made));
                Ok(id)
            }
            Some(Ty::Composite(known)) if self.same_composite(known, &made) => Ok(id),
            _ if self.is_given(id) => {
                let space = if made.union { Space::Union } else { Space::Struct };
                let name = made.name.clone();
                let id = self.types.add(Ty::Composite(made))?;
                self.types.name(space, &name, id);
                Ok(id)
            }
            _ => Err(Kind::TypeConflict(self.types.spelled(id))),
        }
    }

    pub fn same_composite(&self, a: &Composite, b: &Composite) -> bool {
        let members = a.members.iter().zip(&b.members);
        a.size == b.size && a.union == b.union && a.members.len() == b.members.len() && { members }.all(|(x, y)| {
            x.name == y.name
                && x.bit_offset == y.bit_offset
                && x.bit_size == y.bit_size
                && (x.ty == y.ty || self.same_type(x.ty, y.ty))
        })
    }

    /// A tag on a type, function or variable, or on a part of it; once.
    pub fn decl_tag(&mut self, target: Id, component: i32, text: &str) -> Result<(), Kind> {
        let tag = Ty::DeclTag { text: text.to_owned(), target, component, attribute: false };
        let recent = (target..=self.types.len()).take(4096);
        if { recent }.any(|id| self.types.get(id) == Some(&tag)) {
            return Ok(());
        }
        self.types.add(tag).map(drop)
    }

    #[allow(clippy::type_complexity, reason = "members, and their tags by position")]
    fn members(&mut self, cursor: &mut Cursor<'_>) -> Result<(Vec<Field>, Vec<(i32, String)>), Fault> {
        let (mut fields, mut tags) = (Vec::new(), Vec::new());
        cursor.expect("{")?;
        while !cursor.eat("}") {
            if cursor.eat(";") {
                continue;
            }
            if let Tok::End = cursor.peek()? {
                return Err(Fault::new(cursor.at, Kind::Unterminated("a struct")));
            }
            if fields.len() >= MAX_MEMBERS {
                return Err(Fault::new(cursor.at, Kind::Limit("more than 65535 members")));
            }
            if let Some(field) = self.map_attribute(cursor)? {
                fields.push(field);
                continue;
            }
            self.member(cursor, &mut fields, &mut tags)?;
        }
        Ok((fields, tags))
    }

    fn member(
        &mut self,
        cursor: &mut Cursor<'_>,
        fields: &mut Vec<Field>,
        tags: &mut Vec<(i32, String)>,
    ) -> Result<(), Fault> {
        let specifiers = self.specifiers(cursor)?;
        loop {
            let mut attributes = specifiers.attributes.clone();
            let declared = if cursor.is(":") {
                Default::default()
            } else {
                self.declarator(cursor, specifiers.base, &mut attributes)?
            };
            let ty = if declared.name.is_none() && declared.ty == 0 { specifiers.base } else { declared.ty };
            let bits = if cursor.eat(":") { Some(self.bounded(cursor, 255)?) } else { None };
            self.attributes(cursor, &mut attributes)?;
            let room = bits.is_some() && declared.name.is_none();
            if !room {
                let at = fields.iter().filter(|f| f.bits.is_none() || !f.name.is_empty()).count() as i32;
                tags.extend(attributes.tags.into_iter().map(|text| (at, text)));
            }
            fields.push(Field {
                name: declared.name.unwrap_or_default(),
                ty,
                bits,
                at: attributes.at_bit,
                align: attributes.align,
                packed: attributes.packed,
            });
            if !cursor.eat(",") {
                return if cursor.is("}") { Ok(()) } else { cursor.expect(";") };
            }
        }
    }

    /// `__uint(name, number)` and its like.
    fn map_attribute(&mut self, cursor: &mut Cursor<'_>) -> Result<Option<Field>, Fault> {
        let Tok::Name(word @ ("__uint" | "__ulong" | "__type" | "__array")) = cursor.peek()? else { return Ok(None) };
        let _ = cursor.next();
        cursor.expect("(")?;
        cursor.skip();
        let at = cursor.at;
        let fault = |kind| Fault::new(at, kind);
        let name = cursor.name("the name of the attribute")?.to_owned();
        cursor.expect(",")?;
        let ty = match word {
            "__uint" => {
                let len = self.bounded(cursor, u32::MAX.into())?;
                let int = self.types.int("int", 4, 1).map_err(fault)?;
                let array = self.types.array(int, len).map_err(fault)?;
                self.types.ptr(array).map_err(fault)?
            }
            "__type" => {
                let of = self.type_name(cursor)?;
                self.types.ptr(of).map_err(fault)?
            }
            "__array" => {
                let of = self.type_name(cursor)?;
                let pointer = self.types.ptr(of).map_err(fault)?;
                self.types.array(pointer, 0).map_err(fault)?
            }
            _ => {
                let value = self.number_in(cursor)?;
                let of = self.unique("__unique_value");
                let wide = u32::try_from(value).is_err();
                let values = [(of, value)].into();
                let size = if wide { 8 } else { 4 };
                let made = Enum { name: String::new(), size, signed: false, is_64: wide, values };
                self.types.add(Ty::Enum(made)).map_err(fault)?
            }
        };
        cursor.expect(")")?;
        if !cursor.is("}") {
            cursor.expect(";")?;
        }
        Ok(Some(Field { name, ty, bits: None, at: None, align: None, packed: false }))
    }
}
