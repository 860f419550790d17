//! What kernels refuse, and which of them. That kernels agree is what `tests/kernel` asks them.
#![allow(clippy::unwrap_used, reason = "tests")]

mod sample;

use sample::{INT, member};
use skep_btf::{
    Array, Btf, Edit, Endian, Kind, SecVar, TypeId, Value,
    check::{Finding, What, check},
};
use skep_uapi::Release;

fn findings(make: impl FnOnce(&mut Edit)) -> Vec<Finding> {
    let mut edit = Edit::new(Endian::Little);
    make(&mut edit);
    check(&Btf::parse(edit.finish()).unwrap())
}

/// What is refused by every kernel.
fn always(make: impl FnOnce(&mut Edit)) -> Vec<What> {
    let newest = Release::new(99, 0);
    findings(make).into_iter().map(|finding| finding.what).filter(|what| what.refused().by(newest)).collect()
}

#[test]
fn each_kind_since_its_release() {
    let btf = Btf::parse(sample::every_kind().finish()).unwrap();
    let refused = |major, minor| {
        let release = Release::new(major, minor);
        check(&btf).into_iter().filter(|finding| finding.what.refused().by(release)).count()
    };
    // What the sample has for reading only: an extern variable, and a name that a tag of the wrong kind is on.
    let never = refused(99, 0);
    assert!(refused(4, 18) > refused(5, 10) && refused(5, 10) > refused(5, 17) && refused(5, 17) > refused(6, 0));
    assert!(refused(6, 0) > refused(6, 14) && refused(6, 14) == never, "{:?}", check(&btf));
    let enum64 = What::Kind(Kind::ENUM64);
    assert!(check(&btf).iter().any(|finding| finding.what == enum64 && finding.id == Some(TypeId(19))));
    assert_eq!((enum64.refused().until, enum64.feature().is_some()), (Some(Release::new(6, 0)), true));
}

#[test]
fn what_no_kernel_takes() {
    let int = |edit: &mut Edit| edit.add().int(INT);
    let one = |what| vec![what];
    assert_eq!(always(|_| {}), one(What::NoTypes));
    assert_eq!(always(|e| _ = e.add().typedef("1st", TypeId(0))), one(What::Name));
    assert_eq!(always(|e| _ = e.add().float("float", 3)), one(What::BadSize));
    assert_eq!(always(|e| _ = e.add().ptr(TypeId(7))), one(What::Reference(TypeId(7))));
    assert_eq!(
        always(|e| _ = e.add().array(Array { elem: TypeId(0), index: TypeId(0), len: 1 }))[0],
        What::NoSize(TypeId(0))
    );
    let beyond = |e: &mut Edit| {
        let int = int(e);
        e.add().structure("s", 4, &[member("a", int, 8, 0)]);
    };
    assert_eq!(always(beyond), one(What::Beyond));
    let unordered = |e: &mut Edit| {
        let int = int(e);
        e.add().structure("s", 8, &[member("a", int, 32, 0), member("b", int, 0, 0)]);
    };
    assert_eq!(always(unordered), one(What::Order));
    let odd = |e: &mut Edit| {
        let to = e.add().ptr(TypeId(0));
        e.add().structure("s", 16, &[member("a", to, 4, 0)]);
    };
    assert_eq!(always(odd), one(What::Alignment));
    let external = |e: &mut Edit| {
        let int = int(e);
        let var = e.add().var("v", int, 2);
        e.add().datasec(".data", 4, &[SecVar { ty: var, offset: 2, size: 4 }]);
    };
    assert_eq!(always(external), [What::Linkage(2), What::Place]);
    assert_eq!(
        always(|e| _ = e.add().enumeration("e", 3, false, &[Value { name: "A", value: 0 }])),
        one(What::BadSize)
    );
}

#[test]
fn circles_and_depth() {
    // A struct in itself; a pointer to itself; a struct with a pointer to itself, which is fine.
    let inside = |e: &mut Edit| _ = e.add().structure("s", 8, &[member("s", TypeId(1), 0, 0)]);
    assert_eq!(always(inside), [What::Circle]);
    assert_eq!(always(|e| _ = e.add().ptr(TypeId(1))), [What::Circle]);
    let list = |e: &mut Edit| {
        let to = e.add().ptr(TypeId(2));
        e.add().structure("s", 8, &[member("next", to, 0, 0)]);
    };
    assert_eq!(always(list), []);
    let chain = |len: u32| {
        move |e: &mut Edit| {
            (1..len).for_each(|i| _ = e.add().constant(TypeId(i + 1)));
            e.add().int(INT);
        }
    };
    assert_eq!(always(chain(33)), []);
    assert_eq!(always(chain(34)), [What::Deep]);
    // Longer ones end, too, and each is told once.
    assert!(always(chain(20_000)).len() > 100);
    assert_eq!(always(|e| (0..50_000u32).for_each(|i| _ = e.add().ptr(TypeId((i + 1) % 50_000 + 1)))).len(), 1562);
}

#[test]
fn wide_structs_cost_no_square() {
    let found = findings(|e| {
        let int = e.add().int(INT);
        let many: Vec<_> = (0..100_000).map(|i| member("", TypeId(i + 3), 0, 0)).collect();
        e.add().structure("wide", 4, &many);
        (0..100_000).for_each(|_| _ = e.add().typedef("t", int));
    });
    assert_eq!(found.len(), 1, "{:?}", &found[..found.len().min(3)]);
    assert_eq!(found[0].what, What::Elements);
    assert_eq!(found[0].to_string(), "type 2: more than 65,535 elements");
}

#[test]
fn tags_behind_modifiers_in_some_releases() {
    let found = findings(|e| {
        let int = e.add().int(INT);
        let tag = e.add().type_tag("user", int, false);
        let constant = e.add().constant(tag);
        e.add().volatile(constant);
    });
    let order: Vec<_> = found.iter().filter(|f| f.what == What::TagOrder).filter_map(|f| f.id).collect();
    assert_eq!(order, [TypeId(3), TypeId(4)]);
    let by = |major, minor| What::TagOrder.refused().by(Release::new(major, minor));
    assert_eq!([by(5, 17), by(5, 18), by(6, 18), by(7, 2)], [false, true, true, false]);
}

#[test]
fn sections_of_the_container() {
    let mut edit = Edit::new(Endian::Little);
    edit.add().int(INT);
    let mut bytes = edit.finish();
    bytes.push(0);
    assert_eq!(check(&Btf::parse(bytes.clone()).unwrap())[0].what, What::Sections);
    edit.describe_layout();
    let found = check(&Btf::parse(edit.finish()).unwrap());
    assert_eq!(found.iter().map(|f| f.what).collect::<Vec<_>>(), [What::LongHeader]);
}

/// A struct that programs own, with the fields of the names and a tag on the last one.
fn owned(fields: &[&str], tag: &str) -> Vec<What> {
    let mut edit = Edit::new(Endian::Little);
    let int = edit.add().int(INT);
    let opaque = |edit: &mut Edit, name: &str, size| edit.add().structure(name, size, &[member("x", int, 0, 0)]);
    let node = opaque(&mut edit, "bpf_list_node", 24);
    edit.add().structure("item", 24, &[member("node", node, 0, 0)]);
    let types: Vec<TypeId> = fields.iter().map(|name| opaque(&mut edit, name, 32)).collect();
    let members: Vec<_> = (0..).zip(types).map(|(i, ty)| member("", ty, 256 * i, 0)).collect();
    let s = edit.add().structure("s", 32 * fields.len() as u32, &members);
    if !tag.is_empty() {
        edit.add().decl_tag(tag, s, fields.len() as i32 - 1, false);
    }
    let found = check(&Btf::parse(edit.finish()).unwrap());
    let rules = Release::new(6, 2);
    found.into_iter().map(|finding| finding.what).filter(|what| what.refused().from >= rules).collect()
}

#[test]
fn locks_lists_and_trees() {
    let (lock, list, tree) = ("bpf_spin_lock", "bpf_list_head", "bpf_rb_root");
    assert_eq!(owned(&[lock, list], "contains:item:node"), []);
    assert_eq!(owned(&[lock], ""), []);
    assert_eq!(owned(&[lock, lock], ""), [What::SpecialTwice]);
    assert_eq!(owned(&[list], "contains:item:node"), [What::NoLock]);
    assert_eq!(owned(&[lock, list], ""), [What::NoContains]);
    for tag in ["contains:item:other", "contains:none:node", "contains:item", "contains:item:"] {
        assert_eq!(owned(&[lock, list], tag), [What::BadContains], "{tag}");
    }
    assert_eq!(owned(&[lock, tree], "contains:item:node"), [What::BadContains], "a node of a list");
    assert_eq!(owned(&["bpf_list_node", "bpf_rb_node"], ""), [What::NoCount]);
    assert_eq!(owned(&["bpf_list_node", "bpf_rb_node", "bpf_refcount"], ""), []);
}
