//! Objects as source text: sections, symbols, instructions with what they refer to by name, data, types and records.
//!
//! What is printed is assembled to the same object again: the same sections with the same bytes, the same relocations,
//! types and records. `docs/disassembly.md` lists what is not kept.

use alloc::{borrow::Cow, format, string::String, sync::Arc, vec, vec::Vec};
use core::fmt::{self, Write};

use hashbrown::HashMap;
use skep_btf::{Btf, Endian, ext::Ext};
use skep_isa::InsnIdx;
pub use skep_isa::text::Dialect;

use crate::{
    Errors, Kind, Object, SectionIdx,
    elf::{
        Source,
        file::{File, Place, Reloc, Section, Symbol},
    },
};

mod code;
mod data;
mod labels;
mod notes;
mod quote;
mod records;
mod symbols;
mod target;
mod types;

use records::Records;
use target::Externs;

/// How an object is printed. Each method returns the changed options.
#[derive(Clone, Debug, Default)]
pub struct Options {
    dialect: Dialect,
    jumps: Jumps,
    source: bool,
    bytes: bool,
    brief: bool,
    only: Vec<String>,
}

/// How the targets of jumps are printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Jumps {
    /// By labels.
    #[default]
    Labels,
    /// By distances in slots: `goto +5`.
    Relative,
    /// By positions in the section, in slots: `goto @12`. No assembler reads that.
    Absolute,
}

impl Options {
    /// LLVM's dialect, jumps by labels, everything that is needed to assemble it again and nothing else.
    pub fn new() -> Self {
        Self::default()
    }

    /// In another dialect.
    pub fn dialect(self, dialect: Dialect) -> Self {
        Self { dialect, ..self }
    }

    /// With other targets of jumps.
    pub fn jumps(self, jumps: Jumps) -> Self {
        Self { jumps, ..self }
    }

    /// With source lines as comments, where line info has them.
    pub fn source(self, source: bool) -> Self {
        Self { source, ..self }
    }

    /// With the position and the bytes of each instruction as a comment.
    pub fn bytes(self, bytes: bool) -> Self {
        Self { bytes, ..self }
    }

    /// Without types and records: to be read, not to be assembled.
    pub fn brief(self, brief: bool) -> Self {
        Self { brief, ..self }
    }

    /// Sections and functions with these names alone; all if there are none.
    pub fn only(self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { only: names.into_iter().map(Into::into).collect(), ..self }
    }
}

/// An object file that is printed.
///
/// ```
/// use skep_object::text::print::{Options, Text};
///
/// let file = include_bytes!("../../../../../fixtures/o/el/data.bpf.o").as_slice();
/// let text = Text::open("data.bpf.o", &file, Options::new())?.to_string();
/// assert!(text.contains("sum:"));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
pub struct Text<'a> {
    file: File<'a>,
    options: Options,
    parts: Vec<Part<'a>>,
    btf: Option<Btf>,
    records: Records,
    externs: Externs,
    /// How symbols are called.
    called: symbols::Called,
    /// The position among the parts of each section of the file that is printed.
    positions: HashMap<u32, usize>,
}

/// A section that is printed.
struct Part<'a> {
    name: Arc<str>,
    position: u32,
    /// Which of the sections with its name it is, from 1.
    nth: u32,
    is_code: bool,
    /// The size in bytes.
    size: u64,
    data: Cow<'a, [u8]>,
    /// The symbols in it, by their places.
    symbols: Vec<u32>,
    /// Its relocations, by their places.
    relocs: Vec<Reloc>,
}

/// Prints an object. It is written as ELF first, so that what is printed is what a file of it would say.
///
/// # Errors
/// Those of [`elf::write`](crate::elf::write).
pub fn object(object: &Object, options: Options) -> Result<String, Errors<Kind>> {
    let elf = crate::elf::write(object)?;
    Ok(format!("{}", Text::open(&object.file, &elf.as_slice(), options)?))
}

impl<'a> Text<'a> {
    /// Reads an object file; `file` is its name.
    ///
    /// # Errors
    /// What is wrong with the container. What is wrong with its contents is printed as it is.
    pub fn open(file: &str, source: &'a dyn Source, options: Options) -> Result<Self, Errors<Kind>> {
        let file = File::open(file.into(), source)?;
        let section = |name| file.find(name).and_then(|(idx, _)| file.data(idx).ok());
        let btf = section(".BTF").and_then(|data| Btf::parse(data.into_owned()).ok());
        let ext = section(".BTF.ext").filter(|_| btf.is_some()).and_then(|data| Ext::parse(data.into_owned()).ok());
        let externs = btf.as_ref().map(Externs::of).unwrap_or_default();
        let called = symbols::Called::of(&file);
        let mut text = Self {
            parts: Vec::new(),
            records: Records::default(),
            options,
            btf,
            externs,
            file,
            called,
            positions: HashMap::new(),
        };
        text.parts = text.read_parts()?;
        text.positions = text.parts.iter().enumerate().map(|(at, part)| (part.position, at)).collect();
        if let (Some(btf), Some(ext)) = (&text.btf, &ext) {
            text.records = Records::of(btf, ext);
        }
        Ok(text)
    }

    /// The sections that are printed, in the order of the file.
    fn read_parts(&self) -> Result<Vec<Part<'a>>, crate::Error> {
        let mut symbols: Vec<Vec<u32>> = self.file.sections.iter().map(|_| Vec::new()).collect();
        for (at, symbol) in self.file.symbols.iter().enumerate() {
            if let Place::Section(section) = symbol.place
                && symbols::is_shown(symbol)
                && let Some(list) = symbols.get_mut(section.0 as usize)
            {
                list.push(at as u32);
            }
        }
        let mut changed_by: HashMap<u32, Vec<SectionIdx>> = HashMap::new();
        for (of, other) in self.file.enumerate().filter(|(_, section)| is_relocations(section)) {
            changed_by.entry(other.info).or_default().push(of);
        }
        let (mut parts, mut times) = (Vec::new(), HashMap::new());
        for ((idx, section), mut symbols) in self.file.enumerate().zip(symbols) {
            if !self.is_printed(section) || (section.size == 0 && symbols.is_empty()) {
                continue;
            }
            symbols.sort_by_key(|&at| self.symbol(at).map(|symbol| symbol.value));
            let mut relocs = Vec::new();
            for &of in changed_by.get(&idx.0).into_iter().flatten() {
                relocs.extend(self.file.relocs(of)?);
            }
            relocs.sort_by_key(|reloc| reloc.offset);
            let data = self.file.data(idx)?;
            let (name, is_code, size) = (section.name, section.is_executable(), section.size);
            let nth = *times.entry(name).and_modify(|times| *times += 1).or_insert(1);
            parts.push(Part { name: name.into(), position: idx.0, nth, is_code, size, data, symbols, relocs });
        }
        Ok(parts)
    }

    fn is_printed(&self, section: &Section) -> bool {
        use object::elf::{SHT_NOBITS, SHT_NOTE, SHT_PROGBITS};
        let known = [SHT_PROGBITS, SHT_NOBITS, SHT_NOTE].contains(&section.sh_type);
        let types = matches!(section.name, ".BTF" | ".BTF.ext") && self.btf.is_some();
        known && !types && !section.name.starts_with(".debug")
    }

    fn part(&self, section: SectionIdx) -> Option<&Part<'a>> {
        self.parts.get(*self.positions.get(&section.0)?)
    }

    fn symbol(&self, at: u32) -> Option<&Symbol<'a>> {
        self.file.symbols.get(at as usize)
    }

    /// The names of its sections and functions.
    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        let functions = self.file.symbols.iter().filter(|symbol| symbol.kind == object::elf::STT_FUNC);
        self.parts.iter().map(|part| &*part.name).chain(functions.map(|symbol| symbol.name))
    }

    /// The bytes of so many slots of a section, as they stand in the file; fewer if there are fewer.
    pub fn bytes(&self, section: SectionIdx, start: InsnIdx, slots: u32) -> &[u8] {
        let data = self.part(section).and_then(|part| part.data.get(start.0 as usize * 8..)).unwrap_or_default();
        data.get(..slots as usize * 8).unwrap_or(data)
    }

    /// Writes the text.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, out: &mut (impl Write + ?Sized)) -> fmt::Result {
        self.heading(out)?;
        if !self.options.brief && self.options.only.is_empty() {
            self.types(out)?;
        }
        if self.options.only.is_empty() {
            self.announce(out)?;
        }
        for part in &self.parts {
            if !self.is_wanted(part) {
                continue;
            }
            out.write_char('\n')?;
            self.section(out, part)?;
            if part.is_code { self.code(out, part)? } else { self.data(out, part)? }
        }
        if self.options.only.is_empty() { self.undefined(out) } else { Ok(()) }
    }

    /// Names the sections that something before them refers to by their names.
    fn announce(&self, out: &mut (impl Write + ?Sized)) -> fmt::Result {
        let mut named = vec![false; self.parts.len()];
        for (at, part) in self.parts.iter().enumerate() {
            for reloc in &part.relocs {
                let target = self.section_of(reloc.symbol).and_then(|(section, _)| self.positions.get(&section.0));
                if let Some(flag) = target.filter(|target| **target > at).and_then(|target| named.get_mut(*target)) {
                    *flag = true;
                }
            }
        }
        if named.contains(&true) {
            out.write_char('\n')?;
        }
        for (part, _) in self.parts.iter().zip(&named).filter(|(_, named)| **named) {
            self.section(out, part)?;
        }
        Ok(())
    }

    fn heading(&self, out: &mut (impl Write + ?Sized)) -> fmt::Result {
        write!(out, "// {}", self.file.name.replace(['\n', '\r'], " "))?;
        out.write_char('\n')?;
        if self.file.endian == Endian::Big {
            out.write_str("    .endian big\n")?;
        }
        if self.options.dialect != Dialect::Llvm {
            writeln!(out, "    .dialect {}", self.options.dialect)?;
        }
        Ok(())
    }

    fn is_wanted(&self, part: &Part<'_>) -> bool {
        let only = &self.options.only;
        let named = |name: &str| only.iter().any(|wanted| wanted == name);
        let mut functions = part.symbols.iter().filter_map(|&at| self.symbol(at));
        only.is_empty() || named(&part.name) || functions.any(|symbol| named(symbol.name))
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f)
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Text").field("file", &self.file.name).finish_non_exhaustive()
    }
}

fn is_relocations(section: &Section) -> bool {
    [object::elf::SHT_REL, object::elf::SHT_RELA].contains(&section.sh_type)
}
