//! Tables of functions that the kernel calls.

use crate::case::{Case, During, Need, Outcome};
use crate::ensure;
use crate::host;
use crate::load::fixture;
use skep::object::text;
use skep::{Kind, Skep};
use skep_uapi::Release;
use std::fs;

const TABLES: Need = Need::Since(Release::new(5, 13), "struct_ops of TCP as the fixture uses it");
const LINKS: Need = Need::Since(Release::new(6, 4), "links to struct_ops maps");
const SCHED_EXT: Need = Need::Since(Release::new(6, 12), "sched_ext");
const MODULE_FUNCTIONS: Need = Need::Since(Release::new(6, 1), "functions of congestion controls in modules");
const SCHED_CLASS_EXT: Need = Need::Option("CONFIG_SCHED_CLASS_EXT");

pub const CASES: &[Case] = &[
    Case { name: "registered_without_a_link", needs: &[TABLES], run: plain },
    Case { name: "registered_by_a_link", needs: &[LINKS], run: linked },
    Case { name: "replaced_in_its_link", needs: &[LINKS], run: replaced },
    Case { name: "edited_by_name", needs: &[LINKS], run: edited },
    Case { name: "called", needs: &[LINKS], run: called },
    Case { name: "a_member_that_the_kernel_lacks", needs: &[LINKS], run: lacking },
    Case { name: "programs_are_tried", needs: &[LINKS], run: tried },
    Case { name: "functions_of_a_module", needs: &[MODULE_FUNCTIONS, Need::Host(no_module)], run: of_module },
    Case { name: "sched_ext", needs: &[SCHED_EXT, SCHED_CLASS_EXT], run: sched_ext },
];

/// The module whose functions are called.
const MODULE: &str = "tcp_dctcp";

fn no_module() -> Option<String> {
    let path = format!("/sys/kernel/btf/{MODULE}");
    (!fs::exists(&path).unwrap_or(false)).then(|| format!("{path} is not there: the module is not loaded"))
}

fn of_module() -> Outcome {
    let source = fs::read_to_string(host::file("fixtures/s/module_functions.s"))?;
    let object = text::read("module_functions.s", &source, &text::Options::default()).during("text")?;
    let attached = Skep::new(skep::linker::link([object]).during("link")?).load()?.attach()?;
    ensure!(knows("skep_module")?, "not registered: {}", algorithms()?);
    drop(attached);
    ensure!(!knows("skep_module")?, "still registered");
    Ok(())
}

/// The algorithms that TCP knows.
fn algorithms() -> Outcome<String> {
    Ok(fs::read_to_string("/proc/sys/net/ipv4/tcp_available_congestion_control")?)
}

fn knows(name: &str) -> Outcome<bool> {
    Ok(algorithms()?.split_whitespace().any(|known| known == name))
}

fn plain() -> Outcome {
    let skep = fixture("struct_ops")?.create("linked", false).create("plain", true);
    let attached = skep.load()?.attach()?;
    ensure!(knows("skep_plain")?, "not registered: {}", algorithms()?);
    ensure!(attached.link("plain").is_some_and(|link| link.fd().is_none()), "there are no links to such tables");
    drop(attached);
    ensure!(!knows("skep_plain")?, "still registered");
    Ok(())
}

fn linked() -> Outcome {
    let attached = fixture("struct_ops")?.load()?.attach()?;
    ensure!(knows("skep_linked")?, "not registered: {}", algorithms()?);
    let link = attached.link_of(attached.program("ssthresh")?).ok_or("the program runs through the link of its map")?;
    ensure!(link.fd().is_some() && link.hook() == "struct_ops linked", "{link:?}");
    link.info()?;
    let loaded = attached.detach();
    ensure!(!knows("skep_linked")?, "still registered");
    // It can be registered again.
    let link = loaded.map("linked")?.attach()?;
    ensure!(knows("skep_linked")?, "not registered again");
    drop(link);
    let error = loaded.map(".bss")?.attach().err().ok_or("no table of functions was registered")?;
    ensure!(matches!(error.kind(), Kind::WrongHook { .. }), "{error}");
    Ok(())
}

fn replaced() -> Outcome {
    let loaded = fixture("struct_ops")?.create("second", true).load()?;
    let link = loaded.map("linked")?.attach()?;
    link.update_map(loaded.map("second")?).during("update")?;
    ensure!(knows("skep_linked")?, "both are called so");
    Ok(())
}

fn edited() -> Outcome {
    let skep = fixture("struct_ops")?.set_member("linked", "name", b"skep_edited\0\0\0\0\0");
    let attached = skep.set_program("linked", "ssthresh", Some("other_ssthresh")).load()?.attach()?;
    ensure!(knows("skep_edited")? && !knows("skep_linked")?, "{}", algorithms()?);
    ensure!(attached.program("ssthresh").is_err(), "nothing names it any more");
    ensure!(attached.program("other_ssthresh").is_ok(), "it is named now");
    Ok(())
}

fn called() -> Outcome {
    use std::net::{Ipv4Addr, TcpListener, TcpStream};
    let attached = fixture("struct_ops")?.load()?.attach()?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let stream = match TcpStream::connect(listener.local_addr()?) {
        Ok(stream) => stream,
        // Small machines have no loopback.
        Err(_) => return Ok(()),
    };
    rustix::net::sockopt::set_tcp_congestion(&stream, "skep_linked").map_err(std::io::Error::from)?;
    let calls: u64 = attached.var("calls")?.read()?;
    ensure!(calls > 0, "`init` was not called");
    Ok(())
}

fn lacking() -> Outcome {
    let skep = fixture("struct_ops")?.create("future", true);
    let errors = skep.load().err().ok_or("no kernel has that member")?;
    ensure!(errors.iter().all(|error| error.code() == "struct-ops-member"), "{errors}");
    ensure!(errors.to_string().contains("no_such_op"), "{errors}");
    // Emptied, it is no hindrance.
    fixture("struct_ops")?.create("future", true).set_program("future", "no_such_op", None).load()?;
    Ok(())
}

fn tried() -> Outcome {
    let skep: Skep = fixture("struct_ops")?;
    let target = skep::target::running()?;
    let verdict = skep::verify::verify(skep.linked(), &target, "ssthresh")?;
    ensure!(matches!(verdict.outcome, skep::verify::Outcome::Accepted), "{:?}", verdict.outcome);
    Ok(())
}

fn sched_ext() -> Outcome {
    let state = || fs::read_to_string("/sys/kernel/sched_ext/state");
    let attached = fixture("sched_ext")?.load()?.attach()?;
    ensure!(state()?.trim() == "enabled", "{}", state()?);
    let name = fs::read_to_string("/sys/kernel/sched_ext/root/ops")?;
    ensure!(name.trim() == "skep_fifo", "{name}");
    let started: u64 = attached.var("started")?.read()?;
    ensure!(started == 1, "`init` was called {started} times");
    let loaded = attached.detach();
    // It is taken back by a worker of the kernel.
    let begun = std::time::Instant::now();
    while state()?.trim() != "disabled" {
        ensure!(begun.elapsed().as_secs() < 20, "still {}", state()?);
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let ended: u64 = loaded.var("ended")?.read()?;
    ensure!(ended == 1, "`exit` was called {ended} times");
    Ok(())
}
