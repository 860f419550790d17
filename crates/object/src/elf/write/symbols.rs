//! The symbol table.

use alloc::{vec, vec::Vec};

use hashbrown::HashMap;
use object::elf;
use skep_isa::MapIdx;

use super::{Writer, image::Symbol, plan::Holds};
use crate::{Linkage, MapKind, Visibility};

/// The positions of symbols by what they stand for.
pub(super) struct Symbols {
    /// Of the sections, by their position in the file; 0 if a section has none.
    pub sections: Vec<u32>,
    pub funcs: Vec<u32>,
    /// Of declared maps and struct_ops variables.
    pub maps: Vec<u32>,
    pub externs: Vec<u32>,
    pub jump_tables: Vec<u32>,
    /// Of the licence and the version, by the names of their sections.
    pub named: HashMap<&'static str, u32>,
    /// The variables that other objects can see: map, offset, size, symbol; sorted.
    vars: Vec<(MapIdx, u32, u32, u32)>,
}

/// Binding and type in one byte.
fn info(linkage: Linkage, kind: elf::SymbolType) -> u8 {
    let bind = match linkage {
        Linkage::Local => elf::STB_LOCAL,
        Linkage::Global => elf::STB_GLOBAL,
        Linkage::Weak => elf::STB_WEAK,
    };
    bind.0 << 4 | kind.0
}

fn other(visibility: Visibility) -> u8 {
    match visibility {
        Visibility::Default => elf::STV_DEFAULT.0,
        Visibility::Hidden => elf::STV_HIDDEN.0,
    }
}

impl Symbols {
    /// Adds all symbols to the file: local ones first.
    pub fn add(writer: &mut Writer<'_>) -> Self {
        let object = writer.object;
        let mut symbols = Self {
            sections: vec![0; writer.plan.parts.len() + 1],
            funcs: vec![0; object.funcs.len()],
            maps: vec![0; object.maps.len()],
            externs: Vec::with_capacity(object.externs.len()),
            jump_tables: Vec::with_capacity(object.jump_tables.len()),
            named: HashMap::new(),
            vars: Vec::new(),
        };
        symbols.add_sections(writer);
        symbols.add_jump_tables(writer);
        for local in [true, false] {
            symbols.add_functions(writer, local);
            symbols.add_maps(writer, local);
            symbols.add_variables(writer, local);
        }
        symbols.vars.sort_unstable();
        symbols.named = writer.add_license_symbols();
        for ext in &object.externs {
            let linkage = if ext.weak { Linkage::Weak } else { Linkage::Global };
            let (info, visibility) = (info(linkage, elf::STT_NOTYPE), other(ext.visibility));
            symbols.externs.push(writer.image.symbol(&Symbol {
                name: &ext.name,
                info,
                visibility,
                ..Symbol::default()
            }));
        }
        symbols
    }

    /// Of sections that something may refer to by an offset.
    fn add_sections(&mut self, writer: &mut Writer<'_>) {
        for (i, (_, holds)) in writer.plan.parts.iter().enumerate() {
            if matches!(holds, Holds::Code(_) | Holds::Data(_) | Holds::Debug(_)) {
                let info = info(Linkage::Local, elf::STT_SECTION);
                let symbol = Symbol { info, section: i as u16 + 1, ..Symbol::default() };
                self.sections[i + 1] = writer.image.symbol(&symbol);
            }
        }
    }

    /// Each belongs to one function, so others do not see it: compilers number them alike in every object.
    fn add_jump_tables(&mut self, writer: &mut Writer<'_>) {
        let (section, mut value) = (writer.plan.position(Holds::JumpTables), 0);
        for table in &writer.object.jump_tables {
            let size = table.targets().len() as u64 * 8;
            let info = info(Linkage::Local, elf::STT_OBJECT);
            let symbol = Symbol { name: &table.name, info, section, value, size, ..Symbol::default() };
            self.jump_tables.push(writer.image.symbol(&symbol));
            value += size;
        }
    }

    fn add_functions(&mut self, writer: &mut Writer<'_>, local: bool) {
        for &idx in &writer.plan.order {
            let (Some(func), Some(&(section, slot, slots))) =
                (writer.object.funcs.get(idx.at()), writer.plan.funcs.get(idx.at()))
            else {
                continue;
            };
            if local == (func.linkage == Linkage::Local) {
                self.funcs[idx.at()] = writer.image.symbol(&Symbol {
                    name: &func.name,
                    info: info(func.linkage, elf::STT_FUNC),
                    visibility: other(func.visibility),
                    section,
                    value: u64::from(slot) * 8,
                    size: u64::from(slots) * 8,
                });
            }
        }
    }

    fn add_maps(&mut self, writer: &mut Writer<'_>, local: bool) {
        for (i, map) in writer.object.maps.iter().enumerate() {
            let is_symbol = matches!(map.kind, MapKind::Declared(_) | MapKind::StructOps(_));
            if !is_symbol || local != (map.linkage == Linkage::Local) {
                continue;
            }
            let (offset, size) = writer.types.place(map).unwrap_or_default();
            self.maps[i] = writer.image.symbol(&Symbol {
                name: &map.name,
                info: info(map.linkage, elf::STT_OBJECT),
                visibility: other(map.visibility),
                section: writer.plan.maps.get(i).copied().unwrap_or(0),
                value: offset.into(),
                size: size.into(),
            });
        }
    }

    fn add_variables(&mut self, writer: &mut Writer<'_>, local: bool) {
        for var in &writer.object.vars {
            let is_local = var.linkage == Linkage::Local;
            let section = writer.plan.maps.get(var.map.at()).copied().unwrap_or(0);
            if local != is_local || section == 0 {
                continue;
            }
            let symbol = writer.image.symbol(&Symbol {
                name: &var.name,
                info: info(var.linkage, elf::STT_OBJECT),
                visibility: other(var.visibility),
                section,
                value: var.offset.into(),
                size: var.size.into(),
            });
            if !is_local {
                self.vars.push((var.map, var.offset, var.size, symbol));
            }
        }
    }

    /// The variable that others can see at a byte of a map's value: its symbol, and the offset within it.
    pub fn variable(&self, map: MapIdx, off: u32) -> Option<(u32, u32)> {
        let after = self.vars.partition_point(|&(m, at, ..)| (m, at) <= (map, off));
        let &(m, at, size, symbol) = self.vars.get(after.checked_sub(1)?)?;
        let within = off.checked_sub(at).filter(|&w| m == map && (w == 0 || w < size))?;
        Some((symbol, within))
    }
}

impl Writer<'_> {
    /// The licence and the version stand in sections of their own, after all that the plan knows.
    fn add_license_symbols(&mut self) -> HashMap<&'static str, u32> {
        let mut named = HashMap::new();
        let mut section = self.plan.parts.len() as u16;
        let wanted = [
            ("license", !self.object.license.is_empty(), "_license"),
            ("version", self.object.version != 0, "_version"),
        ];
        for (section_name, is_there, usual) in wanted {
            let name = section_name;
            if !is_there {
                continue;
            }
            section += 1;
            let info = info(Linkage::Global, elf::STT_OBJECT);
            let size = self.known_size(name);
            let vars = self.types.sections.get(name).map(|s| s.vars.as_slice()).unwrap_or_default();
            let usual = [(usual.into(), 0, size)];
            for (name, offset, size) in if vars.is_empty() { &usual } else { vars } {
                let (value, size) = (u64::from(*offset), u64::from(*size));
                let symbol = self.image.symbol(&Symbol { name, info, section, value, size, ..Symbol::default() });
                if value == 0 {
                    named.entry(section_name).or_insert(symbol);
                }
            }
        }
        named
    }

    /// The size in bytes of the section of the licence or of the version.
    pub fn known_size(&self, name: &str) -> u32 {
        let least = if name == "version" { 4 } else { self.object.license.len() as u32 + 1 };
        self.types.sections.get(name).map_or(0, |s| s.size).max(least)
    }
}
