//! Symbols that no one defines, and what may have been meant.

use alloc::{string::String, sync::Arc};

use hashbrown::HashSet;
use skep_btf::Type;

use super::reader::Reader;
use crate::{ExternKind, Kind, Near, nearest};

/// The undefined symbols reported so far: one report for each, at its first use.
#[derive(Default)]
pub(super) struct Reported(HashSet<String>);

impl Reported {
    pub fn first(&mut self, name: &str) -> bool {
        self.0.insert(name.into())
    }
}

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
    pub fn undefined_symbol(&self, name: &str, is_call: bool) -> Kind {
        let declared = self.is_declared(name);
        let near = self.near(name, is_call);
        let name = name.into();
        if is_call {
            Kind::UndefinedFunction { name, declared, near }
        } else {
            Kind::UndefinedVariable { name, declared, near }
        }
    }

    /// Whether BTF has an extern of that name.
    fn is_declared(&self, name: &str) -> bool {
        let Some(btf) = self.btf() else { return false };
        btf.ids().filter(|id| btf.name(*id) == name).any(|id| match btf.get(id) {
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
            let kfuncs = self.externs.iter().filter(|e| e.kind == ExternKind::Kfunc).map(|e| &*e.name);
            return near(nearest(name, kfuncs)?, "a kernel function this object declares");
        }
        if let Some(found) = nearest(name, self.maps.iter().map(|m| &*m.name)) {
            return near(found, "a map");
        }
        near(nearest(name, self.vars.iter().map(|v| &*v.name))?, "a variable")
    }
}
