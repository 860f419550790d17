//! `cargo xtask fixtures --kernels DIR`: small kernels for `skep check`, from whole ones.
//!
//! Each gets what the fixtures look at: the types of `fixtures/btf`, the enums of the kernel's numbers, and of the hooks
//! that the fixtures name those that the kernel has; the options that the tables name; the release.

use crate::process::{During, Outcome};
use skep_object::btf::{Btf, Edit, Int, Kind, Param, Type, TypeId, Value};
use skep_uapi::{ATTACH_TYPE_OPTIONS, MAP_TYPE_OPTIONS, PROG_TYPE_OPTIONS};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const RELEASES: &[&str] = &["5.10", "6.1", "6.12", "7.2", "7.3"];
const ENUMS: &[&str] = &["bpf_func_id", "bpf_map_type", "bpf_prog_type", "bpf_attach_type", "bpf_link_type"];
/// Options that fixtures read.
const OPTIONS: &[&str] = &["CONFIG_HZ", "CONFIG_BPF_SYSCALL", "CONFIG_CC_VERSION_TEXT", "CONFIG_FPROBE"];
const FUNCS: &[&str] = &[
    "vfs_unlink",
    "vfs_unlinkat",
    "security_file_open",
    "bpf_lsm_file_open",
    "bpf_iter_task",
    "__x64_sys_openat",
    "do_unlinkat",
    "tcp_sendmsg",
    "blk_account_io_start",
    "blk_account_io_done",
    "blk_mq_start_request",
    "filename_unlinkat",
];
const TRACEPOINTS: &[&str] = &[
    "sched_switch",
    "sched_wakeup",
    "sched_wakeup_new",
    "sched_process_exec",
    "sched_process_exit",
    "task_newtask",
    "sys_enter",
    "bpf_test_finish",
];

pub fn run(whole: &Path) -> Outcome {
    for release in RELEASES {
        let from = whole.join(format!("{release}.btf"));
        if !from.exists() {
            println!("{release} skipped: no {}", from.display());
            continue;
        }
        let to = Path::new("fixtures/kernels").join(release);
        fs::create_dir_all(&to)?;
        let parse = |path: &Path| -> Outcome<Btf> { Ok(Btf::parse(fs::read(path).during(path.display())?)?) };
        let small = parse(Path::new(&format!("fixtures/btf/{release}.min.btf")))?;
        fs::write(to.join("vmlinux"), types(&parse(&from)?, &small))?;
        let config = fs::read_to_string(whole.join(release).join("config")).during("config")?;
        fs::write(to.join("config"), options(&config))?;
        fs::copy(whole.join(release).join("release"), to.join("release")).during("release")?;
        println!("written: {} ({} bytes of types)", to.display(), fs::metadata(to.join("vmlinux"))?.len());
    }
    Ok(())
}

fn types(whole: &Btf, small: &Btf) -> Vec<u8> {
    let mut edit = Edit::of(small);
    for name in ENUMS {
        copy(whole, whole.find_kind(name, Kind::ENUM), &mut edit);
    }
    // Flags of maps have no enum with a name.
    let flags = whole.kinds().filter(|(id, kind)| *kind == Kind::ENUM && whole.name(*id).is_empty());
    let flags = flags.map(|(id, _)| id).find(|id| match whole.get(*id) {
        Some(Type::Enum(ty)) => ty.values().any(|value| value.name == "BPF_F_NO_PREALLOC"),
        _ => false,
    });
    copy(whole, flags, &mut edit);
    let int = edit.add().int(Int { name: "int", size: 4, bits: 32, offset: 0, encoding: 1 });
    let proto = edit.add().func_proto(TypeId::VOID, &[]);
    for name in FUNCS.iter().filter(|name| whole.find_kind(name, Kind::FUNC).is_some()) {
        edit.add().func(name, proto, 0);
    }
    // Functions that programs call are compared by their types.
    let task = small.find_kind("task_struct", Kind::STRUCT).unwrap_or(TypeId::VOID);
    let task = edit.add().ptr(task);
    let param = [Param { name: "p", ty: task }];
    for (name, ret) in [("bpf_task_acquire", task), ("bpf_task_release", TypeId::VOID)] {
        if whole.find_kind(name, Kind::FUNC).is_some() {
            let proto = edit.add().func_proto(ret, &param);
            edit.add().func(name, proto, 1);
        }
    }
    for name in TRACEPOINTS.iter().map(|name| format!("btf_trace_{name}")) {
        if whole.find_kind(&name, Kind::TYPEDEF).is_some() {
            edit.add().typedef(&name, int);
        }
    }
    edit.finish()
}

fn copy(whole: &Btf, id: Option<TypeId>, edit: &mut Edit) {
    if let Some(Type::Enum(ty)) = id.and_then(|id| whole.get(id)) {
        let values: Vec<Value<'_>> = ty.values().collect();
        edit.add().enumeration(ty.name, ty.size, ty.signed, &values);
    }
}

/// The lines of a configuration that anything here looks at.
fn options(config: &str) -> String {
    fn names<T>(rows: &[(T, &'static [&'static str])]) -> impl Iterator<Item = &'static str> {
        rows.iter().flat_map(|(_, options)| options.iter().copied())
    }
    let wanted: BTreeSet<&str> = names(PROG_TYPE_OPTIONS)
        .chain(names(MAP_TYPE_OPTIONS))
        .chain(names(ATTACH_TYPE_OPTIONS))
        .chain(OPTIONS.iter().copied())
        .collect();
    let lines = config.lines().filter(|line| {
        let set = line.split_once('=').map(|(name, _)| name);
        let unset = line.strip_prefix("# ").and_then(|line| line.strip_suffix(" is not set"));
        set.or(unset).is_some_and(|name| wanted.contains(name)) || line.ends_with(" Kernel Configuration")
    });
    lines.map(|line| format!("{line}\n")).collect()
}
