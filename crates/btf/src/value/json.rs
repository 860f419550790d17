//! Values as JSON.

use core::{
    fmt::{self, Write},
    net::{Ipv4Addr, Ipv6Addr},
};

use super::{quote, read::Scalar, text::name_of, walk::Sink};

pub(super) struct Json<'o> {
    out: &'o mut dyn Write,
    /// Nothing has been written since the last opening.
    is_first: bool,
}

impl<'o> Json<'o> {
    pub(super) fn new(out: &'o mut dyn Write) -> Self {
        Self { out, is_first: true }
    }

    fn open(&mut self, brace: char) -> fmt::Result {
        self.is_first = true;
        self.out.write_char(brace)
    }

    fn close(&mut self, brace: char) -> fmt::Result {
        self.is_first = false;
        self.out.write_char(brace)
    }

    fn bytes(&mut self, bytes: &[u8]) -> fmt::Result {
        self.out.write_char('[')?;
        for (i, byte) in bytes.iter().enumerate() {
            write!(self.out, "{}{byte}", if i == 0 { "" } else { "," })?;
        }
        self.out.write_char(']')
    }
}

impl Sink for Json<'_> {
    fn scalar(&mut self, scalar: Scalar<'_>) -> fmt::Result {
        let out = &mut *self.out;
        match scalar {
            Scalar::Unsigned(n) => write!(out, "{n}"),
            Scalar::Signed(n) => write!(out, "{n}"),
            Scalar::Bool(b) => write!(out, "{b}"),
            Scalar::Char(c) => write!(out, "{c}"),
            Scalar::Float(n) if n.is_finite() => write!(out, "{n:?}"),
            Scalar::Float(n) => write!(out, "\"{n}\""),
            Scalar::Enum(ty, bits) => match name_of(ty, bits) {
                Some(name) => quote::json(out, name),
                None if ty.signed => write!(out, "{}", bits as i64),
                None => write!(out, "{bits}"),
            },
            Scalar::Pointer(pointer) => write!(out, "\"{pointer:#x}\""),
            Scalar::Text(bytes, _) => {
                let bytes = quote::before_nul(bytes);
                match core::str::from_utf8(bytes) {
                    Ok(text) => quote::json(out, text),
                    Err(_) => self.bytes(bytes),
                }
            }
            Scalar::Bytes(bytes) => {
                out.write_char('"')?;
                bytes.iter().try_for_each(|byte| write!(out, "{byte:02x}"))?;
                out.write_char('"')
            }
            Scalar::V4(bytes) => write!(out, "\"{}\"", Ipv4Addr::from(bytes)),
            Scalar::V6(bytes) => write!(out, "\"{}\"", Ipv6Addr::from(bytes)),
            Scalar::Hardware([a, b, c, d, e, f]) => {
                write!(out, "\"{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}\"")
            }
            Scalar::Duration(n, _) | Scalar::Time(n) => write!(out, "{n}"),
        }
    }

    fn missing(&mut self) -> fmt::Result {
        self.out.write_str("null")
    }

    fn open_fields(&mut self) -> fmt::Result {
        self.open('{')
    }

    fn field(&mut self, name: &str) -> fmt::Result {
        self.element()?;
        quote::json(self.out, name)?;
        self.out.write_char(':')
    }

    fn close_fields(&mut self) -> fmt::Result {
        self.close('}')
    }

    fn open_elements(&mut self) -> fmt::Result {
        self.open('[')
    }

    fn element(&mut self) -> fmt::Result {
        if core::mem::replace(&mut self.is_first, false) { Ok(()) } else { self.out.write_char(',') }
    }

    fn zeros(&mut self, _: usize) -> Result<bool, fmt::Error> {
        Ok(false)
    }

    fn close_elements(&mut self) -> fmt::Result {
        self.close(']')
    }
}
