//! The container: header, sections, symbols, relocation entries. Everything is checked against the size of the file.

use alloc::{borrow::Cow, format, sync::Arc, vec::Vec};

use object::{
    Endianness, SymbolIndex, elf,
    pod::{Pod, slice_from_all_bytes},
    read::elf::{FileHeader, Rel, Rela, SectionHeader, SectionTable, Sym},
};
use skep_uapi::Endian;

use super::source::{Bytes, Source};
use crate::{Error, Kind, Linkage, SectionIdx, Site, Visibility};

type Header = elf::FileHeader64<Endianness>;

/// The longest name of a symbol or section in bytes. Names may overlap: without a bound a small file could name each of
/// its symbols by most of its bytes.
const MAX_NAME: usize = 1 << 12;

/// The name of sections that declare maps.
const MAPS: &str = ".maps";

/// A file whose parts are all inside it.
pub(crate) struct File<'a> {
    pub name: Arc<str>,
    pub endian: Endian,
    pub sections: Vec<Section<'a>>,
    pub symbols: Vec<Symbol<'a>>,
    /// The sections of declared maps, and where each begins when they are put one behind the other; sorted. There is one,
    /// but for rustc, which puts constants apart from what can change.
    maps: Vec<(SectionIdx, u64)>,
    source: &'a dyn Source,
    order: Endianness,
    table: SectionTable<'a, Header, Bytes<'a>>,
}

pub(crate) struct Section<'a> {
    pub name: &'a str,
    pub sh_type: elf::SectionType,
    pub flags: u64,
    /// Where its contents begin in the file.
    offset: u64,
    /// The size in bytes of its contents in the file: 0 for `.bss`.
    pub stored: u64,
    pub size: u64,
    /// The section that a relocation section changes.
    pub info: u32,
    pub align: u64,
    pub entry_size: u64,
}

impl Section<'_> {
    pub fn is_executable(&self) -> bool {
        self.flags & elf::SHF_EXECINSTR.0 != 0
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Symbol<'a> {
    pub name: &'a str,
    pub value: u64,
    pub size: u64,
    pub place: Place,
    pub kind: elf::SymbolType,
    pub linkage: Linkage,
    pub hidden: bool,
}

/// Where a symbol is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Undefined,
    Section(SectionIdx),
    Common,
    Absolute,
}

impl Symbol<'_> {
    pub fn visibility(&self) -> Visibility {
        if self.hidden { Visibility::Hidden } else { Visibility::Default }
    }

    pub fn is_extern(&self) -> bool {
        self.place == Place::Undefined && self.linkage != Linkage::Local && !self.name.is_empty()
    }
}

/// A relocation entry.
#[derive(Clone, Copy)]
pub(crate) struct Reloc {
    pub offset: u64,
    pub symbol: u32,
    /// The type of the relocation.
    pub kind: u32,
    /// What is added to what stands at the place.
    pub addend: i64,
}

impl<'a> File<'a> {
    pub fn open(name: Arc<str>, source: &'a dyn Source) -> Result<Self, Error> {
        let fail = |kind| Error::new(Site::file(&name), kind);
        let header = header(source).map_err(fail)?;
        let order = header.endian().map_err(|e| fail(invalid(e)))?;
        check_kind(header, order).map_err(fail)?;
        let table = sections(header, order, source).map_err(fail)?;
        let endian = if order == Endianness::Little { Endian::Little } else { Endian::Big };
        let (sections, symbols) = (Vec::with_capacity(table.len()), Vec::new());
        let mut file = Self { name, endian, sections, symbols, maps: Vec::new(), source, order, table };
        file.read_sections()?;
        file.place_maps();
        file.read_symbols()?;
        Ok(file)
    }

    /// The place of a section.
    pub fn site(&self, section: SectionIdx) -> Site {
        let site = Site::file(&self.name);
        match self.sections.get(section.0 as usize) {
            Some(s) => site.section(s.name),
            None => site,
        }
    }

    pub fn section(&self, section: SectionIdx) -> Option<&Section<'a>> {
        self.sections.get(section.0 as usize)
    }

    /// The sections with their positions.
    pub fn enumerate(&self) -> impl Iterator<Item = (SectionIdx, &Section<'a>)> {
        self.sections.iter().enumerate().map(|(i, s)| (SectionIdx(i as u32), s))
    }

    /// The section with a name.
    pub fn find(&self, name: &str) -> Option<(SectionIdx, &Section<'a>)> {
        self.enumerate().find(|(_, s)| s.name == name)
    }

    fn place_maps(&mut self) {
        let mut end = 0u64;
        for (i, section) in self.sections.iter().enumerate().filter(|(_, s)| s.name == MAPS) {
            let start = end.next_multiple_of(8);
            self.maps.push((SectionIdx(i as u32), start));
            end = start.saturating_add(section.size).min(u64::MAX - 8);
        }
    }

    /// Where a section of declared maps begins among all of them, in bytes; 0 for any other section.
    pub fn maps_base(&self, section: SectionIdx) -> u64 {
        let found = self.maps.binary_search_by_key(&section, |&(idx, _)| idx);
        found.ok().and_then(|i| self.maps.get(i)).map_or(0, |&(_, base)| base)
    }

    /// The size in bytes of all sections of declared maps, one behind the other.
    pub fn maps_size(&self) -> u64 {
        let last = self.maps.last();
        last.map_or(0, |&(idx, base)| base.saturating_add(self.section(idx).map_or(0, |s| s.size)))
    }

    fn read_sections(&mut self) -> Result<(), Error> {
        let mut shared = 0u64;
        for (i, header) in self.table.iter().enumerate() {
            let name = match self.table.section_name(self.order, header) {
                Ok(name) => name,
                Err(e) => return Err(self.fail(invalid(e))),
            };
            let size = header.sh_size(self.order);
            let (offset, stored) = header.file_range(self.order).unwrap_or((0, 0));
            let end = if stored == 0 { 0 } else { offset.saturating_add(stored) };
            if end > self.source.size() {
                let what = if name.is_empty() { format!("section {i}") } else { format!("section {}", text(name)) };
                return Err(self.fail(Kind::Truncated { what, need: end, have: self.source.size() }));
            }
            // Contents are copied section by section, so that what is shared would be multiplied.
            shared = shared.saturating_add(stored);
            if shared / 2 > self.source.size() {
                return Err(self.fail(Kind::NotElf("its sections overlap".into())));
            }
            self.check_name(name, "section", i)?;
            self.sections.push(Section {
                name: text(name),
                sh_type: header.sh_type(self.order),
                flags: header.sh_flags(self.order).0,
                offset,
                stored,
                size,
                info: header.sh_info(self.order),
                align: header.sh_addralign(self.order),
                entry_size: header.sh_entsize(self.order),
            });
        }
        Ok(())
    }

    fn read_symbols(&mut self) -> Result<(), Error> {
        let is_table = |s: &&Section<'_>| s.sh_type == elf::SHT_SYMTAB;
        match self.sections.iter().filter(is_table).count() {
            0 => return Err(self.fail(Kind::Stripped)),
            1 => {}
            n => return Err(self.fail(Kind::SymbolTables(n))),
        }
        let bytes = Bytes(self.source);
        if let Some(header) = self.table.iter().find(|header| header.sh_type(self.order) == elf::SHT_SYMTAB)
            && let Ok(strings) = self.table.section(header.link(self.order))
        {
            bytes.keep(strings, self.order);
        }
        let table = self.table.symbols(self.order, bytes, elf::SHT_SYMTAB).map_err(|e| self.fail(invalid(e)))?;
        self.symbols.reserve_exact(table.len());
        for (i, symbol) in table.iter().enumerate() {
            let fail = |e| Error::new(Site::file(&self.name), invalid(e));
            let name = symbol.name(self.order, table.strings()).map_err(fail)?;
            self.check_name(name, "symbol", i)?;
            let place = match symbol.st_shndx(self.order) {
                elf::SHN_UNDEF => Place::Undefined,
                elf::SHN_COMMON => Place::Common,
                elf::SHN_ABS => Place::Absolute,
                _ => match table.symbol_section(self.order, symbol, SymbolIndex(i)).map_err(fail)? {
                    Some(section) if section.0 < self.sections.len() => Place::Section(SectionIdx(section.0 as u32)),
                    Some(section) => {
                        return Err(self.fail(Kind::SymbolSection { symbol: i as u32, section: section.0 }));
                    }
                    None => Place::Absolute,
                },
            };
            self.symbols.push(Symbol {
                name: text(name),
                value: symbol.st_value(self.order),
                size: symbol.st_size(self.order),
                place,
                kind: symbol.st_type(),
                linkage: match symbol.st_bind() {
                    elf::STB_LOCAL => Linkage::Local,
                    elf::STB_WEAK => Linkage::Weak,
                    _ => Linkage::Global,
                },
                hidden: matches!(symbol.st_visibility(), elf::STV_HIDDEN | elf::STV_INTERNAL),
            });
        }
        Ok(())
    }

    fn check_name(&self, name: &[u8], what: &str, i: usize) -> Result<(), Error> {
        match name.len() {
            0..=MAX_NAME => Ok(()),
            len => Err(self.fail(Kind::NotElf(format!("the name of {what} {i} is {len} bytes long, more than any")))),
        }
    }

    /// The contents of a section; empty for `.bss`.
    ///
    /// # Errors
    /// When the file is shorter by now, or cannot be read.
    pub fn data(&self, section: SectionIdx) -> Result<Cow<'a, [u8]>, Error> {
        let Some(&Section { offset, stored, .. }) = self.section(section).filter(|s| s.stored != 0) else {
            return Ok(Cow::Borrowed(&[]));
        };
        self.source.read(offset, stored).ok_or_else(|| {
            let what = "the contents of the section".into();
            let (need, have) = (offset.saturating_add(stored), self.source.size());
            Error::new(self.site(section), Kind::Truncated { what, need, have })
        })
    }

    /// The entries of a relocation section, in the order in which they stand.
    pub fn relocs(&self, section: SectionIdx) -> Result<Vec<Reloc>, Error> {
        let data = self.data(section)?;
        match self.section(section).map(|s| s.sh_type) {
            Some(elf::SHT_REL) => self.entries(section, &data, |r: &elf::Rel64<Endianness>| Reloc {
                offset: r.r_offset(self.order),
                symbol: r.r_sym(self.order),
                kind: r.r_type(self.order).0,
                addend: 0,
            }),
            Some(elf::SHT_RELA) => self.entries(section, &data, |r: &elf::Rela64<Endianness>| Reloc {
                offset: r.r_offset(self.order),
                symbol: r.r_sym(self.order, false),
                kind: r.r_type(self.order, false).0,
                addend: r.r_addend(self.order),
            }),
            _ => Ok(Vec::new()),
        }
    }

    fn entries<T: Pod>(
        &self,
        section: SectionIdx,
        data: &[u8],
        read: impl Fn(&T) -> Reloc,
    ) -> Result<Vec<Reloc>, Error> {
        let ragged = |()| Kind::NotElf("the size of a relocation section is not a multiple of an entry's".into());
        let entries = slice_from_all_bytes(data).map_err(|e| Error::new(self.site(section), ragged(e)))?;
        Ok(entries.iter().map(read).collect())
    }

    fn fail(&self, kind: Kind) -> Error {
        Error::new(Site::file(&self.name), kind)
    }
}

/// A name; one that is not UTF-8 is U+FFFD.
fn text(name: &[u8]) -> &str {
    core::str::from_utf8(name).unwrap_or("\u{fffd}")
}

fn invalid(error: object::read::Error) -> Kind {
    Kind::NotElf(format!("{error}"))
}

fn header(source: &dyn Source) -> Result<&Header, Kind> {
    let have = source.size();
    let bytes = source.keep(0, have.min(size_of::<Header>() as u64)).unwrap_or_default();
    let truncated = |what: &str, need: u64| Kind::Truncated { what: what.into(), need, have };
    match bytes {
        [0x7f, b'E', b'L', b'F', rest @ ..] => match rest.first() {
            Some(&1) => return Err(Kind::Class32),
            Some(_) if bytes.len() >= size_of::<Header>() => {}
            _ => return Err(truncated("the file header", size_of::<Header>() as u64)),
        },
        _ => {
            let mut magic = [0; 8];
            let len = bytes.len().min(8);
            magic[..len].copy_from_slice(&bytes[..len]);
            return Err(Kind::Magic { magic, len: have });
        }
    }
    Header::parse(bytes).map_err(invalid)
}

fn check_kind(header: &Header, order: Endianness) -> Result<(), Kind> {
    let machine = header.e_machine(order);
    if machine != elf::EM_BPF && machine != elf::EM_NONE {
        return Err(Kind::Machine(machine.0));
    }
    match header.e_type(order) {
        elf::ET_REL => Ok(()),
        other => Err(Kind::NotRelocatable(other.0)),
    }
}

fn sections<'a>(
    header: &Header,
    order: Endianness,
    source: &'a dyn Source,
) -> Result<SectionTable<'a, Header, Bytes<'a>>, Kind> {
    let (start, count) = (header.e_shoff(order), u64::from(header.e_shnum(order)));
    let need = start.saturating_add(count.saturating_mul(size_of::<elf::SectionHeader64<Endianness>>() as u64));
    if need > source.size() {
        return Err(Kind::Truncated { what: "the section header table".into(), need, have: source.size() });
    }
    let bytes = Bytes(source);
    if let Ok(headers) = header.section_headers(order, bytes)
        && let Ok(names) = header.section_strings_index(order, bytes)
        && let Some(names) = headers.get(names.0)
    {
        bytes.keep(names, order);
    }
    header.sections(order, bytes).map_err(invalid)
}
