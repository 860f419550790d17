//! `skep dump`: what is in an object.

use std::io::{self, Write};

use serde_json::{Value, json};
use skep::{
    btf::TypeId,
    isa::Ref,
    object::{DataSection, Extern, ExternKind, Function, Init, Map, MapKind, Object, Program},
};

use crate::{
    args, input,
    output::{self, FAINT, HEAD, NAME, WARN, styled, table},
    report::Failure,
};

/// Prints programs, subprograms, maps, variables, externs and how often they are referred to.
pub fn dump(args: &args::Dump) -> Result<(), Failure> {
    let object = match &args.files[..] {
        // As it is, with what it leaves to others.
        [file] if !input::is_library(file) => input::object(file)?,
        files => input::one(files)?.object().clone(),
    };
    let printed = if args.json { output::json_line(&json(&object)) } else { text(&object) };
    printed.map_err(output::lost)
}

fn text(object: &Object) -> io::Result<()> {
    let mut out = output::out();
    let license = if object.license.is_empty() { "no licence" } else { &object.license };
    let about = format!("{}-endian, {license}", endian(object));
    writeln!(out, "{}  {}", styled(HEAD, &object.file), styled(FAINT, about))?;

    let mut t = table(&["name", "section", "type", "insns", "loaded"], &["insns"]);
    for p in &object.programs {
        let kind = p.section.def.map_or_else(|| styled(WARN, "unknown"), |def| def.prog_type.to_string());
        let loaded = if p.autoload { "yes" } else { "on request" };
        let (name, slots) = function(object, p);
        t.add_row([styled(NAME, name), p.section.full.to_string(), kind, slots.to_string(), loaded.into()]);
    }
    list(&mut out, "programs", &t)?;

    let mut t = table(&["name", "section", "linkage", "insns"], &["insns"]);
    for f in subprograms(object) {
        let section = object.section(f.section).to_string();
        t.add_row([styled(NAME, &f.name), section, linkage(f), f.slots.to_string()]);
    }
    list(&mut out, "subprograms", &t)?;

    let mut t = table(&["name", "type", "key", "value", "entries", "flags", "holds"], &["key", "value", "entries"]);
    for m in &object.maps {
        let d = &m.def;
        let flags = if d.flags.0 == 0 { String::new() } else { format!("{:#x}", d.flags.0) };
        let sizes = [d.key_size, d.value_size, d.max_entries].map(|n| n.to_string());
        let [key, value, entries] = sizes;
        t.add_row([styled(NAME, &m.name), d.map_type.to_string(), key, value, entries, flags, holds(object, m)]);
    }
    list(&mut out, "maps", &t)?;

    let mut t = table(&["name", "type", "section", "offset", "size"], &["offset", "size"]);
    for v in &object.vars {
        let section = object.maps.get(v.map.at()).map_or("", |m| &m.name);
        let ty = type_name(object, v.type_id).unwrap_or_default();
        t.add_row([styled(NAME, &v.name), ty, section.into(), v.offset.to_string(), v.size.to_string()]);
    }
    list(&mut out, "variables", &t)?;

    let mut t = table(&["name", "kind", "strength"], &[]);
    for e in &object.externs {
        let strength = if e.weak { "weak" } else { "strong" };
        t.add_row([styled(NAME, &e.name), extern_kind(e).into(), strength.into()]);
    }
    list(&mut out, "externs", &t)?;

    let counts: Vec<_> = references(object).iter().filter(|(_, n)| *n > 0).map(|(to, n)| format!("{n} {to}")).collect();
    let counts = if counts.is_empty() { "none".into() } else { counts.join(", ") };
    writeln!(out, "\n{}  {counts}", styled(HEAD, "relocations"))?;
    for ignored in &object.ignored {
        writeln!(out, "{} {}: {}", styled(WARN, "ignored:"), ignored.site, ignored.reason)?;
    }
    Ok(())
}

/// A table under its heading; nothing at all if it has no rows.
fn list(out: &mut impl Write, name: &str, table: &comfy_table::Table) -> io::Result<()> {
    match table.row_iter().count() {
        0 => Ok(()),
        n => writeln!(out, "\n{} {}\n{table}", styled(HEAD, name), styled(FAINT, n)),
    }
}

/// How many instructions refer to what.
fn references(object: &Object) -> [(&'static str, usize); 6] {
    let insns = || object.funcs.iter().flat_map(|f| &f.insns);
    let count = |wanted: fn(&Ref) -> bool| insns().filter_map(|i| i.meta.reference()).filter(wanted).count();
    [
        ("to maps", count(|r| matches!(r, Ref::Map(_)))),
        ("to variables", count(|r| matches!(r, Ref::Value { .. }))),
        ("to functions", count(|r| matches!(r, Ref::Func { .. }))),
        ("to jump tables", count(|r| matches!(r, Ref::JumpTable(_)))),
        ("to externs", count(|r| matches!(r, Ref::Extern(_)))),
        ("CO-RE records", insns().filter(|i| i.meta.core().is_some()).count()),
    ]
}

/// What a map holds, by its types or by what it is for.
fn holds(object: &Object, map: &Map) -> String {
    let ty = |id| type_name(object, id).unwrap_or_default();
    match &map.kind {
        MapKind::Data { section: DataSection::Data, .. } => "variables".into(),
        MapKind::Data { section: DataSection::Rodata, .. } => "constants".into(),
        MapKind::Data { section: DataSection::Bss, .. } => "zeroed variables".into(),
        MapKind::Data { section: DataSection::Arena, .. } => "variables of the arena".into(),
        MapKind::Data { section: DataSection::Percpu, .. } => "variables for each CPU".into(),
        MapKind::Kconfig => "kernel configuration".into(),
        MapKind::StructOps(ops) => ty(ops.type_id),
        MapKind::Declared(slots) if !slots.is_empty() => {
            let name = |init: &Init| match init {
                Init::Map(m) => object.maps.get(m.at()).map(|m| &m.name),
                Init::Program(f) => object.funcs.get(f.at()).map(|f| &f.name),
            };
            let slot = |(i, init): &(u32, Init)| Some(format!("[{i}] {}", name(init)?));
            slots.iter().filter_map(slot).collect::<Vec<_>>().join(", ")
        }
        MapKind::Declared(_) => match (map.def.key_type.0, map.def.value_type.0) {
            (0, 0) => map.tags.join(", "),
            (0, _) => ty(map.def.value_type),
            _ => format!("{} → {}", ty(map.def.key_type), ty(map.def.value_type)),
        },
    }
}

fn type_name(object: &Object, id: TypeId) -> Option<String> {
    object.btf.as_ref().map(|btf| btf.spelled(id))
}

fn function<'a>(object: &'a Object, program: &Program) -> (&'a str, u32) {
    object.funcs.get(program.func.at()).map_or(("", 0), |f| (&f.name, f.slots))
}

fn subprograms(object: &Object) -> impl Iterator<Item = &Function> {
    let is_entry = |i: usize| object.programs.iter().any(|p| p.func.at() == i);
    object.funcs.iter().enumerate().filter(move |(i, _)| !is_entry(*i)).map(|(_, f)| f)
}

fn endian(object: &Object) -> String {
    format!("{:?}", object.endian).to_lowercase()
}

fn linkage(f: &Function) -> String {
    format!("{:?}", f.linkage).to_lowercase()
}

fn extern_kind(e: &Extern) -> &'static str {
    match e.kind {
        ExternKind::Kconfig { .. } => "kconfig",
        ExternKind::Ksym => "ksym",
        ExternKind::TypedKsym => "ksym with type",
        ExternKind::Kfunc => "kfunc",
        ExternKind::Func => "function of another object",
        ExternKind::Var => "variable of another object",
        ExternKind::Map => "map of another object",
    }
}

fn json(object: &Object) -> Value {
    let section = |map: skep::isa::MapIdx| object.maps.get(map.at()).map(|m| &*m.name);
    let programs = object.programs.iter().map(|p| {
        let (name, slots) = function(object, p);
        json!({
            "name": name,
            "section": &*p.section.full,
            "type": p.section.def.map(|d| d.prog_type.to_string()),
            "attach_type": p.section.def.and_then(|d| d.attach_type).map(|a| a.to_string()),
            "target": &*p.section.target,
            "insns": slots,
            "autoload": p.autoload,
        })
    });
    let subprograms = subprograms(object).map(
        |f| json!({ "name": &*f.name, "section": object.section(f.section), "linkage": linkage(f), "insns": f.slots }),
    );
    let maps = object.maps.iter().map(|m| {
        json!({
            "name": &*m.name,
            "type": m.def.map_type.to_string(),
            "key_size": m.def.key_size,
            "value_size": m.def.value_size,
            "max_entries": m.def.max_entries,
            "flags": m.def.flags.0,
            "holds": holds(object, m),
            "tags": m.tags.iter().map(|t| &**t).collect::<Vec<_>>(),
        })
    });
    let vars = object.vars.iter().map(|v| {
        let ty = type_name(object, v.type_id);
        json!({ "name": &*v.name, "type": ty, "section": section(v.map), "offset": v.offset, "size": v.size })
    });
    let externs = object.externs.iter().map(|e| json!({ "name": &*e.name, "kind": extern_kind(e), "weak": e.weak }));
    json!({
        "file": &*object.file,
        "license": &*object.license,
        "endian": endian(object),
        "programs": programs.collect::<Vec<_>>(),
        "subprograms": subprograms.collect::<Vec<_>>(),
        "maps": maps.collect::<Vec<_>>(),
        "variables": vars.collect::<Vec<_>>(),
        "externs": externs.collect::<Vec<_>>(),
        "relocations": references(object).into_iter().map(|(to, n)| (to.to_string(), n.into())).collect::<serde_json::Map<_, _>>(),
        "ignored": object.ignored.iter().map(|i| format!("{}: {}", i.site, i.reason)).collect::<Vec<_>>(),
    })
}
