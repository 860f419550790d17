//! The image as an ELF file.

use alloc::{format, vec, vec::Vec};

use skep_btf::Endian;

use super::{
    image::{Image, NOBITS, Reloc},
    symbols::{Binding, SymId, Symbol, Symbols, Where},
};

const HEADER: u64 = 64;
const SYMBOL: u64 = 24;
const EM_BPF: u16 = 247;
const SHT_SYMTAB: u32 = 2;
const SHT_STRTAB: u32 = 3;
const SHT_REL: u32 = 9;
const SHF_INFO_LINK: u64 = 0x40;
const STT_SECTION: u8 = 3;
const STT_FILE: u8 = 4;
/// Sections from here on are not sections, in a symbol's 16 bits.
const SHN_LORESERVE: u32 = 0xff00;
const SHN_ABS: u16 = 0xfff1;

/// The most sections: those in 16 bits.
pub(super) const MAX_SECTIONS: usize = 0x7000;

/// Writes the file. `name` is that of the source.
pub(super) fn write(image: &mut Image, symbols: &Symbols, name: Option<&str>) -> Vec<u8> {
    let table = SymbolTable::of(image, symbols, name);
    let mut out = Out::new(image, &table);
    let (mut strings, mut headers) = (Strings::new(), vec![Header::default()]);
    // Section n of the image is section n + 1 of the file.
    for section in &image.sections {
        out.pad(section.align);
        let size = if section.kind == NOBITS { section.size } else { section.data.len() as u64 };
        headers.push(Header {
            name: strings.add(&section.name),
            kind: section.kind,
            flags: section.flags,
            offset: out.bytes.len() as u64,
            size,
            align: section.align,
            entry_size: section.entry_size,
            ..Header::default()
        });
        out.bytes.extend_from_slice(&section.data);
    }
    let relocated = image.sections.iter().enumerate().filter(|(_, s)| !s.relocs.is_empty());
    let symtab = headers.len() as u32 + relocated.clone().count() as u32;
    for (at, section) in relocated {
        out.pad(8);
        headers.push(Header {
            name: strings.add(&format!(".rel{}", section.name)),
            kind: SHT_REL,
            flags: SHF_INFO_LINK,
            offset: out.bytes.len() as u64,
            size: section.relocs.len() as u64 * 16,
            link: symtab,
            info: at as u32 + 1,
            align: 8,
            entry_size: 16,
        });
        for reloc in &section.relocs {
            out.u64(reloc.offset);
            out.u64(u64::from(table.position(reloc, symbols)) << 32 | u64::from(reloc.kind));
        }
    }
    out.pad(8);
    let offset = out.bytes.len() as u64;
    for entry in &table.entries {
        let name = strings.add(entry.name);
        out.u32(name);
        out.bytes.extend([entry.info, entry.other]);
        out.u16(entry.section);
        out.u64(entry.value);
        out.u64(entry.size);
    }
    headers.push(Header {
        name: strings.add(".symtab"),
        kind: SHT_SYMTAB,
        offset,
        size: table.entries.len() as u64 * SYMBOL,
        link: symtab + 1,
        info: table.locals,
        align: 8,
        entry_size: SYMBOL,
        ..Header::default()
    });
    let name = strings.add(".strtab");
    headers.push(Header {
        name,
        kind: SHT_STRTAB,
        offset: out.bytes.len() as u64,
        size: strings.bytes.len() as u64,
        align: 1,
        ..Header::default()
    });
    out.bytes.extend_from_slice(&strings.bytes);
    out.pad(8);
    let start = out.bytes.len() as u64;
    headers.iter().for_each(|header| out.header(header));
    out.file_header(start, headers.len() as u16);
    out.bytes
}

#[derive(Clone, Copy, Default)]
struct Header {
    name: u32,
    kind: u32,
    flags: u64,
    offset: u64,
    size: u64,
    link: u32,
    info: u32,
    align: u64,
    entry_size: u64,
}

struct Out {
    bytes: Vec<u8>,
    endian: Endian,
}

impl Out {
    fn new(image: &Image, table: &SymbolTable<'_>) -> Self {
        let sections = image.sections.iter().map(|s| s.data.len() + s.relocs.len() * 16 + 256);
        let symbols = table.entries.iter().map(|entry| SYMBOL as usize + entry.name.len() + 1);
        let mut bytes = Vec::with_capacity(HEADER as usize + sections.sum::<usize>() + symbols.sum::<usize>());
        bytes.resize(HEADER as usize, 0);
        Self { bytes, endian: image.endian }
    }

    fn u16(&mut self, value: u16) {
        self.bytes.extend(self.endian.bytes16(value));
    }

    fn u32(&mut self, value: u32) {
        self.bytes.extend(self.endian.bytes32(value));
    }

    fn u64(&mut self, value: u64) {
        self.bytes.extend(match self.endian {
            Endian::Little => value.to_le_bytes(),
            Endian::Big => value.to_be_bytes(),
        });
    }

    fn pad(&mut self, align: u64) {
        let len = self.bytes.len().next_multiple_of(align.clamp(1, 4096) as usize);
        self.bytes.resize(len, 0);
    }

    fn header(&mut self, header: &Header) {
        self.u32(header.name);
        self.u32(header.kind);
        self.u64(header.flags);
        self.u64(0);
        self.u64(header.offset);
        self.u64(header.size);
        self.u32(header.link);
        self.u32(header.info);
        self.u64(header.align);
        self.u64(header.entry_size);
    }

    fn file_header(&mut self, sections: u64, count: u16) {
        let body = core::mem::take(&mut self.bytes);
        let order = if self.endian == Endian::Little { 1 } else { 2 };
        self.bytes.extend([0x7f, b'E', b'L', b'F', 2, order, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        self.u16(1);
        self.u16(EM_BPF);
        self.u32(1);
        self.u64(0);
        self.u64(0);
        self.u64(sections);
        self.u32(0);
        for half in [HEADER as u16, 0, 0, 64, count, count - 1] {
            self.u16(half);
        }
        let header = core::mem::replace(&mut self.bytes, body);
        self.bytes[..HEADER as usize].copy_from_slice(&header);
    }
}

/// The names of sections and symbols.
struct Strings {
    bytes: Vec<u8>,
}

impl Strings {
    fn new() -> Self {
        Self { bytes: vec![0] }
    }

    fn add(&mut self, text: &str) -> u32 {
        if text.is_empty() {
            return 0;
        }
        let at = self.bytes.len() as u32;
        text.split('\0').for_each(|piece| self.bytes.extend_from_slice(piece.as_bytes()));
        self.bytes.push(0);
        at
    }
}

struct Entry<'n> {
    name: &'n str,
    info: u8,
    other: u8,
    section: u16,
    value: u64,
    size: u64,
}

struct SymbolTable<'n> {
    entries: Vec<Entry<'n>>,
    locals: u32,
    /// Where each symbol stands, 0 for those that are not written.
    positions: Vec<u32>,
    sections: Vec<u32>,
}

impl<'n> SymbolTable<'n> {
    /// The symbols that the file needs: those of sections that are referred to, local ones, then the others.
    fn of(image: &Image, symbols: &'n Symbols, file: Option<&'n str>) -> Self {
        let none = || Entry { name: "", info: 0, other: 0, section: 0, value: 0, size: 0 };
        let mut table = Self {
            entries: vec![none()],
            locals: 0,
            positions: vec![0; symbols.table.len()],
            sections: vec![0; image.sections.len()],
        };
        if let Some(name) = file {
            table.entries.push(Entry { name, info: STT_FILE, section: SHN_ABS, ..none() });
        }
        for reloc in image.sections.iter().flat_map(|s| &s.relocs) {
            if let Some(section) = by_section(reloc, symbols)
                && let Some(position @ 0) = table.sections.get_mut(section as usize)
            {
                *position = table.entries.len() as u32;
                table.entries.push(Entry { info: STT_SECTION, section: section as u16 + 1, ..none() });
            }
        }
        let mut others = Vec::new();
        for (id, symbol) in (0..).map(SymId).zip(&symbols.table) {
            if symbol.private || !(symbol.is_defined() || symbol.used) {
                continue;
            }
            if symbol.is_local() { table.push(id, symbol, symbols) } else { others.push((id, symbol)) }
        }
        table.locals = table.entries.len() as u32;
        others.into_iter().for_each(|(id, symbol)| table.push(id, symbol, symbols));
        table
    }

    fn push(&mut self, id: SymId, symbol: &Symbol, symbols: &'n Symbols) {
        if let Some(position) = self.positions.get_mut(id.0 as usize) {
            *position = self.entries.len() as u32;
        }
        self.entries.push(entry(symbols.written(id), symbol));
    }

    fn position(&self, reloc: &Reloc, symbols: &Symbols) -> u32 {
        match by_section(reloc, symbols) {
            Some(section) => self.sections.get(section as usize).copied().unwrap_or(0),
            None => self.positions.get(reloc.symbol.0 as usize).copied().unwrap_or(0),
        }
    }
}

/// The section by whose symbol a relocation names its own, if it is a local one.
pub(super) fn by_section(reloc: &Reloc, symbols: &Symbols) -> Option<u32> {
    let symbol = symbols.get(reloc.symbol)?;
    match symbol.place {
        Where::Section { section, .. } if symbol.is_local() && (!reloc.exact || symbol.private) => Some(section),
        _ => None,
    }
}

fn entry<'n>(name: &'n str, symbol: &Symbol) -> Entry<'n> {
    let binding = match symbol.binding {
        _ if symbol.is_local() => 0,
        Binding::Weak => 2,
        _ => 1,
    };
    let (section, value) = match symbol.place {
        Where::Undefined => (0, 0),
        Where::Section { section, offset } => (u16::try_from(section + 1).unwrap_or(SHN_LORESERVE as u16), offset),
    };
    Entry {
        name,
        info: binding << 4 | symbol.kind & 0xf,
        other: symbol.visibility & 3,
        section,
        value,
        size: symbol.size.unwrap_or(0),
    }
}
