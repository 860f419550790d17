//! What the running kernel can do, found out by trying: one small function for each feature.
//!
//! Nothing is tried before something asks, and each feature is tried once in the life of a process. Loading itself asks
//! nothing (see [`load`](crate::load())); relocation asks about what the object at hand contains. The features that
//! relocation asks about for nearly every object are tried together first: types of all kinds up to ENUM64 in one call.
//! A kernel that takes them also has the parts of the BPF core in [`OLDER`], which came long before and cannot be left
//! out of a build.

use std::{
    ops::ControlFlow,
    os::fd::{AsFd, OwnedFd},
    sync::{
        OnceLock,
        atomic::{AtomicU8, Ordering},
    },
};

use crate::{
    load::running_release,
    object::uapi::{AttachType, FEATURES, Feature, MapFlags, MapType, ProgType},
    probe_bytes::{self as bytes, Code},
    sys::{
        Errno, Result,
        bpf::{
            BtfLoad, BtfObject, LinkCreate, LinkOptions, LinkTarget, Log, MapCreate, ProgLoad, Records, UprobeMulti,
            btf_load, link_create, map_create, prog_load,
        },
        kallsyms,
    },
};

const UNKNOWN: u8 = 0;
const ABSENT: u8 = 1;
const PRESENT: u8 = 2;

static KNOWN: [AtomicU8; FEATURES.len()] = [const { AtomicU8::new(UNKNOWN) }; FEATURES.len()];

/// What every kernel has that takes types of all kinds up to ENUM64.
const OLDER: &[Feature] = &[
    Feature::ProgName,
    Feature::GlobalData,
    Feature::Btf,
    Feature::BtfFunc,
    Feature::BtfGlobalFunc,
    Feature::BtfDatasec,
    Feature::BtfFloat,
    Feature::BtfDeclTag,
    Feature::BtfTypeTag,
    Feature::BtfEnum64,
    Feature::ArrayMmap,
    Feature::ExpectedAttachType,
    Feature::ProbeReadKernel,
];

/// Whether the running kernel has a feature.
///
/// A process that may not try has to go by the kernel's release.
pub(crate) fn has(feature: Feature) -> bool {
    let Some(known) = KNOWN.get(feature as usize) else { return false };
    match known.load(Ordering::Relaxed) {
        UNKNOWN => {
            if OLDER.contains(&feature) && all_kinds() {
                return true;
            }
            let has = match probe(feature) {
                Err(Errno::EPERM) => feature.since() <= running_release(),
                result => result == Ok(true),
            };
            known.store(if has { PRESENT } else { ABSENT }, Ordering::Relaxed);
            has
        }
        known => known == PRESENT,
    }
}

/// Tries all kinds of types at once, the first time. Whether that answers for all of [`OLDER`].
fn all_kinds() -> bool {
    static TRIED: OnceLock<bool> = OnceLock::new();
    *TRIED.get_or_init(|| {
        let all = btf(&bytes::btf(bytes::ALL_KINDS, b"a\0.data\0")).is_ok();
        for &feature in OLDER.iter().filter(|_| all) {
            if let Some(known) = KNOWN.get(feature as usize) {
                known.store(PRESENT, Ordering::Relaxed);
            }
        }
        all
    })
}

/// Tries a feature. `EPERM` says that this process may not.
fn probe(feature: Feature) -> std::result::Result<bool, Errno> {
    let tried = match feature {
        Feature::ProgName => program(ProgType::SOCKET_FILTER, &bytes::RETURN_0, |load| load.name = "probe"),
        Feature::GlobalData => global_data(MapType::ARRAY),
        Feature::PercpuData => global_data(MapType::PERCPU_ARRAY),
        Feature::UprobeMulti => return uprobe_multi(),
        Feature::Btf => btf(&bytes::btf(bytes::INT, b"")),
        Feature::BtfFunc => btf(&bytes::btf(&bytes::func(0), b"f\0")),
        Feature::BtfGlobalFunc => btf(&bytes::btf(&bytes::func(1), b"f\0")),
        Feature::BtfDatasec => btf(&bytes::btf(bytes::DATASEC, b"v\0.data\0")),
        Feature::BtfQmarkDatasec => btf(&bytes::btf(bytes::DATASEC, b"v\0?data\0")),
        Feature::BtfFloat => btf(&bytes::btf(bytes::FLOAT, b"f\0")),
        Feature::BtfDeclTag => btf(&bytes::btf(bytes::DECL_TAG, b"v\0t\0")),
        Feature::BtfTypeTag => btf(&bytes::btf(bytes::TYPE_TAG, b"t\0")),
        Feature::BtfEnum64 => btf(&bytes::btf(bytes::ENUM64, b"e\0")),
        Feature::BtfLayout => btf(&bytes::btf_with_layout()),
        Feature::ArrayMmap => array(MapFlags::MMAPABLE).map(drop),
        Feature::ExpectedAttachType => program(ProgType::CGROUP_SOCK, &bytes::RETURN_1, |load| {
            load.expected_attach_type = AttachType::CGROUP_INET_SOCK_CREATE;
        }),
        Feature::ProbeReadKernel => program(ProgType::TRACEPOINT, &bytes::PROBE_READ_KERNEL, |_| {}),
        Feature::ModuleBtf => return module_btf(),
        Feature::PerfLink => return perf_link(),
        Feature::BpfCookie => program(ProgType::TRACEPOINT, &bytes::COOKIE, |_| {}),
        Feature::MemcgAccount => program(ProgType::SOCKET_FILTER, &bytes::KTIME_COARSE, |_| {}),
        Feature::SyscallWrapper => return syscall_wrapper(),
        Feature::ArgCtxTag => arg_ctx_tag(),
        Feature::Ldimm64FullRangeOff => return full_range_offset(),
        _ => return Ok(feature.since() <= running_release()),
    };
    match tried {
        Ok(()) => Ok(true),
        Err(error) if error.errno == Errno::EPERM => Err(Errno::EPERM),
        Err(_) => Ok(false),
    }
}

/// Whether the running kernel was built with programs of a type. Types that need something to attach to are taken to be
/// there.
pub(crate) fn has_programs(prog_type: ProgType, attach_type: Option<AttachType>) -> bool {
    if matches!(prog_type, ProgType::TRACING | ProgType::LSM | ProgType::EXT | ProgType::STRUCT_OPS) {
        return true;
    }
    // What returns 0 may be refused for it, but then there is a log.
    let load = ProgLoad {
        prog_type,
        insns: &bytes::RETURN_0,
        license: "GPL",
        expected_attach_type: attach_type.unwrap_or_default(),
        ..ProgLoad::default()
    };
    let mut log = Log::new(1, 4096);
    let refused = matches!(prog_load(&load, Some(&mut log)), Err(error) if error.errno == Errno::EINVAL);
    !refused || !log.bytes().is_empty()
}

fn program<'a>(prog_type: ProgType, insns: &'a [u8], with: impl FnOnce(&mut ProgLoad<'a>)) -> Result<()> {
    program_fd(prog_type, insns, with).map(drop)
}

fn program_fd<'a>(prog_type: ProgType, insns: &'a [u8], with: impl FnOnce(&mut ProgLoad<'a>)) -> Result<OwnedFd> {
    let mut load = ProgLoad { prog_type, insns, license: "GPL", ..ProgLoad::default() };
    with(&mut load);
    prog_load(&load, None)
}

fn btf(data: &[u8]) -> Result<()> {
    btf_fd(data).map(drop)
}

fn btf_fd(data: &[u8]) -> Result<OwnedFd> {
    btf_load(&BtfLoad { btf: data, token: None }, None)
}

/// Kernels that have BTF of modules tell the names of BTF objects.
fn module_btf() -> std::result::Result<bool, Errno> {
    let object = btf_fd(&bytes::btf(bytes::INT, b"")).and_then(BtfObject::from_fd);
    object.and_then(|object| object.info()).map(|info| info.name.is_some()).map_err(|error| error.errno)
}

fn array(flags: MapFlags) -> Result<OwnedFd> {
    one_value(MapType::ARRAY, flags)
}

fn one_value(map_type: MapType, flags: MapFlags) -> Result<OwnedFd> {
    let create = MapCreate { map_type, key_size: 4, value_size: 8, max_entries: 1, flags, ..MapCreate::default() };
    map_create(&create).map(OwnedFd::from)
}

fn global_data(map_type: MapType) -> Result<()> {
    let map = one_value(map_type, MapFlags(0))?;
    program(ProgType::SOCKET_FILTER, &bytes::value_at(&map, 0), |_| {})
}

/// A kernel with these links looks for a perf event behind the descriptor; an older one refuses the attach type.
fn perf_link() -> std::result::Result<bool, Errno> {
    let program = program_fd(ProgType::TRACEPOINT, &bytes::RETURN_0, |_| {}).map_err(|error| error.errno)?;
    let link = LinkCreate {
        program: program.as_fd(),
        target: LinkTarget::Fd(program.as_fd()),
        attach_type: AttachType::PERF_EVENT,
        flags: 0,
        options: LinkOptions::None,
    };
    Ok(matches!(link_create(&link), Err(error) if error.errno == Errno::EBADF))
}

/// Kernels with these links look for a file of the path's name; the first ones took the process for a thread, and do not
/// refuse one that cannot exist.
fn uprobe_multi() -> std::result::Result<bool, Errno> {
    let with = |load: &mut ProgLoad<'_>| load.expected_attach_type = AttachType::TRACE_UPROBE_MULTI;
    let program = match program_fd(ProgType::KPROBE, &bytes::RETURN_0, with) {
        Ok(program) => program,
        Err(error) if error.errno == Errno::EPERM => return Err(Errno::EPERM),
        Err(_) => return Ok(false),
    };
    let attempt = |pid| {
        let multi =
            UprobeMulti { path: c"/", offsets: &[0], ref_ctr_offsets: &[], cookies: &[], pid, is_return: false };
        let link = LinkCreate {
            program: program.as_fd(),
            target: LinkTarget::None,
            attach_type: AttachType::TRACE_UPROBE_MULTI,
            flags: 0,
            options: LinkOptions::UprobeMulti(multi),
        };
        link_create(&link).err().map(|error| error.errno)
    };
    Ok(attempt(0) == Some(Errno::EBADF) && attempt(u32::MAX) == Some(Errno::EINVAL))
}

/// The kernel's functions for system calls have a prefix by architecture since they take their arguments in a struct.
fn syscall_wrapper() -> std::result::Result<bool, Errno> {
    let Some(prefix) = bytes::SYSCALL_PREFIX else { return Ok(false) };
    let mut found = false;
    let look = |symbol: kallsyms::Symbol<'_>| {
        found = symbol.name.strip_prefix(prefix) == Some("sys_bpf");
        if found { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    kallsyms::for_each(look).map_err(|error| error.errno)?;
    Ok(found)
}

/// A global function whose argument is a context only because a tag says so.
fn arg_ctx_tag() -> Result<()> {
    let btf = btf_fd(&bytes::btf(bytes::ARG_CTX, b"a\0b\0arg:ctx\0"))?;
    let info = bytes::words(&[0, 4, 2, 6]);
    program(ProgType::KPROBE, &bytes::GLOBAL_CALL, |load| {
        load.btf = Some(btf.as_fd());
        load.func_info = Records { bytes: &info, size: 8 };
    })
}

/// Every kernel refuses an offset beyond the value; older ones for its size alone, before they look at the value.
fn full_range_offset() -> std::result::Result<bool, Errno> {
    let map = array(MapFlags(0)).map_err(|error| error.errno)?;
    let mut log = Log::new(1, 4096);
    let insns: Code = bytes::value_at(&map, 1 << 30);
    let load = ProgLoad { prog_type: ProgType::SOCKET_FILTER, insns: &insns, license: "GPL", ..ProgLoad::default() };
    match prog_load(&load, Some(&mut log)) {
        Err(error) if error.errno == Errno::EPERM => Err(Errno::EPERM),
        _ => Ok(!log.text().contains("is not allowed")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A feature that this kernel must have by its release, but that its probe does not find, is a broken probe.
    #[test]
    fn a_type_that_does_not_exist_is_not_there() {
        if has(Feature::Btf) && btf(&bytes::btf(bytes::INT, b"")).is_ok() {
            assert!(has_programs(ProgType::SOCKET_FILTER, None));
            assert!(!has_programs(ProgType(9999), None));
        }
    }

    #[test]
    fn probes_find_what_the_release_has() {
        if prog_load(
            &ProgLoad { prog_type: ProgType::KPROBE, insns: &bytes::RETURN_0, license: "GPL", ..ProgLoad::default() },
            None,
        )
        .is_err()
        {
            println!("skipped: this process may not load programs");
            return;
        }
        let running = running_release();
        if running >= Feature::BtfEnum64.since() {
            assert!(all_kinds(), "types of all kinds");
        }
        for row in FEATURES {
            // Distributions take features to older kernels, so the converse does not hold; wrappers differ by machine.
            if row.since <= running && row.feature != Feature::SyscallWrapper {
                assert_eq!(probe(row.feature), Ok(true), "{} since {}", row.name, row.since);
            }
        }
    }
}
