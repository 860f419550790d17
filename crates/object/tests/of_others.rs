//! What an object leaves to others to define.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use skep_object::{
    ExternKind, MapKind,
    isa::{ExternIdx, FuncIdx, InsnIdx, Ref},
};
use support::made::{EXIT, GLOBAL, Made, NOTYPE, REL, UNDEFINED, WEAK, call, load};

#[test]
fn what_other_objects_may_define_is_an_extern() {
    let mut made = Made::new();
    let code = made.code("socket", &[&call(-1), &call(1), &load(12), &EXIT]);
    made.func("main", GLOBAL, code, 0, 5);
    let helper = made.symbol("helper", GLOBAL, NOTYPE, UNDEFINED, 0, 0);
    let array = made.symbol("array", WEAK, NOTYPE, UNDEFINED, 0, 0);
    made.relocs(REL, code, &[(0, helper, 0), (8, helper, 0), (16, array, 0)]);
    let data = made.data(".data", &[0; 24]);
    made.relocs(REL, data, &[(0, 1, 0), (8, helper, 0)]);
    let object = made.object();
    let found: Vec<_> = object.externs.iter().map(|e| (&*e.name, e.kind, e.weak)).collect();
    assert_eq!(found, [("helper", ExternKind::Func, false), ("array", ExternKind::Var, true)]);
    let insns = &object.funcs[0].insns;
    let (to, from) = (Some(Ref::Extern(ExternIdx(0))), Some(Ref::Extern(ExternIdx(1))));
    assert_eq!([&insns[0], &insns[1]].map(|i| (i.meta.reference(), i.imm)), [(to, 0), (to, 2)]);
    assert_eq!((insns[2].meta.reference(), insns[2].imm), (from, 12), "bytes are added to the address");
    let MapKind::Data { refs, align, merge: None, .. } = &object.maps[0].kind else { panic!("no data") };
    let main = Ref::Func { func: FuncIdx(0), at: InsnIdx(0) };
    let expected = [(0, main), (8, Ref::Extern(ExternIdx(0)))];
    assert_eq!(refs.iter().map(|r| (r.offset, r.to)).collect::<Vec<_>>(), expected);
    assert!(align.is_power_of_two() && refs.iter().all(|r| r.size == 8 && r.addend == 0));
}
