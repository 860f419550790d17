//! What aya and btf-rs do.

use std::{fs, hint::black_box};

use aya_obj::{
    Object,
    btf::{Btf, BtfKind},
};

use super::{OBJECT, Result, Spent, VMLINUX, names, spend};

/// aya: it opens the kernel's types, looks for names, and relocates objects.
pub fn aya(work: &str) -> Result<Option<Spent>> {
    let names = names(work)?;
    let (btf, opened) = spend(Btf::from_sys_fs);
    let btf = btf?;
    let find = |name: &str| black_box(btf.id_by_type_name_kind(name, BtfKind::Struct).is_ok());
    Ok(Some(match work {
        "open" => opened,
        "missing" => spend(|| find("no_such_type")).1,
        "present" => spend(|| find("task_struct")).1,
        "late" => spend(|| find(&names[0])).1,
        "thousand" => spend(|| names.iter().for_each(|name| _ = find(name))).1,
        "core" => {
            let mut object = Object::parse(&fs::read(OBJECT)?)?;
            let (done, spent) = spend(|| object.relocate_btf(&btf));
            done?;
            spent
        }
        "encode" => spend(|| black_box(btf.to_bytes())).1,
        _ => return Ok(None),
    }))
}

/// btf-rs: it opens and looks for names.
pub fn btf_rs(work: &str) -> Result<Option<Spent>> {
    let names = names(work)?;
    let (btf, opened) = spend(|| btf_rs::Btf::from_file(VMLINUX));
    let btf = btf.map_err(|error| error.to_string())?;
    let find = |name: &str| black_box(btf.resolve_ids_by_name(name).is_ok());
    Ok(Some(match work {
        "open" => opened,
        "missing" => spend(|| find("no_such_type")).1,
        "present" => spend(|| find("task_struct")).1,
        "late" => spend(|| find(&names[0])).1,
        "thousand" => spend(|| names.iter().for_each(|name| _ = find(name))).1,
        _ => return Ok(None),
    }))
}
