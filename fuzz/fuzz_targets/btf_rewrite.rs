//! Types moved, put together, cut down, put over another base and compared: what comes out opens and refers to what there
//! is. The first two bytes tell where the second BTF begins; it is also tried as split BTF over the first.

#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use skep_btf::{
    Btf, Edit, ErrorKind, Rewritten, TypeId, Users, by_name, check::check, dedup, diff::diff, distill, needs_base,
};
use skep_btf::{reachable, relocate, select};

fn open(bytes: Vec<u8>, base: Option<&Arc<Btf>>) -> Btf {
    let opened = match base {
        Some(base) => Btf::parse_split(bytes, base.clone()),
        None => Btf::parse(bytes),
    };
    let Ok(btf) = opened else { panic!("what was written opens") };
    assert!(btf.check_references().is_ok(), "what was written refers to what there is");
    btf
}

/// The same after something that keeps every type.
fn assert_all(btf: &Btf, new: &Rewritten) {
    let after = open(new.bytes(), btf.base());
    assert_eq!(after.len(), btf.len());
    for id in btf.ids() {
        assert_eq!(btf.kind(id), after.kind(new.id(id)));
        assert_eq!(btf.name(id), after.name(new.id(id)));
    }
}

fn one(btf: &Btf) {
    let findings = check(btf);
    assert!(findings.iter().all(|finding| !finding.to_string().is_empty()));
    if let Ok(new) = select(btf, &by_name(btf), &[]) {
        assert_all(btf, &new);
        let backwards: Vec<TypeId> = btf.ids().collect::<Vec<_>>().into_iter().rev().collect();
        let Ok(new) = select(btf, &backwards, &[]) else { panic!("the order does not matter") };
        assert_all(btf, &new);
    }
    let roots = btf.ids().step_by(7);
    if let Ok(some) = reachable(btf, roots) {
        match select(btf, &some, &[]) {
            Ok(cut) => assert_eq!(open(cut.bytes(), btf.base()).len() as usize, some.len()),
            // Names of members and parameters are first looked at now.
            Err(error) => assert!(matches!(error.kind, ErrorKind::StringOffset(_)), "{error}"),
        }
    }
    let users = Users::of(btf);
    for id in btf.ids().step_by(5).take(50) {
        assert!(users.named(btf, id).len() <= 2 * btf.bytes().as_ref().len());
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((&[low, high], rest)) = data.split_first_chunk() else { return };
    let Some((first, second)) = rest.split_at_checked(u16::from_le_bytes([low, high]) as usize) else { return };
    let Ok(first) = Btf::parse(first) else { return };
    one(&first);
    let first = Arc::new(first);
    if let Ok(split) = Btf::parse_split(second, first.clone()) {
        one(&split);
        if let Ok(deduped) = dedup(&split) {
            open(deduped.bytes(), Some(&first));
        }
        if let Ok(distilled) = distill(&split) {
            let small = Arc::new(open(distilled.base, None));
            let over = open(distilled.split, Some(&small));
            if let Ok(back) = relocate(&over, &first) {
                assert_eq!(back.len(), over.len());
                assert!(back.check_references().is_ok());
            }
        }
    }
    if needs_base(second) {
        return;
    }
    let Ok(second) = Btf::parse(second) else { return };
    let _ = diff(&first, &second);
    let mut edit = Edit::new(first.endian());
    if edit.append(&first).is_ok() && edit.append(&second).is_ok() {
        let merged = open(edit.finish(), None);
        assert_eq!(merged.len(), first.len() + second.len());
        assert!(merged.bytes().as_ref().len() <= 64 + first.bytes().as_ref().len() + second.bytes().as_ref().len());
    }
});
