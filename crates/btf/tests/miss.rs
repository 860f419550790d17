//! What came closest: the message for each way in which a kernel can lack something.
#![allow(clippy::unwrap_used, reason = "tests may unwrap")]

mod build;

use build::Build;
use skep_btf::{
    Btf, TypeId,
    core::{CoreKind, Matcher, Record},
};

fn miss(local: &Btf, target: &Btf, type_id: TypeId, kind: CoreKind, access: &str) -> String {
    let miss = Matcher::new(local, target).miss(&Record { type_id, kind, access }).unwrap();
    format!("{}: {miss}; {}", miss.code(), miss.hint().unwrap_or_default())
}

#[test]
fn a_type_of_another_name_or_kind() {
    let mut b = Build::little();
    let id = b.structure("request_queue___x", 0, &[]);
    let local = b.done();
    let say = |b: Build| miss(&local, &b.done(), id, CoreKind::TYPE_EXISTS, "0");
    let mut renamed = Build::little();
    renamed.structure("request_queues", 0, &[]);
    let said = "core-no-candidate: this kernel has no `struct request_queue`; did you mean `struct request_queues`?";
    assert_eq!(say(renamed), said);
    let mut changed = Build::little();
    changed.union("request_queue", 0, &[]);
    let said = "core-no-candidate: this kernel has no `struct request_queue`; this kernel has `union request_queue`";
    assert_eq!(say(changed), said);
    assert_eq!(say(Build::little()), "core-no-candidate: this kernel has no `struct request_queue`; ");
}

#[test]
fn a_member_renamed_moved_or_of_another_type() {
    let mut b = Build::little();
    let (long, ch) = (b.int("long", 8, 1), b.int("char", 1, 1));
    let comm = b.array(ch, 16);
    let members = [("state", long, 0, 0), ("runtime", long, 64, 0), ("comm", comm, 128, 0), ("gone", long, 0, 0)];
    let id = b.structure("task", 32, &members);
    let local = b.done();
    let mut b = Build::little();
    let (uint, long) = (b.int("unsigned int", 4, 0), b.int("long", 8, 1));
    let void_ptr = b.ptr(TypeId::VOID);
    let comm = b.array(void_ptr, 2);
    let se = b.structure("entity", 8, &[("runtime", long, 0, 0)]);
    b.structure("task", 32, &[("__state", uint, 0, 0), ("se", se, 64, 0), ("comm", comm, 128, 0)]);
    let target = b.done();
    let say = |access| miss(&local, &target, id, CoreKind::FIELD_BYTE_OFFSET, access);
    assert_eq!(say("0:0"), "core-no-field: this kernel's `struct task` has no member `state`; did you mean `__state`?");
    let said = "core-no-field: this kernel's `struct task` has no member `runtime`; this kernel has it as `se.runtime`";
    assert_eq!(say("0:1"), said);
    assert!(
        say("0:2").starts_with(
            "core-field-type: `struct task.comm` is `void *[2]` in this kernel, `char[16]` in the program"
        )
    );
    assert!(say("0:3").ends_with("ask with bpf_core_field_exists() before reading it"));
}

#[test]
fn an_element_and_a_value() {
    let make = |len, value| {
        let mut b = Build::little();
        let int = b.int("int", 4, 1);
        let array = b.array(int, len);
        b.structure("s", 4 * len, &[("a", array, 0, 0)]);
        b.enumeration("e", 4, false, &[(value, 1)]);
        b.done()
    };
    let (local, target) = (make(8, "BPF_FUNC_trace"), make(4, "BPF_FUNC_tracing"));
    let said = miss(&local, &target, TypeId(3), CoreKind::FIELD_BYTE_OFFSET, "0:0:5");
    assert_eq!(said, "core-no-element: `struct s.a` is `int[4]` in this kernel and has no element 5; ");
    let said = miss(&local, &target, TypeId(4), CoreKind::ENUMVAL_VALUE, "0");
    assert_eq!(
        said,
        "core-no-enum-value: this kernel's `enum e` has no value `BPF_FUNC_trace`; did you mean `BPF_FUNC_tracing`?"
    );
    assert!(miss(&local, &target, TypeId(3), CoreKind::TYPE_MATCHES, "0").starts_with("core-type-differs: "));
    let found = Record { type_id: TypeId(3), kind: CoreKind::FIELD_EXISTS, access: "0:0:2" };
    assert_eq!(Matcher::new(&local, &target).miss(&found), None);
}

#[test]
fn types_are_spelled_as_in_c() {
    let mut b = Build::little();
    let (int, void_ptr) = (b.int("int", 4, 1), b.ptr(TypeId::VOID));
    let s = b.structure("s", 0, &[]);
    let const_s = b.constant(s);
    let (ptr, array) = (b.ptr(const_s), b.array(int, 3));
    let (proto, ptr_array) = (b.proto(int, &[void_ptr, int]), b.ptr(array));
    let (callback, const_ptr, loop_ptr) = (b.ptr(proto), b.constant(ptr), b.ptr(TypeId(12)));
    let _ = b.ptr(loop_ptr);
    let btf = b.done();
    for (id, text) in [
        (ptr, "const struct s *"),
        (array, "int[3]"),
        (ptr_array, "int (*)[3]"),
        (callback, "int (*)(void *, int)"),
        (const_ptr, "const struct s *const"),
        (TypeId(99), "…"),
    ] {
        assert_eq!(btf.spelled(id), text);
    }
    assert!(btf.spelled(loop_ptr).starts_with("… *"), "{}", btf.spelled(loop_ptr));
}
