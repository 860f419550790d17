//! What each program of an object asks of a kernel, as far as relocation does not ask for it. The same for all kernels.

use alloc::{
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};
use core::ops::Range;

use super::facts::ENUMS;
use crate::{
    Linked,
    object::{
        Attach, Program, SectionFlags,
        btf::Kind as BtfKind,
        isa::{
            ExternIdx, FuncIdx, Insn, InsnIdx, MapIdx, Opcode, Raw, Ref,
            table::{Row, lookup},
        },
        pattern,
        uapi::{AttachType, ProgFlags, Release},
    },
    program::flags,
    reach::{Reach, reach},
};

/// Instructions older than this are not remembered: no kernel without them has types.
const OLD: Release = Release::new(4, 9);

/// Sections that came after the type of their programs.
const SECTIONS_SINCE: &[(&str, Release)] = &[
    ("fentry.s", Release::new(5, 10)),
    ("fexit.s", Release::new(5, 10)),
    ("fmod_ret.s", Release::new(5, 10)),
    ("lsm.s", Release::new(5, 10)),
    ("iter.s", Release::new(5, 18)),
    ("uprobe.s", Release::new(6, 0)),
    ("uretprobe.s", Release::new(6, 0)),
    ("usdt.s", Release::new(6, 0)),
    ("tp.s", Release::new(7, 2)),
    ("tracepoint.s", Release::new(7, 2)),
    ("raw_tp.s", Release::new(7, 2)),
    ("raw_tracepoint.s", Release::new(7, 2)),
    ("tp_btf.s", Release::new(7, 2)),
];

/// What system calls are named in kernels, before the name.
const WRAPPERS: &[&str] =
    &["__x64_sys_", "__arm64_sys_", "__s390x_sys_", "__riscv_sys_", "__se_sys_", "__do_sys_", "sys_"];

/// An instruction in a program's final code.
#[derive(Clone, Copy, Debug)]
pub(super) struct At {
    /// Its slot there.
    pub slot: InsnIdx,
    /// Its function.
    pub func: FuncIdx,
    /// Its position among the function's instructions.
    pub position: usize,
}

/// What one program needs.
#[derive(Debug)]
pub(super) struct Needs {
    pub reach: Reach,
    /// Calls of helpers, as they stand in the object.
    pub helpers: Vec<(At, Raw)>,
    /// Instructions that came later than others.
    pub insns: Vec<(At, &'static Row)>,
    /// The maps it refers to, each once, with the first place.
    pub maps: Vec<(At, MapIdx)>,
    /// The externs it refers to, each once, with the first place.
    pub externs: Vec<(At, ExternIdx)>,
    /// The attach type that it cannot do without.
    pub attach: Option<AttachType>,
    /// The attach type that skep has another way for.
    pub replaced: Option<AttachType>,
    /// What its section needs: what that is, and the first release.
    pub since: Vec<(&'static str, Release)>,
    /// What it is attached to by name.
    pub hook: Option<Hook>,
}

/// Something of the kernel that a program is attached to by name, and that loading does not look for.
#[derive(Debug)]
pub(super) struct Hook {
    /// The sort, for messages.
    pub what: &'static str,
    /// The name, as the section gives it.
    pub name: String,
    /// The names to look for, by their positions; one is enough.
    pub names: Range<usize>,
    /// The kind of their types.
    pub kind: BtfKind,
    /// A pattern in place of names.
    pub pattern: Option<String>,
}

/// Everything that an object asks for.
#[derive(Debug)]
pub(super) struct All {
    pub programs: Vec<Needs>,
    /// The names to look up in each kernel; the enums come first.
    pub names: Vec<String>,
}

impl All {
    pub(super) fn of(linked: &Linked) -> Self {
        let mut names: Vec<String> = ENUMS.iter().map(ToString::to_string).collect();
        let programs = linked.programs().iter().map(|program| needs(linked, program, &mut names)).collect();
        Self { programs, names }
    }
}

fn needs(linked: &Linked, program: &Program, names: &mut Vec<String>) -> Needs {
    let reach = reach(linked, program.func, &[]);
    let def = program.section.def;
    let attach = def.and_then(|def| {
        let optional = def.flags.contains(SectionFlags::ATTACH_TYPE_OPTIONAL);
        def.attach_type.filter(|_| !optional)
    });
    let is_replaced = def.is_some_and(|def| def.attach == Attach::Tcx);
    let mut needs = Needs {
        helpers: vec![],
        insns: vec![],
        maps: vec![],
        externs: vec![],
        attach: attach.filter(|_| !is_replaced),
        replaced: attach.filter(|_| is_replaced),
        since: vec![],
        hook: hook(program, names),
        reach,
    };
    if let Some(def) = def {
        let stem = def.stem();
        needs.since.extend(SECTIONS_SINCE.iter().find(|(name, _)| *name == stem));
        if flags(def).contains(ProgFlags::XDP_HAS_FRAGS) {
            needs.since.push(("packets of several fragments", Release::new(5, 18)));
        }
    }
    needs.scan(linked);
    needs
}

impl Needs {
    fn scan(&mut self, linked: &Linked) {
        for &func in &self.reach.order {
            let (Some(function), Some(start)) = (linked.funcs().get(func.at()), self.reach.starts.get(&func)) else {
                continue;
            };
            let mut slot = *start;
            for (position, insn) in function.insns.iter().enumerate() {
                let at = At { slot, func, position };
                slot.0 += insn.slots();
                if insn.code == Opcode::CALL && insn.src().0 == 0 && insn.meta.reference().is_none() {
                    self.helpers.push((at, Raw::new(insn.code, insn.dst(), insn.src(), insn.off, insn.imm as i32)));
                }
                // What stands for an extern is told by whether that is there.
                let is_extern = matches!(insn.meta.reference(), Some(Ref::Extern(_)));
                if let Some(row) = newer(insn).filter(|_| !is_extern) {
                    self.insns.push((at, row));
                }
                match insn.meta.reference() {
                    Some(Ref::Map(map) | Ref::Value { map, .. }) if self.maps.iter().all(|(_, m)| *m != map) => {
                        self.maps.push((at, map));
                    }
                    Some(Ref::Extern(ext)) if self.externs.iter().all(|(_, e)| *e != ext) => {
                        self.externs.push((at, ext));
                    }
                    _ => {}
                }
            }
        }
    }

    /// Where a slot of the final code came from.
    pub(super) fn at(&self, linked: &Linked, slot: InsnIdx) -> Option<At> {
        let starts = self.reach.order.iter().filter_map(|func| Some((*func, *self.reach.starts.get(func)?)));
        let (func, start) = starts.take_while(|(_, start)| *start <= slot).last()?;
        let mut at = start;
        for (position, insn) in linked.funcs().get(func.at())?.insns.iter().enumerate() {
            at.0 += insn.slots();
            if at > slot {
                return Some(At { slot, func, position });
            }
        }
        None
    }
}

/// The row of an instruction that not all kernels have.
fn newer(insn: &Insn) -> Option<&'static Row> {
    lookup(insn).filter(|row| row.since.is_some_and(|since| since > OLD))
}

/// What a program is attached to by name, beyond what relocation looks for.
fn hook(program: &Program, names: &mut Vec<String>) -> Option<Hook> {
    let target = &*program.section.target;
    if target.is_empty() {
        return None;
    }
    let start = names.len();
    let mut hook = |what, name: &str, kind, wanted: Vec<String>| {
        names.extend(wanted);
        Some(Hook { what, name: name.to_string(), names: start..names.len(), kind, pattern: None })
    };
    match program.section.def?.attach {
        Attach::Kprobe { .. } => {
            let name = target.split('+').next().unwrap_or(target);
            hook("function", name, BtfKind::FUNC, vec![name.to_string()])
        }
        Attach::Ksyscall { .. } => {
            let wanted = WRAPPERS.iter().map(|prefix| format!("{prefix}{target}")).collect();
            hook("system call", target, BtfKind::FUNC, wanted)
        }
        Attach::KprobeMulti { .. } if pattern::is_pattern(target) => Some(Hook {
            what: "function",
            name: target.to_string(),
            names: start..start,
            kind: BtfKind::FUNC,
            pattern: Some(target.to_string()),
        }),
        Attach::KprobeMulti { .. } => hook("function", target, BtfKind::FUNC, vec![target.to_string()]),
        Attach::Tracepoint => {
            let (category, name) = target.split_once('/')?;
            let call = name.strip_prefix("sys_enter_").or_else(|| name.strip_prefix("sys_exit_"));
            match (category, call) {
                ("syscalls", Some(call)) => {
                    let wanted = WRAPPERS.iter().map(|prefix| format!("{prefix}{call}")).collect();
                    hook("tracepoint", target, BtfKind::FUNC, wanted)
                }
                // Made while the kernel runs.
                ("kprobes" | "uprobes" | "synthetic" | "ftrace", _) => None,
                _ => hook("tracepoint", target, BtfKind::TYPEDEF, vec![format!("btf_trace_{name}")]),
            }
        }
        Attach::RawTracepoint => hook("tracepoint", target, BtfKind::TYPEDEF, vec![format!("btf_trace_{target}")]),
        _ => None,
    }
}
