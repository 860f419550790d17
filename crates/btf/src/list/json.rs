//! A listing as JSON.

use core::fmt::{self, Write};

use super::{
    Field, Sink,
    text::{digits, signed},
    word,
};
use crate::{Kind, TypeId, value::quote};

pub(super) struct Json<'o, W> {
    out: &'o mut W,
    /// Nothing has been written since the last opening.
    is_first: bool,
}

impl<'o, W: Write> Json<'o, W> {
    pub(super) fn new(out: &'o mut W) -> Self {
        Self { out, is_first: true }
    }

    pub(super) fn begin(&mut self) -> fmt::Result {
        self.out.write_str("{\"types\":[")
    }

    pub(super) fn end(&mut self) -> fmt::Result {
        self.out.write_str("]}")
    }

    fn separate(&mut self) -> fmt::Result {
        if !core::mem::replace(&mut self.is_first, false) { self.out.write_char(',') } else { Ok(()) }
    }

    fn begin_object(&mut self) -> fmt::Result {
        self.separate()?;
        self.is_first = true;
        self.out.write_char('{')
    }

    fn end_object(&mut self) -> fmt::Result {
        self.is_first = false;
        self.out.write_char('}')
    }

    fn key(&mut self, name: &str) -> fmt::Result {
        self.separate()?;
        self.out.write_char('"')?;
        self.out.write_str(name)?;
        self.out.write_str("\":")
    }
}

impl<W: Write> Sink for Json<'_, W> {
    fn open(&mut self, id: TypeId, kind: Kind, name: &str) -> fmt::Result {
        self.begin_object()?;
        self.field("id", Field::Number(id.0.into()))?;
        self.field("kind", Field::Word(word(kind)))?;
        self.field("name", Field::Word(name))
    }

    fn field(&mut self, name: &str, field: Field<'_>) -> fmt::Result {
        self.key(name)?;
        match field {
            Field::Number(number) | Field::WideSigned(number) => signed(self.out, number),
            Field::Wide(number) => digits(self.out, number),
            Field::Word(word) => quote::json(self.out, word),
        }
    }

    fn comma(&mut self) -> fmt::Result {
        Ok(())
    }

    fn open_elements(&mut self, name: &str) -> fmt::Result {
        self.key(name)?;
        self.is_first = true;
        self.out.write_char('[')
    }

    fn open_element(&mut self, name: Option<&str>) -> fmt::Result {
        self.begin_object()?;
        name.map_or(Ok(()), |name| self.field("name", Field::Word(name)))
    }

    fn refers(&mut self, _: Kind, _: &str) -> fmt::Result {
        Ok(())
    }

    fn close_element(&mut self) -> fmt::Result {
        self.end_object()
    }

    fn close_elements(&mut self) -> fmt::Result {
        self.is_first = false;
        self.out.write_char(']')
    }

    fn close(&mut self) -> fmt::Result {
        self.end_object()
    }
}
