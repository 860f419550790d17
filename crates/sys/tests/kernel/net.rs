#![expect(unsafe_code, reason = "enters a network namespace of its own")]

use crate::insns::nothing;
use crate::{Outcome, privileged, since, skip};
use rustix::thread::{UnshareFlags, unshare_unsafe};
use skep_sys::bpf::*;
use skep_sys::netlink::tc::{self, Direction, Filter};
use skep_sys::netlink::xdp::{self, XdpFlags};
use skep_sys::{Errno, socket};
use skep_uapi::{AttachType, LinkType, ProgType};
use std::os::fd::AsFd;

/// Runs in a fresh network namespace, which has only `lo`. The namespace is the thread's and ends with it.
fn in_namespace(test: fn() -> Outcome) -> Outcome {
    privileged()?;
    let thread = std::thread::spawn(move || {
        // SAFETY: descriptors stay shared; only the network of this thread changes.
        match unsafe { unshare_unsafe(UnshareFlags::NEWNET) } {
            Ok(()) => test(),
            Err(error) => skip(format!("no network namespace of our own: {error}")),
        }
    });
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

pub fn xdp_is_attached_by_netlink() -> Outcome {
    in_namespace(|| {
        let lo = socket::interface_index("lo").unwrap();
        assert_eq!(socket::interface_name(lo).unwrap(), "lo");
        let [first, second] = [2, 1].map(|result| nothing(result).load(ProgType::XDP));
        assert_eq!(xdp::query(lo).unwrap().mode, 0);
        xdp::set(lo, Some(first.as_fd()), XdpFlags::SKB, None).unwrap();
        let state = xdp::query(lo).unwrap();
        let id = prog_info(first.as_fd()).unwrap().id;
        assert_eq!((state.mode, state.prog_id, state.skb_prog_id), (2, id, id));
        let busy = xdp::set(lo, Some(second.as_fd()), XdpFlags::SKB.with(XdpFlags::UPDATE_IF_NOEXIST), None);
        let busy = busy.unwrap_err();
        assert_eq!(busy.error.errno, Errno::EBUSY);
        assert!(busy.to_string().contains("already attached"), "{busy}");
        let other = xdp::set(lo, Some(second.as_fd()), XdpFlags::SKB, Some(second.as_fd())).unwrap_err();
        assert_eq!(other.error.errno, Errno::EEXIST, "{other}");
        xdp::set(lo, Some(second.as_fd()), XdpFlags::SKB, Some(first.as_fd())).unwrap();
        assert_eq!(xdp::query(lo).unwrap().prog_id, prog_info(second.as_fd()).unwrap().id);
        xdp::set(lo, None, XdpFlags::SKB, None).unwrap();
        assert_eq!(xdp::query(lo).unwrap(), xdp::XdpState::default());
        assert_eq!(xdp::query(9999).unwrap_err().error.errno, Errno::ENODEV);
        Ok(())
    })
}

pub fn xdp_is_attached_by_link() -> Outcome {
    in_namespace(|| {
        let lo = socket::interface_index("lo").unwrap();
        let program = nothing(2).load_for(ProgType::XDP, AttachType::XDP);
        let link = link_create(&LinkCreate {
            program: program.as_fd(),
            target: LinkTarget::Ifindex(lo),
            attach_type: AttachType::XDP,
            flags: XdpFlags::SKB.0,
            options: LinkOptions::None,
        })
        .unwrap();
        let info = link_info(link.as_fd()).unwrap();
        let detail = LinkDetail::Interface { ifindex: lo, attach_type: AttachType::XDP };
        assert_eq!((info.link_type, info.detail), (LinkType::XDP, detail));
        drop(link);
        assert_eq!(xdp::query(lo).unwrap().prog_id, 0);
        Ok(())
    })
}

pub fn tc_filters_come_and_go() -> Outcome {
    in_namespace(|| {
        let lo = socket::interface_index("lo").unwrap();
        let program = nothing(0).load(ProgType::SCHED_CLS);
        let wish = Filter { ifindex: lo, direction: Direction::Ingress, priority: 0, handle: 0 };
        match tc::create_clsact(lo) {
            Ok(created) => assert!(created),
            Err(refusal) => {
                return skip(format!("the kernel was built without clsact: {refusal}"));
            }
        }
        assert!(!tc::create_clsact(lo).unwrap());
        let filter = match tc::add_filter(wish, program.as_fd(), "test") {
            Ok(filter) => filter,
            Err(refusal) => {
                return skip(format!("the kernel was built without bpf filters: {refusal}"));
            }
        };
        assert!(filter.priority != 0 && filter.handle != 0);
        let egress = Filter { direction: Direction::Egress, priority: 7, handle: 3, ..wish };
        assert_eq!(tc::add_filter(egress, program.as_fd(), "test").unwrap(), egress);
        assert_eq!(tc::add_filter(egress, program.as_fd(), "test").unwrap_err().error.errno, Errno::EEXIST);
        tc::remove_filter(filter).unwrap();
        assert!(tc::remove_filter(filter).is_err());
        tc::delete_clsact(lo).unwrap();
        assert!(tc::delete_clsact(lo).is_err());
        Ok(())
    })
}

pub fn tcx_links_are_ordered() -> Outcome {
    in_namespace(|| {
        since(6, 6)?;
        let lo = socket::interface_index("lo").unwrap();
        let hook = AttachType::TCX_INGRESS;
        let programs = [0, 0].map(|result| nothing(result).load_for(ProgType::SCHED_CLS, hook));
        let ids = programs.each_ref().map(|program| prog_info(program.as_fd()).unwrap().id);
        let create = |program: usize, flags: AttachFlags, relative| {
            link_create(&LinkCreate {
                program: programs[program].as_fd(),
                target: LinkTarget::Ifindex(lo),
                attach_type: hook,
                flags: flags.0,
                options: LinkOptions::Ordered { relative, expected_revision: 0 },
            })
        };
        let first = create(0, AttachFlags::default(), Relative::None).unwrap();
        let _second = create(1, AttachFlags::BEFORE, Relative::Link(first.as_fd())).unwrap();
        let queried = prog_query(Place::Ifindex(lo), hook, false).unwrap();
        assert_eq!(queried.programs, [ids[1], ids[0]]);
        assert!(queried.revision > 1);
        Ok(())
    })
}

pub fn a_packet_socket_takes_a_filter() -> Outcome {
    in_namespace(|| {
        let lo = socket::interface_index("lo").unwrap();
        let packets = socket::packet(lo).unwrap();
        let program = nothing(0).load(ProgType::SOCKET_FILTER);
        socket::attach(packets.as_fd(), program.as_fd()).unwrap();
        socket::detach(packets.as_fd()).unwrap();
        assert_eq!(socket::detach(packets.as_fd()).unwrap_err().errno, Errno::ENOENT);
        let wrong = nothing(0).load(ProgType::XDP);
        assert_eq!(socket::attach(packets.as_fd(), wrong.as_fd()).unwrap_err().errno, Errno::EINVAL);
        assert_eq!(socket::packet(9999).unwrap_err().errno, Errno::ENODEV);
        assert_eq!(socket::interface_index("no-such-if").unwrap_err().errno, Errno::ENODEV);
        assert!(rustix::io::read(&packets, &mut [0; 64]).is_err());
        Ok(())
    })
}

pub fn interfaces_are_listed() -> Outcome {
    let all = socket::interfaces().unwrap();
    assert!(all.iter().any(|(index, name)| *index == 1 && name == "lo"), "{all:?}");
    Ok(())
}
