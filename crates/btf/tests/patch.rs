//! Numbers changed in place.
#![allow(clippy::unwrap_used, reason = "tests may unwrap")]

use skep_btf::{Btf, Edit, Endian, Int, Patch, SecVar, Type, TypeId};

fn sample(endian: Endian) -> Btf {
    let mut edit = Edit::new(endian);
    let int = edit.add().int(Int { name: "int", size: 4, bits: 32, offset: 0, encoding: 1 });
    let (a, b) = (edit.add().var("a", int, 1), edit.add().var("b", int, 1));
    let vars = [a, b].map(|ty| SecVar { ty, offset: 0, size: 4 });
    edit.add().datasec(".bss", 0, &vars);
    let proto = edit.add().func_proto(TypeId::VOID, &[]);
    edit.add().func("f", proto, 1);
    Btf::parse(edit.finish()).unwrap()
}

#[test]
fn patches_give_what_edits_give() {
    for endian in [Endian::Little, Endian::Big] {
        let btf = sample(endian);
        let vars = [TypeId(3), TypeId(2)].map(|ty| SecVar { ty, offset: ty.0, size: 4 });
        let (mut patch, mut edit) = (Patch::of(&btf), Edit::of(&btf));
        for id in [TypeId(2), TypeId(6)] {
            patch.set_linkage(id, 0).unwrap();
            edit.set_linkage(id, 0).unwrap();
        }
        patch.set_datasec(TypeId(4), 8, &vars).unwrap();
        edit.set_datasec(TypeId(4), 8, &vars).unwrap();
        let patched = patch.finish();
        assert_eq!(patched.bytes().as_ref(), edit.finish());
        assert!(matches!(patched.get(TypeId(6)), Some(Type::Func(func)) if func.linkage == 0 && func.name == "f"));
        assert_eq!(patched.size(TypeId(4)).unwrap(), 8);
    }
}

#[test]
fn what_is_no_such_type_is_refused_and_nothing_else_is_touched() {
    let btf = sample(Endian::Little);
    let mut patch = Patch::of(&btf);
    for id in [0, 7, u32::MAX].map(TypeId) {
        assert_eq!(patch.set_linkage(id, 0).unwrap_err().code(), "btf-no-such-type");
        assert_eq!(patch.set_datasec(id, 0, &[]).unwrap_err().code(), "btf-no-such-type");
    }
    assert_eq!(patch.set_linkage(TypeId(1), 0).unwrap_err().code(), "btf-wrong-kind");
    assert_eq!(patch.set_datasec(TypeId(1), 0, &[]).unwrap_err().code(), "btf-wrong-kind");
    let many = [SecVar { ty: TypeId(1), offset: 9, size: 9 }; 9];
    patch.set_datasec(TypeId(4), 0, &many).unwrap();
    let patched = patch.finish();
    let names = |btf: &Btf| btf.ids().map(|id| btf.name(id).to_owned()).collect::<Vec<_>>();
    assert_eq!((patched.len(), names(&patched)), (btf.len(), names(&btf)));
}
