//! What the compiler leaves open in BTF, filled in from the symbol table: sizes of sections, offsets of variables, and
//! the linkage of what is hidden.

use alloc::vec::Vec;

use hashbrown::HashSet;
use object::elf;
use skep_btf::{Btf, Datasec, Error, Kind, SecVar, Type, TypeId};

use super::{Names, externs::kconfig_layout, file::File, file::Place, role::Role, types::Index};
use crate::{Linkage, SectionIdx};

/// Words to be written into the BTF: offset in bytes, and value.
type Patches = Vec<(usize, u32)>;

/// Where the elements of a DATASEC begin, and how long each is.
const HEAD: usize = 12;

/// The same types with DATASECs complete and sorted by offset, hidden variables and subprograms static.
pub(super) fn complete(
    btf: Btf,
    index: &Index,
    file: &File<'_>,
    roles: &[Role],
    globals: &Names<'_>,
) -> Result<Btf, Error> {
    let mut patches = Patches::new();
    for &id in &index.datasecs {
        if let (Some(at), Some(Type::Datasec(datasec))) = (btf.offset_of(id), btf.get(id)) {
            match datasec.name {
                ".ksyms" => {}
                ".kconfig" => kconfig(&btf, at, &datasec, &mut patches),
                _ => variables(&btf, at, &datasec, file, globals, &mut patches),
            }
        }
    }
    hidden_subprograms(&btf, file, roles, &mut patches);
    if patches.is_empty() {
        return Ok(btf);
    }
    let mut bytes = btf.bytes().as_ref().to_vec();
    for (at, value) in patches {
        if let Some(word) = bytes.get_mut(at..at + 4) {
            word.copy_from_slice(&btf.endian().bytes32(value));
        }
    }
    Btf::parse(bytes)
}

fn kconfig(btf: &Btf, at: usize, datasec: &Datasec<'_>, patches: &mut Patches) {
    let (layout, size) = kconfig_layout(btf, datasec);
    patches.push((at + 8, size));
    write_vars(at, &layout, patches);
}

fn variables(btf: &Btf, at: usize, datasec: &Datasec<'_>, file: &File<'_>, globals: &Names<'_>, patches: &mut Patches) {
    // A static linker fills in sizes and offsets, a compiler leaves all of them 0.
    let open = datasec.size == 0;
    if open {
        match file.find(datasec.name).and_then(|(_, s)| u32::try_from(s.size).ok()) {
            None | Some(0) => return,
            Some(size) => patches.push((at + 8, size)),
        }
    }
    let mut vars = datasec.vars().collect::<Vec<_>>();
    for entry in &mut vars {
        let Some(Type::Var(var)) = btf.get(entry.ty).filter(|ty| matches!(ty, Type::Var(v) if v.linkage == 1)) else {
            continue;
        };
        let Some(symbol) = globals.get(var.name).and_then(|&i| file.symbols.get(i)) else { continue };
        if open && let Ok(offset) = u32::try_from(symbol.value) {
            entry.offset = offset;
        }
        if symbol.hidden
            && let Some(at) = btf.offset_of(entry.ty)
        {
            patches.push((at + HEAD, 0));
        }
    }
    vars.sort_by_key(|v| v.offset);
    if open || !vars.iter().copied().eq(datasec.vars()) {
        write_vars(at, &vars, patches);
    }
}

fn write_vars(at: usize, vars: &[SecVar], patches: &mut Patches) {
    for (i, var) in vars.iter().enumerate() {
        let at = at + HEAD + 12 * i;
        patches.extend([(at, var.ty.0), (at + 4, var.offset), (at + 8, var.size)]);
    }
}

/// The verifier checks a static function with what each caller passes, a global one by itself.
fn hidden_subprograms(btf: &Btf, file: &File<'_>, roles: &[Role], patches: &mut Patches) {
    let is_text = |SectionIdx(i)| roles.get(i as usize) == Some(&Role::Code { text: true });
    let hidden = file.symbols.iter().filter(|s| s.hidden && s.kind == elf::STT_FUNC && s.linkage != Linkage::Local);
    let names = hidden.filter(|s| matches!(s.place, Place::Section(idx) if is_text(idx))).map(|s| s.name);
    let names = names.collect::<HashSet<_>>();
    if names.is_empty() {
        return;
    }
    let is_hidden = |id: &TypeId| btf.kind(*id) == Some(Kind::FUNC) && names.contains(btf.name(*id));
    for id in btf.ids().filter(is_hidden) {
        if let Some(at) = btf.offset_of(id) {
            patches.push((at + 4, u32::from(Kind::FUNC.0) << 24));
        }
    }
}
