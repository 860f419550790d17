//! What goes wrong before the kernel is asked: no privilege is needed to find out.

#![allow(clippy::unwrap_used, reason = "tests may unwrap")]

use std::path::PathBuf;

use skep::{Config, Error, Errors, Skep};

fn path(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join(name)
}

fn exec() -> Skep {
    Skep::open(path("examples/exec.bpf.o")).unwrap()
}

fn only(errors: Errors) -> Error {
    let mut errors = errors.into_iter();
    let first = errors.next().unwrap();
    assert!(errors.next().is_none(), "more than one error");
    first
}

#[test]
fn a_file_that_is_not_there() {
    let error = only(Skep::open("no/such/object.bpf.o").unwrap_err());
    assert_eq!(error.code(), "file-unreadable");
    assert!(error.to_string().contains("no/such/object.bpf.o"), "{error}");
}

#[test]
fn a_file_that_is_no_object() {
    let error = only(Skep::read("text.bpf.o", b"#!/bin/sh\n").unwrap_err());
    assert!(error.code().starts_with("elf-"), "{}", error.code());
    assert_eq!(error.site().file.as_deref(), Some("text.bpf.o"));
}

#[test]
fn a_variable_that_is_not_there_has_a_near_name() {
    let error = exec().set("exist", &true).unwrap_err();
    assert_eq!(error.code(), "no-such-variable");
    assert_eq!(error.help().as_deref(), Some("did you mean `exits`?"));
}

#[test]
fn a_value_of_another_size() {
    let error = exec().set("only_uid", &7u64).unwrap_err();
    assert_eq!(error.code(), "wrong-size");
    assert_eq!(error.kind().to_string(), "the variable has 4 bytes, not 8");
}

#[test]
fn values_are_checked_before_anything_is_created() {
    let relocated = exec().relocate().unwrap();
    let config = Config::new().file("exec.bpf.o").set("exist", &true).set("only_uid", &7u64);
    let errors = skep::load(&relocated, &config).unwrap_err();
    let codes = errors.iter().map(Error::code).collect::<Vec<_>>();
    assert_eq!(codes, ["no-such-variable", "wrong-size"]);
    assert!(errors.iter().all(|error| error.site().file.as_deref() == Some("exec.bpf.o")));
}

#[test]
fn a_program_that_is_not_there_has_a_near_name() {
    let error = only(exec().only(["handle_exce"]).relocate().unwrap_err());
    assert_eq!(error.code(), "no-such-program");
    assert_eq!(error.help().as_deref(), Some("did you mean `handle_exec`?"));
}

#[test]
fn an_object_of_the_other_byte_order() {
    let other = if cfg!(target_endian = "little") { "eb" } else { "el" };
    let skep = Skep::open(path(&format!("fixtures/o/{other}/data.bpf.o"))).unwrap();
    let errors = skep.load().unwrap_err();
    let error = errors.first().unwrap();
    assert_eq!(error.code(), "big-endian");
    assert!(error.help().is_some_and(|help| help.contains("-target")), "{:?}", error.help());
}

#[test]
fn an_interface_that_is_not_there() {
    let error = skep::hook::Xdp::on("lo0").unwrap_err();
    assert_eq!(error.code(), "attach-no-target");
    assert_eq!(error.help().as_deref(), Some("did you mean `lo`?"));
}

#[test]
fn a_cgroup_that_is_not_there() {
    let error = skep::hook::Cgroup::at("/no/such/cgroup").unwrap_err();
    assert_eq!(error.code(), "attach-no-target");
}

#[test]
fn what_holds_the_kernels_objects_can_go_to_other_threads() {
    fn sends<T: Send + Sync>() {}
    sends::<skep::Attached>();
    sends::<skep::Loaded>();
    sends::<skep::Link>();
    sends::<skep::RingBuffers>();
    sends::<skep::Target>();
    sends::<Errors>();
}
