//! What each section is.

use object::elf;

use crate::{DataSection, elf::file::Section};

/// Which symbols have their address taken; LLVM writes it for linkers.
const SHT_LLVM_ADDRSIG: elf::SectionType = elf::SectionType(0x6fff_4c03);

/// What a section is to a BPF object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Instructions; in `text`, all functions are subprograms.
    Code { text: bool },
    /// Global variables.
    Data(DataSection),
    /// Declarations of maps.
    Maps,
    /// Declarations of maps of the old form.
    LegacyMaps,
    /// Tables for computed jumps.
    JumpTables,
    /// `.struct_ops` and its variants.
    StructOps { link: bool, autocreate: bool },
    /// The licence, the version, types and declarations, and what belongs to them.
    Known,
    /// Relocations of another section.
    Relocations,
    /// What no BPF object needs at run time.
    Tooling,
    /// Anything else.
    Unknown,
}

impl Role {
    pub fn of(section: &Section<'_>) -> Self {
        let name = section.name;
        match name {
            "license" | "version" | ".BTF" | ".BTF.ext" | ".ksyms" | ".kconfig" => return Self::Known,
            ".maps" => return Self::Maps,
            "maps" => return Self::LegacyMaps,
            _ if name.starts_with("maps/") => return Self::LegacyMaps,
            _ => {}
        }
        match section.sh_type {
            elf::SHT_REL | elf::SHT_RELA => Self::Relocations,
            elf::SHT_PROGBITS if section.size == 0 => Self::Tooling,
            elf::SHT_PROGBITS if section.is_executable() => {
                Self::Code { text: name == ".text" || name.starts_with(".text.") }
            }
            elf::SHT_PROGBITS => Self::of_data(name),
            elf::SHT_NOBITS if is_or_under(name, ".bss") => Self::Data(DataSection::Bss),
            elf::SHT_NOBITS if !is_or_under(name, ".addr_space.1") && !is_or_under(name, ".percpu") => Self::Unknown,
            elf::SHT_NOBITS => Self::of_data(name),
            elf::SHT_NULL | elf::SHT_STRTAB | elf::SHT_SYMTAB | elf::SHT_SYMTAB_SHNDX | SHT_LLVM_ADDRSIG => {
                Self::Tooling
            }
            _ if name.starts_with(".debug") => Self::Tooling,
            _ => Self::Unknown,
        }
    }

    fn of_data(name: &str) -> Self {
        match name {
            ".struct_ops" => Self::StructOps { link: false, autocreate: true },
            ".struct_ops.link" => Self::StructOps { link: true, autocreate: true },
            "?.struct_ops" => Self::StructOps { link: false, autocreate: false },
            "?.struct_ops.link" => Self::StructOps { link: true, autocreate: false },
            ".jumptables" => Self::JumpTables,
            _ if is_or_under(name, ".data") => Self::Data(DataSection::Data),
            _ if is_or_under(name, ".rodata") => Self::Data(DataSection::Rodata),
            _ if is_or_under(name, ".addr_space.1") => Self::Data(DataSection::Arena),
            _ if is_or_under(name, ".percpu") => Self::Data(DataSection::Percpu),
            _ if name.starts_with(".debug") || name.starts_with(".llvm") || name.starts_with(".note") => Self::Tooling,
            _ => Self::Unknown,
        }
    }
}

/// Whether a section's name is `family` or `family.…`.
fn is_or_under(name: &str, family: &str) -> bool {
    name.strip_prefix(family).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
