//! Symbols that no one defines, and what may have been meant.

use alloc::{sync::Arc, vec::Vec};

use hashbrown::HashMap;
use skep_btf::TypeId;
use skep_isa::{ExternIdx, FuncIdx, InsnIdx, Ref};
use skep_uapi::Helper;

use crate::{Error, Extern, ExternKind, Kind, MapKind, Missing, Near, Object, nearest};

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

/// So many errors are given with their line of source and with what may have been meant: to look for those is a pass over
/// the function or the tables each.
const EXPLAINED: usize = 256;

/// The refusals so far, one for each symbol in each function.
type Refusals = HashMap<(FuncIdx, ExternIdx), u32>;

impl Object {
    /// Settles that no other object defines what this one leaves to others: what uses it is refused, and the externs that
    /// only the kernel can provide are left.
    pub fn refuse_undefined(&mut self) {
        if !self.externs.iter().any(|e| e.kind.is_of_objects()) {
            return;
        }
        let mut refusals = Refusals::new();
        for i in 0..self.funcs.len() {
            self.refuse_undefined_in(FuncIdx(i as u32), &mut refusals);
        }
        self.refuse_undefined_data();
        self.drop_externs(|e| e.kind.is_of_objects());
    }

    fn refuse_undefined_in(&mut self, func: FuncIdx, refusals: &mut Refusals) {
        let (mut slot, mut insn) = (InsnIdx(0), 0);
        while let Some(this) = self.funcs.get(func.at()).and_then(|f| f.insns.get(insn)) {
            let slots = this.slots();
            if let Some(Ref::Extern(ext)) = this.meta.reference()
                && self.is_of_objects(ext)
            {
                let idx = match refusals.get(&(func, ext)) {
                    Some(&idx) => idx,
                    None => {
                        let idx = self.refused.len() as u32;
                        refusals.insert((func, ext), idx);
                        self.refuse(func, slot, ext);
                        idx
                    }
                };
                self.funcs[func.at()].insns[insn].facts_mut().reference = Some(Ref::Refused(idx));
            }
            slot.0 = slot.0.saturating_add(slots);
            insn += 1;
        }
    }

    fn refuse(&mut self, func: FuncIdx, slot: InsnIdx, ext: ExternIdx) {
        let explained = self.refused.len() < EXPLAINED;
        let Some(kind) = self.undefined(ext, explained) else { return };
        let btf = self.btf.as_deref().filter(|_| explained);
        let source = btf.and_then(|btf| self.funcs.get(func.at())?.source_at(btf, slot));
        self.refused.push(Arc::new(Error::new(self.site_of(func).insn(slot).source(source), kind)));
    }

    /// The contents of data sections refer to it, but no instruction does.
    fn refuse_undefined_data(&mut self) {
        let externs = core::mem::take(&mut self.externs);
        let mut refused = HashMap::new();
        for map in &mut self.maps {
            let MapKind::Data { refs, .. } = &mut map.kind else { continue };
            for r in refs {
                let Ref::Extern(idx) = r.to else { continue };
                let Some(ext) = externs.get(idx.at()).filter(|e| e.kind.is_of_objects()) else { continue };
                let known = refused.entry(idx).or_insert_with(|| {
                    let site = crate::Site::file(&self.file).section(map.name.clone());
                    self.refused.push(Arc::new(Error::new(site, undefined(ext, None))));
                    self.refused.len() as u32 - 1
                });
                r.to = Ref::Refused(*known);
            }
        }
        self.externs = externs;
    }

    fn is_of_objects(&self, ext: ExternIdx) -> bool {
        self.externs.get(ext.at()).is_some_and(|e| e.kind.is_of_objects())
    }

    /// Leaves externs out that nothing refers to any more; the others move up.
    fn drop_externs(&mut self, drop: impl Fn(&Extern) -> bool) {
        let kept = self.externs.iter().take_while(|e| !drop(e)).count();
        if self.externs.iter().skip(kept).all(&drop) {
            return self.externs.truncate(kept);
        }
        let mut next = ExternIdx(0);
        let mut places = Vec::with_capacity(self.externs.len());
        for ext in &self.externs {
            places.push(next);
            next.0 += u32::from(!drop(ext));
        }
        self.externs.retain(|e| !drop(e));
        let moved = |idx: ExternIdx| places.get(idx.at()).copied().unwrap_or(idx);
        for insn in self.funcs.iter_mut().flat_map(|f| &mut f.insns) {
            if let Some(Ref::Extern(idx)) = insn.meta.reference() {
                insn.facts_mut().reference = Some(Ref::Extern(moved(idx)));
            }
        }
        for map in &mut self.maps {
            let MapKind::Data { refs, .. } = &mut map.kind else { continue };
            for r in refs {
                if let Ref::Extern(idx) = r.to {
                    r.to = Ref::Extern(moved(idx));
                }
            }
        }
    }

    /// The error for something that no object defines, with what comes close if that is to be searched for. None if the
    /// kernel is to provide it.
    pub fn undefined(&self, ext: ExternIdx, search: bool) -> Option<Kind> {
        let ext = self.externs.get(ext.at()).filter(|e| e.kind.is_of_objects())?;
        let near = if search { self.near(&ext.name, ext.kind == ExternKind::Func) } else { None };
        Some(undefined(ext, near))
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

fn undefined(ext: &Extern, near: Option<Near>) -> Kind {
    let what = match ext.kind {
        ExternKind::Func => Missing::Function,
        ExternKind::Map => Missing::Map,
        _ => Missing::Variable,
    };
    Kind::Undefined { what, name: ext.name.clone(), declared: ext.type_id != TypeId::VOID, near }
}
