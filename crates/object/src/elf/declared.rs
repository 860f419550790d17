//! What programs in Rust say about functions and variables of the kernel.
//!
//! In C, BTF declares what is `extern`; rustc writes nothing about it. There a static variable in the section `.ksyms` (or
//! `.kconfig`) holds the address, and its type is that of a pointer to what is declared:
//!
//! ```text
//! unsafe extern "C" { fn bpf_throw(cookie: u64) -> !; }
//! #[used] #[unsafe(link_section = ".ksyms")]
//! static THROW: unsafe extern "C" fn(u64) -> ! = bpf_throw;
//! ```
//!
//! From these the types become what C would have declared, and the variables go.

use alloc::vec::Vec;

use hashbrown::HashMap;
use object::elf;
use skep_btf::{Btf, Edit, SecVar, Type, TypeId};

use super::file::{File, Place, Symbol};
use crate::{Error, SectionIdx};

/// The linkage of what is only declared.
const EXTERN: u32 = 2;
/// The sections that declare what the kernel provides.
const SECTIONS: [&str; 2] = [".ksyms", ".kconfig"];

/// The types with a declaration for each address in these sections; none if there are no addresses.
pub(super) fn declare(file: &File<'_>, btf: &Btf) -> Result<Option<Vec<u8>>, Error> {
    let mut edit: Option<Edit> = None;
    for id in btf.ids() {
        let Some(Type::Datasec(datasec)) = btf.get(id).filter(|ty| SECTIONS.contains(&ty.name())) else { continue };
        if !datasec.vars().any(|entry| pointee(btf, entry.ty).is_some()) {
            continue;
        }
        let addresses = addresses(file, datasec.name)?;
        let edit = edit.get_or_insert_with(|| Edit::of(btf));
        let declared = |entry: SecVar| {
            let Some(target) = pointee(btf, entry.ty) else { return Some(entry) };
            let name = addresses.get(btf.name(entry.ty))?.name;
            let ty = match btf.get(target) {
                Some(Type::FuncProto(_)) => edit.add().func(name, target, EXTERN),
                _ => edit.add().var(name, target, EXTERN),
            };
            Some(SecVar { ty, offset: 0, size: 0 })
        };
        let vars: Vec<SecVar> = datasec.vars().filter_map(declared).collect();
        // It is one of the types that the edit began with.
        let _ = edit.set_datasec(id, 0, &vars);
    }
    Ok(edit.map(|edit| edit.finish()))
}

/// What a variable that is defined points to.
fn pointee(btf: &Btf, variable: TypeId) -> Option<TypeId> {
    match btf.get(variable) {
        Some(Type::Var(var)) if var.linkage != EXTERN => match btf.resolve(var.ty) {
            Ok((_, Type::Ptr(target))) => Some(target),
            _ => None,
        },
        _ => None,
    }
}

/// The undefined symbols whose addresses variables hold, by the names of the variables.
fn addresses<'a>(file: &File<'a>, section: &str) -> Result<HashMap<&'a str, Symbol<'a>>, Error> {
    let mut targets: HashMap<(SectionIdx, u64), u32> = HashMap::new();
    for (idx, found) in file.enumerate().filter(|(_, s)| matches!(s.sh_type, elf::SHT_REL | elf::SHT_RELA)) {
        let target = SectionIdx(found.info);
        if file.section(target).is_some_and(|s| s.name == section) {
            targets.extend(file.relocs(idx)?.iter().map(|reloc| ((target, reloc.offset), reloc.symbol)));
        }
    }
    let address = |variable: &Symbol<'a>| {
        let Place::Section(section) = variable.place else { return None };
        let symbol = file.symbols.get(*targets.get(&(section, variable.value))? as usize)?;
        (variable.kind == elf::STT_OBJECT && symbol.is_extern()).then_some((variable.name, *symbol))
    };
    Ok(file.symbols.iter().filter_map(address).collect())
}
