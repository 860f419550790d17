//! A listing as text.

use core::fmt::{self, Write};

use super::{Field, Sink, word};
use crate::{Kind, TypeId};

pub(super) struct Text<'o, W> {
    out: &'o mut W,
    /// Nothing stands before the next field.
    is_first: bool,
}

impl<'o, W: Write> Text<'o, W> {
    pub(super) fn new(out: &'o mut W) -> Self {
        Self { out, is_first: false }
    }

    /// A name in quotes. What could change what a terminal shows is written as its number.
    fn quoted(&mut self, name: &str) -> fmt::Result {
        self.out.write_char('\'')?;
        if name.bytes().all(|byte| !byte.is_ascii_control() || byte == b'\n' || byte == b'\t') {
            self.out.write_str(name)?;
        } else {
            for c in name.chars() {
                match c.is_control() && c != '\n' && c != '\t' {
                    true => write!(self.out, "\\x{:02x}", c as u32)?,
                    false => self.out.write_char(c)?,
                }
            }
        }
        self.out.write_char('\'')
    }
}

/// Writes a number: quicker than by way of `write!`.
pub(crate) fn digits(out: &mut impl Write, mut number: u64) -> fmt::Result {
    let mut text = [b'0'; 20];
    let mut at = text.len();
    loop {
        at -= 1;
        text[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.write_str(core::str::from_utf8(text.get(at..).unwrap_or_default()).unwrap_or_default())
}

/// The same with a sign.
pub(crate) fn signed(out: &mut impl Write, number: i64) -> fmt::Result {
    if number < 0 {
        out.write_char('-')?;
    }
    digits(out, number.unsigned_abs())
}

impl<W: Write> Sink for Text<'_, W> {
    fn open(&mut self, id: TypeId, kind: Kind, name: &str) -> fmt::Result {
        self.is_first = false;
        self.out.write_char('[')?;
        digits(self.out, id.0.into())?;
        self.out.write_str("] ")?;
        self.out.write_str(word(kind))?;
        self.out.write_char(' ')?;
        self.quoted(name)
    }

    fn field(&mut self, name: &str, field: Field<'_>) -> fmt::Result {
        if !self.is_first {
            self.out.write_char(' ')?;
        }
        self.is_first = false;
        self.out.write_str(name)?;
        self.out.write_char('=')?;
        match field {
            Field::Number(number) => signed(self.out, number),
            Field::Word(word) => self.out.write_str(word),
            Field::Wide(number) => {
                digits(self.out, number)?;
                self.out.write_str("ULL")
            }
            Field::WideSigned(number) => {
                signed(self.out, number)?;
                self.out.write_str("LL")
            }
        }
    }

    fn comma(&mut self) -> fmt::Result {
        self.out.write_char(',')
    }

    fn open_elements(&mut self, _: &str) -> fmt::Result {
        Ok(())
    }

    fn open_element(&mut self, name: Option<&str>) -> fmt::Result {
        self.out.write_str("\n\t")?;
        self.is_first = name.is_none();
        name.map_or(Ok(()), |name| self.quoted(name))
    }

    fn refers(&mut self, kind: Kind, name: &str) -> fmt::Result {
        self.out.write_str(" (")?;
        self.out.write_str(word(kind))?;
        self.out.write_char(' ')?;
        self.quoted(name)?;
        self.out.write_char(')')
    }

    fn close_element(&mut self) -> fmt::Result {
        Ok(())
    }

    fn close_elements(&mut self) -> fmt::Result {
        Ok(())
    }

    fn close(&mut self) -> fmt::Result {
        self.out.write_char('\n')
    }
}
