//! Parts of types by name, and types as C spells them.
#![allow(clippy::unwrap_used, reason = "tests")]

use skep_btf::{Array, Btf, Edit, Endian, Int, Member, Param, Place, TypeId};

const INT: TypeId = TypeId(1);

fn m(name: &str, ty: TypeId, bit_offset: u32, bit_size: u8) -> Member<'_> {
    Member { name, ty, bit_offset, bit_size }
}

/// `struct task { int pid; union { struct { int a; int b : 3; }; int c[2]; }; struct entity se[2]; }`
fn task() -> (Btf, TypeId) {
    let mut edit = Edit::new(Endian::Little);
    edit.add().int(Int { name: "int", size: 4, bits: 32, offset: 0, encoding: 1 });
    let inner = edit.add().structure("", 8, &[m("a", INT, 0, 0), m("b", INT, 32, 3)]);
    let pair = edit.add().array(Array { elem: INT, index: INT, len: 2 });
    let either = edit.add().union("", 8, &[m("", inner, 0, 0), m("c", pair, 0, 0)]);
    let entity = edit.add().structure("entity", 8, &[m("weight", INT, 0, 0), m("vruntime", INT, 32, 0)]);
    let constant = edit.add().constant(entity);
    let entities = edit.add().array(Array { elem: constant, index: INT, len: 2 });
    let task = edit.add().structure("task", 28, &[m("pid", INT, 0, 0), m("", either, 32, 0), m("se", entities, 96, 0)]);
    let task = edit.add().typedef("task_t", task);
    (Btf::parse(edit.finish()).unwrap(), task)
}

#[test]
fn paths_lead_through_arrays_and_anonymous_parts() {
    let (btf, task) = task();
    for (path, ty, bit_offset, bit_size) in [
        ("", task, 0, 0),
        ("pid", INT, 0, 0),
        ("a", INT, 32, 0),
        ("b", INT, 64, 3),
        ("c[1]", INT, 64, 0),
        ("se[1].vruntime", INT, 96 + 64 + 32, 0),
    ] {
        assert_eq!(btf.path(task, path), Ok(Place { ty, bit_offset, bit_size }), "{path}");
    }
}

#[test]
fn a_wrong_path_says_where_it_ends() {
    let (btf, task) = task();
    let message = |path| btf.path(task, path).unwrap_err().kind;
    let text = |path| {
        let error = btf.path(task, path).unwrap_err();
        assert_eq!((error.code(), error.kind), ("btf-no-such-member", message(path)));
        btf.path(task, path).unwrap_err().to_string()
    };
    assert!(text("se[0].vruntme").ends_with("`const struct entity` has no member `vruntme`; did you mean `vruntime`?"));
    assert!(text("c[2]").ends_with("`int[2]` has no member `[2]`"));
    assert!(text("pid[0]").ends_with("`int` has no member `[0]`"));
    assert!(text("c[x").contains("`[x`"));
    assert!(text("pid.x").contains("`int` has no member `x`"));
    assert!(text("se[0]..vruntime").contains("has no member ``"));
}

#[test]
fn a_function_that_takes_itself_is_spelled_in_bounds() {
    let mut edit = Edit::new(Endian::Little);
    let param = Param { name: "", ty: TypeId(1) };
    edit.add().func_proto(TypeId(1), &[param; 16]);
    let btf = Btf::parse(edit.finish()).unwrap();
    let text = btf.spelled(TypeId(1));
    assert!(text.contains('…') && text.len() < 10_000, "{}", text.len());
}

#[test]
fn declarations_have_the_name_where_c_has_it() {
    let mut edit = Edit::new(Endian::Little);
    let int = edit.add().int(Int { name: "int", size: 4, bits: 32, offset: 0, encoding: 1 });
    let array = edit.add().array(Array { elem: int, index: int, len: 16 });
    let proto = edit.add().func_proto(int, &[Param { name: "a", ty: int }, Param { name: "", ty: TypeId::VOID }]);
    let callback = edit.add().ptr(proto);
    let btf = Btf::parse(edit.finish()).unwrap();
    assert_eq!(btf.declared(array, "comm"), "int comm[16]");
    assert_eq!(btf.declared(callback, "f"), "int (*f)(int, ...)");
    assert_eq!(btf.declared(proto, "f"), "int f(int, ...)");
    assert_eq!(btf.declared(int, ""), "int");
}
