//! Sections of data.

use alloc::string::String;
use core::fmt::{self, Write};

use object::elf;

use skep_isa::text::Quoted;

use super::{Part, Text};
use crate::elf::file::Reloc;

const R_BPF_64_ABS64: u32 = 2;
const R_BPF_64_ABS32: u32 = 3;

/// As many equal bytes are worth a directive of their own.
const RUN: usize = 8;
/// The bytes on a line.
const LINE: usize = 16;

impl Text<'_> {
    /// Writes a section of data.
    pub(super) fn data(&self, out: &mut (impl Write + ?Sized), part: &Part<'_>) -> fmt::Result {
        let section = self.file.sections.get(part.position as usize);
        let is_empty = section.is_some_and(|section| section.sh_type == elf::SHT_NOBITS);
        let (mut symbols, mut relocs) = (part.symbols.iter().peekable(), part.relocs.iter().peekable());
        let mut at = 0u64;
        loop {
            while let Some(&idx) = symbols.next_if(|&&idx| self.symbol(idx).is_none_or(|symbol| symbol.value <= at)) {
                if let Some(symbol) = self.symbol(idx).filter(|symbol| symbol.value == at && self.stands(idx)) {
                    self.map_note(out, part, symbol)?;
                    self.define(out, idx, symbol)?;
                }
            }
            if at >= part.size {
                return Ok(());
            }
            if let Some(reloc) = relocs.next_if(|reloc| reloc.offset <= at) {
                at += self.address(out, part, reloc, at)?;
                continue;
            }
            let symbol = symbols.peek().and_then(|&&idx| self.symbol(idx)).map_or(part.size, |symbol| symbol.value);
            let reloc = relocs.peek().map_or(part.size, |reloc| reloc.offset);
            let end = symbol.min(reloc).clamp(at + 1, part.size.max(at + 1));
            if is_empty {
                writeln!(out, "    .zero {}", end - at)?;
            } else {
                let range = usize::try_from(at).unwrap_or(usize::MAX)..usize::try_from(end).unwrap_or(usize::MAX);
                let chunk = part.data.get(range).unwrap_or_default();
                if !self.number(out, chunk)? {
                    bytes(out, chunk, section.is_some_and(|s| s.flags & elf::SHF_STRINGS.0 != 0))?;
                }
            }
            at = end;
        }
    }

    /// Writes as many bytes as a number has as one, unless they are text. Whether they were written.
    fn number(&self, out: &mut (impl Write + ?Sized), data: &[u8]) -> Result<bool, fmt::Error> {
        let endian = self.file.endian;
        if text_len(data) == data.len() || data.iter().all(|byte| *byte == 0) {
            return Ok(false);
        }
        match *data {
            [a, b] => writeln!(out, "    .short {:#x}", endian.u16([a, b]))?,
            [a, b, c, d] => writeln!(out, "    .long {:#x}", endian.u32([a, b, c, d]))?,
            [a, b, c, d, e, f, g, h] => writeln!(out, "    .quad {:#x}", endian.u64([a, b, c, d, e, f, g, h]))?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// An address in data; the number of bytes it fills.
    fn address(
        &self,
        out: &mut (impl Write + ?Sized),
        part: &Part<'_>,
        reloc: &Reloc,
        at: u64,
    ) -> Result<u64, fmt::Error> {
        let (size, directive) = match reloc.kind {
            R_BPF_64_ABS64 => (8, ".quad"),
            R_BPF_64_ABS32 => (4, ".long"),
            _ => (0, ""),
        };
        let start = usize::try_from(at).unwrap_or(usize::MAX);
        let place = part.data.get(start..).and_then(|data| data.get(..size)).unwrap_or_default();
        let endian = self.file.endian;
        let addend = match *place {
            [a, b, c, d, e, f, g, h] => endian.u64([a, b, c, d, e, f, g, h]) as i64,
            [a, b, c, d] => i64::from(endian.u32([a, b, c, d])),
            _ => 0,
        };
        let mut text = String::new();
        if reloc.offset == at && place.len() == size && size > 0 && self.expression(&mut text, reloc.symbol, addend) {
            writeln!(out, "    {directive} {text}")?;
            return Ok(size as u64);
        }
        text.clear();
        self.as_it_is(&mut text, reloc, reloc.offset)?;
        out.write_str(&text)?;
        Ok(0)
    }
}

/// Writes bytes as directives: text as text, runs of zeroes as runs.
fn bytes(out: &mut (impl Write + ?Sized), mut data: &[u8], strings: bool) -> fmt::Result {
    while !data.is_empty() {
        let zeroes = data.iter().take_while(|byte| **byte == 0).count();
        if zeroes >= RUN || zeroes == data.len() {
            writeln!(out, "    .zero {zeroes}")?;
            data = data.get(zeroes..).unwrap_or_default();
            continue;
        }
        let end = text_len(data);
        if end > 4 || (end > 0 && (strings || end == data.len())) {
            writeln!(out, "    .asciz {}", Quoted(data.get(..end - 1).unwrap_or_default()))?;
            data = data.get(end..).unwrap_or_default();
            continue;
        }
        let mut count = 1;
        while count < data.len().min(LINE)
            && !data[count..].iter().take(RUN).all(|byte| *byte == 0)
            && (count % 4 != 0 || text_len(&data[count..]) <= 4)
        {
            count += 1;
        }
        let (line, rest) = data.split_at(count);
        out.write_str("    .byte ")?;
        for (at, byte) in line.iter().enumerate() {
            write!(out, "{}{byte:#04x}", if at == 0 { "" } else { ", " })?;
        }
        out.write_char('\n')?;
        data = rest;
    }
    Ok(())
}

/// The length of the text that data begins with, its end included; 0 if it begins with none.
fn text_len(data: &[u8]) -> usize {
    let printable = |byte: &&u8| byte.is_ascii_graphic() || matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x1b);
    let len = data.iter().take_while(printable).count();
    if len > 0 && data.get(len) == Some(&0) { len + 1 } else { 0 }
}
