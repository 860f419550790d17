//! Maps declared in `.maps`.

use alloc::vec::Vec;

use skep_btf::{SecVar, Type};

use super::{map_def, reader::Reader, role::Role, types::Types};
use crate::{Kind, Linkage, Map, MapKind, SectionIdx, Visibility};

/// Where a map is declared.
pub(super) struct Declaration {
    /// Where its variable begins, in bytes from the beginning of the section.
    pub offset: u32,
    /// The size of the variable in bytes.
    pub size: u32,
    /// Where in the variable the slots begin, in bytes, if it has any.
    pub values: Option<u32>,
}

impl Reader<'_> {
    /// Reads the declarations, in order.
    pub fn read_declared_maps(&mut self) {
        let sections = self.sections_of(|role| role == Role::Maps);
        let Some(&section) = sections.first() else { return };
        let size = self.file.maps_size();
        let Some(types) = self.types.take() else {
            let site = self.file.site(section);
            return self.error(site, Kind::NoBtf("the declarations of maps"));
        };
        match types.datasec(".maps") {
            Some((_, datasec)) => {
                for entry in datasec.vars().filter(|entry| !is_extern(&types, entry)) {
                    self.read_declared_map(&types, section, size, entry);
                }
            }
            None if size > 0 => {
                let site = self.file.site(section);
                self.error(site, Kind::NoBtf("the declarations of maps"));
            }
            None => {}
        }
        self.types = Some(types);
    }

    fn read_declared_map(&mut self, types: &Types, section: SectionIdx, limit: u64, entry: SecVar) {
        let name = types.btf.name(entry.ty);
        let symbol = self.globals.get(name).and_then(|&i| self.file.symbols.get(i));
        let linkage = symbol.map_or(Linkage::Global, |s| s.linkage);
        let visibility = symbol.map_or(Visibility::Default, |s| s.visibility());
        match declared(types, limit, entry) {
            Ok(parsed) => {
                let map_def::Parsed { def, values } = parsed;
                self.declarations.push(Declaration { offset: entry.offset, size: entry.size, values });
                self.maps.push(Map {
                    name: name.into(),
                    section,
                    kind: MapKind::Declared(Vec::new()),
                    def,
                    type_id: entry.ty,
                    linkage,
                    visibility,
                    tags: types.tags(entry.ty),
                });
            }
            Err(kind) => {
                let site = self.file.site(section).symbol(name);
                self.error(site, kind);
            }
        }
    }
}

/// Whether a map is only declared: it is somewhere else, and undefined here if a program uses it.
fn is_extern(types: &Types, entry: &SecVar) -> bool {
    matches!(types.btf.get(entry.ty), Some(Type::Var(var)) if var.linkage == 2)
}

fn declared(types: &Types, limit: u64, entry: SecVar) -> Result<map_def::Parsed, Kind> {
    let Some(Type::Var(var)) = types.btf.get(entry.ty) else {
        return Err(Kind::MapDeclaration("section .maps holds something that is not a variable"));
    };
    if var.name.is_empty() {
        return Err(Kind::MapDeclaration("a map has no name"));
    }
    if u64::from(entry.offset) + u64::from(entry.size) > limit {
        return Err(Kind::MapDeclaration("the declaration lies outside of section .maps"));
    }
    if var.linkage != 1 {
        return Err(Kind::MapDeclaration(
            "the map is static or hidden: a map must be a global variable (remove `static`, or `-fvisibility=hidden`; in \
             Rust it is `#[unsafe(no_mangle)]`)",
        ));
    }
    match types.btf.resolve(var.ty) {
        Ok((id, Type::Struct(declaration))) if declaration.size <= entry.size => {
            map_def::parse(&types.btf, map_def::peel(&types.btf, id, declaration).1, false)
        }
        Ok((_, Type::Struct(_))) => Err(Kind::MapDeclaration("the declaration is larger than its variable")),
        _ => Err(Kind::MapDeclaration("a map is declared by a struct, and this variable is none")),
    }
}
