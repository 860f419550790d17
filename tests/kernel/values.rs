//! Values of maps, as skep and bpftool show them.

use crate::bpftool_values::{KEY_SIZE, SIZE, VALUES, differs, ours, recorded, types, values};
use crate::case::{Case, During, Need, Outcome};
use crate::ensure;
use serde_json::Value as Json;
use skep::sys::bpf::{BtfLoad, ElemFlags, Map, MapCreate, btf_load, map_create, map_info};
use skep::sys::cpu;
use skep_uapi::{Feature, MapType};
use std::env;
use std::ffi::OsString;
use std::os::fd::AsFd;
use std::process::Command;

const NEEDS: &[Need] = &[Need::Feature(Feature::BtfEnum64), Need::Host(no_bpftool)];

pub const CASES: &[Case] = &[
    Case { name: "as_bpftool_shows_them", needs: NEEDS, run: || each(MapType::ARRAY) },
    Case { name: "as_bpftool_shows_them_by_key", needs: NEEDS, run: || each(MapType::HASH) },
    Case { name: "as_bpftool_shows_them_for_each_cpu", needs: NEEDS, run: || each(MapType::PERCPU_ARRAY) },
];

fn bpftool() -> OsString {
    env::var_os("BPFTOOL").unwrap_or_else(|| "bpftool".into())
}

fn no_bpftool() -> Option<String> {
    let version = Command::new(bpftool()).arg("version").output();
    version.err().map(|error| format!("bpftool, or what $BPFTOOL names, cannot be run: {error}"))
}

/// A map with all values; for each CPU they go on from another one.
fn filled(map_type: MapType) -> Outcome<Map> {
    let (btf, key, value) = types();
    let object = btf_load(&BtfLoad { btf: btf.bytes().as_ref(), token: None }, None).during("types")?;
    let map = map_create(&MapCreate {
        map_type,
        key_size: KEY_SIZE as u32,
        value_size: SIZE as u32,
        max_entries: VALUES,
        name: "values",
        btf: Some(object.as_fd()),
        btf_key: key,
        btf_value: value,
        ..MapCreate::default()
    })
    .during("map")?;
    for i in 0..VALUES {
        map.by_ref().update(&i.to_ne_bytes(), &stored(map_type, i)?, ElemFlags(0)).during("update")?;
    }
    Ok(map)
}

/// The bytes of an entry, of every CPU one behind the other.
fn stored(map_type: MapType, i: u32) -> Outcome<Vec<u8>> {
    let all = values();
    let cpus = if map_type == MapType::PERCPU_ARRAY { cpu::possible_count().during("CPUs")? } else { 1 };
    Ok((0..cpus).flat_map(|cpu| all[(i as usize + cpu) % all.len()]).collect())
}

/// What bpftool shows of a map, by key. For the test without it, `RECORD=FILE` keeps it.
fn shown(map: &Map) -> Outcome<Vec<(u32, Json)>> {
    let id = map_info(map.as_fd()).during("info")?.id.to_string();
    let output = Command::new(bpftool()).args(["-j", "map", "dump", "id", &id]).output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let Json::Array(all) = recorded(&text).map_err(|error| format!("{error} in {} bytes", text.len()))? else {
        return Err("no list".into());
    };
    if let Some(path) = env::var_os("RECORD") {
        let parts = text.split("\"formatted\":").skip(1);
        let formatted = parts.map(|part| part.split("},{\"key\":[").next().unwrap_or_default());
        let list = formatted.map(|one| one.trim_end_matches([']', '\n'])).collect::<Vec<_>>().join(",\n");
        std::fs::write(path, format!("[\n{}\n]\n", list.strip_suffix('}').unwrap_or(&list)))?;
    }
    let entry = |mut one: Json| Some((one["formatted"]["key"].as_u64()? as u32, one["formatted"].take()));
    Ok(all.into_iter().filter_map(entry).collect())
}

fn each(map_type: MapType) -> Outcome {
    let (btf, _, ty) = types();
    let map = filled(map_type)?;
    let shown = shown(&map)?;
    ensure!(shown.len() == VALUES as usize, "{} values", shown.len());
    for (key, mut theirs) in shown {
        let parts = match theirs["values"].take() {
            Json::Array(each) => each.into_iter().map(|mut one| one["value"].take()).collect(),
            _ => vec![theirs["value"].take()],
        };
        let stored = stored(map_type, key)?;
        ensure!(stored.len() == SIZE * parts.len(), "{} parts", parts.len());
        for (bytes, theirs) in stored.chunks(SIZE).zip(&parts) {
            let difference = differs(&format!("{key}"), &ours(&btf, ty, bytes), theirs);
            ensure!(difference.is_none(), "{}", difference.unwrap_or_default());
        }
    }
    Ok(())
}
