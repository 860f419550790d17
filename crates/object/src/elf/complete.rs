//! What the compiler leaves open in BTF, filled in from the symbol table: sizes of sections, offsets of variables, and
//! the linkage of what is hidden.

use hashbrown::HashSet;
use object::elf;
use skep_btf::{Btf, Datasec, Error, Kind, Patch, SecVar, Type, TypeId, Var};
use smallvec::SmallVec;

use super::{Names, externs::kconfig_layout, file::File, file::Place, role::Role, types::Index};
use crate::{Linkage, SectionIdx};

/// Linkage of variables and functions in BTF.
const STATIC: u32 = 0;
const GLOBAL: u32 = 1;

/// The same types with DATASECs complete and sorted by offset, hidden variables and subprograms static.
pub(super) fn complete(
    btf: Btf,
    index: &Index,
    file: &File<'_>,
    roles: &[Role],
    globals: &Names<'_>,
) -> Result<Btf, Error> {
    let mut changes = Changes { btf: &btf, patch: None };
    for &id in &index.datasecs {
        if let Some(Type::Datasec(datasec)) = btf.get(id) {
            match datasec.name {
                ".ksyms" => {}
                ".kconfig" => {
                    let (layout, size) = kconfig_layout(&btf, datasec.vars());
                    changes.patch().set_datasec(id, size, &layout)?;
                }
                _ => changes.variables(id, &datasec, file, globals)?,
            }
        }
    }
    changes.hidden_subprograms(file, roles)?;
    match changes.patch.map(Patch::finish) {
        Some(changed) => Ok(changed),
        None => Ok(btf),
    }
}

/// The size in bytes of a section; of all sections of maps together.
fn section_size(file: &File<'_>, name: &str) -> Option<u64> {
    match name {
        ".maps" => Some(file.maps_size()),
        _ => file.find(name).map(|(_, s)| s.size),
    }
}

struct Changes<'a> {
    btf: &'a Btf,
    patch: Option<Patch<'a>>,
}

impl<'a> Changes<'a> {
    /// The types to be changed, copied when the first change is made.
    fn patch(&mut self) -> &mut Patch<'a> {
        self.patch.get_or_insert_with(|| Patch::of(self.btf))
    }

    fn variables(
        &mut self,
        id: TypeId,
        datasec: &Datasec<'_>,
        file: &File<'_>,
        globals: &Names<'_>,
    ) -> Result<(), Error> {
        // A static linker fills in sizes and offsets, a compiler leaves all of them 0.
        let open = datasec.size == 0;
        let size = match open {
            true => section_size(file, datasec.name).and_then(|size| u32::try_from(size).ok()).unwrap_or(0),
            false => datasec.size,
        };
        if size == 0 {
            return Ok(());
        }
        let mut vars = datasec.vars().collect::<SmallVec<[_; 16]>>();
        for entry in &mut vars {
            let Some(Type::Var(var @ Var { linkage: GLOBAL, .. })) = self.btf.get(entry.ty) else { continue };
            let Some(symbol) = globals.get(var.name).and_then(|&i| file.symbols.get(i)) else { continue };
            let base = match symbol.place {
                Place::Section(section) => file.maps_base(section),
                _ => 0,
            };
            // What libbpf's linker writes for a variable that an object declares before another one defines it has the
            // offset of the declaration.
            let is_here = || match symbol.place {
                Place::Section(section) => file.section(section).is_some_and(|s| s.name == datasec.name),
                _ => false,
            };
            if (open || is_here())
                && let Ok(offset) = u32::try_from(symbol.value.saturating_add(base))
            {
                entry.offset = offset;
            }
            if symbol.hidden {
                self.patch().set_linkage(entry.ty, STATIC)?;
            }
        }
        vars.sort_by_key(|v: &SecVar| v.offset);
        if open || !vars.iter().copied().eq(datasec.vars()) {
            self.patch().set_datasec(id, size, &vars)?;
        }
        Ok(())
    }

    /// The verifier checks a static function with what each caller passes, a global one by itself.
    fn hidden_subprograms(&mut self, file: &File<'_>, roles: &[Role]) -> Result<(), Error> {
        let is_text = |SectionIdx(i)| roles.get(i as usize) == Some(&Role::Code { text: true });
        let hidden = file.symbols.iter().filter(|s| s.hidden && s.kind == elf::STT_FUNC && s.linkage != Linkage::Local);
        let names = hidden.filter(|s| matches!(s.place, Place::Section(idx) if is_text(idx))).map(|s| s.name);
        let names = names.collect::<HashSet<_>>();
        if names.is_empty() {
            return Ok(());
        }
        let btf = self.btf;
        let mut is_hidden = btf.ids().filter(|id| btf.kind(*id) == Some(Kind::FUNC) && names.contains(btf.name(*id)));
        is_hidden.try_for_each(|id| self.patch().set_linkage(id, STATIC))
    }
}
