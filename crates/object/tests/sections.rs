//! The section table: complete, unambiguous, and what names of real programs mean.

use skep_object::{
    Attach, SECTIONS, SectionFlags, SectionName,
    section_def::suggest,
    uapi::{AttachType, ProgType},
};

#[test]
fn every_row_can_be_reached() {
    assert_eq!(SECTIONS.len(), 116);
    for (i, row) in SECTIONS.iter().enumerate() {
        let first = SECTIONS.iter().position(|r| r.matches(row.stem()));
        assert_eq!(first, Some(i), "{} is shadowed", row.pattern);
        assert!(row.prog_type != ProgType::UNSPEC, "{}", row.pattern);
    }
}

#[test]
fn a_plus_takes_a_target_and_the_rest_is_exact() {
    for row in SECTIONS {
        let with_target = SectionName::parse(&format!("{}/some/where", row.stem()));
        if row.pattern.ends_with('+') {
            assert_eq!(with_target.def.unwrap().pattern, row.pattern);
            assert_eq!(&*with_target.target, "some/where");
        } else {
            assert!(with_target.def.is_none_or(|def| def.pattern != row.pattern), "{}", row.pattern);
        }
        assert!(SectionName::parse(&format!("{}x", row.stem())).def.is_none());
    }
}

#[test]
fn names_of_programs() {
    let parse = |name: &str| {
        let parsed = SectionName::parse(name);
        let def = parsed.def.unwrap();
        (def.prog_type, def.attach_type, def.attach, parsed.target.to_string(), parsed.is_optional())
    };
    assert_eq!(
        parse("tracepoint/sched/sched_switch"),
        (ProgType::TRACEPOINT, None, Attach::Tracepoint, "sched/sched_switch".into(), false)
    );
    assert_eq!(
        parse("?fentry.s/do_unlinkat"),
        (ProgType::TRACING, Some(AttachType::TRACE_FENTRY), Attach::Trace, "do_unlinkat".into(), true)
    );
    assert_eq!(parse("xdp.frags"), (ProgType::XDP, Some(AttachType::XDP), Attach::Xdp, String::new(), false));
    assert_eq!(parse("cgroup_skb/egress").1, Some(AttachType::CGROUP_INET_EGRESS));
    assert_eq!(parse("kretprobe/x").2, Attach::Kprobe { ret: true });
    let frags = SectionName::parse("xdp.frags/cpumap").def.unwrap();
    assert!(frags.flags.contains(SectionFlags::XDP_FRAGS) && !frags.flags.contains(SectionFlags::ATTACHABLE));
}

#[test]
fn unknown_names_get_a_suggestion() {
    assert!(SectionName::parse("tracepiont/sched/x").def.is_none());
    assert_eq!(suggest("tracepiont/sched/x"), Some("tracepoint"));
    assert_eq!(suggest("?kprob/x"), Some("kprobe"));
    assert_eq!(suggest("xdp/eth0"), Some("xdp"));
    assert_eq!(suggest("cgroup/conect4"), Some("cgroup/connect4"));
    assert_eq!(suggest("zzzzzzzzzz"), None);
}
