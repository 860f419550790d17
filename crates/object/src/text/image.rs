//! What is written: sections, their bytes, and the relocations of these.

use alloc::{string::String, sync::Arc, vec::Vec};

use hashbrown::HashMap;
use skep_btf::Endian;

use super::{error::Kind, symbols::SymId};

/// The most bytes of all sections together.
const MAX_BYTES: u64 = 1 << 30;

pub(super) const SHF_WRITE: u64 = 1;
pub(super) const SHF_ALLOC: u64 = 2;
pub(super) const SHF_EXEC: u64 = 4;
pub(super) const SHF_MERGE: u64 = 0x10;
pub(super) const SHF_STRINGS: u64 = 0x20;
pub(super) const PROGBITS: u32 = 1;
pub(super) const NOBITS: u32 = 8;
pub(super) const NOTE: u32 = 7;

pub(super) const R_64_64: u32 = 1;
pub(super) const R_ABS64: u32 = 2;
pub(super) const R_ABS32: u32 = 3;
pub(super) const R_NODYLD32: u32 = 4;
pub(super) const R_64_32: u32 = 10;

/// The relocations of BPF by name.
pub(super) const RELOCATIONS: [(&str, u32); 5] = [
    ("R_BPF_64_64", R_64_64),
    ("R_BPF_64_ABS64", R_ABS64),
    ("R_BPF_64_ABS32", R_ABS32),
    ("R_BPF_64_NODYLD32", R_NODYLD32),
    ("R_BPF_64_32", R_64_32),
];

/// A section.
#[derive(Clone, Debug)]
pub(super) struct Section {
    pub name: Arc<str>,
    pub kind: u32,
    pub flags: u64,
    pub align: u64,
    pub entry_size: u64,
    /// Its bytes; none for one without contents, whose size is `size`.
    pub data: Vec<u8>,
    pub size: u64,
    pub relocs: Vec<Reloc>,
    /// Whether its flags and type were said, not guessed from its name.
    pub said: bool,
}

/// A relocation. What is to be added stands in the bytes that are changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Reloc {
    pub offset: u64,
    pub symbol: SymId,
    pub kind: u32,
    /// Whether it names the symbol even if that is local.
    pub exact: bool,
}

/// All sections.
#[derive(Debug)]
pub(super) struct Image {
    pub endian: Endian,
    pub sections: Vec<Section>,
    names: HashMap<Arc<str>, u32>,
    bytes: u64,
}

impl Section {
    /// The offset at which the next byte goes.
    pub fn here(&self) -> u64 {
        if self.kind == NOBITS { self.size } else { self.data.len() as u64 }
    }

    pub fn is_code(&self) -> bool {
        self.flags & SHF_EXEC != 0
    }
}

impl Image {
    pub fn new(endian: Endian) -> Self {
        Self { endian, sections: Vec::new(), names: HashMap::new(), bytes: 0 }
    }

    pub fn find(&self, name: &str) -> Option<u32> {
        self.names.get(name).copied()
    }

    /// The section of a name; made, as its name tells, if it is not there.
    pub fn section(&mut self, name: &str) -> u32 {
        if let Some(at) = self.find(name) {
            return at;
        }
        self.add(name.into(), name)
    }

    /// One of several sections of a name. In expressions it is called by name and number: `.data@2`.
    pub fn another(&mut self, name: &str, number: i64) -> u32 {
        let key = alloc::format!("{name}@{number}");
        self.find(&key).unwrap_or_else(|| self.add(key.into(), name))
    }

    fn add(&mut self, key: Arc<str>, name: &str) -> u32 {
        let at = self.sections.len() as u32;
        let name: Arc<str> = name.into();
        let (kind, flags) = by_name(&name);
        let align = if flags & SHF_EXEC != 0 { 8 } else { 1 };
        self.names.insert(key, at);
        self.sections.push(Section {
            name,
            kind,
            flags,
            align,
            entry_size: 0,
            data: Vec::new(),
            size: 0,
            relocs: Vec::new(),
            said: false,
        });
        at
    }

    pub fn at(&self, section: u32) -> Option<&Section> {
        self.sections.get(section as usize)
    }

    pub fn at_mut(&mut self, section: u32) -> Option<&mut Section> {
        self.sections.get_mut(section as usize)
    }

    pub fn here(&self, section: u32) -> u64 {
        self.at(section).map_or(0, Section::here)
    }

    /// Appends bytes.
    pub fn append(&mut self, section: u32, bytes: &[u8]) -> Result<(), Kind> {
        if self.at(section).is_some_and(|s| s.kind == NOBITS) {
            if bytes.iter().any(|&b| b != 0) {
                let name = self.at(section).map_or_else(String::new, |s| s.name.as_ref().into());
                return Err(Kind::Section(alloc::format!("section `{name}` has no contents: it can only have zeroes")));
            }
            return self.zeroes(section, bytes.len() as u64);
        }
        self.grow(bytes.len() as u64)?;
        if let Some(section) = self.at_mut(section) {
            section.data.extend_from_slice(bytes);
        }
        Ok(())
    }

    /// Appends the bytes of a slot.
    pub fn append_slot(&mut self, section: u32, bytes: [u8; 8]) -> Result<(), Kind> {
        if self.at(section).is_none_or(|s| s.kind == NOBITS) {
            return self.append(section, &bytes);
        }
        self.grow(8)?;
        if let Some(section) = self.at_mut(section) {
            section.data.extend_from_slice(&bytes);
        }
        Ok(())
    }

    /// Appends a byte many times.
    pub fn fill(&mut self, section: u32, byte: u8, count: u64) -> Result<(), Kind> {
        if byte == 0 {
            return self.zeroes(section, count);
        }
        self.grow(count)?;
        if let Some(section) = self.at_mut(section) {
            let len = section.data.len() + count as usize;
            section.data.resize(len, byte);
        }
        Ok(())
    }

    pub fn zeroes(&mut self, section: u32, count: u64) -> Result<(), Kind> {
        match self.at_mut(section) {
            Some(section) if section.kind == NOBITS => {
                section.size = section.size.checked_add(count).ok_or(Kind::Limit("a section of more than 4 GiB"))?;
                if section.size > u32::MAX.into() { Err(Kind::Limit("a section of more than 4 GiB")) } else { Ok(()) }
            }
            _ => {
                self.grow(count)?;
                if let Some(section) = self.at_mut(section) {
                    let len = section.data.len() + count as usize;
                    section.data.resize(len, 0);
                }
                Ok(())
            }
        }
    }

    /// Goes on at a multiple of a power of two.
    pub fn align(&mut self, section: u32, align: u64, byte: u8, most: Option<u64>) -> Result<(), Kind> {
        let here = self.here(section);
        let gap = here.next_multiple_of(align.max(1)) - here;
        if most.is_some_and(|most| gap > most) {
            return Ok(());
        }
        if let Some(section) = self.at_mut(section) {
            section.align = section.align.max(align);
        }
        self.fill(section, byte, gap)
    }

    /// Overwrites a number of 1 to 8 bytes.
    pub fn put(&mut self, section: u32, offset: u64, size: u32, value: u64) {
        let endian = self.endian;
        let Some(data) = self.at_mut(section).map(|s| &mut s.data) else { return };
        let Some(place) = data.get_mut(offset as usize..offset as usize + size as usize) else { return };
        place.copy_from_slice(&number(endian, size, value)[..size as usize]);
    }

    /// Reads a number of 4 or 8 bytes.
    pub fn number(&self, section: u32, offset: u64, size: u32) -> u64 {
        let data = self.at(section).and_then(|s| s.data.get(offset as usize..)).unwrap_or_default();
        match (size, data.first_chunk::<8>(), data.first_chunk::<4>()) {
            (8, Some(bytes), _) => self.endian.u64(*bytes),
            (_, _, Some(bytes)) => self.endian.u32(*bytes).into(),
            _ => 0,
        }
    }

    fn grow(&mut self, by: u64) -> Result<(), Kind> {
        self.bytes = self.bytes.saturating_add(by);
        if self.bytes > MAX_BYTES { Err(Kind::Limit("an object of more than 1 GiB")) } else { Ok(()) }
    }
}

/// The bytes of a number, in the first `size` of eight.
pub(super) fn number(endian: Endian, size: u32, value: u64) -> [u8; 8] {
    match endian {
        Endian::Little => value.to_le_bytes(),
        Endian::Big => {
            let mut bytes = value.to_be_bytes();
            bytes.rotate_left(8 - (size as usize).min(8));
            bytes
        }
    }
}

/// The type and the flags of a section whose name is all that is known.
fn by_name(name: &str) -> (u32, u64) {
    let under = |family: &str| name.strip_prefix(family).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    if under(".bss") || under(".addr_space.1") {
        (NOBITS, SHF_ALLOC | SHF_WRITE)
    } else if under(".rodata") {
        (PROGBITS, SHF_ALLOC)
    } else if under(".data") || under(".percpu") || is_known(name) {
        (PROGBITS, SHF_ALLOC | SHF_WRITE)
    } else if name.starts_with(".debug") || name.starts_with(".BTF") || name.starts_with(".comment") {
        (PROGBITS, 0)
    } else if name.starts_with(".note") {
        (NOTE, 0)
    } else if under(".jumptables") {
        (PROGBITS, 0)
    } else {
        (PROGBITS, SHF_ALLOC | SHF_EXEC)
    }
}

/// Whether a section holds something else than code, whatever is in it.
fn is_known(name: &str) -> bool {
    matches!(
        name,
        ".maps"
            | "maps"
            | "license"
            | "version"
            | ".kconfig"
            | ".ksyms"
            | ".struct_ops"
            | ".struct_ops.link"
            | "?.struct_ops"
            | "?.struct_ops.link"
    )
}
