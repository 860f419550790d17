//! Symbols that no one defines, and what may have been meant.

use alloc::sync::Arc;

use skep_btf::{Type, TypeId};
use skep_uapi::Helper;

use super::{reader::Reader, types::Types};
use crate::{ExternKind, Kind, Missing, Near, nearest};

/// What people call out of habit, what there is instead, and what that is.
const HABITS: &[(&str, &str, &str)] = &[
    ("printf", "bpf_printk", "it prints to the trace pipe"),
    ("printk", "bpf_printk", "it prints to the trace pipe"),
    ("puts", "bpf_printk", "it prints to the trace pipe"),
    ("fprintf", "bpf_printk", "it prints to the trace pipe"),
    ("snprintf", "BPF_SNPRINTF", "a macro of bpf_tracing.h over the helper bpf_snprintf"),
    ("sprintf", "BPF_SNPRINTF", "a macro of bpf_tracing.h over the helper bpf_snprintf"),
    ("memcpy", "__builtin_memcpy", "with a constant size, so that the compiler can expand it"),
    ("memmove", "__builtin_memmove", "with a constant size, so that the compiler can expand it"),
    ("memset", "__builtin_memset", "with a constant size, so that the compiler can expand it"),
    ("memcmp", "__builtin_memcmp", "with a small constant size, so that the compiler can expand it"),
    ("strcmp", "bpf_strncmp", "a helper, since Linux 5.17"),
    ("strncmp", "bpf_strncmp", "a helper, since Linux 5.17"),
    ("strlen", "bpf_strlen", "a kernel function, since Linux 6.17"),
    ("strtol", "bpf_strtol", "a helper"),
    ("malloc", "bpf_obj_new", "or a map: a BPF program has no heap of its own"),
    ("time", "bpf_ktime_get_ns", "a helper"),
    ("getpid", "bpf_get_current_pid_tgid", "a helper"),
    ("rand", "bpf_get_prandom_u32", "a helper"),
];

impl Reader<'_> {
    /// The error for a symbol without a definition, with what comes close if that is to be searched for.
    pub fn undefined_symbol(&self, name: &str, is_call: bool, search: bool) -> Kind {
        let declaration = if search { self.declaration(name) } else { None };
        let in_maps =
            |types: &Types, id| types.datasec(".maps").is_some_and(|(_, maps)| maps.vars().any(|entry| entry.ty == id));
        let what = match (&self.types, declaration) {
            _ if is_call => Missing::Function,
            (Some(types), Some(id)) if in_maps(types, id) => Missing::Map,
            _ => Missing::Variable,
        };
        let near = if search { self.near(name, is_call) } else { None };
        Kind::Undefined { what, name: name.into(), declared: declaration.is_some(), near }
    }

    /// The extern of that name in BTF.
    fn declaration(&self, name: &str) -> Option<TypeId> {
        let btf = self.btf()?;
        btf.ids().filter(|id| btf.name(*id) == name).find(|id| match btf.get(*id) {
            Some(Type::Func(func)) => func.linkage == 2,
            Some(Type::Var(var)) => var.linkage == 2,
            _ => false,
        })
    }

    fn near(&self, name: &str, is_call: bool) -> Option<Near> {
        let near = |name: &str, what| Some(Near { name: Arc::from(name), what });
        if is_call {
            if let Some((_, instead, what)) = HABITS.iter().find(|(habit, ..)| *habit == name) {
                return near(instead, what);
            }
            let funcs = self.funcs.iter().map(|f| &*f.name);
            if let Some(found) = nearest(name, funcs) {
                return near(found, "a function of this object");
            }
            let helpers = Helper::ROWS.iter().skip(1).map(|row| row.name);
            if let Some(found) = nearest(name, helpers) {
                return near(found, "a helper: include <bpf/bpf_helpers.h>");
            }
            let kfuncs = self.externs.iter().filter(|e| e.kind == ExternKind::Kfunc).map(|e| &*e.name);
            return near(nearest(name, kfuncs)?, "a kernel function this object declares");
        }
        if let Some(found) = nearest(name, self.maps.iter().map(|m| &*m.name)) {
            return near(found, "a map");
        }
        near(nearest(name, self.vars.iter().map(|v| &*v.name))?, "a variable")
    }
}
