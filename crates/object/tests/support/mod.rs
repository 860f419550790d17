//! Objects as text, and where to find them.
#![allow(dead_code, reason = "each test uses a part")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

pub mod made;

use std::{
    fmt::Write,
    path::{Path, PathBuf},
};

use skep_object::{
    ExternKind, Function, Map, MapKind, Object,
    btf::{Btf, Type},
    elf,
    isa::{InsnIdx, Ref},
};

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The objects in a folder below the root of the repository, sorted.
pub fn objects(folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = entries.filter(|path| path.extension().is_some_and(|e| e == "o")).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{folder} holds no objects");
    paths
}

pub fn bytes(path: &str) -> Vec<u8> {
    std::fs::read(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

pub fn read(path: &str) -> Object {
    elf::read(path, &bytes(path)).unwrap_or_else(|e| panic!("{e}"))
}

pub fn map<'o>(object: &'o Object, name: &str) -> &'o Map {
    object.maps.iter().find(|m| &*m.name == name).unwrap_or_else(|| panic!("no map {name}"))
}

pub fn func<'o>(object: &'o Object, name: &str) -> &'o Function {
    object.funcs.iter().find(|f| &*f.name == name).unwrap_or_else(|| panic!("no function {name}"))
}

/// What an instruction refers to, in words.
pub fn referent(object: &Object, reference: Ref) -> String {
    match reference {
        Ref::Map(map) => format!("map {}", object.maps[map.at()].name),
        Ref::Value { map, off } => format!("{}+{off}", object.maps[map.at()].name),
        Ref::Func { func, at: InsnIdx(0) } => format!("function {}", object.funcs[func.at()].name),
        Ref::Func { func, at } => format!("function {}, slot {at}", object.funcs[func.at()].name),
        Ref::Extern(ext) => format!("extern {}", object.externs[ext.at()].name),
        Ref::Refused(i) => format!("nothing ({})", object.refused[i as usize].code()),
        other => format!("{other:?}"),
    }
}

/// What an object says, without what depends on the byte order; `all` instructions or only those that refer to something.
pub fn render(object: &Object, all: bool) -> String {
    let mut out = String::new();
    let btf = object.btf.as_deref();
    let o = &mut out;
    writeln!(o, "object {}, licence {:?}, version {}", object.name, object.license, object.version).unwrap();
    for program in &object.programs {
        let f = &object.funcs[program.func.at()];
        let (def, target) = (program.section.def.map(|d| d.pattern), &program.section.target);
        writeln!(
            o,
            "program {} in {:?}: {def:?} {target:?} autoload {}",
            f.name, program.section.full, program.autoload
        )
        .unwrap();
    }
    for map in &object.maps {
        render_map(o, object, map);
    }
    for v in &object.vars {
        let ty = btf.map_or("", |b| b.name(v.type_id));
        let (map, linkage) = (&object.maps[v.map.at()].name, v.linkage);
        writeln!(o, "variable {} in {map}+{}, {} bytes, {linkage:?} {ty:?} {:?}", v.name, v.offset, v.size, v.tags)
            .unwrap();
    }
    for e in &object.externs {
        let kind = match e.kind {
            ExternKind::Kconfig { map, offset } => format!("{}+{offset}", object.maps[map.at()].name),
            kind => format!("{kind:?}"),
        };
        writeln!(o, "extern {} {kind}{}", e.name, if e.weak { ", weak" } else { "" }).unwrap();
    }
    for f in &object.funcs {
        render_function(o, object, f, all);
    }
    for error in &object.refused {
        writeln!(o, "refused {}: {}", error.code(), error.kind()).unwrap();
    }
    for ignored in &object.ignored {
        writeln!(o, "ignored {}: {}", ignored.site.section.as_deref().unwrap_or("-"), ignored.reason).unwrap();
    }
    out
}

fn render_map(o: &mut String, object: &Object, map: &Map) {
    let d = &map.def;
    write!(o, "map {} ({}) {}", map.name, map.kernel_name(&object.name), object.section(map.section)).unwrap();
    write!(
        o,
        ": {} key {} value {} entries {} flags {:#x}",
        d.map_type, d.key_size, d.value_size, d.max_entries, d.flags.0
    )
    .unwrap();
    write!(
        o,
        " node {} extra {:#x} {:?} types {} {}",
        d.numa_node, d.map_extra, d.pinning, d.key_type.0, d.value_type.0
    )
    .unwrap();
    if let Some(inner) = &d.inner {
        write!(o, " of {} key {} value {}", inner.map_type, inner.key_size, inner.value_size).unwrap();
        write!(o, " entries {} flags {:#x}", inner.max_entries, inner.flags.0).unwrap();
    }
    match &map.kind {
        MapKind::Declared(slots) => write!(o, " slots {slots:?}").unwrap(),
        MapKind::Data { section, data, mmapable, .. } => {
            write!(o, " {section:?} {} bytes{}", data.len(), if *mmapable { ", shared" } else { "" }).unwrap();
        }
        MapKind::Kconfig => {}
        MapKind::StructOps(ops) => {
            write!(o, " {:?} link {} autocreate {}", ops.refs, ops.link, ops.autocreate).unwrap();
        }
    }
    writeln!(o, " {:?}", map.tags).unwrap();
}

fn render_function(o: &mut String, object: &Object, f: &Function, all: bool) {
    let linkage = (f.linkage, f.visibility, func_linkage(object.btf.as_deref(), f));
    writeln!(o, "function {} in {}+{}: {} slots {linkage:?}", f.name, object.section(f.section), f.start, f.slots)
        .unwrap();
    let mut at = 0;
    for insn in &f.insns {
        let core = insn.meta.core().map(|c| format!(" core {:?} {} of type {}", c.kind, c.access, c.type_id.0));
        let reference = insn.meta.reference().map(|r| format!(" -> {}", referent(object, r)));
        if all || core.is_some() || reference.is_some() {
            write!(o, "  {at}: {:?} {:#04x} {} {:#x}", insn.code, insn.regs, insn.off, insn.imm).unwrap();
            writeln!(o, "{}{}", core.unwrap_or_default(), reference.unwrap_or_default()).unwrap();
        }
        if all {
            writeln!(o, "    line {}:{}", insn.line.line(), insn.line.column()).unwrap();
        }
        at += insn.slots();
    }
}

/// 0 static, 1 global, 2 extern; -1 if BTF does not know the function.
fn func_linkage(btf: Option<&Btf>, f: &Function) -> i64 {
    match btf.and_then(|btf| btf.get(f.type_id)) {
        Some(Type::Func(func)) => func.linkage.into(),
        _ => -1,
    }
}
