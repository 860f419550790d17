//! Pass: the kernel type that each program attaches to.

use alloc::{
    format,
    string::{String, ToString},
};

use crate::{
    AttachTo, Kind, Linked, Target,
    lookup::{Found, Place, Wanted, module_named, names},
    object::{
        Program, SectionFlags,
        btf::{Btf, Kind as BtfKind, nearest},
        uapi::{AttachType, ProgType},
    },
};

/// What a program attaches to, before it is looked for.
pub(crate) struct Question<'a> {
    /// Its name, as the section gives it.
    pub name: &'a str,
    /// The module named before the `:`.
    module: Option<&'a str>,
    /// What is looked for, for messages.
    what: &'static str,
    /// What BTF names begin with that stand for the thing.
    prefix: &'static str,
    kind: BtfKind,
}

/// What a program's section asks for; none if programs of its kind attach to no type.
///
/// # Errors
/// When the section does not say what, or the type is not one of the kernel's.
pub(crate) fn question<'a>(_: &Linked, program: &'a Program) -> Result<Option<Question<'a>>, Kind> {
    let Some(def) = program.section.def.filter(|def| def.flags.contains(SectionFlags::ATTACH_BTF)) else {
        return Ok(None);
    };
    if def.prog_type == ProgType::EXT {
        return Err(Kind::Unsupported { what: "programs that replace a function of another program" });
    }
    if program.section.target.is_empty() {
        return Err(Kind::NoAttachTarget { section: program.section.full.clone() });
    }
    let (module, name) = match program.section.target.split_once(':') {
        Some((module, name)) => (Some(module), name),
        None => (None, &*program.section.target),
    };
    let (what, prefix, kind) = match def.attach_type {
        Some(AttachType::TRACE_RAW_TP) => ("tracepoint", "btf_trace_", BtfKind::TYPEDEF),
        Some(AttachType::LSM_MAC | AttachType::LSM_CGROUP) => ("LSM hook", "bpf_lsm_", BtfKind::FUNC),
        Some(AttachType::TRACE_ITER) => ("iterator", "bpf_iter_", BtfKind::FUNC),
        _ => ("function", "", BtfKind::FUNC),
    };
    Ok(Some(Question { name, module, what, prefix, kind }))
}

impl Question<'_> {
    /// The type to look for.
    ///
    /// # Errors
    /// When the module that was named does not exist.
    pub(crate) fn wanted(&self, target: &Target) -> Result<Wanted, Kind> {
        let place = match self.module {
            None => None,
            Some("vmlinux") => Some(Place::Vmlinux),
            Some(name) => Some(Place::Module(module_named(target, name).ok_or_else(|| {
                let nearest = nearest(name, target.modules().iter().map(|m| &*m.name)).map(str::to_string);
                Kind::NoSuchModule { module: name.to_string(), nearest }
            })?)),
        };
        Ok(Wanted { kind: self.kind, name: format!("{}{}", self.prefix, self.name), place })
    }

    /// What it attaches to, from what was found.
    ///
    /// # Errors
    /// When nothing was, with the nearest name there is if that is to be searched for.
    pub(crate) fn settle(
        &self,
        target: &Target,
        wanted: &Wanted,
        found: Option<Found>,
        search: bool,
    ) -> Result<AttachTo, Kind> {
        match found {
            Some(Found { id, module }) => Ok(AttachTo { name: self.name.into(), type_id: id, module }),
            None => Err(Kind::AttachTargetAbsent {
                what: self.what,
                name: self.name.to_string(),
                module: self.module.map(str::to_string),
                nearest: if search { self.nearest(target, wanted) } else { None },
            }),
        }
    }

    fn nearest(&self, target: &Target, wanted: &Wanted) -> Option<String> {
        let btf: &Btf = match wanted.place {
            Some(Place::Module(module)) => target.module_btf(module).ok()?,
            _ => target.vmlinux().ok()?,
        };
        let names = names(btf, self.kind).filter_map(|name| name.strip_prefix(self.prefix));
        nearest(self.name, names).map(str::to_string)
    }
}
