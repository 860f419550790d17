//! What skep does.

use std::{fs, hint::black_box};

use object::{Object as _, ObjectSection as _};
use skep::btf::{
    Btf, Edit, Kind, c,
    core::{Matcher, Record},
    ext::Ext,
};

use super::{OBJECT, Result, Spent, TEXT, names, spend};

/// Does a piece of work.
pub fn measure(work: &str) -> Result<Option<Spent>> {
    let names = names(work)?;
    let target = skep::target::running()?;
    let (vmlinux, opened) = spend(|| target.vmlinux());
    let btf: &Btf = vmlinux?;
    let find = |name: &str| black_box(btf.find_kind(name, Kind::STRUCT));
    let spent = match work {
        "open" => opened,
        "missing" => spend(|| find("no_such_type")).1,
        "present" => spend(|| find("task_struct")).1,
        "late" => spend(|| find(&names[0])).1,
        "thousand" => spend(|| names.iter().for_each(|name| _ = find(name))).1,
        "core" => core(btf)?,
        "header" => {
            let mut text = String::with_capacity(TEXT);
            spend(|| c::header(&mut text, btf, &[], &c::Options::default())).1
        }
        "encode" => spend(|| black_box(Edit::of(btf).finish())).1,
        _ => return Err("no such work".into()),
    };
    Ok(Some(spent))
}

fn core(btf: &Btf) -> Result<Spent> {
    let bytes = fs::read(OBJECT)?;
    let file = object::File::parse(&*bytes)?;
    let section = |name| file.section_by_name(name).ok_or("no such section")?.data().map_err(|e| e.to_string());
    let local = Btf::parse(section(".BTF")?)?;
    let ext = Ext::parse(section(".BTF.ext")?)?;
    Ok(spend(|| {
        let records = ext.core().flat_map(|section| section.records());
        let records: Vec<Record<'_>> = records
            .filter_map(|r| Some(Record { type_id: r.type_id, kind: r.kind, access: local.string(r.access)? }))
            .collect();
        black_box(Matcher::new(&local, btf).resolve_all(&records).len())
    })
    .1)
}
