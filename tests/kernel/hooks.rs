//! Each sort of hook: the program runs while it is attached, and no longer.

use crate::case::{Case, During, Need, Outcome};
use crate::ensure;
use crate::load::fixture;
use crate::namespace::without;
use crate::stir::{compute, stir};
use skep::hook::{Hook, Iter, Trace, Tracepoint, Uprobe, Xdp, XdpMode};
use skep::{AttachOptions, Link, Loaded};
use skep_uapi::{Feature, Release};
use std::fs;
use std::io::Read;
use std::path::PathBuf;

const KPROBES: Need = Need::Option("CONFIG_KPROBES");
const KPROBE_EVENTS: Need = Need::Option("CONFIG_KPROBE_EVENTS");
const UPROBE_EVENTS: Need = Need::Option("CONFIG_UPROBE_EVENTS");
const FPROBE: Need = Need::Option("CONFIG_FPROBE");
const MULTI: Need = Need::Since(Release::new(5, 18), "kprobe.multi");
const LSM: Need = Need::Option("CONFIG_BPF_LSM");

pub const CASES: &[Case] = &[
    Case { name: "tracepoint", needs: &[], run: || runs("on_tracepoint") },
    Case { name: "raw_tracepoint", needs: &[], run: || runs("on_raw_tracepoint") },
    Case { name: "tp_btf", needs: &[], run: || runs("on_tp_btf") },
    Case { name: "fentry", needs: &[], run: || runs("on_fentry") },
    Case { name: "fexit", needs: &[], run: || runs("on_fexit") },
    Case { name: "fmod_ret", needs: &[], run: || runs("on_fmod_ret") },
    Case { name: "lsm", needs: &[LSM], run: || runs("on_file_open") },
    Case { name: "kprobe", needs: &[KPROBES, KPROBE_EVENTS], run: || runs("on_kprobe") },
    Case { name: "kretprobe", needs: &[KPROBES, KPROBE_EVENTS], run: || runs("on_kretprobe") },
    Case { name: "kprobe_by_tracefs", needs: &[KPROBES, KPROBE_EVENTS], run: || by_tracefs(|| runs("on_kprobe")) },
    Case {
        name: "kretprobe_by_tracefs",
        needs: &[KPROBES, KPROBE_EVENTS],
        run: || by_tracefs(|| runs("on_kretprobe")),
    },
    Case { name: "uprobe_by_tracefs", needs: &[UPROBE_EVENTS], run: || by_tracefs(|| uprobe("on_uprobe", false)) },
    Case { name: "uretprobe_by_tracefs", needs: &[UPROBE_EVENTS], run: || by_tracefs(|| uprobe("on_uretprobe", true)) },
    Case { name: "xdp", needs: &[Need::Since(Release::new(5, 9), "links of XDP programs")], run: || runs("on_xdp") },
    Case { name: "tcx_ingress", needs: &[], run: || runs("on_tcx_ingress") },
    Case { name: "tcx_egress", needs: &[], run: || runs("on_tcx_egress") },
    Case { name: "socket_filter", needs: &[], run: || runs("on_socket") },
    Case { name: "perf_event", needs: &[], run: || runs("on_perf_event") },
    Case { name: "cgroup_ingress", needs: &[], run: || runs("on_cgroup_ingress") },
    Case { name: "cgroup_egress", needs: &[], run: || runs("on_cgroup_egress") },
    Case { name: "cgroup_sock_create", needs: &[], run: || runs("on_sock_create") },
    Case { name: "cgroup_connect4", needs: &[], run: || runs("on_connect4") },
    Case { name: "cgroup_bind4", needs: &[], run: || runs("on_bind4") },
    Case { name: "cgroup_sysctl", needs: &[], run: || runs("on_sysctl") },
    Case { name: "cgroup_device", needs: &[], run: || runs("on_device") },
    Case { name: "cgroup_getsockopt", needs: &[], run: || runs("on_getsockopt") },
    Case { name: "iter", needs: &[], run: iter },
    Case { name: "iter_of_a_map", needs: &[], run: iter_map },
    Case {
        name: "iter_of_one_task",
        needs: &[Need::Since(Release::new(6, 1), "iterators over one task")],
        run: iter_one,
    },
    Case { name: "uprobe", needs: &[UPROBE_EVENTS], run: || uprobe("on_uprobe", false) },
    Case { name: "uretprobe", needs: &[UPROBE_EVENTS], run: || uprobe("on_uretprobe", true) },
    Case { name: "kprobe_multi", needs: &[MULTI, FPROBE], run: || runs("on_kprobe_multi") },
    Case { name: "ksyscall", needs: &[KPROBES, KPROBE_EVENTS], run: || runs("on_ksyscall") },
    Case { name: "sk_lookup", needs: &[], run: || runs("on_sk_lookup") },
    Case { name: "by_value", needs: &[], run: by_value },
    Case { name: "cookie", needs: &[Need::Feature(Feature::BpfCookie)], run: cookie },
    Case { name: "detached_by_hand", needs: &[], run: detached_by_hand },
];

/// The number of times the only program of `hooks` has run.
fn count(loaded: &Loaded) -> Outcome<u64> {
    let runs: [u64; 31] = loaded.var("runs")?.read()?;
    Ok(runs.iter().sum())
}

/// A cgroup that holds this process, for as long as this lives.
pub struct OwnCgroup {
    pub path: PathBuf,
    before: PathBuf,
}

impl OwnCgroup {
    pub fn new() -> Outcome<Self> {
        let root = skep::sys::cgroup::root().map_err(|error| format!("no cgroup: {error}"))?;
        let line = fs::read_to_string("/proc/self/cgroup").during("/proc/self/cgroup")?;
        let own = line.lines().find_map(|line| line.strip_prefix("0::/")).unwrap_or_default().to_owned();
        let path = root.join(format!("skep-test-{}", std::process::id()));
        fs::create_dir_all(&path).during("a cgroup")?;
        fs::write(path.join("cgroup.procs"), std::process::id().to_string()).during("cgroup.procs")?;
        Ok(Self { path, before: root.join(own) })
    }
}

impl Drop for OwnCgroup {
    fn drop(&mut self) {
        let _ = fs::write(self.before.join("cgroup.procs"), std::process::id().to_string());
        let _ = fs::remove_dir(&self.path);
    }
}

/// Attaches one program of `hooks` by its section, and sees whether it runs.
fn runs(program: &str) -> Outcome {
    let loaded = fixture("hooks")?.only([program]).load()?;
    let program = loaded.program(program)?;
    let mut options = AttachOptions::new().interface("lo");
    let mut _cgroup = None;
    if program.section().full.contains("cgroup") {
        let cgroup = OwnCgroup::new()?;
        options = options.cgroup(&cgroup.path);
        _cgroup = Some(cgroup);
    }
    watch(&loaded, program.attach_with(&options)?)
}

/// The program runs as long as the link is there.
fn watch(loaded: &Loaded, link: Link) -> Outcome {
    for _ in 0..20 {
        stir();
        compute_if_needed(link.hook());
        if count(loaded)? > 0 {
            break;
        }
    }
    let hook = link.hook().to_owned();
    ensure!(count(loaded)? > 0, "attached to {hook}, it never ran");
    drop(link);
    let before = settled(loaded)?;
    stir();
    ensure!(count(loaded)? == before, "it still runs after its link to {hook} was dropped");
    Ok(())
}

fn compute_if_needed(hook: &str) {
    if hook.contains("perf") || hook.contains("clock") {
        compute();
    }
}

/// The count, once programs that were running when the link was dropped are done.
fn settled(loaded: &Loaded) -> Outcome<u64> {
    std::thread::sleep(std::time::Duration::from_millis(50));
    count(loaded)
}

fn iter() -> Outcome {
    let loaded = fixture("hooks")?.only(["on_iter"]).load()?;
    let link = loaded.program("on_iter")?.attach()?;
    let mut text = Vec::new();
    link.iterate()?.read_to_end(&mut text).during("iteration")?;
    let threads = count(&loaded)?;
    ensure!(threads > 2, "the iterator saw {threads} threads");
    Ok(())
}

fn iter_one() -> Outcome {
    let loaded = fixture("hooks")?.only(["on_iter"]).load()?;
    let link = loaded.program("on_iter")?.attach_to(&Iter::over_thread(std::process::id()))?;
    link.iterate()?.read_to_end(&mut Vec::new()).during("iteration")?;
    let calls = count(&loaded)?;
    // Once for the thread, once to say that there are no more.
    ensure!(calls == 2, "the iterator was called {calls} times for one thread");
    Ok(())
}

fn iter_map() -> Outcome {
    let loaded = fixture("effects")?.only(["add_up"]).load()?;
    let map = loaded.map("numbers")?;
    let numbers = map.typed::<u32, u64>()?;
    (0..5).try_for_each(|at| numbers.set(&at, &(u64::from(at) * 10)))?;
    let program = loaded.program("add_up")?;
    let Err(error) = program.attach() else { return Err("it iterates over no map".into()) };
    ensure!(error.code() == "attach-refused", "{error}");
    let link = program.attach_to(&Iter::over_map(map)?)?;
    link.iterate()?.read_to_end(&mut Vec::new()).during("iteration")?;
    let (seen, sum): (u64, u64) = (loaded.var("seen")?.read()?, loaded.var("sum")?.read()?);
    ensure!((seen, sum) == (5, 100), "{seen} elements add up to {sum}");
    Ok(())
}

fn by_value() -> Outcome {
    let hooks: [(&str, Box<dyn Hook>); 3] = [
        ("on_tracepoint", Box::new(Tracepoint::new("sched", "sched_wakeup"))),
        ("on_tp_btf", Box::new(Trace::new())),
        ("on_xdp", Box::new(Xdp::on("lo")?.mode(XdpMode::Generic))),
    ];
    for (name, hook) in hooks {
        let loaded = fixture("hooks")?.only([name]).load()?;
        watch(&loaded, hook.attach(loaded.program(name)?)?)?;
    }
    Ok(())
}

/// A function of this program that nothing else calls.
#[inline(never)]
fn probed(number: u64) -> u64 {
    std::hint::black_box(number) + 1
}

/// The offset of [`probed`] in this program's file.
fn probed_offset() -> Outcome<u64> {
    let address = probed as fn(u64) -> u64 as usize as u64;
    let maps = fs::read_to_string("/proc/self/maps")?;
    let number = |hex: &str| u64::from_str_radix(hex, 16).unwrap_or_default();
    for line in maps.lines() {
        let mut fields = line.split_whitespace();
        let (start, end) = fields.next().and_then(|range| range.split_once('-')).unwrap_or_default();
        if (number(start)..number(end)).contains(&address) {
            return Ok(address - number(start) + number(fields.nth(1).unwrap_or_default()));
        }
    }
    Err("this function is not mapped".into())
}

fn uprobe(program: &str, at_return: bool) -> Outcome {
    let loaded = fixture("hooks")?.only([program]).load()?;
    let hook = Uprobe::offset(std::env::current_exe()?, probed_offset()?).at_return(at_return);
    let link = loaded.program(program)?.attach_to(&hook)?;
    let sum = (0..5).map(probed).sum::<u64>();
    ensure!(count(&loaded)? == 5, "5 calls with the sum {sum} were seen {} times", count(&loaded)?);
    drop(link);
    probed(sum);
    ensure!(count(&loaded)? == 5, "it still runs after its link was dropped");
    Ok(())
}

/// Attaches as kernels before 4.17 do, and leaves no probe behind.
fn by_tracefs(test: fn() -> Outcome) -> Outcome {
    without("/sys/bus/event_source/devices", move || {
        ensure!(skep::sys::pmu::kprobe().is_err() && skep::sys::pmu::uprobe().is_err(), "the newer way is still there");
        test()?;
        let folder = skep::sys::mounts::tracefs().during("tracefs")?;
        for name in ["kprobe_events", "uprobe_events"] {
            let probes = fs::read_to_string(folder.join(name)).unwrap_or_default();
            ensure!(!probes.contains("skep/"), "probes were left: {probes}");
        }
        Ok(())
    })
}

fn cookie() -> Outcome {
    let loaded = fixture("hooks")?.only(["on_tracepoint"]).load()?;
    let hook = Tracepoint::new("sched", "sched_switch").cookie(0x1234_5678_9abc);
    watch(&loaded, loaded.program("on_tracepoint")?.attach_to(&hook)?)
}

fn detached_by_hand() -> Outcome {
    let loaded = fixture("hooks")?.only(["on_xdp"]).load()?;
    let program = loaded.program("on_xdp")?;
    let link = program.attach_with(&AttachOptions::new().interface("lo"))?;
    link.detach()?;
    let before = count(&loaded)?;
    stir();
    ensure!(count(&loaded)? == before, "it still runs after being detached");
    // The place is free again.
    drop(program.attach_with(&AttachOptions::new().interface("lo"))?);
    Ok(())
}
