//! CO-RE: records over types built by hand, both sides of each question.
#![allow(clippy::unwrap_used, reason = "tests may unwrap")]

mod build;

use build::Build;
use skep_btf::{
    Btf, Endian, TypeId,
    core::{Answer, CoreKind, Error, Matcher, Module, Record, Sizes, Source, Target, Targets},
};

fn ask(local: &Btf, target: &Btf, type_id: TypeId, kind: CoreKind, access: &str) -> Result<Answer, Error> {
    Matcher::new(local, target).resolve(&Record { type_id, kind, access })
}

fn value(local: &Btf, target: &Btf, type_id: TypeId, kind: CoreKind, access: &str) -> Target {
    ask(local, target, type_id, kind, access).unwrap().target
}

fn code(local: &Btf, target: &Btf, type_id: TypeId, kind: CoreKind, access: &str) -> &'static str {
    ask(local, target, type_id, kind, access).unwrap_err().code()
}

/// `struct task { int pid; struct { long a; char comm[4] } ; unsigned int flags }`, a flavour of it in the program.
fn tasks() -> (Btf, TypeId, Btf, TypeId) {
    let mut b = Build::little();
    let (int, uint, ch) = (b.int("int", 4, 1), b.int("unsigned int", 4, 0), b.int("char", 1, 1));
    let comm = b.array(ch, 4);
    let local = b.structure("task___mine", 12, &[("pid", int, 0, 0), ("comm", comm, 32, 0), ("flags", uint, 64, 0)]);
    let local_btf = b.done();

    let mut b = Build::little();
    let (long, int, ch) = (b.int("long", 8, 1), b.int("int", 4, 1), b.int("char", 1, 1));
    let (ulong, comm) = (b.int("unsigned long", 8, 0), b.array(ch, 16));
    let inner = b.structure("", 24, &[("a", long, 0, 0), ("comm", comm, 64, 0)]);
    let target = b.structure("task", 48, &[("flags", ulong, 0, 0), ("", inner, 64, 0), ("pid", int, 256, 0)]);
    (local_btf, local, b.done(), target)
}

#[test]
fn fields_are_found_by_name_through_anonymous_structs_and_flavours() {
    let (local, task, target, id) = tasks();
    let pid = ask(&local, &target, task, CoreKind::FIELD_BYTE_OFFSET, "0:0").unwrap();
    assert_eq!((pid.local, pid.checked, pid.target), (0, true, Target::Value(32)));
    assert_eq!(pid.sizes, Sizes { local: 4, target: 4, adjustable: true });
    assert_eq!(pid.candidate.unwrap().id, id);
    let comm = ask(&local, &target, task, CoreKind::FIELD_BYTE_OFFSET, "0:1:3").unwrap();
    assert_eq!((comm.local, comm.target), (4 + 3, Target::Value(16 + 3)));
    // An unsigned int that became an unsigned long: a load may be widened.
    let flags = ask(&local, &target, task, CoreKind::FIELD_BYTE_OFFSET, "0:2").unwrap();
    assert_eq!(flags.sizes, Sizes { local: 4, target: 8, adjustable: true });
    assert_eq!(value(&local, &target, task, CoreKind::FIELD_BYTE_SIZE, "0:2"), Target::Value(8));
    // The second element of an array of tasks.
    assert_eq!(value(&local, &target, task, CoreKind::FIELD_BYTE_OFFSET, "1:0"), Target::Value(48 + 32));
}

#[test]
fn specs_are_printed_as_a_reader_would_say_them() {
    let (local, task, target, _) = tasks();
    let mut matcher = Matcher::new(&local, &target);
    let record = Record { type_id: task, kind: CoreKind::FIELD_BYTE_OFFSET, access: "0:1:3" };
    let answer = matcher.resolve(&record).unwrap();
    assert_eq!(matcher.local(&record).unwrap().to_string(), "struct task___mine.comm[3] (0:1:3 @ offset 7)");
    let found = matcher.target(&record, answer.candidate.unwrap()).unwrap();
    assert_eq!(found.to_string(), "struct task.comm[3] (0:1:1:3 @ offset 19)");
}

#[test]
fn what_is_absent_is_zero_for_existence_and_poison_for_the_rest() {
    let (local, task, _, _) = tasks();
    let none = Build::little().done();
    let zero = Target::Value(0);
    for (kind, access, expected) in [
        (CoreKind::FIELD_EXISTS, "0:0", zero),
        (CoreKind::TYPE_EXISTS, "0", zero),
        (CoreKind::TYPE_MATCHES, "0", zero),
        (CoreKind::TYPE_SIZE, "0", zero),
        (CoreKind::TYPE_ID_TARGET, "0", zero),
        (CoreKind::FIELD_BYTE_OFFSET, "0:0", Target::Absent),
        (CoreKind::FIELD_BYTE_SIZE, "0:0", Target::Absent),
        (CoreKind::FIELD_SIGNED, "0:0", Target::Absent),
        (CoreKind::FIELD_LSHIFT_U64, "0:0", Target::Absent),
        (CoreKind::FIELD_RSHIFT_U64, "0:0", Target::Absent),
    ] {
        assert_eq!(value(&local, &none, task, kind, access), expected, "{kind}");
    }
}

#[test]
fn types_as_a_whole() {
    let (local, task, target, id) = tasks();
    assert_eq!(value(&local, &target, task, CoreKind::TYPE_EXISTS, "0"), Target::Value(1));
    assert_eq!(value(&local, &target, task, CoreKind::TYPE_SIZE, "0"), Target::Value(48));
    let target_id = ask(&local, &target, task, CoreKind::TYPE_ID_TARGET, "0").unwrap();
    assert_eq!((target_id.target, target_id.checked), (Target::Value(id.0.into()), false));
    let own = ask(&local, &target, task, CoreKind::TYPE_ID_LOCAL, "0").unwrap();
    assert_eq!((own.target, own.checked), (Target::Value(task.0.into()), false));
    // `comm` is an anonymous struct's member there, and of another length.
    assert_eq!(value(&local, &target, task, CoreKind::TYPE_MATCHES, "0"), Target::Value(0));
}

#[test]
fn values_of_enums_go_by_essential_name() {
    let mut b = Build::little();
    let local_id = b.enumeration("kind", 4, true, &[("A", 0), ("B___old", -1), ("C", 7)]);
    let local = b.done();
    let mut b = Build::little();
    b.enum64("kind", false, &[("B", 1 << 40), ("A", 3)]);
    let target = b.done();
    assert_eq!(value(&local, &target, local_id, CoreKind::ENUMVAL_VALUE, "0"), Target::Value(3));
    let b = ask(&local, &target, local_id, CoreKind::ENUMVAL_VALUE, "1").unwrap();
    assert_eq!((b.local, b.target), (u64::MAX, Target::Value(1 << 40)));
    assert_eq!(value(&local, &target, local_id, CoreKind::ENUMVAL_EXISTS, "1"), Target::Value(1));
    assert_eq!(value(&local, &target, local_id, CoreKind::ENUMVAL_EXISTS, "2"), Target::Value(0));
    assert_eq!(value(&local, &target, local_id, CoreKind::ENUMVAL_VALUE, "2"), Target::Absent);
}

#[test]
fn bitfields_give_the_load_that_covers_them_in_both_byte_orders() {
    for (endian, left) in [(Endian::Little, [64 - 8, 64 - 39]), (Endian::Big, [32 + 5, 7])] {
        let mut b = Build::new(endian);
        let (uint, int) = (b.int("unsigned int", 4, 0), b.int("int", 4, 1));
        let id = b.structure("s", 8, &[("a", uint, 5, 3), ("b", int, 7, 32)]);
        let btf = b.done();
        let get = |kind, access| ask(&btf, &btf, id, kind, access).unwrap();
        let shift = get(CoreKind::FIELD_LSHIFT_U64, "0:0");
        assert_eq!((shift.target, shift.checked), (Target::Value(left[0]), false), "{endian:?}");
        assert_eq!(get(CoreKind::FIELD_RSHIFT_U64, "0:0").target, Target::Value(61));
        assert_eq!(get(CoreKind::FIELD_SIGNED, "0:1").target, Target::Value(1));
        let size = get(CoreKind::FIELD_BYTE_SIZE, "0:0");
        assert_eq!((size.target, size.checked, size.sizes.local), (Target::Value(4), false, 0));
        // Bits 7 to 39 need a load of 8 bytes.
        assert_eq!(get(CoreKind::FIELD_BYTE_SIZE, "0:1").target, Target::Value(8));
        assert_eq!(get(CoreKind::FIELD_LSHIFT_U64, "0:1").target, Target::Value(left[1]));
        assert_eq!(get(CoreKind::FIELD_BYTE_OFFSET, "0:1").target, Target::Value(0));
    }
}

#[test]
fn a_bitfield_that_no_load_covers_is_refused() {
    let mut b = Build::little();
    let int = b.int("unsigned long", 8, 0);
    let id = b.structure("s", 16, &[("a", int, 60, 8)]);
    let btf = b.done();
    assert_eq!(code(&btf, &btf, id, CoreKind::FIELD_BYTE_OFFSET, "0:0"), "core-bitfield");
}

#[test]
fn only_the_last_array_of_a_struct_may_be_flexible() {
    let make = |middle: u32, last: u32| {
        let mut b = Build::little();
        let int = b.int("int", 4, 1);
        let (middle, last) = (b.array(int, middle), b.array(int, last));
        let id = b.structure("s", 16, &[("m", middle, 0, 0), ("l", last, 128, 0)]);
        (b.done(), id)
    };
    let (fixed, id) = make(4, 4);
    let (flexible, flexible_id) = make(4, 0);
    assert_eq!(value(&fixed, &flexible, id, CoreKind::FIELD_BYTE_OFFSET, "0:1:3"), Target::Value(16 + 12));
    assert_eq!(value(&flexible, &fixed, flexible_id, CoreKind::FIELD_BYTE_OFFSET, "0:1:9"), Target::Absent);
    let (empty, empty_id) = make(0, 4);
    assert_eq!(value(&fixed, &empty, id, CoreKind::FIELD_BYTE_OFFSET, "0:0:0"), Target::Absent);
    assert_eq!(code(&empty, &fixed, empty_id, CoreKind::FIELD_BYTE_OFFSET, "0:0:0"), "core-bad-access");
    assert_eq!(code(&fixed, &fixed, id, CoreKind::FIELD_SIGNED, "0:0:0"), "core-element");
}

#[test]
fn fields_of_other_types_do_not_count() {
    let mut b = Build::little();
    let (int, void_ptr) = (b.int("int", 4, 1), b.ptr(TypeId::VOID));
    let (e1, double) = (b.enumeration("e1", 4, false, &[("A", 0)]), b.float("double", 8));
    let local_id =
        b.structure("s", 24, &[("p", void_ptr, 0, 0), ("e", e1, 64, 0), ("i", int, 96, 0), ("d", double, 128, 0)]);
    let local = b.done();
    let mut b = Build::little();
    let (e2, long, float) = (b.enumeration("e2", 4, false, &[("A", 0)]), b.int("long", 8, 1), b.float("float", 4));
    b.structure("s", 24, &[("p", long, 0, 0), ("e", e2, 64, 0), ("i", long, 128, 0), ("d", float, 96, 0)]);
    let target = b.done();
    assert_eq!(value(&local, &target, local_id, CoreKind::FIELD_EXISTS, "0:0"), Target::Value(0));
    assert_eq!(value(&local, &target, local_id, CoreKind::FIELD_EXISTS, "0:1"), Target::Value(0));
    // Signed integers of another size are the same field, but not the same load.
    let i = ask(&local, &target, local_id, CoreKind::FIELD_BYTE_OFFSET, "0:2").unwrap();
    assert_eq!((i.target, i.sizes.adjustable), (Target::Value(16), false));
    let d = ask(&local, &target, local_id, CoreKind::FIELD_BYTE_OFFSET, "0:3").unwrap();
    assert_eq!((d.target, d.sizes.adjustable), (Target::Value(12), false));
}

#[test]
fn pointers_of_a_32_bit_kernel_may_be_loaded_narrower() {
    let make = |long: u32| {
        let mut b = Build::little();
        b.int("long unsigned int", long, 0);
        let ptr = b.ptr(TypeId::VOID);
        let id = b.structure("s", 2 * long, &[("a", ptr, 0, 0), ("b", ptr, 8 * long, 0)]);
        (b.done(), id)
    };
    let ((local, id), (target, _)) = (make(8), make(4));
    let b = ask(&local, &target, id, CoreKind::FIELD_BYTE_OFFSET, "0:1").unwrap();
    assert_eq!((b.target, b.sizes), (Target::Value(4), Sizes { local: 8, target: 4, adjustable: true }));
}

#[test]
fn candidates_that_agree_are_one_and_those_that_disagree_are_an_error() {
    let make = |offsets: &[u32]| {
        let mut b = Build::little();
        let int = b.int("int", 4, 1);
        for (i, &offset) in offsets.iter().enumerate() {
            b.structure(&format!("s___{i}"), 64, &[("a", int, offset, 0), ("only", int, 96, 0)][..2 - i.min(1)]);
        }
        (b.done(), TypeId(2))
    };
    let (local, id) = make(&[0]);
    assert_eq!(value(&local, &make(&[32, 32]).0, id, CoreKind::FIELD_BYTE_OFFSET, "0:0"), Target::Value(4));
    let target = make(&[32, 64]).0;
    assert_eq!(code(&local, &target, id, CoreKind::FIELD_BYTE_OFFSET, "0:0"), "core-ambiguous");
    // A record that only one of them matches drops the other one for the next.
    let mut matcher = Matcher::new(&local, &target);
    let mut offset = |access| matcher.resolve(&Record { type_id: id, kind: CoreKind::FIELD_BYTE_OFFSET, access });
    assert_eq!(offset("0:1").unwrap().target, Target::Value(12));
    assert_eq!(offset("0:0").unwrap().target, Target::Value(4));
}

struct Kernel(Btf, Vec<(&'static str, Btf)>);

impl Targets for Kernel {
    fn kernel(&self) -> Option<&Btf> {
        Some(&self.0)
    }

    fn modules(&self) -> Vec<Module<'_>> {
        assert!(!self.1.is_empty(), "modules are opened only when the kernel lacks a type");
        self.1.iter().map(|(name, btf)| Module { name, btf }).collect()
    }
}

#[test]
fn modules_are_searched_only_for_what_the_kernel_lacks() {
    let (local, task, target, _) = tasks();
    let record = Record { type_id: task, kind: CoreKind::TYPE_EXISTS, access: "0" };
    let alone = Kernel(target.clone(), vec![]);
    assert_eq!(Matcher::new(&local, &alone).resolve(&record).unwrap().target, Target::Value(1));
    let mut b = Build::little();
    b.int("int", 4, 1);
    let base = std::sync::Arc::new(b.done());
    let (mut m, other) = (b.split(), b.split());
    m.structure("task", 8, &[("pid", TypeId(1), 32, 0)]);
    let module = Btf::parse_split(m.bytes(), base.clone()).unwrap();
    let kernel =
        Kernel((*base).clone(), vec![("other", Btf::parse_split(other.bytes(), base).unwrap()), ("m", module)]);
    let mut matcher = Matcher::new(&local, &kernel);
    let record = Record { type_id: task, kind: CoreKind::FIELD_BYTE_OFFSET, access: "0:0" };
    let answer = matcher.resolve(&record).unwrap();
    assert_eq!((answer.target, answer.candidate.unwrap().source), (Target::Value(4), Source::Module(1)));
    assert_eq!(matcher.modules()[1].name, "m");
}

#[test]
fn records_that_do_not_suit_the_types_are_errors() {
    let (local, task, target, _) = tasks();
    for (kind, access, expected) in [
        (CoreKind(13), "0", "core-bad-kind"),
        (CoreKind(u32::MAX), "0", "core-bad-kind"),
        (CoreKind::FIELD_BYTE_OFFSET, "", "core-bad-access"),
        (CoreKind::FIELD_BYTE_OFFSET, "0:9", "core-bad-access"),
        (CoreKind::FIELD_BYTE_OFFSET, "0:0:0", "core-bad-access"),
        (CoreKind::FIELD_BYTE_OFFSET, "0:1:4", "core-bad-access"),
        (CoreKind::FIELD_BYTE_OFFSET, "2147483647:0", "core-too-large"),
        (CoreKind::TYPE_EXISTS, "0:0", "core-bad-access"),
        (CoreKind::ENUMVAL_VALUE, "0", "core-bad-access"),
    ] {
        assert_eq!(code(&local, &target, task, kind, access), expected, "{kind} {access}");
    }
    assert_eq!(code(&local, &target, TypeId(999), CoreKind::TYPE_EXISTS, "0"), "core-bad-type");
    let mut b = Build::little();
    let anonymous = b.structure("", 4, &[]);
    assert_eq!(code(&b.done(), &target, anonymous, CoreKind::TYPE_EXISTS, "0"), "core-anonymous");
}

#[test]
fn types_that_contain_themselves_or_explode_are_refused() {
    let mut b = Build::little();
    let int = b.int("int", 4, 1);
    let id = b.structure("s", 8, &[("x", int, 0, 0)]);
    let local = b.done();
    // Each anonymous struct holds the next one twice: 2^40 ways to look for `x`.
    let mut b = Build::little();
    let root = b.structure("s", 8, &[("", TypeId(2), 0, 0), ("", TypeId(2), 0, 0)]);
    for next in root.0 + 2..root.0 + 41 {
        b.structure("", 8, &[("", TypeId(next), 0, 0), ("", TypeId(next), 0, 0)]);
    }
    b.structure("", 8, &[]);
    assert_eq!(code(&local, &b.done(), id, CoreKind::FIELD_BYTE_OFFSET, "0:0"), "core-too-deep");
    let mut b = Build::little();
    b.structure("s", 8, &[("", TypeId(1), 0, 0)]);
    assert_eq!(code(&local, &b.done(), id, CoreKind::FIELD_BYTE_OFFSET, "0:0"), "core-too-deep");
}
