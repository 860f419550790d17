//! What objects use of a kernel's types.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use skep::{
    btf::{
        Btf, Kind, StrOff, TypeId,
        core::{Record, Spec, essential},
        ext::Ext,
    },
    object::{MapKind, Object},
};

use crate::{args::btf::Base, input, report::Failure, source};

/// Names of types and functions, with the members and values that are looked at.
#[derive(Default)]
pub struct Used {
    types: BTreeMap<String, BTreeSet<String>>,
    /// Functions and variables of the kernel.
    symbols: BTreeSet<String>,
}

impl Used {
    /// What the objects use.
    pub fn by(objects: &[PathBuf]) -> Result<Self, Failure> {
        let mut used = Self::default();
        for path in objects {
            let name = path.to_string_lossy();
            let opened = source::open(&name, &Base::default())?;
            let ext = opened.ext.map(Ext::parse).transpose().map_err(|error| source::broken(&name, &error))?;
            used.records(&opened.btf, ext.as_ref());
            used.object(&input::object(path)?);
        }
        Ok(used)
    }

    /// Whether a type, a function or a variable is used.
    pub fn has(&self, kind: Kind, name: &str) -> bool {
        match kind {
            Kind::FUNC | Kind::VAR => self.symbols.contains(name),
            Kind::TYPEDEF => self.symbols.contains(name) || self.types.contains_key(name),
            _ => self.types.contains_key(essential(name)),
        }
    }

    /// Whether a member or value is.
    pub fn has_part(&self, kind: Kind, name: &str, part: &str) -> bool {
        match self.types.get(essential(name)) {
            // Members of types without names have their own names only.
            Some(parts) if !matches!(kind, Kind::FUNC | Kind::VAR) => {
                part.split('.').any(|part| parts.contains(essential(part)))
            }
            _ => false,
        }
    }

    /// The types on the way of each CO-RE record.
    fn records(&mut self, btf: &Btf, ext: Option<&Ext>) {
        let access = |off: StrOff| btf.string(off).unwrap_or_default();
        for relo in ext.into_iter().flat_map(Ext::core).flat_map(|section| section.records()) {
            let record = Record { type_id: relo.type_id, kind: relo.kind, access: access(relo.access) };
            let Ok(spec) = Spec::of(btf, &record) else { continue };
            // Members of a type without a name belong to the last one that has a name.
            let mut last = self.name_of(btf, spec.root);
            for step in &spec.steps {
                let here = essential(btf.name(step.ty));
                if !here.is_empty() && step.name.is_some() {
                    last = here.to_owned();
                }
                if let Some(part) = step.name {
                    self.types.entry(last.clone()).or_default().insert(essential(part).to_owned());
                }
            }
        }
    }

    /// Adds a type and what it is a typedef of; gives the name of the last.
    fn name_of(&mut self, btf: &Btf, id: TypeId) -> String {
        let resolved = btf.resolve(id).map_or(id, |(id, _)| id);
        let mut last = String::new();
        for id in [id, resolved] {
            let name = essential(btf.name(id));
            if !name.is_empty() {
                self.types.entry(name.to_owned()).or_default();
                last = name.to_owned();
            }
        }
        last
    }

    /// Functions that programs attach to, what the kernel provides, and types of struct_ops.
    fn object(&mut self, object: &Object) {
        self.symbols.extend(object.externs.iter().map(|one| one.name.to_string()));
        for program in &object.programs {
            let full = program.section.full.trim_start_matches('?');
            let Some((hook, name)) = full.split_once('/') else { continue };
            let hook = hook.split('.').next().unwrap_or_default();
            let name = name.rsplit([':', '/']).next().unwrap_or(name).split(['+', '%']).next().unwrap_or_default();
            match hook {
                "tp_btf" => self.symbols.extend([format!("btf_trace_{name}")]),
                "lsm" | "lsm_cgroup" => self.symbols.extend([format!("bpf_lsm_{name}")]),
                "iter" => self.symbols.extend([format!("bpf_iter_{name}")]),
                _ => self.symbols.extend([name.to_owned()]),
            }
        }
        let Some(btf) = &object.btf else { return };
        for map in &object.maps {
            if let MapKind::StructOps(ops) = &map.kind {
                let ty = ops.type_id;
                let name = self.name_of(btf, ty);
                let members = match btf.get(ty) {
                    Some(skep::btf::Type::Struct(ty)) => ty.members().map(|member| member.name.to_owned()).collect(),
                    _ => Vec::new(),
                };
                self.types.entry(name).or_default().extend(members);
            }
        }
    }
}
