//! Ids of types that only a module has: what the program gets, and what the kernel does with it.

use crate::case::{Case, During, Need, Outcome};
use crate::ensure;
use crate::load::fixture;
use skep::btf::{Btf, Kind};
use skep::sys::bpf::BtfObject;
use skep::{Loaded, TestRun};
use skep_uapi::{Feature, Release};
use std::fs;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;

const MODULE: &str = "veth";
const NEEDS: &[Need] = &[
    Need::Feature(Feature::ModuleBtf),
    Need::Since(Release::new(5, 10), "runs of raw tracepoints"),
    Need::Host(no_module),
];

pub const CASES: &[Case] = &[
    Case { name: "ids_with_their_object", needs: NEEDS, run: ids },
    Case { name: "the_descriptor_stays_open_as_long_as_the_program", needs: NEEDS, run: stays_open },
    Case { name: "what_the_kernel_shows_by_id", needs: NEEDS, run: shows },
];

fn no_module() -> Option<String> {
    let path = format!("/sys/kernel/btf/{MODULE}");
    (!fs::exists(&path).unwrap_or(false)).then(|| format!("{path} is not there: the module is not loaded"))
}

fn run(loaded: &Loaded, program: &str) -> Outcome {
    loaded.program(program)?.test_run(&mut TestRun::default())?;
    Ok(())
}

/// The id that the module's own types give.
fn expected() -> Outcome<u64> {
    let read = |name: &str| fs::read(format!("/sys/kernel/btf/{name}"));
    let vmlinux = Arc::new(Btf::parse(read("vmlinux")?).during("vmlinux")?);
    let module = Btf::parse_split(read(MODULE)?, vmlinux).during(MODULE)?;
    Ok(module.find_own("veth_rq", Kind::STRUCT).ok_or("no struct veth_rq")?.0.into())
}

/// The name of the BTF behind a descriptor, given as a number.
fn name_behind(number: i32) -> Outcome<Option<String>> {
    let path = format!("/proc/self/fd/{number}");
    let link = fs::read_link(&path).during(&path)?;
    ensure!(link.to_string_lossy().contains("btf"), "{path} is {}", link.display());
    // The descriptor is the library's: it is asked through a duplicate.
    let same = fs::File::open(format!("/proc/self/fdinfo/{number}")).during("fdinfo")?;
    let info = std::io::read_to_string(same)?;
    let id = info.lines().find_map(|line| line.strip_prefix("btf_id:")).ok_or("no btf_id")?.trim().parse::<u32>();
    name_of(id.during("btf_id")?)
}

/// The name of the BTF object with an id.
fn name_of(id: u32) -> Outcome<Option<String>> {
    let info = BtfObject::by_id(id).and_then(|object| object.info());
    Ok(info.during(&format!("BTF object {id}"))?.name)
}

fn ids() -> Outcome {
    let loaded = fixture("module_types")?.only(["ids"]).load()?;
    run(&loaded, "ids")?;
    let number = |name: &str| -> Outcome<u64> { Ok(loaded.var(name)?.read::<u64>()?) };
    let id = expected()?;
    let of_kernel = number("of_kernel")?;
    ensure!(of_kernel != 0 && of_kernel >> 32 == 0, "a type of the kernel itself is an id alone: {of_kernel:#x}");
    let (by_fd, by_id) = (number("by_fd")?, number("by_id")?);
    ensure!(by_fd & 0xffff_ffff == id && by_id & 0xffff_ffff == id, "{by_fd:#x} {by_id:#x}, not {id}");
    let name = name_of((by_id >> 32) as u32)?;
    ensure!(name.as_deref() == Some(MODULE), "{name:?}");
    let name = name_behind((by_fd >> 32) as i32)?;
    ensure!(name.as_deref() == Some(MODULE), "{name:?}");
    Ok(())
}

fn stays_open() -> Outcome {
    let loaded = fixture("module_types")?.only(["ids"]).load()?;
    run(&loaded, "ids")?;
    let fd = loaded.var("by_fd")?.read::<u64>()? >> 32;
    let is_open = || fs::read_link(format!("/proc/self/fd/{fd}")).is_ok_and(|to| to.to_string_lossy().contains("btf"));
    ensure!(is_open(), "closed while the program is held");
    let _: BorrowedFd<'_> = loaded.program("ids")?.as_fd();
    drop(loaded);
    ensure!(!is_open(), "open after all was dropped");
    Ok(())
}

fn shows() -> Outcome {
    const ENOENT: i64 = -2;
    let loaded = fixture("module_types")?.only(["shows"]).load()?;
    run(&loaded, "shows")?;
    let number = |name: &str| -> Outcome<i64> { Ok(loaded.var(name)?.read::<i64>()?) };
    let (kernel, module) = (number("shown_of_kernel")?, number("shown_of_module")?);
    ensure!(kernel > 0, "a type of the kernel itself is shown: {kernel}");
    // It looks among the types of the kernel itself only, whatever the second half of the pair says.
    ensure!(module == ENOENT, "a type of a module is not known: {module}");
    Ok(())
}
