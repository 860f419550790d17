//! Several objects become one.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use skep_linker::{
    Options, Replaceable, Undefined, link, link_with,
    object::{ExternKind, Linkage, MapKind, Object, Visibility, isa::Ref},
};
use support::{codes, fixture, func, map, normal, read_again, refers, text, var};

fn linked(names: &[&str]) -> Object {
    link(names.iter().map(|name| fixture(name))).unwrap_or_else(|e| panic!("{e}")).object().clone()
}

#[test]
fn what_one_object_lacks_another_one_has() {
    let object = linked(&["main", "library", "visit"]);
    assert!(object.refused.is_empty());
    assert_eq!(object.programs.len(), 2);
    let count = refers(&object, "count");
    for expected in ["function bump", "function describe", "map records", ".data+0", "kernel LINUX_KERNEL_VERSION"] {
        assert!(count.iter().any(|r| r == expected), "{expected}: {count:?}");
    }
    assert_eq!(
        object.externs.iter().filter(|e| matches!(e.kind, ExternKind::Kconfig { .. })).count(),
        1,
        "once for both"
    );
    assert_eq!(object.maps.iter().filter(|m| matches!(m.kind, MapKind::Declared(_))).count(), 1);
}

#[test]
fn statics_of_one_name_stay_apart() {
    let object = linked(&["main", "library", "visit"]);
    let twice: Vec<_> = object.funcs.iter().filter(|f| &*f.name == "twice").collect();
    assert_eq!(twice.len(), 2);
    assert_ne!(text(&object, twice[0]), text(&object, twice[1]));
    let states: Vec<_> = object.vars.iter().filter(|v| &*v.name == "state").collect();
    assert_eq!(states.len(), 2);
    assert!(states.iter().all(|v| v.linkage == Linkage::Local));
    assert_ne!((states[0].map, states[0].offset), (states[1].map, states[1].offset));
}

#[test]
fn a_strong_definition_takes_the_place_of_a_weak_one_in_any_order() {
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    for order in orders {
        let names = order.map(|i| ["weak", "strong", "user"][i]);
        let object = linked(&names);
        let chosen = func(&object, "chosen");
        assert!(text(&object, chosen).contains("+= 2") || text(&object, chosen).contains("imm 2"), "{names:?}");
        assert_eq!(chosen.linkage, Linkage::Global);
        assert_eq!(object.funcs.iter().filter(|f| &*f.name == "chosen").count(), 1, "the weak body is gone");
        let number = var(&object, "chosen_number");
        let MapKind::Data { data, .. } = &object.maps[number.map.at()].kind else { panic!() };
        assert_eq!(data[number.offset as usize], 2, "{names:?}");
        assert_eq!(object.maps.iter().filter(|m| &*m.name == "chosen_map").count(), 1);
        let btf = object.btf.as_ref().unwrap();
        let named = |name| btf.find_all(name).count();
        assert_eq!([named("chosen"), named("chosen_number"), named("chosen_map")], [1, 1, 1], "no types are left over");
    }
    let all = ["weak", "strong", "user"].map(fixture).to_vec();
    let collected = link_with(all, &Options { gc_sections: true, ..Options::default() }).unwrap().object;
    let number = var(&collected, "chosen_number");
    let MapKind::Data { data, .. } = &collected.maps[number.map.at()].kind else { panic!() };
    assert_eq!((&data[..], number.offset), (&[2, 0, 0, 0][..], 0), "the bytes of the weak one are gone");
    let alone = linked(&["weak", "user"]);
    assert_eq!(func(&alone, "chosen").linkage, Linkage::Weak);
}

#[test]
fn what_is_written_is_read_again() {
    for names in
        [&["main", "library", "visit"][..], &["weak", "strong", "user"], &["strings", "main", "library", "visit"]]
    {
        let object = linked(names);
        assert_eq!(format!("{:#?}", normal(&object)), format!("{:#?}", normal(&read_again(&object))), "{names:?}");
    }
}

#[test]
fn linking_in_steps_gives_the_same() {
    let keep = Options { undefined: Undefined::Keep, ..Options::default() };
    let with = |objects| link_with(objects, &keep).unwrap_or_else(|e| panic!("{e}")).object;
    for [a, b, c] in [["main", "library", "visit"], ["weak", "user", "strong"], ["visit", "strings", "library"]] {
        let [a, b, c] = [a, b, c].map(fixture);
        let steps = with(vec![read_again(&with(vec![a.clone(), b.clone()])), c.clone()]);
        let once = with(vec![a, b, c]);
        let (steps, once) = (support::meaning(&steps), support::meaning(&once));
        assert_eq!(steps, once);
    }
}

#[test]
fn hidden_stays_hidden() {
    let object = linked(&["main", "library", "visit"]);
    let visit = func(&object, "visit");
    assert_eq!((visit.linkage, visit.visibility), (Linkage::Global, Visibility::Hidden));
    let again = read_again(&object);
    assert_eq!(func(&again, "visit").visibility, Visibility::Hidden);
    let btf = again.btf.as_ref().unwrap();
    let Some(skep_linker::object::btf::Type::Func(f)) = btf.get(func(&again, "visit").type_id) else { panic!() };
    assert_eq!(f.linkage, 0, "static to the verifier");
}

#[test]
fn what_nothing_uses_goes() {
    let objects = || ["main", "library", "visit", "strong"].map(fixture).to_vec();
    let options = Options { gc_sections: true, ..Options::default() };
    let output = link_with(objects(), &options).unwrap();
    let names: Vec<_> = output.object.funcs.iter().map(|f| &*f.name).collect();
    assert!(!names.contains(&"unused") && !names.contains(&"chosen") && names.contains(&"bump"), "{names:?}");
    assert!(output.object.maps.iter().all(|m| &*m.name != "chosen_map"));
    let dropped: Vec<_> = output.report.dropped.iter().filter_map(|d| d.site.symbol.as_deref()).collect();
    assert!(dropped.contains(&"unused") && dropped.contains(&"chosen_map"), "{dropped:?}");
    let kept = Options { keep: vec!["unu*".into(), "chosen_map".into()], ..options };
    let output = link_with(objects(), &kept).unwrap();
    func(&output.object, "unused");
    map(&output.object, "chosen_map");
    read_again(&output.object);
}

#[test]
fn what_is_not_exported_becomes_static() {
    let options = Options { internalize: true, export: vec!["bump".into()], ..Options::default() };
    let object = link_with(["main", "library", "visit"].map(fixture).to_vec(), &options).unwrap().object;
    assert_eq!(func(&object, "bump").linkage, Linkage::Global);
    assert_eq!(func(&object, "describe").linkage, Linkage::Local);
    assert_eq!(func(&object, "count").linkage, Linkage::Global, "the kernel calls it");
    let again = read_again(&object);
    assert_eq!(func(&again, "describe").linkage, Linkage::Local);
}

#[test]
fn a_function_can_be_left_for_another_program() {
    let filter = Replaceable { name: "filter".into(), value: -3 };
    let options = Options { replaceable: vec![filter], undefined: Undefined::Error, ..Options::default() };
    let object = link_with(vec![fixture("plugin")], &options).unwrap().object;
    let filter = func(&object, "filter");
    assert_eq!((filter.linkage, filter.insns.len(), filter.insns[0].imm), (Linkage::Weak, 2, -3));
    assert!(refers(&object, "decide").contains(&"function filter".into()));
    assert!(object.externs.is_empty());
    let absent = Options { replaceable: vec![Replaceable { name: "flter".into(), value: 0 }], ..options.clone() };
    let errors = link_with(vec![fixture("plugin")], &absent).unwrap_err();
    assert_eq!(codes(&errors)[0], "link-no-such-name");
    let untyped = {
        let mut object = fixture("plugin");
        object.externs.iter_mut().for_each(|e| e.type_id.0 = 0);
        object
    };
    assert_eq!(codes(&link_with(vec![untyped], &options).unwrap_err()), ["link-not-replaceable"]);
}

#[test]
fn addresses_in_data_follow_what_they_point_to() {
    let object = linked(&["main", "library", "visit", "strings"]);
    let data = map(&object, ".data");
    let MapKind::Data { refs, .. } = &data.kind else { panic!() };
    let to = |name: &str| {
        let at = var(&object, name).offset;
        refs.iter().find(|r| r.offset == at).unwrap_or_else(|| panic!("{name}: {refs:?}")).to
    };
    let value = var(&object, "value");
    assert_eq!(to("pointer"), Ref::Value { map: value.map, off: value.offset });
    let Ref::Value { map: strings, off } = to("other") else { panic!() };
    let MapKind::Data { data, .. } = &object.maps[strings.at()].kind else { panic!() };
    assert_eq!(&data[off as usize..][..6], b"world\0");
}

#[test]
fn equal_strings_become_one() {
    let two = || vec![fixture("strings"), support::renamed(fixture("strings"), "2")];
    let size = |options: &Options| {
        let object = link_with(two(), options).unwrap().object;
        map(&object, ".rodata.str1.1").def.value_size
    };
    let (one, both) = (size(&Options::default()), size(&Options { merge_constants: false, ..Options::default() }));
    assert_eq!((one, both), (12, 24));
}

#[test]
fn maps_of_the_old_form_are_written_in_the_new_one() {
    let old = fixture("../old_forms");
    let object = link_with(vec![old.clone(), fixture("strong")], &Options::default()).unwrap().object;
    let again = read_again(&object);
    for name in ["hash", "array"] {
        let facts = |object: &Object| {
            let def = &map(object, name).def;
            (def.map_type, def.key_size, def.value_size, def.max_entries, def.flags)
        };
        assert_eq!(facts(&again), facts(&old), "{name}");
    }
    let used = |object: &Object| {
        let insns = object.funcs.iter().flat_map(|f| &f.insns);
        insns.filter(|insn| matches!(insn.meta.reference(), Some(Ref::Map(_)))).count()
    };
    assert_eq!(used(&again), used(&old));
}
