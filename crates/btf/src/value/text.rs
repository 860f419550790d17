//! Values as one line of text.

use core::{
    fmt::{self, Write},
    net::{Ipv4Addr, Ipv6Addr},
};

use super::{
    Style, quote,
    read::{Scalar, low},
    time,
    walk::Sink,
};
use crate::Enum;

pub(super) struct Text<'o> {
    out: &'o mut dyn Write,
    style: &'o Style<'o>,
    depth: u32,
    /// Nothing has been written since the last opening.
    is_first: bool,
}

impl<'o> Text<'o> {
    pub(super) fn new(out: &'o mut dyn Write, style: &'o Style<'o>) -> Self {
        Self { out, style, depth: 0, is_first: true }
    }

    fn open(&mut self, brace: char) -> fmt::Result {
        self.depth += 1;
        self.is_first = true;
        self.out.write_char(brace)
    }

    fn close(&mut self, brace: char) -> fmt::Result {
        self.depth -= 1;
        self.is_first = false;
        self.out.write_char(brace)
    }

    fn separate(&mut self, by: &str) -> fmt::Result {
        if core::mem::replace(&mut self.is_first, false) { Ok(()) } else { self.out.write_str(by) }
    }

    fn pointer(&mut self, pointer: u64) -> fmt::Result {
        write!(self.out, "{pointer:#x}")?;
        match self.style.symbol.filter(|_| pointer != 0).and_then(|symbol| symbol(pointer)) {
            Some(symbol) => write!(self.out, " <{symbol}>"),
            None => Ok(()),
        }
    }

    fn enumerator(&mut self, ty: Enum<'_>, bits: u64) -> fmt::Result {
        if let Some(name) = name_of(ty, bits) {
            return self.out.write_str(name);
        }
        if is_set_of_bits(ty) && bits != 0 {
            let (mut left, mut is_first) = (bits, true);
            for value in ty.values().filter(|value| value.value & bits == value.value && value.value != 0) {
                let bar = if core::mem::take(&mut is_first) { "" } else { "|" };
                write!(self.out, "{bar}{}", value.name)?;
                left &= !value.value;
            }
            if left == 0 {
                return write!(self.out, "({bits:#x})");
            }
            if !is_first {
                return write!(self.out, "|{left:#x}({bits:#x})");
            }
        }
        if ty.name.is_empty() {
            self.integer(ty, bits)
        } else {
            write!(self.out, "{}(", ty.name)?;
            self.integer(ty, bits)?;
            self.out.write_char(')')
        }
    }

    fn integer(&mut self, ty: Enum<'_>, bits: u64) -> fmt::Result {
        if ty.signed { write!(self.out, "{}", bits as i64) } else { write!(self.out, "{bits}") }
    }
}

/// The name of the value with these bits. As many as the enum is wide are compared: old compilers do not mark enums with
/// negative values.
pub(super) fn name_of<'a>(ty: Enum<'a>, bits: u64) -> Option<&'a str> {
    let mask = low(ty.size.saturating_mul(8).min(64)) as u64;
    ty.values().find(|value| (value.value ^ bits) & mask == 0).map(|value| value.name)
}

/// Whether every value is one bit or none, and there are at least two of one bit beyond 1 and 2.
fn is_set_of_bits(ty: Enum<'_>) -> bool {
    ty.values().all(|value| value.value.count_ones() <= 1) && ty.values().any(|value| value.value >= 4)
}

impl Sink for Text<'_> {
    fn scalar(&mut self, scalar: Scalar<'_>) -> fmt::Result {
        let out = &mut *self.out;
        match scalar {
            Scalar::Unsigned(n) => write!(out, "{n}"),
            Scalar::Signed(n) => write!(out, "{n}"),
            Scalar::Bool(b) => write!(out, "{b}"),
            Scalar::Char(c @ b' '..=b'~') => write!(out, "{:?}", c as char),
            Scalar::Char(c) => write!(out, "{c}"),
            Scalar::Float(n) => write!(out, "{n:?}"),
            Scalar::Enum(ty, bits) => self.enumerator(ty, bits),
            Scalar::Pointer(pointer) => self.pointer(pointer),
            Scalar::Text(bytes, is_cut) => {
                let text = quote::before_nul(bytes);
                quote::text(out, text)?;
                if is_cut && text.len() == bytes.len() { self.missing() } else { Ok(()) }
            }
            Scalar::Bytes([]) => out.write_str("\"\""),
            Scalar::Bytes(bytes) => bytes.iter().try_for_each(|byte| write!(out, "{byte:02x}")),
            Scalar::V4(bytes) => write!(out, "{}", Ipv4Addr::from(bytes)),
            Scalar::V6(bytes) => write!(out, "{}", Ipv6Addr::from(bytes)),
            Scalar::Hardware([a, b, c, d, e, f]) => {
                write!(out, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}")
            }
            Scalar::Duration(_, ns) => time::duration(out, ns),
            Scalar::Time(ns) => time::time(out, ns, self.style.times),
        }
    }

    fn missing(&mut self) -> fmt::Result {
        self.out.write_char('…')
    }

    fn open_fields(&mut self) -> fmt::Result {
        // The outermost struct is the line itself.
        if self.depth == 0 {
            self.depth = 1;
            self.is_first = true;
            return Ok(());
        }
        self.open('{')
    }

    fn field(&mut self, name: &str) -> fmt::Result {
        self.separate(" ")?;
        write!(self.out, "{name}=")
    }

    fn close_fields(&mut self) -> fmt::Result {
        if self.depth == 1 {
            self.depth = 0;
            return Ok(());
        }
        self.close('}')
    }

    fn open_elements(&mut self) -> fmt::Result {
        // An array is bracketed even at the outside.
        self.depth += u32::from(self.depth == 0);
        self.open('[')
    }

    fn element(&mut self) -> fmt::Result {
        self.separate(", ")
    }

    fn zeros(&mut self, count: usize) -> Result<bool, fmt::Error> {
        self.separate(", ")?;
        write!(self.out, "0 x{count}")?;
        Ok(true)
    }

    fn close_elements(&mut self) -> fmt::Result {
        self.close(']')
    }
}
