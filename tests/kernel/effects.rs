//! What programs decide: packets and calls are refused while the program is there and says so, and no longer.

use crate::case::{Case, During, Need, Outcome};
use crate::hooks::OwnCgroup;
use crate::load::fixture;
use crate::namespace::{alone, frame, pair};
use crate::stir::packet;
use crate::{ensure, host};
use skep::hook::{Cgroup, Direction, Hook, Netfilter, Netkit, Netns, SocketFilter, Tcx, Xdp, XdpMode};
use skep::{Link, Loaded};
use skep_uapi::Release;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsFd;
use std::time::Duration;

const NETFILTER: Need = Need::Since(Release::new(6, 4), "links of netfilter programs");
const NETFILTER_BUILT: Need = Need::Option("CONFIG_NETFILTER_BPF_LINK");
const NETKIT: Need = Need::Since(Release::new(6, 7), "netkit");
const NETKIT_BUILT: Need = Need::Option("CONFIG_NETKIT");
const VETH: Need = Need::Option("CONFIG_VETH");
const TCX: Need = Need::Since(Release::new(6, 6), "tcx");

pub const CASES: &[Case] = &[
    Case { name: "xdp", needs: &[], run: || alone(|| refuses("on_xdp", &lo()?, packet)) },
    Case { name: "xdp_in_the_driver", needs: &[VETH], run: || alone(xdp_in_driver) },
    Case {
        name: "tc_ingress",
        needs: &[],
        run: || alone(|| refuses("on_tcx_ingress", &tc(Direction::Ingress)?, packet)),
    },
    Case { name: "tc_egress", needs: &[], run: || alone(|| refuses("on_tcx_egress", &tc(Direction::Egress)?, packet)) },
    Case { name: "tc_is_a_link", needs: &[TCX], run: || alone(tc_is_a_link) },
    Case { name: "netkit", needs: &[NETKIT, NETKIT_BUILT], run: || alone(netkit) },
    Case { name: "netfilter", needs: &[NETFILTER, NETFILTER_BUILT], run: || alone(netfilter) },
    Case { name: "socket_filter", needs: &[], run: || alone(socket_filter) },
    Case { name: "sk_lookup", needs: &[], run: || alone(|| refuses("on_sk_lookup", &Netns::own()?, connection)) },
    Case { name: "flow_dissector", needs: &[], run: || alone(flow_dissector) },
    Case { name: "cgroup_ingress", needs: &[], run: || in_cgroup("on_cgroup_ingress") },
    Case { name: "cgroup_egress", needs: &[], run: || in_cgroup("on_cgroup_egress") },
    Case { name: "cgroup_connect4", needs: &[], run: || in_cgroup("on_connect4") },
    Case { name: "cgroup_bind4", needs: &[], run: || in_cgroup("on_bind4") },
    Case { name: "update_of_xdp", needs: &[], run: || alone(|| update("on_xdp", &lo()?)) },
    Case { name: "update_of_tcx", needs: &[TCX], run: || alone(|| update("on_tcx_ingress", &tc(Direction::Ingress)?)) },
    Case { name: "update_in_a_cgroup", needs: &[], run: update_in_cgroup },
    Case { name: "update_of_what_cannot", needs: &[], run: update_of_what_cannot },
];

fn load(program: &str, refuse: bool) -> Outcome<Loaded> {
    Ok(fixture("effects")?.only([program]).set("refuse", &u32::from(refuse))?.load()?)
}

fn seen(loaded: &Loaded) -> Outcome<u64> {
    Ok(loaded.var("seen")?.read()?)
}

fn lo() -> Outcome<Xdp> {
    Ok(Xdp::on("lo")?.mode(XdpMode::Generic))
}

fn tc(direction: Direction) -> Outcome<Tcx> {
    Ok(Tcx::on("lo", direction)?)
}

/// Attached, the program refuses the traffic, lets it pass when told to, and is gone with its link.
fn refuses(program: &str, hook: &dyn Hook, traffic: impl Fn() -> std::io::Result<()>) -> Outcome {
    traffic().during("before anything is attached")?;
    let loaded = load(program, true)?;
    let link = hook.attach(loaded.program(program)?)?;
    ensure!(traffic().is_err(), "{link:?}: what was refused came through");
    ensure!(seen(&loaded)? > 0, "{link:?}: refused, but not by the program");
    loaded.var("refuse")?.write(&0_u32)?;
    traffic().during("what the program lets through")?;
    loaded.var("refuse")?.write(&1_u32)?;
    drop(link);
    traffic().during("after the link was dropped")?;
    Ok(())
}

fn connection() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    TcpStream::connect_timeout(&listener.local_addr()?, Duration::from_millis(500)).map(drop)
}

fn xdp_in_driver() -> Outcome {
    pair("veth", ["va", "vb"])?;
    let loaded = load("on_xdp", true)?;
    let link = Xdp::on("vb")?.mode(XdpMode::Driver).attach(loaded.program("on_xdp")?)?;
    passes_through(&loaded, link, "va")
}

fn netkit() -> Outcome {
    pair("netkit", ["na", "nb"])?;
    // Who sends is told that a packet was dropped.
    refuses("on_netkit", &Netkit::on("na")?, || frame("na"))
}

/// The program sees what is sent out of a device while its link is there.
fn passes_through(loaded: &Loaded, link: Link, device: &str) -> Outcome {
    let before = seen(loaded)?;
    for _ in 0..10 {
        frame(device)?;
        std::thread::sleep(Duration::from_millis(10));
    }
    let after = seen(loaded)?;
    ensure!(after >= before + 10, "{link:?}: {} of 10 frames were seen", after - before);
    drop(link);
    std::thread::sleep(Duration::from_millis(50));
    let gone = seen(loaded)?;
    frame(device)?;
    std::thread::sleep(Duration::from_millis(50));
    ensure!(seen(loaded)? == gone, "it still runs after its link was dropped");
    Ok(())
}

/// Where there are links, the way of older kernels is not taken.
fn tc_is_a_link() -> Outcome {
    let loaded = load("on_tcx_ingress", false)?;
    let link = tc(Direction::Ingress)?.attach(loaded.program("on_tcx_ingress")?)?;
    ensure!(link.fd().is_some(), "Linux {} has tcx, but {link:?} is no link", host::release());
    let id = link.info()?.prog_id;
    ensure!(id == loaded.program("on_tcx_ingress")?.info()?.id, "the link is of program {id}");
    Ok(())
}

fn netfilter() -> Outcome {
    const IPV4: u32 = 2;
    const LOCAL_IN: u32 = 1;
    refuses("on_netfilter", &Netfilter { family: IPV4, hook: LOCAL_IN, priority: -128, flags: 0 }, packet)
}

fn socket_filter() -> Outcome {
    let to = UdpSocket::bind("127.0.0.1:0")?;
    to.set_read_timeout(Some(Duration::from_millis(200)))?;
    let from = UdpSocket::bind("127.0.0.1:0")?;
    let address = to.local_addr()?;
    let hook = SocketFilter::of(to.as_fd())?;
    refuses("on_socket", &hook, || {
        from.send_to(b"a packet for the filter", address)?;
        to.recv(&mut [0; 64]).map(drop)
    })
}

/// A namespace has one; its place is free again when the link is dropped.
fn flow_dissector() -> Outcome {
    let loaded = load("on_flow", false)?;
    let program = loaded.program("on_flow")?;
    let link = program.attach_to(&Netns::own()?)?;
    let Err(error) = program.attach_to(&Netns::own()?) else { return Err("a second one was attached".into()) };
    ensure!(error.code() == "attach-refused", "{error}");
    drop(link);
    drop(program.attach_to(&Netns::own()?)?);
    Ok(())
}

fn in_cgroup(program: &str) -> Outcome {
    let cgroup = OwnCgroup::new()?;
    refuses(program, &Cgroup::at(&cgroup.path)?, packet)
}

/// Another program in the place of the first, without a gap.
fn update(program: &str, hook: &dyn Hook) -> Outcome {
    let (lets, refuses) = (load(program, false)?, load(program, true)?);
    let link = hook.attach(lets.program(program)?)?;
    packet().during("through the first program")?;
    link.update(refuses.program(program)?)?;
    ensure!(packet().is_err() && seen(&refuses)? > 0, "{link:?}: the second program does not run");
    let before = seen(&lets)?;
    ensure!(packet().is_err() && seen(&lets)? == before, "{link:?}: the first program still runs");
    drop(link);
    packet().during("after the link was dropped")?;
    Ok(())
}

fn update_in_cgroup() -> Outcome {
    let cgroup = OwnCgroup::new()?;
    update("on_cgroup_ingress", &Cgroup::at(&cgroup.path)?)
}

fn update_of_what_cannot() -> Outcome {
    let [first, second] = [load("flood", false)?, load("flood", false)?];
    let link = first.program("flood")?.attach()?;
    let Err(error) = link.update(second.program("flood")?) else {
        return Err("a link of a raw tracepoint took another program".into());
    };
    ensure!(error.code() == "kernel-refused", "{error}");
    Ok(())
}
