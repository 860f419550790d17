//! Sections of variables, made anew from where the variables are now.

use alloc::{sync::Arc, vec::Vec};

use skep_object::{
    ExternKind,
    btf::{Btf, Error, SecVar, TypeId},
    elf::kconfig_layout,
};

use super::{Inputs, OutExtern, Placed, Sections, Types};
use crate::layout::{Data, OutMap};

impl Sections<'_> {
    /// Makes the sections of variables, of what stays in each object.
    pub(super) fn add(&mut self, vars: Vec<Vec<Placed>>, types: &mut Types) -> Result<(), Error> {
        let Inputs { objects, layout, externs, .. } = *self.inputs;
        let mut members: Vec<Vec<SecVar>> = layout.maps.iter().map(|_| Vec::new()).collect();
        let mut others: Vec<(&str, SecVar)> = Vec::new();
        for ((obj, object), vars) in (0..).zip(objects).zip(vars) {
            for (map, old) in vars {
                let var = SecVar { ty: self.joined.id(obj, old.ty), ..old };
                match map.and_then(|map| members.get_mut(map.at())) {
                    Some(list) => list.push(var),
                    None => {
                        let name = object.btf.as_deref().map_or("", |btf| btf.name(old.ty));
                        others.push((if name.contains("version") { "version" } else { "license" }, var));
                    }
                }
            }
        }
        self.declare_old(&mut members, types);
        let mut declared: Vec<(Arc<str>, Vec<SecVar>)> = Vec::new();
        for (i, (map, vars)) in layout.maps.iter().zip(members).enumerate() {
            match map {
                OutMap::Data(Data { name, size, .. }) if !vars.is_empty() => {
                    let mut vars = vars;
                    vars.sort_by_key(|v| v.offset);
                    types.datasecs[i] = self.add_section(name, *size, &vars);
                }
                OutMap::One { section, .. } => {
                    let name = layout.sections.get(section.0 as usize).cloned().unwrap_or_default();
                    let at = declared.iter().position(|(n, _)| *n == name).unwrap_or_else(|| {
                        declared.push((name, Vec::new()));
                        declared.len() - 1
                    });
                    declared[at].1.extend(vars);
                }
                _ => {}
            }
        }
        // Maps that another object is to declare are listed with those that are declared.
        let wanted = externs.iter().filter(|e| e.kind == ExternKind::Map).map(|e| self.entry(e));
        let wanted: Vec<SecVar> = wanted.filter(|v| v.ty.0 != 0).collect();
        let is_maps = |(name, _): &&mut (Arc<str>, Vec<SecVar>)| &**name == ".maps";
        if !wanted.is_empty() && declared.iter_mut().find(is_maps).is_none() {
            declared.push((".maps".into(), Vec::new()));
        }
        for (name, vars) in declared {
            let mut end = 0u32;
            let mut placed = Vec::with_capacity(vars.len());
            for var in vars {
                let offset = end.next_multiple_of(8);
                end = offset.saturating_add(var.size);
                placed.push(SecVar { offset, ..var });
            }
            if &*name == ".maps" {
                placed.extend(&wanted);
            }
            self.add_section(&name, end, &placed);
        }
        let of_kernel = |e: &&OutExtern| matches!(e.kind, ExternKind::Ksym | ExternKind::TypedKsym | ExternKind::Kfunc);
        let ksyms: Vec<SecVar> = externs.iter().filter(of_kernel).map(|e| self.entry(e)).collect();
        if !ksyms.is_empty() {
            self.add_section(".ksyms", 0, &ksyms);
        }
        let kconfig = externs.iter().filter(|e| matches!(e.kind, ExternKind::Kconfig { .. }));
        let kconfig: Vec<SecVar> = kconfig.map(|e| self.entry(e)).collect();
        if !kconfig.is_empty() {
            let so_far = Btf::parse(self.edit.finish())?;
            let (placed, size) = kconfig_layout(&so_far, kconfig);
            let id = self.add_section(".kconfig", size, &placed);
            types.kconfig_size = size;
            types.kconfig = placed.iter().map(|v| (v.ty, (v.offset, v.size))).collect();
            let map = layout.maps.iter().position(|m| matches!(m, OutMap::Kconfig));
            if let Some(datasec) = map.and_then(|i| types.datasecs.get_mut(i)) {
                *datasec = id;
            }
        }
        for name in ["license", "version"] {
            let vars: Vec<SecVar> = others.iter().filter(|(n, _)| *n == name).map(|(_, v)| *v).collect();
            if !vars.is_empty() {
                let size = vars.iter().map(|v| v.offset.saturating_add(v.size)).max().unwrap_or(0);
                self.add_section(name, size, &vars);
            }
        }
        Ok(())
    }

    fn add_section(&mut self, name: &str, size: u32, vars: &[SecVar]) -> TypeId {
        self.edit.add().datasec(name, size, vars)
    }

    fn entry(&self, ext: &OutExtern) -> SecVar {
        let object = self.inputs.objects.get(ext.obj as usize);
        let id = object.and_then(|o| o.externs.get(ext.idx.at())).map_or(TypeId::VOID, |e| e.type_id);
        SecVar { ty: self.joined.id(ext.obj, id), offset: 0, size: 0 }
    }
}
