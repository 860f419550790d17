//! What the loader's errors say: the code, the line, and the advice. Those that need a kernel to be produced are made
//! by hand; the kernel tests meet most of them for real.
#![allow(clippy::unwrap_used, reason = "tests")]

use skep::{
    Diagnostic, Kind, Skep, Thing,
    reloc::Unavailable,
    sys::{Errno, Error},
};

fn refused(call: &'static str) -> Error {
    Error::new(call, Errno::EINVAL)
}

/// Checks the code, a part of the line, and a part of the advice.
#[track_caller]
fn says(kind: Kind, code: &str, line: &str, help: &str) {
    assert_eq!(kind.code(), code);
    assert!(kind.to_string().contains(line), "{kind}");
    assert!(kind.help().unwrap_or_default().contains(help), "{:?}", kind.help());
}

#[test]
fn maps() {
    let error = refused("BPF_MAP_CREATE");
    let reason = Some("ring buffers have a size that is a power of two".into());
    says(Kind::MapCreate { map: "ringbuf".into(), error, reason }, "map-create", "(ringbuf)", "power of two");
    says(Kind::MapFailed { map: "m".into(), error: "EINVAL".into() }, "map-failed", "needs the map `m`", "");
    let error = refused("BPF_MAP_UPDATE_ELEM");
    says(Kind::MapContents { what: "slot 3".into(), error }, "map-contents", "slot 3 could not be written", "");
    says(Kind::Map { operation: "lookup", error }, "map-operation", "lookup", "");
    let missing = Kind::Missing { what: Thing::Map, name: "evnts".into(), nearest: Some("events".into()) };
    says(missing, "no-such-map", "`evnts`", "did you mean `events`?");
    says(Kind::NotLoaded(Thing::Map, "m".into()), "not-loaded", "the map `m` was not loaded", "select it");
    says(Kind::Constant("limit".into()), "variable-constant", "`limit`", "before");
}

#[test]
fn loading() {
    let error = refused("BPF_BTF_LOAD");
    let log = "magic: 0xeb9f\n[3] FUNC bad Invalid arg#1\n\n".into();
    says(Kind::Btf { error, log }, "btf-load", "Invalid arg#1", "");
    let error = refused("BPF_PROG_LOAD");
    let reason = Some("programs of type netfilter exist since Linux 6.4".into());
    says(Kind::ProgramLoad { error, reason }, "program-load", "without a log", "6.4");
    says(Kind::Unsupported("struct_ops maps"), "not-supported", "struct_ops maps are not supported", "");
    let fact = Unavailable { what: "BTF of vmlinux".into(), why: "no such file".into() };
    says(Kind::Host(fact), "host-unavailable", "BTF of vmlinux", "");
}

#[test]
fn attaching() {
    says(Kind::NoHook("syscall".into()), "attach-no-hook", "`syscall`", "explicit hook");
    let wrong = Kind::WrongHook { hook: "XDP", program: "kprobe".into() };
    says(wrong, "attach-wrong-hook", "a program of type kprobe cannot be attached to XDP", "");
    let link = Kind::NotForLink { operation: "be pinned", link: "socket filter on lo".into() };
    says(link, "link-operation", "be pinned", "");
}

#[test]
fn a_file_that_is_not_there() {
    let errors = Skep::open("not/there.bpf.o").unwrap_err();
    assert_eq!(errors.first().unwrap().code(), "file-unreadable");
}
