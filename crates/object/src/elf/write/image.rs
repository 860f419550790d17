//! The container: sections with contents, symbols, relocation entries, as bytes.

use alloc::{format, sync::Arc, vec, vec::Vec};

use hashbrown::HashMap;
use object::elf;
use skep_isa::Raw;
use skep_uapi::Endian;

/// The sizes in bytes of the file header, a section header, a symbol and a relocation entry.
const FILE_HEADER: u16 = 64;
const SECTION_HEADER: u16 = 64;
const SYMBOL: u64 = 24;
const ENTRY: u64 = 16;

/// There can be so many sections without an extended table of positions.
pub(super) const MAX_SECTIONS: usize = 0xff00;

/// A file to be.
pub(super) struct Image {
    endian: Endian,
    /// The header, and the contents of sections that are complete.
    out: Vec<u8>,
    pub sections: Vec<Out>,
    symbols: Vec<u8>,
    /// One more than the last local symbol.
    locals: u32,
    strings: Strings,
}

/// A section to be.
pub(super) struct Out {
    pub name: Arc<str>,
    pub sh_type: u32,
    pub flags: u64,
    pub align: u64,
    pub entry_size: u64,
    pub data: Vec<u8>,
    /// Where the contents are in the file, if they are there already.
    pub offset: Option<u64>,
    /// The size in bytes, if there is no data: `.bss`.
    pub size: u64,
    pub relocs: Vec<Entry>,
}

/// A relocation entry.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub offset: u64,
    pub symbol: u32,
    pub kind: u32,
}

/// A symbol to be.
#[derive(Default)]
pub(super) struct Symbol<'a> {
    pub name: &'a str,
    /// Binding in the upper, type in the lower half.
    pub info: u8,
    pub visibility: u8,
    pub section: u16,
    pub value: u64,
    pub size: u64,
}

impl Out {
    /// A section with contents.
    pub fn new(name: impl Into<Arc<str>>, flags: u64, align: u64, data: Vec<u8>) -> Self {
        let (sh_type, size) = (elf::SHT_PROGBITS.0, data.len() as u64);
        Self { name: name.into(), sh_type, flags, align, entry_size: 0, data, offset: None, size, relocs: Vec::new() }
    }

    /// Says that the contents stand in the file.
    pub fn place(&mut self, start: usize, end: usize) {
        (self.offset, self.size) = (Some(start as u64), end.saturating_sub(start) as u64);
    }

    /// A table of entries.
    fn table(name: impl Into<Arc<str>>, sh_type: elf::SectionType, flags: u64, entry_size: u64, data: Vec<u8>) -> Self {
        Self { sh_type: sh_type.0, entry_size, ..Self::new(name, flags, 8, data) }
    }
}

impl Image {
    /// About as many bytes as `size` are expected.
    pub fn new(endian: Endian, size: usize) -> Self {
        let mut out = Vec::with_capacity(size);
        out.resize(FILE_HEADER.into(), 0);
        let none = Out { sh_type: elf::SHT_NULL.0, ..Out::new("", 0, 0, Vec::new()) };
        let strings = Strings { bytes: vec![0], known: HashMap::new() };
        let mut image = Self { endian, out, sections: vec![none], symbols: Vec::new(), locals: 0, strings };
        image.symbol(&Symbol::default());
        image
    }

    /// Adds a section and says its position.
    pub fn section(&mut self, section: Out) -> u16 {
        self.sections.push(section);
        self.sections.len() as u16 - 1
    }

    /// Appends to the contents of a section, which begins with this if it says its alignment in bytes. Nothing else is
    /// appended meanwhile.
    pub fn append(&mut self, section: u16, align: Option<usize>, slots: &[Raw]) {
        let Some(section) = self.sections.get_mut(usize::from(section)) else { return };
        if let Some(align) = align {
            self.out.resize(self.out.len().next_multiple_of(align), 0);
            section.place(self.out.len(), self.out.len());
        }
        let start = self.out.len();
        self.out.resize(start + Raw::SIZE * slots.len(), 0);
        let places = self.out.get_mut(start..).unwrap_or_default().as_chunks_mut().0;
        places.iter_mut().zip(slots).for_each(|(place, slot)| *place = slot.to_bytes(self.endian));
        section.place(section.offset.unwrap_or_default() as usize, self.out.len());
    }

    /// The bytes so far, aligned, to put the contents of a section behind them.
    pub fn begin_section(&mut self, align: usize) -> Vec<u8> {
        let mut out = core::mem::take(&mut self.out);
        out.resize(out.len().next_multiple_of(align), 0);
        out
    }

    /// Takes the bytes back: a section's contents stand in them from `start` on, if it has any.
    pub fn end_section(&mut self, name: &str, start: Option<usize>, out: Vec<u8>) {
        self.out = out;
        if let Some(start) = start {
            let mut section = Out::new(name, 0, 4, Vec::new());
            section.place(start, self.out.len());
            self.section(section);
        }
    }

    /// Adds a section with contents that are copied to their place.
    pub fn write_section(&mut self, name: &str, align: usize, data: &[u8]) {
        let mut out = self.begin_section(align);
        let start = out.len();
        out.extend_from_slice(data);
        self.end_section(name, Some(start), out);
    }

    /// Adds a symbol and says its position. Local ones come first.
    pub fn symbol(&mut self, symbol: &Symbol<'_>) -> u32 {
        let name = self.strings.of(symbol.name);
        let Symbol { info, visibility, section, value, size, .. } = *symbol;
        self.symbols.extend(self.endian.bytes32(name));
        self.symbols.extend([info, visibility]);
        self.symbols.extend(self.endian.bytes16(section));
        self.symbols.extend([value, size].map(|v| self.endian.bytes64(v)).as_flattened());
        let count = self.symbols.len() as u32 / SYMBOL as u32;
        if info >> 4 == elf::STB_LOCAL.0 {
            self.locals = count;
        }
        count - 1
    }

    /// The bytes of the file: header, contents, section headers.
    pub fn finish(mut self) -> Vec<u8> {
        let changed = self.relocation_sections();
        let symtab = self.sections.len() as u32;
        self.sections.push(Out::table(".symtab", elf::SHT_SYMTAB, 0, SYMBOL, core::mem::take(&mut self.symbols)));
        self.sections.push(Out { sh_type: elf::SHT_STRTAB.0, ..Out::new(".strtab", 0, 1, Vec::new()) });
        let names: Vec<u32> = self.sections.iter().map(|s| self.strings.of(&s.name)).collect();
        if let Some(last) = self.sections.last_mut() {
            (last.size, last.data) = (self.strings.bytes.len() as u64, core::mem::take(&mut self.strings.bytes));
        }
        let mut out = core::mem::take(&mut self.out);
        out.reserve_exact(self.sections.iter().map(|s| s.data.len() + 2 * usize::from(SECTION_HEADER)).sum());
        let mut headers = Vec::with_capacity(self.sections.len() * usize::from(SECTION_HEADER));
        let mut sections = core::mem::take(&mut self.sections);
        let count = sections.len() as u16;
        for (i, (section, name)) in sections.iter_mut().zip(names).enumerate() {
            let offset = place(&mut out, section);
            let changes = (i as u32).checked_sub(changed.0).and_then(|at| changed.1.get(at as usize));
            let (link, info) = match changes {
                Some(&of) => (symtab, of),
                None if i as u32 == symtab => (symtab + 1, self.locals),
                None => (0, 0),
            };
            self.section_header(&mut headers, section, [name, link, info], offset);
        }
        out.resize(out.len().next_multiple_of(8), 0);
        let header = self.file_header(out.len() as u64, [count, symtab as u16 + 1]);
        out[..header.len()].copy_from_slice(&header);
        out.append(&mut headers);
        out
    }

    /// Makes the sections that hold relocation entries: says the position of the first, and which section each changes.
    fn relocation_sections(&mut self) -> (u32, Vec<u32>) {
        let (first, mut changes) = (self.sections.len(), Vec::new());
        for idx in 0..first {
            let Some(section) = self.sections.get_mut(idx) else { break };
            let relocs = core::mem::take(&mut section.relocs);
            if relocs.is_empty() {
                continue;
            }
            let mut data = Vec::with_capacity(relocs.len() * ENTRY as usize);
            for entry in &relocs {
                let info = u64::from(entry.symbol) << 32 | u64::from(entry.kind);
                data.extend([entry.offset, info].map(|v| self.endian.bytes64(v)).as_flattened());
            }
            let name = format!(".rel{}", section.name);
            self.sections.push(Out::table(name, elf::SHT_REL, elf::SHF_INFO_LINK.0, ENTRY, data));
            changes.push(idx as u32);
        }
        (first as u32, changes)
    }

    fn section_header(&self, out: &mut Vec<u8>, section: &Out, [name, link, info]: [u32; 3], offset: u64) {
        let (word, long) = (|v| self.endian.bytes32(v), |v| self.endian.bytes64(v));
        out.extend([name, section.sh_type].map(word).as_flattened());
        // No address.
        out.extend([section.flags, 0, offset, section.size].map(long).as_flattened());
        out.extend([link, info].map(word).as_flattened());
        out.extend([section.align, section.entry_size].map(long).as_flattened());
    }

    fn file_header(&self, sections: u64, counts: [u16; 2]) -> Vec<u8> {
        let e = self.endian;
        let mut out = Vec::with_capacity(FILE_HEADER.into());
        let order = if e == Endian::Little { elf::ELFDATA2LSB } else { elf::ELFDATA2MSB };
        out.extend(elf::ELFMAG);
        out.extend([elf::ELFCLASS64.0, order.0, elf::EV_CURRENT.0, elf::ELFOSABI_NONE.0]);
        out.extend([0; 8]);
        out.extend([elf::ET_REL.0, elf::EM_BPF.0].map(|v| e.bytes16(v)).as_flattened());
        out.extend(e.bytes32(elf::EV_CURRENT.0.into()));
        // No entry point and no program headers.
        out.extend([0, 0, sections].map(|v| e.bytes64(v)).as_flattened());
        out.extend(e.bytes32(0));
        let sizes = [FILE_HEADER, 0, 0, SECTION_HEADER].into_iter().chain(counts);
        out.extend(sizes.flat_map(|v| e.bytes16(v)));
        out
    }
}

/// Appends the contents of a section and says where they are. They are in memory once.
fn place(out: &mut Vec<u8>, section: &mut Out) -> u64 {
    if section.sh_type == elf::SHT_NULL.0 {
        return 0;
    }
    if let Some(offset) = section.offset {
        return offset;
    }
    if !section.data.is_empty() {
        let align = usize::try_from(section.align).unwrap_or(1).clamp(1, 1 << 12);
        out.resize(out.len().next_multiple_of(align), 0);
    }
    let offset = out.len() as u64;
    out.append(&mut section.data);
    offset
}

/// The names of symbols and sections, each once.
struct Strings {
    bytes: Vec<u8>,
    known: HashMap<Arc<str>, u32>,
}

impl Strings {
    fn of(&mut self, name: &str) -> u32 {
        // A NUL would end the name early.
        let name = name.split('\0').next().unwrap_or_default();
        if name.is_empty() {
            return 0;
        }
        if let Some(&at) = self.known.get(name) {
            return at;
        }
        let at = self.bytes.len() as u32;
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.push(0);
        self.known.insert(name.into(), at);
        at
    }
}
