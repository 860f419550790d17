//! Objects without what writing them may change: positions of sections, and code that no function has.
#![allow(dead_code, reason = "each test uses a part")]
#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;

use skep_object::{DataRef, MapKind, Object, SectionIdx, isa::InsnIdx};

/// The object with sections numbered by use, functions without gaps, and zeros where addresses will be.
pub fn normal(object: &Object) -> Object {
    let mut out = object.clone();
    let used = object.funcs.iter().map(|f| f.section).chain(object.maps.iter().map(|m| m.section));
    let mut numbers: BTreeMap<SectionIdx, u32> = used.map(|s| (s, 0)).collect();
    numbers.insert(SectionIdx(0), 0);
    numbers.values_mut().zip(0..).for_each(|(number, i)| *number = i);
    out.sections = numbers.keys().map(|s| object.section(*s).into()).collect();
    let mut ends = BTreeMap::new();
    for func in &mut out.funcs {
        func.section = SectionIdx(numbers[&func.section]);
        let end = ends.entry(func.section).or_insert(0);
        func.start = InsnIdx(*end);
        *end += func.slots;
    }
    for map in &mut out.maps {
        map.section = SectionIdx(numbers[&map.section]);
        match &mut map.kind {
            MapKind::Data { data, refs, .. } => *data = without(data, refs),
            MapKind::StructOps(ops) => {
                let mut data = ops.data.to_vec();
                ops.refs.iter().for_each(|r| data[r.offset as usize..][..8].fill(0));
                ops.data = data.into();
                ops.refs.sort_by_key(|r| r.offset);
            }
            MapKind::Declared(slots) => slots.sort_by_key(|s| s.0),
            MapKind::Kconfig => {}
        }
    }
    for table in &mut out.jump_tables {
        // Where they lead to in the function.
        let numbers = table.targets().map(|slot| slot as u64 * 8).collect();
        (table.base, table.len, table.first, table.numbers) = (0, table.len, 0, numbers);
    }
    out.ignored.clear();
    out.btf = None;
    out
}

fn without(data: &[u8], refs: &[DataRef]) -> std::sync::Arc<[u8]> {
    let mut data = data.to_vec();
    refs.iter().for_each(|r| data[r.offset as usize..][..r.size.into()].fill(0));
    data.into()
}

/// The bytes of the types, and those of the strings.
pub fn types(object: &Object) -> (Vec<u8>, Vec<u8>) {
    let Some(btf) = &object.btf else { return Default::default() };
    let bytes = btf.bytes().as_ref();
    let word = |at: usize| btf.endian().u32(bytes[at..at + 4].try_into().unwrap()) as usize;
    let part = |at: usize| bytes[word(4) + word(at)..][..word(at + 4)].to_vec();
    (part(8), part(16))
}
