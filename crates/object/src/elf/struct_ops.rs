//! Variables of `.struct_ops` sections.

use alloc::{boxed::Box, vec::Vec};

use skep_btf::{Composite, SecVar, Type, TypeId};
use skep_uapi::{MapFlags, MapType};

use super::{file::Reloc, reader::Reader, role::Role, types::Types};
use crate::{Kind, Linkage, Map, MapDef, MapKind, SectionIdx, StructOps, StructOpsRef, Visibility};

/// A variable, where it begins in the section, and its map.
struct Place {
    offset: u32,
    size: u32,
    map: usize,
}

impl Reader<'_> {
    /// Makes a map for each variable, and finds the functions its members name.
    pub fn read_struct_ops(&mut self) {
        let sections = self.sections_of(|role| matches!(role, Role::StructOps { .. }));
        if sections.is_empty() {
            return;
        }
        let Some(types) = self.types.take() else {
            let site = self.file.site(sections[0]);
            return self.error(site, Kind::NoBtf("struct_ops"));
        };
        for section in sections {
            let places = self.read_variables(&types, section);
            self.read_members(&types, section, &places);
        }
        self.types = Some(types);
    }

    fn read_variables(&mut self, types: &Types, section: SectionIdx) -> Vec<Place> {
        let mut places = Vec::new();
        let (Some(header), Some(role)) = (self.file.section(section), self.role(section)) else { return places };
        let (name, site, data) = (header.name, self.file.site(section), self.data(section));
        let Some((_, datasec)) = types.datasec(name) else {
            self.error(site, Kind::StructOps("BTF does not list the variables of the section"));
            return places;
        };
        let mut end = 0;
        for entry in datasec.vars() {
            let name = types.btf.name(entry.ty);
            let symbol = self.globals.get(name).and_then(|&i| self.file.symbols.get(i));
            let linkage = symbol.map_or(Linkage::Local, |s| s.linkage);
            let visibility = symbol.map_or(Visibility::Default, |s| s.visibility());
            let Role::StructOps { link, autocreate } = role else { continue };
            match variable(types, &data, entry) {
                // Each gets a copy of its bytes, so that what is shared would be multiplied.
                Ok(_) if entry.offset < end => {
                    self.error(site.clone().symbol(name), Kind::StructOps("the variable overlaps another"));
                }
                Ok((type_id, declaration, contents)) => {
                    end = entry.offset + declaration.size;
                    places.push(Place { offset: entry.offset, size: declaration.size, map: self.maps.len() });
                    let refs = Vec::new();
                    let ops = StructOps { type_id, data: contents.into(), refs, link, autocreate };
                    self.maps.push(Map {
                        name: name.into(),
                        section,
                        kind: MapKind::StructOps(Box::new(ops)),
                        def: MapDef {
                            map_type: MapType::STRUCT_OPS,
                            key_size: 4,
                            value_size: declaration.size,
                            max_entries: 1,
                            flags: if link { MapFlags::LINK } else { MapFlags(0) },
                            ..MapDef::default()
                        },
                        type_id: entry.ty,
                        linkage,
                        visibility,
                        tags: types.tags(entry.ty),
                    });
                }
                Err(why) => self.error(site.clone().symbol(name), Kind::StructOps(why)),
            }
        }
        places
    }

    fn read_members(&mut self, types: &Types, section: SectionIdx, places: &[Place]) {
        for relocations in self.relocations_of(|role| matches!(role, Role::StructOps { .. })) {
            if self.file.section(relocations).map(|s| s.info) != Some(section.0) {
                continue;
            }
            match self.file.relocs(relocations) {
                Ok(relocs) => {
                    let data = self.data(section);
                    relocs.iter().for_each(|reloc| self.read_member(types, section, &data, places, reloc));
                }
                Err(error) => self.errors.push(error),
            }
        }
    }

    fn read_member(&mut self, types: &Types, section: SectionIdx, data: &[u8], places: &[Place], reloc: &Reloc) {
        let site = self.file.site(section);
        let after = places.partition_point(|p| u64::from(p.offset) <= reloc.offset);
        let before = after.checked_sub(1).and_then(|i| places.get(i));
        let Some(place) = before.filter(|p| reloc.offset - u64::from(p.offset) < p.size.into()) else {
            return self.error(site, Kind::RelocOffset(reloc.offset));
        };
        let site = site.symbol(self.maps[place.map].name.clone());
        let Some(&symbol) = self.file.symbols.get(reloc.symbol as usize) else {
            return self.error(site, Kind::RelocSymbol(reloc.symbol));
        };
        let offset = (reloc.offset - u64::from(place.offset)) as u32;
        let target = self.implicit(data, reloc).wrapping_add(symbol.value);
        let func = self.start_at(&symbol, target);
        let MapKind::StructOps(ops) = &mut self.maps[place.map].kind else { return };
        match func {
            _ if !has_member(types, ops.type_id, offset) => {
                self.error(site, Kind::StructOps("a function is assigned to a place where the struct has no member"));
            }
            Some(func) => ops.refs.push(StructOpsRef { offset, func }),
            None => {
                let target = self.symbol_name(reloc.symbol);
                self.error(site, Kind::RelocTarget { target, why: "a member can only name a function of this object" });
            }
        }
    }
}

fn variable<'t, 'd>(
    types: &'t Types,
    data: &'d [u8],
    entry: SecVar,
) -> Result<(TypeId, Composite<'t>, &'d [u8]), &'static str> {
    let Some(Type::Var(var)) = types.btf.get(entry.ty) else { return Err("the section holds more than variables") };
    let Ok((type_id, Type::Struct(declaration))) = types.btf.resolve(var.ty) else {
        return Err("the variable is not a struct");
    };
    if declaration.name.is_empty() {
        return Err("the struct has no name, by which the kernel would know it");
    }
    let end = entry.offset.checked_add(declaration.size);
    match end.and_then(|end| data.get(entry.offset as usize..end as usize)) {
        Some(contents) => Ok((type_id, declaration, contents)),
        None => Err("the variable lies outside of its section"),
    }
}

fn has_member(types: &Types, struct_id: TypeId, offset: u32) -> bool {
    match types.btf.get(struct_id) {
        Some(Type::Struct(s)) => s.members().any(|m| u64::from(m.bit_offset) == u64::from(offset) * 8),
        _ => false,
    }
}
