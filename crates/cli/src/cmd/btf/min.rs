//! `skep btf min`: of a kernel's types, what objects ask about.

use std::{io::Write, sync::Arc};

use serde_json::json;
use skep::btf::{
    Btf, StrOff,
    core::{Minimum, Record},
    ext::Ext,
};

use crate::{
    args::btf::{Base, Min},
    output,
    report::{Failure, Report, status},
    source,
};

/// An object's types and what it asks.
struct Object {
    name: String,
    btf: Arc<Btf>,
    ext: Option<Ext>,
}

/// Writes what the objects need.
pub fn min(args: &Min) -> Result<(), Failure> {
    let kernel = source::base_of(&args.kernel)?;
    let over = Base { base: Some(args.kernel.clone()) };
    let modules = Failure::collect(args.modules.iter().map(|name| source::open(name, &over)))?;
    let objects = Failure::collect(args.objects.iter().map(|path| object(&path.to_string_lossy())))?;
    let modules: Vec<&Btf> = modules.iter().map(|opened| &*opened.btf).collect();
    let mut minimum = Minimum::new(&kernel, &modules);
    let mut records = 0;
    for object in &objects {
        let asked = object.records();
        records += asked.len();
        minimum.need(&object.btf, asked).map_err(|error| {
            Failure::new(status::INPUT, Report::new(error.code(), error.to_string()).file(&object.name))
        })?;
    }
    let broken = |error| source::broken(&args.kernel, &error);
    let bytes = minimum.finish().map_err(broken)?;
    let kept = Btf::parse(bytes.clone()).map_err(broken)?.len();
    if let Some(path) = &args.output {
        source::write(path, &bytes)?;
    }
    let printed = if args.json {
        output::json_line(&json!({
            "kernel": args.kernel, "objects": args.objects, "records": records, "types": kept, "bytes": bytes.len(),
        }))
    } else {
        let (name, of) = (source::said(args.output.as_deref()), kernel.len());
        writeln!(output::out(), "{name}{kept} of {of} types, {} bytes, for {records} CO-RE records", bytes.len())
    };
    printed.map_err(output::lost)
}

fn object(path: &str) -> Result<Object, Failure> {
    let opened = source::open(path, &Base::default())?;
    let ext = opened.ext.map(Ext::parse).transpose().map_err(|error| source::broken(path, &error))?;
    Ok(Object { name: opened.name, btf: opened.btf, ext })
}

impl Object {
    fn records(&self) -> Vec<Record<'_>> {
        let relos = self.ext.iter().flat_map(Ext::core).flat_map(|section| section.records());
        let access = |off: StrOff| self.btf.string(off).unwrap_or_default();
        relos.map(|relo| Record { type_id: relo.type_id, kind: relo.kind, access: access(relo.access) }).collect()
    }
}
