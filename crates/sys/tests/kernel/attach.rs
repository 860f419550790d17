use crate::insns::nothing;
use crate::{Outcome, privileged, since, skip};
use skep_sys::bpf::*;
use skep_sys::{Errno, cgroup};
use skep_uapi::{AttachType, LinkType, ProgType};
use std::os::fd::{AsFd, AsRawFd};

pub fn a_cgroup_takes_programs_with_and_without_a_link() -> Outcome {
    privileged()?;
    let Ok(root) = cgroup::root() else {
        return skip("no version 2 cgroups are mounted here");
    };
    let path = root.join(format!("skep-sys-{}", std::process::id()));
    std::fs::create_dir(&path).unwrap();
    let dir = cgroup::open_dir(&path).unwrap();
    let hook = AttachType::CGROUP_INET_EGRESS;
    let [first, second] = [1, 1].map(|result| nothing(result).load_for(ProgType::CGROUP_SKB, hook));
    let place = Place::Fd(dir.as_fd());
    let mut attach = ProgAttach { flags: AttachFlags::ALLOW_MULTI, ..ProgAttach::new(place, first.as_fd(), hook) };
    prog_attach(&attach).unwrap();
    let link = link_create(&LinkCreate {
        program: second.as_fd(),
        target: LinkTarget::Fd(dir.as_fd()),
        attach_type: hook,
        flags: 0,
        options: LinkOptions::None,
    })
    .unwrap();
    let [first_id, second_id] = [&first, &second].map(|program| prog_info(program.as_fd()).unwrap().id);
    assert_eq!(prog_query(place, hook, false).unwrap().programs, [first_id, second_id]);
    let info = link_info(link.as_fd()).unwrap();
    assert_eq!((info.link_type, info.prog_id), (LinkType::CGROUP, second_id));
    assert!(matches!(info.detail, LinkDetail::Cgroup { attach_type, .. } if attach_type == hook));
    link_update(link.as_fd(), second.as_fd(), Some(second.as_fd())).unwrap();
    link_detach(link.as_fd()).unwrap();
    assert_eq!(prog_query(place, hook, true).unwrap().programs, [first_id]);
    attach.flags = AttachFlags::default();
    prog_detach(&attach).unwrap();
    assert_eq!(prog_detach(&attach).unwrap_err().errno, Errno::ENOENT);
    drop(dir);
    std::fs::remove_dir(&path).unwrap();
    assert_eq!(cgroup::open_dir("/tmp".as_ref()).unwrap_err().errno, Errno::EINVAL);
    Ok(())
}

pub fn a_raw_tracepoint_is_a_link() -> Outcome {
    privileged()?;
    let program = nothing(0).load(ProgType::RAW_TRACEPOINT);
    let link = raw_tracepoint_open(program.as_fd(), Some(c"sched_switch"), 0).unwrap();
    assert_eq!(link_info(link.as_fd()).unwrap().link_type, LinkType::RAW_TRACEPOINT);
    let traced = task_fd_query(std::process::id(), link.as_raw_fd()).unwrap();
    assert_eq!((traced.kind, traced.name.as_str()), (0, "sched_switch"));
    let wrong = raw_tracepoint_open(program.as_fd(), Some(c"sched_swytch"), 0).unwrap_err();
    assert_eq!((wrong.call, wrong.errno), ("BPF_RAW_TRACEPOINT_OPEN", Errno::ENOENT));
    Ok(())
}

pub fn links_want_lists_of_equal_length() -> Outcome {
    privileged()?;
    since(5, 18)?;
    let program = nothing(0).load_for(ProgType::KPROBE, AttachType::TRACE_KPROBE_MULTI);
    let create = |multi: KprobeMulti<'_>| {
        link_create(&LinkCreate {
            program: program.as_fd(),
            target: LinkTarget::None,
            attach_type: AttachType::TRACE_KPROBE_MULTI,
            flags: 0,
            options: LinkOptions::KprobeMulti(multi),
        })
    };
    let short = KprobeMulti { symbols: &[c"vfs_read", c"vfs_write"], cookies: &[1], ..Default::default() };
    assert_eq!(create(short).unwrap_err().errno, Errno::EINVAL);
    assert_eq!(create(KprobeMulti::default()).unwrap_err().errno, Errno::EINVAL);
    let good = KprobeMulti { symbols: &[c"vfs_read", c"vfs_write"], cookies: &[1, 2], ..Default::default() };
    match create(good) {
        Ok(link) => assert_eq!(link_info(link.as_fd()).unwrap().link_type, LinkType::KPROBE_MULTI),
        Err(error) => {
            assert_eq!(error.errno, Errno::EOPNOTSUPP, "{error}");
            return skip("the kernel was built without kprobe_multi");
        }
    }
    Ok(())
}
