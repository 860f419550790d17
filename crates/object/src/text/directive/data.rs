//! Data.

use alloc::{borrow::ToOwned, string::String, vec::Vec};

use crate::text::{
    assembler::Assembler,
    error::{Fault, Kind},
    expr::{self, Value},
    image::{self, Reloc},
    late::{Late, LateWhat},
    lex::Cursor,
    lookup::Lookup,
    place::Part,
    symbols::{SymId, Where},
};

/// `.byte 1, 2`.
pub(super) fn number(
    asm: &mut Assembler<'_>,
    part: &Part<'_>,
    cursor: &mut Cursor<'_>,
    name: &str,
) -> Result<(), Fault> {
    let size = match name {
        "byte" => 1,
        "2byte" | "short" | "hword" | "half" | "value" => 2,
        "4byte" | "long" | "int" | "word" => 4,
        _ => 8,
    };
    loop {
        cursor.skip();
        let at = cursor.at;
        let section = asm.here();
        let value = expr::expression(cursor, &mut Lookup::of_reference(asm))?;
        let offset = asm.image.here(section);
        let bytes = image::number(asm.image.endian, size, 0);
        asm.image.append(section, &bytes[..size as usize]).map_err(|kind| Fault::new(at, kind))?;
        asm.put_value(part, section, offset, size, value, at, cursor)?;
        if !cursor.eat(",") {
            return Ok(());
        }
    }
}

impl Assembler<'_> {
    /// Writes a value to data: a number now, an address as a relocation, a difference of labels at the end.
    #[allow(clippy::too_many_arguments, reason = "a place, and a value with its place")]
    pub fn put_value(
        &mut self,
        part: &Part<'_>,
        section: u32,
        offset: u64,
        size: u32,
        value: Value,
        at: usize,
        cursor: &Cursor<'_>,
    ) -> Result<(), Fault> {
        match value {
            Value { number, symbol: None, minus: None } => {
                self.fits(number, size).map_err(|kind| Fault::new(at, kind))?;
                self.store(section, offset, size, number).map_err(|kind| Fault::new(at, kind))
            }
            Value { number, symbol: Some(symbol), minus: None } => {
                self.address(section, offset, size, symbol, number).map_err(|kind| Fault::new(at, kind))
            }
            Value { .. } => {
                let text = cursor.text.get(at..cursor.at).unwrap_or_default().to_owned();
                let loc = part.loc(at);
                let what = LateWhat::Data { section, offset, size };
                self.late.push(Late { text, scope: self.scope, dialect: self.dialect, loc, what });
                Ok(())
            }
        }
    }

    pub fn fits(&self, value: i64, size: u32) -> Result<(), Kind> {
        let bits = size * 8;
        let fits = bits >= 64 || (-(1i64 << (bits - 1))..1i64 << bits).contains(&value);
        if fits { Ok(()) } else { Err(Kind::Range { value, bits }) }
    }

    pub fn store(&mut self, section: u32, offset: u64, size: u32, value: i64) -> Result<(), Kind> {
        if self.image.at(section).is_some_and(|s| s.kind == image::NOBITS) && value != 0 {
            let name = self.image.at(section).map_or_else(String::new, |s| s.name.as_ref().into());
            return Err(Kind::Section(alloc::format!("section `{name}` has no contents: it can only have zeroes")));
        }
        self.image.put(section, offset, size, value as u64);
        Ok(())
    }

    /// An address in data.
    pub fn address(&mut self, section: u32, offset: u64, size: u32, symbol: SymId, addend: i64) -> Result<(), Kind> {
        let inside = self.image.at(section).is_some_and(|s| s.name.starts_with(".BTF"));
        let kind = match size {
            8 => image::R_ABS64,
            4 if inside => image::R_NODYLD32,
            4 => image::R_ABS32,
            _ => return Err(Kind::Expression("an address has 8 bytes, or 4: use `.quad` or `.long`")),
        };
        if let Some(symbol) = self.symbols.get_mut(symbol) {
            symbol.used = true;
        }
        if let Some(at) = self.image.at_mut(section) {
            at.relocs.push(Reloc { offset, symbol, kind, exact: false });
        }
        self.store(section, offset, size, addend)
    }
}

/// `.ascii "…", "…"`.
pub(super) fn text(asm: &mut Assembler<'_>, _: &Part<'_>, cursor: &mut Cursor<'_>, name: &str) -> Result<(), Fault> {
    loop {
        let at = cursor.at;
        let mut bytes = cursor.string()?;
        // Texts side by side are one.
        while matches!(cursor.peek(), Ok(crate::text::lex::Tok::Text(_))) {
            bytes.extend(cursor.string()?);
        }
        if name != "ascii" {
            bytes.push(0);
        }
        let section = asm.here();
        asm.image.append(section, &bytes).map_err(|kind| Fault::new(at, kind))?;
        if !cursor.eat(",") {
            return Ok(());
        }
    }
}

/// `.octa 1`.
pub(super) fn octa(asm: &mut Assembler<'_>, _: &Part<'_>, cursor: &mut Cursor<'_>, _: &str) -> Result<(), Fault> {
    loop {
        cursor.skip();
        let at = cursor.at;
        let word = cursor.rest().bytes().take_while(u8::is_ascii_alphanumeric).count();
        let digits = &cursor.rest()[..word];
        let value = match digits.strip_prefix("0x") {
            Some(hex) => u128::from_str_radix(hex, 16),
            None => digits.parse(),
        };
        let value = value.map_err(|_| Fault::new(at, Kind::Number(digits.to_owned())))?;
        cursor.at += word;
        let bytes = match asm.image.endian {
            skep_btf::Endian::Little => value.to_le_bytes(),
            skep_btf::Endian::Big => value.to_be_bytes(),
        };
        let section = asm.here();
        asm.image.append(section, &bytes).map_err(|kind| Fault::new(at, kind))?;
        if !cursor.eat(",") {
            return Ok(());
        }
    }
}

fn count(asm: &mut Assembler<'_>, cursor: &mut Cursor<'_>) -> Result<u64, Fault> {
    cursor.skip();
    let at = cursor.at;
    let value = asm.number_in(cursor)?;
    u64::try_from(value).map_err(|_| Fault::new(at, Kind::Expression("a number of bytes is not less than 0")))
}

fn byte(asm: &mut Assembler<'_>, cursor: &mut Cursor<'_>) -> Result<u8, Fault> {
    cursor.skip();
    let at = cursor.at;
    let value = asm.number_in(cursor)?;
    asm.fits(value, 1).map_err(|kind| Fault::new(at, kind))?;
    Ok(value as u8)
}

/// `.zero 4`, `.skip 4, 0xff`.
pub(super) fn zero(asm: &mut Assembler<'_>, _: &Part<'_>, cursor: &mut Cursor<'_>, _: &str) -> Result<(), Fault> {
    let at = cursor.at;
    let len = count(asm, cursor)?;
    let fill = if cursor.eat(",") { byte(asm, cursor)? } else { 0 };
    let section = asm.here();
    asm.image.fill(section, fill, len).map_err(|kind| Fault::new(at, kind))
}

/// `.fill count, size, value`.
pub(super) fn fill(asm: &mut Assembler<'_>, _: &Part<'_>, cursor: &mut Cursor<'_>, _: &str) -> Result<(), Fault> {
    let at = cursor.at;
    let times = count(asm, cursor)?;
    let size = if cursor.eat(",") { count(asm, cursor)? } else { 1 };
    let value = if cursor.eat(",") { asm.number_in(cursor)? } else { 0 };
    if size > 8 {
        return Err(Fault::new(at, Kind::Range { value: size as i64, bits: 3 }));
    }
    let section = asm.here();
    if value == 0 {
        return asm.image.zeroes(section, times.saturating_mul(size)).map_err(|kind| Fault::new(at, kind));
    }
    let bytes = image::number(asm.image.endian, size as u32, value as u64);
    for _ in 0..times {
        asm.image.append(section, &bytes[..size as usize]).map_err(|kind| Fault::new(at, kind))?;
    }
    Ok(())
}

/// `.align 8`, `.p2align 3, 0x0`, `.balign 8, 0, 4`.
pub(super) fn align(asm: &mut Assembler<'_>, _: &Part<'_>, cursor: &mut Cursor<'_>, name: &str) -> Result<(), Fault> {
    cursor.skip();
    let at = cursor.at;
    let value = count(asm, cursor)?;
    let align = match name {
        "p2align" if value < 32 => 1u64 << value,
        "p2align" => 0,
        _ if value == 0 => 1,
        _ => value,
    };
    if !align.is_power_of_two() || align > 1 << 31 {
        return Err(Fault::new(at, Kind::Expression("an alignment is a power of two")));
    }
    let (mut fill, mut most) = (0, None);
    if cursor.eat(",") {
        if !cursor.is(",") {
            fill = byte(asm, cursor)?;
        }
        if cursor.eat(",") {
            most = Some(count(asm, cursor)?);
        }
    }
    let section = asm.here();
    asm.image.align(section, align, fill, most).map_err(|kind| Fault::new(at, kind))
}

/// `.org 128`.
pub(super) fn org(asm: &mut Assembler<'_>, _: &Part<'_>, cursor: &mut Cursor<'_>, _: &str) -> Result<(), Fault> {
    cursor.skip();
    let at = cursor.at;
    let value = expr::expression(cursor, &mut Lookup::of_reference(asm))?;
    let section = asm.here();
    let to = match value.symbol.and_then(|id| asm.symbols.get(id)).map(|s| s.place) {
        Some(Where::Section { section: of, offset }) if of == section && value.minus.is_none() => {
            (offset as i64).wrapping_add(value.number)
        }
        _ => value.number().map_err(|kind| Fault::new(at, kind))?,
    };
    let fill = if cursor.eat(",") { byte(asm, cursor)? } else { 0 };
    asm.move_to(section, to, fill).map_err(|kind| Fault::new(at, kind))
}

impl Assembler<'_> {
    /// Goes on at an offset of a section.
    pub fn move_to(&mut self, section: u32, to: i64, fill: u8) -> Result<(), Kind> {
        let here = self.image.here(section);
        let gap = u64::try_from(to).ok().and_then(|to| to.checked_sub(here));
        let gap = gap.ok_or(Kind::Expression("the section is longer than that already"))?;
        self.image.fill(section, fill, gap)
    }
}

/// `.uleb128 300`.
pub(super) fn leb(asm: &mut Assembler<'_>, part: &Part<'_>, cursor: &mut Cursor<'_>, name: &str) -> Result<(), Fault> {
    let _ = part;
    loop {
        cursor.skip();
        let at = cursor.at;
        let mut value = asm.number_in(cursor)?;
        let mut bytes = Vec::new();
        loop {
            let low = (value & 0x7f) as u8;
            let rest = if name == "uleb128" { (value as u64 >> 7) as i64 } else { value >> 7 };
            let sign = low & 0x40 != 0;
            let done = if name == "uleb128" { rest == 0 } else { (rest == 0 && !sign) || (rest == -1 && sign) };
            bytes.push(if done { low } else { low | 0x80 });
            value = rest;
            if done {
                break;
            }
        }
        let section = asm.here();
        asm.image.append(section, &bytes).map_err(|kind| Fault::new(at, kind))?;
        if !cursor.eat(",") {
            return Ok(());
        }
    }
}

/// `.incbin "file", skip, count`.
pub(super) fn incbin(asm: &mut Assembler<'_>, part: &Part<'_>, cursor: &mut Cursor<'_>, _: &str) -> Result<(), Fault> {
    cursor.skip();
    let at = cursor.at;
    let name = String::from_utf8_lossy(&cursor.string()?).into_owned();
    let skip = if cursor.eat(",") { count(asm, cursor)? } else { 0 };
    let len = if cursor.eat(",") { Some(count(asm, cursor)?) } else { None };
    let loc = part.loc(at);
    let loaded = asm.load(&name, loc).map_err(|kind| Fault::new(at, kind))?;
    let rest = usize::try_from(skip).ok().and_then(|skip| loaded.bytes.get(skip..)).unwrap_or_default();
    let taken = len.and_then(|len| rest.get(..usize::try_from(len).ok()?)).unwrap_or(rest);
    let section = asm.here();
    asm.image.append(section, taken).map_err(|kind| Fault::new(at, kind))
}
