//! The objects that are linked, and what they say.
#![allow(dead_code, reason = "each test uses a part")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::{collections::BTreeSet, path::Path};

use skep_linker::{
    Kind,
    object::{Errors, Function, Map, MapKind, Object, Variable, elf, isa::Ref},
};

#[path = "../../../object/tests/support/normal.rs"]
mod normalised;
#[allow(unused_imports, reason = "each test uses a part")]
pub use normalised::normal;

/// A fixture for linking.
pub fn fixture(name: &str) -> Object {
    let path = format!("fixtures/o/el/link/{name}.bpf.o");
    let whole = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(&path);
    elf::read(&path, &std::fs::read(whole).unwrap()).unwrap()
}

pub fn codes(errors: &Errors<Kind>) -> Vec<&'static str> {
    errors.iter().map(|e| e.code()).collect()
}

pub fn func<'o>(object: &'o Object, name: &str) -> &'o Function {
    object.funcs.iter().find(|f| &*f.name == name).unwrap_or_else(|| panic!("no function {name}"))
}

pub fn map<'o>(object: &'o Object, name: &str) -> &'o Map {
    object.maps.iter().find(|m| &*m.name == name).unwrap_or_else(|| panic!("no map {name}"))
}

pub fn var<'o>(object: &'o Object, name: &str) -> &'o Variable {
    object.vars.iter().find(|v| &*v.name == name).unwrap_or_else(|| panic!("no variable {name}"))
}

/// The object under another file's name.
pub fn file(mut object: Object, name: &str) -> Object {
    object.file = name.into();
    object
}

/// The object with other names for what others can see.
pub fn renamed(mut object: Object, suffix: &str) -> Object {
    object.funcs.iter_mut().for_each(|f| f.name = format!("{}{suffix}", f.name).into());
    object.vars.iter_mut().for_each(|v| v.name = format!("{}{suffix}", v.name).into());
    object
}

/// The object, written and read.
pub fn read_again(object: &Object) -> Object {
    let bytes = elf::write(object).unwrap_or_else(|e| panic!("{e}"));
    elf::read(&object.file, &bytes).unwrap_or_else(|e| panic!("{e}"))
}

fn referent(object: &Object, reference: Ref) -> String {
    match reference {
        Ref::Map(map) => format!("map {}", object.maps[map.at()].name),
        Ref::Value { map, off } => format!("{}+{off}", object.maps[map.at()].name),
        Ref::Func { func, at } if at.0 == 0 => format!("function {}", object.funcs[func.at()].name),
        Ref::Extern(ext) => format!("kernel {}", object.externs[ext.at()].name),
        other => format!("{other:?}"),
    }
}

/// What the instructions of a function refer to.
pub fn refers(object: &Object, name: &str) -> Vec<String> {
    let insns = func(object, name).insns.iter();
    insns.filter_map(|i| i.meta.reference()).map(|r| referent(object, r)).collect()
}

/// The instructions of a function, what they refer to by name, and their lines.
pub fn text(object: &Object, f: &Function) -> String {
    let line = |i: &skep_linker::object::isa::Insn| {
        let to = i.meta.reference().map(|r| referent(object, r)).unwrap_or_default();
        let btf = object.btf.as_deref().unwrap();
        let source = btf.string(i.line.text).unwrap_or_default();
        let core = i.meta.core().map(|c| format!("{} {} {:?}", btf.spelled(c.type_id), c.access, c.kind));
        format!("{:?} {} {} imm {} {to} {source} {}", i.code, i.regs, i.off, i.imm, core.unwrap_or_default())
    };
    f.insns.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// All that an object says, whatever the order and the numbers of types.
pub fn meaning(object: &Object) -> BTreeSet<String> {
    let btf = object.btf.as_deref().unwrap();
    let mut said = BTreeSet::new();
    for f in &object.funcs {
        said.insert(format!(
            "{} in {} {:?} {:?} {}\n{}",
            f.name,
            object.section(f.section),
            f.linkage,
            f.visibility,
            btf.declared(f.type_id, &f.name),
            text(object, f)
        ));
    }
    for m in &object.maps {
        let contents = match &m.kind {
            MapKind::Data { data, align, merge, refs, .. } => {
                let refs: Vec<_> = refs.iter().map(|r| (r.offset, r.size, referent(object, r.to))).collect();
                let mut data = data.to_vec();
                refs.iter().for_each(|r| data[r.0 as usize..][..8].fill(0));
                format!("{data:?} {align} {merge:?} {refs:?}")
            }
            other => format!("{other:?}"),
        };
        let d = &m.def;
        said.insert(format!("{} {} {} {} {contents} {:?}", m.name, d.map_type, d.value_size, d.max_entries, m.linkage));
    }
    for v in &object.vars {
        let map = &object.maps[v.map.at()].name;
        said.insert(format!("{} {map}+{} {} {:?} {}", v.name, v.offset, v.size, v.linkage, btf.spelled(v.type_id)));
    }
    for e in &object.externs {
        said.insert(format!("{} {:?} {} {:?}", e.name, e.kind.is_of_objects(), e.weak, e.visibility));
    }
    said
}
