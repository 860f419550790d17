//! Without a capability, the error names it.

use crate::case::{Case, Outcome};
use crate::ensure;
use crate::load::fixture;
use rustix::thread::{CapabilitySet, CapabilitySets, set_capabilities};
use skep::{Errors, Kind};

const BPF: CapabilitySet = CapabilitySet::BPF;
const PERFMON: CapabilitySet = CapabilitySet::PERFMON;
const NET_ADMIN: CapabilitySet = CapabilitySet::NET_ADMIN;
const NONE: CapabilitySet = CapabilitySet::empty();

pub const CASES: &[Case] = &[
    Case { name: "none", needs: &[], run: || lacks(NONE, "ring", "produce", "CAP_BPF") },
    Case { name: "only_net_admin", needs: &[], run: || lacks(NET_ADMIN, "effects", "on_xdp", "CAP_BPF") },
    Case { name: "no_perfmon", needs: &[], run: || lacks(BPF, "hooks", "on_tracepoint", "CAP_PERFMON") },
    Case { name: "no_perfmon_for_tracing", needs: &[], run: || lacks(BPF, "hooks", "on_tp_btf", "CAP_PERFMON") },
    Case { name: "no_net_admin", needs: &[], run: || lacks(BPF.union(PERFMON), "effects", "on_xdp", "CAP_NET_ADMIN") },
    Case { name: "bpf_is_enough_for_a_socket", needs: &[], run: bpf_is_enough },
    Case { name: "lost_before_attaching", needs: &[], run: lost_before_attaching },
];

/// Runs a test in a thread that has only these.
fn with(capabilities: CapabilitySet, test: impl FnOnce() -> Outcome + Send + 'static) -> Outcome {
    // What other tests need too, such as the limit on locked memory, is done once with all.
    fixture("data")?.load()?;
    let thread = std::thread::spawn(move || {
        keep(capabilities)?;
        test()
    });
    thread.join().unwrap_or_else(|_| Err("the test panicked".into()))
}

/// Gives up all but these, for this thread.
fn keep(capabilities: CapabilitySet) -> Outcome {
    let sets = CapabilitySets { effective: capabilities, permitted: capabilities, inheritable: NONE };
    Ok(set_capabilities(None, sets).map_err(|error| format!("capset: {error}"))?)
}

fn names(errors: &Errors, name: &str) -> Outcome {
    for error in errors.iter() {
        let Kind::MissingCapability { capability, action, .. } = error.kind() else {
            return Err(format!("{}: {error}", error.code()).into());
        };
        ensure!(*capability == name && !action.is_empty(), "{capability} is said to be missing: {error}");
    }
    ensure!(errors.iter().count() > 0, "no error");
    Ok(())
}

fn lacks(held: CapabilitySet, object: &'static str, program: &'static str, name: &'static str) -> Outcome {
    with(held, move || match fixture(object)?.only([program]).load() {
        Ok(_) => Err(format!("it was loaded without {name}").into()),
        Err(errors) => names(&errors, name),
    })
}

fn bpf_is_enough() -> Outcome {
    with(BPF, || {
        let loaded = fixture("effects")?.only(["on_socket"]).load()?;
        ensure!(loaded.program("on_socket").is_ok(), "it is not there");
        Ok(())
    })
}

fn lost_before_attaching() -> Outcome {
    let loaded = fixture("hooks")?.only(["on_tracepoint"]).load()?;
    with(BPF, move || match loaded.attach() {
        Ok(_) => Err("it was attached without CAP_PERFMON".into()),
        Err(errors) => names(&errors, "CAP_PERFMON"),
    })
}
