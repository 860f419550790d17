//! BTF from any bytes: what opens answers every question, and survives being changed and written again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use skep_btf::{Btf, Edit, Endian, Type, downgrade};

fuzz_target!(|data: &[u8]| {
    let btf = match Btf::parse(data) {
        Ok(btf) => btf,
        Err(error) => {
            assert!(!error.to_string().is_empty() && !error.code().is_empty());
            return;
        }
    };
    for id in btf.ids().take(256) {
        let Some(ty) = btf.get(id) else { panic!("{id:?} was counted and is not there") };
        let elements = match ty {
            Type::Struct(ty) | Type::Union(ty) => ty.members().count() as u32 - ty.len,
            Type::Enum(ty) => ty.values().count() as u32 - ty.len,
            Type::FuncProto(ty) => ty.params().count() as u32 - ty.len,
            Type::Datasec(ty) => ty.vars().count() as u32 - ty.len,
            _ => 0,
        };
        assert_eq!(elements, 0, "as many elements as announced");
        let _ = (btf.size(id), btf.resolve(id), btf.spelled(id), btf.path(id, "a[1].b"));
    }
    let name = btf.ids().map(|id| btf.name(id)).find(|name| !name.is_empty() && !name.contains(['\u{fffd}']));
    if let Some(name) = name {
        let plain: Vec<_> = btf.ids().filter(|&id| btf.name(id) == name).collect();
        let many = btf.find_many(&[name]);
        assert!(many.named(0).map(|(id, _)| id).eq(plain.iter().copied()), "one pass finds {name}");
        for _ in 0..6 {
            assert!(btf.find_all(name).eq(plain.iter().copied()), "each way finds {name}");
        }
    }
    let edit = Edit::of(&btf);
    let (little, big) = (Btf::parse(edit.encode(Endian::Little)), Btf::parse(edit.encode(Endian::Big)));
    let (Ok(little), Ok(big)) = (little, big) else { panic!("what was read is written so that it can be read") };
    assert_eq!(Edit::of(&big).encode(Endian::Little), little.bytes().as_ref());
    if let Some(lower) = downgrade(&btf, |_| false) {
        assert!(Btf::parse(lower).is_ok_and(|lower| lower.len() >= btf.len()));
    }
});
