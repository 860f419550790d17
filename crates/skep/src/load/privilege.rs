//! What a refusal for lack of privilege or of a newer kernel was for.

use crate::{
    Kind,
    object::uapi::{MapType, ProgType, Release},
    probe, reloc,
    sys::{self, Errno, caps::Caps, release, rlimit},
};

/// A capability that an action needs.
type Need = Caps;

pub(crate) const BPF: &[Need] = &[Caps::BPF];
pub(crate) const TRACE: &[Need] = &[Caps::BPF, Caps::PERFMON];
pub(crate) const NET: &[Need] = &[Caps::BPF, Caps::NET_ADMIN];
pub(crate) const PERFMON: &[Need] = &[Caps::PERFMON];
pub(crate) const NET_ADMIN: &[Need] = &[Caps::NET_ADMIN];
pub(crate) const NET_RAW: &[Need] = &[Caps::NET_RAW];
pub(crate) const ADMIN: &[Need] = &[Caps::SYS_ADMIN];

/// What a map of a type needs.
pub(crate) fn of_map(map_type: MapType) -> &'static [Need] {
    match map_type {
        MapType::DEVMAP | MapType::DEVMAP_HASH | MapType::XSKMAP | MapType::SOCKMAP | MapType::SOCKHASH => NET,
        _ => BPF,
    }
}

/// What a program of a type needs.
pub(crate) fn of_program(prog_type: ProgType) -> &'static [Need] {
    match prog_type {
        ProgType::KPROBE
        | ProgType::TRACEPOINT
        | ProgType::PERF_EVENT
        | ProgType::RAW_TRACEPOINT
        | ProgType::RAW_TRACEPOINT_WRITABLE
        | ProgType::TRACING
        | ProgType::LSM
        | ProgType::STRUCT_OPS => TRACE,
        ProgType::EXT | ProgType::LIRC_MODE2 => ADMIN,
        ProgType::SOCKET_FILTER | ProgType::SK_REUSEPORT | ProgType::SYSCALL => BPF,
        _ => NET,
    }
}

/// The names of the capabilities that it takes to load and attach programs of a type, for a process that does not have
/// `CAP_SYS_ADMIN`.
pub fn capabilities(prog_type: ProgType) -> impl Iterator<Item = &'static str> {
    let name = |need: &Need| Caps::NAMED.iter().find(|row| row.0 == *need).map(|row| row.1);
    of_program(prog_type).iter().filter_map(name)
}

/// The error for a call that was refused, if the process lacks a capability that it needs.
pub(crate) fn missing(error: sys::Error, needs: &[Need], action: impl Into<String>) -> Option<Kind> {
    if !matches!(error.errno, Errno::EPERM | Errno::EACCES) {
        return None;
    }
    let have = Caps::effective().ok()?;
    let implied = have.contains(Caps::SYS_ADMIN);
    let lacks = |need: &&Need| {
        let by_admin = matches!(**need, Caps::BPF | Caps::PERFMON);
        !(have.contains(**need) || by_admin && implied)
    };
    let lacking = needs.iter().find(lacks)?;
    let capability = Caps::NAMED.iter().find(|row| row.0 == *lacking)?.1;
    Some(Kind::MissingCapability { capability, action: action.into(), error })
}

/// Lifts the limit on locked memory, which kernels before 5.11 charge BPF to; says whether that may have helped.
pub(super) fn raise_memlock() -> bool {
    rlimit::memlock().is_some() && rlimit::lift_memlock().is_ok()
}

/// The running kernel's release, for words only: what it can do is found out by trying.
pub(crate) fn running() -> Release {
    release::running().map_or(Release::new(u16::MAX, 0), |version| version.release())
}

/// Why a program may have been refused without a word.
pub(super) fn why_no_program(program: &reloc::Program, errno: Errno) -> Option<String> {
    let running = running();
    if let Some(since) = program.prog_type.since().filter(|since| *since > running) {
        return Some(format!("programs of type {} exist since Linux {since}", program.prog_type));
    }
    let is_hook = program.prog_type != ProgType::STRUCT_OPS;
    let attach = program.attach_type.filter(|_| is_hook).filter(|_| errno == Errno::EINVAL || errno == Errno::E2BIG);
    if let Some((attach, since)) = attach.and_then(|attach| Some((attach, attach.since()?)))
        && since > running
    {
        return Some(format!("the attach type {attach} exists since Linux {since}"));
    }
    match errno {
        Errno::E2BIG => Some("it has more instructions than the kernel takes, or uses what a newer kernel has".into()),
        Errno::EPERM => Some("a security module, a lockdown or a sandbox forbids programs of this type".into()),
        Errno::EINVAL if program.section.def.is_none() => {
            Some("its section does not say what type of program it is".into())
        }
        Errno::EINVAL if !probe::has_programs(program.prog_type, program.attach_type) => {
            Some(format!("this kernel was built without programs of type {}", program.prog_type))
        }
        Errno::ENOTSUPP | Errno::EOPNOTSUPP => Some("this kernel has no support for it on this machine".into()),
        _ => None,
    }
}
