//! Every sound fixture is accepted by the kernel, with the fallbacks that it needs.

use crate::case::{Case, Need, Outcome, Stop};
use crate::ensure;
use crate::host::{self, PinFolder};
use crate::stir::stir;
use skep::Skep;
use skep::btf::{Btf, Kind};
use skep::sys::bpf::TestRun;
use skep_uapi::Release;

const LOOP: Need = Need::Since(Release::new(5, 17), "bpf_loop");
const FOR_EACH: Need = Need::Since(Release::new(5, 13), "bpf_for_each_map_elem");
const BLOOM: Need = Need::Since(Release::new(5, 16), "the bloom filter");
const TASK_KFUNC: Need = Need::Since(Release::new(6, 1), "bpf_task_acquire");
const ALL_SYMBOLS: Need = Need::Option("CONFIG_KALLSYMS_ALL");
/// Kernels that were built with an old pahole name no variables in their types.
const VARIABLES: Need = Need::Host(|| {
    let types = std::fs::read("/sys/kernel/btf/vmlinux").ok().and_then(|bytes| Btf::parse(bytes).ok())?;
    let found = types.find_kind("runqueues", Kind::VAR);
    found.is_none().then(|| "this kernel's types name no variables; its pahole left them out".into())
});

pub const CASES: &[Case] = &[
    Case { name: "maps", needs: &[], run: maps },
    Case { name: "maps_new", needs: &[BLOOM], run: || only("maps_new", "use_bloom") },
    Case { name: "map_in_map", needs: &[], run: || whole("map_in_map") },
    Case { name: "prog_array", needs: &[], run: prog_array },
    Case { name: "data", needs: &[], run: || whole("data") },
    Case { name: "subprograms", needs: &[], run: || whole("subprograms") },
    Case { name: "callback_of_loop", needs: &[LOOP], run: || callback("loops", 45) },
    Case { name: "callback_of_for_each", needs: &[FOR_EACH], run: || callback("for_each", 3) },
    Case { name: "core_kinds", needs: &[], run: || whole("core_kinds") },
    Case { name: "core_bitfields", needs: &[], run: || whole("core_bitfields") },
    Case { name: "core_flavours", needs: &[], run: || whole("core_flavours") },
    Case { name: "core_enum64", needs: &[], run: || whole("core_enum64") },
    Case { name: "kconfig", needs: &[], run: kconfig },
    Case { name: "ksyms", needs: &[ALL_SYMBOLS, VARIABLES], run: ksyms },
    Case { name: "kfuncs", needs: &[TASK_KFUNC], run: || only("externs", "kfuncs") },
    Case { name: "optional_left_out", needs: &[], run: optional_left_out },
    Case { name: "types", needs: &[], run: || whole("types") },
    Case { name: "tags", needs: &[], run: || whole("tags") },
    Case { name: "ring", needs: &[], run: || whole("ring") },
    Case { name: "older_clangs", needs: &[], run: older_clangs },
    Case { name: "types_refused", needs: &[], run: types_refused },
];

/// An object of the fixtures.
pub fn fixture(name: &str) -> Outcome<Skep> {
    Ok(Skep::open(host::file(&format!("fixtures/o/el/{name}.bpf.o")))?)
}

/// What can do without types is loaded although the kernel refuses those of the object.
fn types_refused() -> Outcome {
    let mut relocated = fixture("data")?.relocate()?;
    relocated.btf = Some(vec![0; 64].into());
    let loaded = skep::load(&relocated, &skep::Config::new())?;
    let (program, map) = (loaded.program("sum")?.info()?, loaded.map(".data")?.info()?);
    ensure!(program.btf_id == 0 && map.btf_id == 0, "BTF out of nowhere");
    Ok(())
}

fn whole(name: &str) -> Outcome {
    let loaded = fixture(name)?.load()?;
    ensure!(!loaded.programs().is_empty(), "no program was loaded");
    Ok(())
}

fn only(name: &str, program: &str) -> Outcome {
    fixture(name)?.only([program]).load()?.program(program)?.info()?;
    Ok(())
}

fn maps() -> Outcome {
    let pins = PinFolder::new()?;
    let loaded = fixture("maps")?.config(|config| config.pin_root(pins.path())).load()?;
    for map in loaded.maps() {
        let Some(spec) = map.spec() else { continue };
        let info = map.info()?;
        ensure!(info.map_type == map.map_type(), "{}: the kernel says {}", map.name(), info.map_type);
        ensure!(info.key_size as usize == map.key_size(), "{}: a key of {} bytes", map.name(), info.key_size);
        ensure!(!spec.name.is_empty(), "a map without a name");
    }
    Ok(())
}

/// An Ethernet frame that is long enough for test runs.
pub const FRAME: &[u8] = &[0; 64];

fn prog_array() -> Outcome {
    let loaded = fixture("prog_array")?.load()?;
    let output = loaded.program("entry")?.test_run(&mut TestRun { data: FRAME, ..TestRun::default() })?;
    ensure!(output.retval == 12, "the tail calls returned {}", output.retval);
    let calls: [u64; 3] = loaded.var("calls")?.read()?;
    ensure!(calls == [1, 1, 1], "calls: {calls:?}");
    Ok(())
}

fn callback(program: &str, expected: u64) -> Outcome {
    let loaded = fixture("callbacks")?.only([program]).load()?;
    loaded.program(program)?.test_run(&mut TestRun { data: FRAME, ..TestRun::default() })?;
    let total: u64 = loaded.var("total")?.read()?;
    ensure!(total == expected, "the callbacks added up to {total}, not {expected}");
    Ok(())
}

/// What a program of `externs` has found.
fn externs(program: &str) -> Outcome<[u64; 8]> {
    let loaded = fixture("externs")?.only([program]).load()?;
    let _link = loaded.program(program)?.attach()?;
    stir();
    Ok(loaded.var("out")?.read()?)
}

fn kconfig() -> Outcome {
    let out = externs("kconfig")?;
    let (release, version) = (host::release(), out[0]);
    let found = Release::new((version >> 16) as u16, (version >> 8 & 0xff) as u16);
    ensure!(found == release, "LINUX_KERNEL_VERSION is {version:#x}, this is {release}");
    ensure!(out[1] == 1, "CONFIG_BPF_SYSCALL is {}", out[1]);
    ensure!([100, 250, 300, 1000].contains(&out[2]), "CONFIG_HZ is {}", out[2]);
    ensure!(out[4] == 0, "an option that does not exist is {}", out[4]);
    ensure!(out[5] == 1, "CONFIG_NET is {}, not yes", out[5]);
    Ok(())
}

fn ksyms() -> Outcome {
    let out = externs("ksyms")?;
    let mut schedule = 0;
    let found = skep::sys::kallsyms::for_each(|symbol| {
        if symbol.name == "schedule" {
            schedule = symbol.address;
        }
        std::ops::ControlFlow::Continue(())
    });
    found.map_err(|error| error.to_string())?;
    ensure!(schedule != 0 && out[6] == schedule, "schedule is at {:#x}, not {schedule:#x}", out[6]);
    ensure!(out[7] != 0, "runqueues has no address");
    Ok(())
}

fn optional_left_out() -> Outcome {
    let loaded = fixture("optional")?.load()?;
    ensure!(loaded.program("always").is_ok(), "the program that is not optional was left out");
    ensure!(loaded.program("when_asked").is_err(), "an optional program was loaded");
    let asked = fixture("optional")?.only(["when_asked"]).load()?;
    ensure!(asked.program("when_asked").is_ok(), "the program that was asked for is not there");
    Ok(())
}

fn older_clangs() -> Outcome {
    for clang in ["clang14", "clang16", "clang19"] {
        for name in ["exec", "map_in_map", "subprograms"] {
            let path = host::file(&format!("fixtures/o/{clang}/{name}.bpf.o"));
            let loaded = Skep::open(&path).and_then(|skep| skep.load());
            loaded.map_err(|errors| match Stop::from(errors) {
                Stop::Failed(text) => Stop::Failed(format!("{clang}: {text}")),
                forbidden => forbidden,
            })?;
        }
    }
    Ok(())
}
