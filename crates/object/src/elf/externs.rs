//! What the kernel is to provide.

use alloc::{sync::Arc, vec::Vec};

use skep_btf::{Btf, SecVar, Type, TypeId};
use skep_isa::{ExternIdx, MapIdx};
use skep_uapi::{MapFlags, MapType};

use super::{file::Symbol, reader::Reader, relocs::Tables};
use crate::{Extern, ExternKind, Kind, Linkage, Map, MapDef, MapKind, SectionIdx, Site, Visibility};

/// The largest room in bytes for all configuration values. It is made when the target is known, so it must be sane.
const MAX_KCONFIG: u32 = 1 << 20;
/// The deepest array of arrays that is looked into.
const MAX_ARRAYS: u32 = 8;

impl Reader<'_> {
    /// Reads the externs of `.kconfig` and `.ksyms`, and makes the map for the former.
    pub fn read_externs(&mut self) {
        let Some(types) = &self.types else { return };
        let btf = types.btf.clone();
        let kconfig = types.datasec(".kconfig").map(|(id, d)| (id, d.size, d.vars().collect::<Vec<_>>()));
        let ksyms = types.datasec(".ksyms").map(|(_, d)| d.vars().collect::<Vec<_>>());
        if let Some((id, size, vars)) = kconfig.filter(|(_, size, _)| *size > 0) {
            if size > MAX_KCONFIG {
                let site = Site::file(&self.file.name).section(".kconfig");
                return self.error(site, Kind::Section("the configuration values are larger than 1 MiB together"));
            }
            self.read_kconfig(&btf, id, size, &vars);
        }
        for entry in ksyms.unwrap_or_default() {
            self.read_ksym(&btf, entry.ty);
        }
    }

    fn read_kconfig(&mut self, btf: &Btf, id: TypeId, size: u32, vars: &[SecVar]) {
        let map = MapIdx(self.maps.len() as u32);
        self.maps.push(Map {
            name: ".kconfig".into(),
            section: SectionIdx(0),
            kind: MapKind::Kconfig,
            def: MapDef {
                map_type: MapType::ARRAY,
                key_size: 4,
                value_size: size,
                max_entries: 1,
                flags: MapFlags::RDONLY_PROG.with(MapFlags::MMAPABLE),
                value_type: id,
                ..MapDef::default()
            },
            type_id: id,
            linkage: Linkage::Local,
            visibility: Visibility::Default,
            tags: Vec::new(),
        });
        for entry in vars {
            let name: Arc<str> = btf.name(entry.ty).into();
            if !matches!(btf.get(entry.ty), Some(Type::Var(var)) if is_kconfig_type(btf, var.ty)) {
                let site = Site::file(&self.file.name).section(".kconfig").symbol(name.clone());
                self.error(site, Kind::KconfigType(name.clone()));
            }
            let kind = ExternKind::Kconfig { map, offset: entry.offset };
            let symbol = self.undefined(&name);
            let weak = symbol.is_none_or(|s| s.linkage != Linkage::Global);
            let visibility = symbol.map_or(Visibility::Default, |s| s.visibility());
            self.externs.push(Extern { name, kind, weak, visibility, type_id: entry.ty });
        }
    }

    fn read_ksym(&mut self, btf: &Btf, id: TypeId) {
        let kind = match btf.get(id) {
            Some(Type::Func(_)) => ExternKind::Kfunc,
            Some(Type::Var(var)) => match btf.resolve(var.ty) {
                Ok((_, Type::Void)) => ExternKind::Ksym,
                _ => ExternKind::TypedKsym,
            },
            _ => return,
        };
        let name = btf.name(id);
        // What is declared but not used has no symbol.
        if let Some(symbol) = self.undefined(name) {
            let (weak, visibility) = (symbol.linkage == Linkage::Weak, symbol.visibility());
            self.externs.push(Extern { name: name.into(), kind, weak, visibility, type_id: id });
        }
    }

    /// How a symbol is referred to that this object does not define.
    fn undefined(&self, name: &str) -> Option<&Symbol<'_>> {
        let symbol = self.file.symbols.get(*self.globals.get(name)?)?;
        symbol.is_extern().then_some(symbol)
    }

    /// The extern that an undefined symbol stands for: one of the kernel's, or else of other objects.
    pub fn extern_of(&mut self, tables: &mut Tables, symbol: &Symbol<'_>, is_call: bool) -> ExternIdx {
        if let Some(&idx) = tables.externs.get(symbol.name) {
            // Without BTF a call is the first to tell that it is a function.
            if let Some(ext) = self.externs.get_mut(idx.at()).filter(|e| is_call && e.type_id == TypeId::VOID) {
                ext.kind = ExternKind::Func;
            }
            return idx;
        }
        let declared = self.types.as_ref().and_then(|types| types.declaration(symbol.name));
        let kind = match declared {
            Some((_, kind)) => kind,
            None if is_call => ExternKind::Func,
            None => ExternKind::Var,
        };
        let idx = ExternIdx(self.externs.len() as u32);
        let name: Arc<str> = symbol.name.into();
        tables.externs.insert(name.clone(), idx);
        let (weak, visibility) = (symbol.linkage == Linkage::Weak, symbol.visibility());
        let type_id = declared.map_or(TypeId::VOID, |(id, _)| id);
        self.externs.push(Extern { name, kind, weak, visibility, type_id });
        idx
    }
}

/// The places of configuration values, sorted, and the size of all: the most strictly aligned first, then the smallest,
/// then by name.
pub fn kconfig_layout(btf: &Btf, vars: impl IntoIterator<Item = SecVar>) -> (Vec<SecVar>, u32) {
    let facts = |var: SecVar| {
        let ty = match btf.get(var.ty) {
            Some(Type::Var(v)) => v.ty,
            _ => TypeId::VOID,
        };
        let size = btf.size(ty).ok().and_then(|size| u32::try_from(size).ok()).unwrap_or(0);
        (core::cmp::Reverse(alignment(btf, ty)), size, btf.name(var.ty), var)
    };
    let mut vars = vars.into_iter().map(facts).collect::<Vec<_>>();
    vars.sort_by(|a, b| (a.0, a.1, a.2).cmp(&(b.0, b.1, b.2)));
    let mut end = 0u32;
    let place = |(core::cmp::Reverse(align), size, _, mut var): (_, u32, _, SecVar)| {
        var.offset = end.checked_next_multiple_of(align).unwrap_or(end);
        var.size = size;
        end = var.offset.saturating_add(size);
        var
    };
    (vars.into_iter().map(place).collect(), end)
}

fn alignment(btf: &Btf, mut id: TypeId) -> u32 {
    for _ in 0..MAX_ARRAYS {
        match btf.resolve(id) {
            Ok((_, Type::Array(array))) => id = array.elem,
            Ok((_, Type::Int(int))) => return int.size.clamp(1, 8),
            Ok((_, Type::Enum(e))) => return e.size.clamp(1, 8),
            _ => return 1,
        }
    }
    1
}

fn is_kconfig_type(btf: &Btf, id: TypeId) -> bool {
    match btf.resolve(id) {
        Ok((_, Type::Int(int))) if int.is_bool() => int.size == 1,
        Ok((_, Type::Int(int))) => matches!(int.size, 1 | 2 | 4 | 8),
        Ok((_, Type::Enum(e))) => e.name == "libbpf_tristate" && (e.is_64 || e.size == 4),
        Ok((_, Type::Array(array))) if array.len > 0 => {
            matches!(btf.resolve(array.elem), Ok((_, Type::Int(int))) if int.size == 1 && !int.is_bool())
        }
        _ => false,
    }
}
