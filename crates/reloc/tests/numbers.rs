//! The releases in the tables of numbers agree with what real kernels know.
#![allow(clippy::unwrap_used, clippy::panic, clippy::unreachable, reason = "tests may unwrap")]

use std::{collections::BTreeSet, fs};

use skep_reloc::object::{
    btf::{Btf, Kind, Type},
    uapi::{AttachType, Helper, LinkType, MapType, ProgType, Release, Row},
};

const KERNELS: [(&str, Release); 5] = [
    ("5.10", Release::new(5, 10)),
    ("6.1", Release::new(6, 1)),
    ("6.12", Release::new(6, 12)),
    ("7.2", Release::new(7, 2)),
    ("7.3", Release::new(7, 3)),
];

/// The numbers of an enum, those that count the others left out.
fn numbers(btf: &Btf, name: &str) -> BTreeSet<u64> {
    let Some(Type::Enum(ty)) = btf.find_kind(name, Kind::ENUM).and_then(|id| btf.get(id)) else { panic!("no {name}") };
    let is_count = |name: &str| name.starts_with("__") || name.starts_with("MAX_");
    ty.values().filter(|value| !is_count(value.name)).map(|value| value.value).collect()
}

fn compare<T: Copy>(btf: &Btf, name: &str, rows: &[Row<T>], number: impl Fn(T) -> u32, release: Release) {
    let known = numbers(btf, name);
    for row in rows {
        let there = known.contains(&number(row.value).into());
        assert_eq!(there, row.since <= release, "{} in {release}: since {}", row.uapi, row.since);
    }
    let listed: BTreeSet<u64> = rows.iter().map(|row| number(row.value).into()).collect();
    let unlisted: Vec<_> = known.difference(&listed).collect();
    assert!(unlisted.is_empty(), "{name} of {release} has {unlisted:?}, which the table has not");
}

#[test]
fn what_each_kernel_has_is_what_the_tables_say() {
    for (name, release) in KERNELS {
        let path = format!("{}/../../fixtures/kernels/{name}/vmlinux", env!("CARGO_MANIFEST_DIR"));
        let btf = Btf::parse(fs::read(path).unwrap()).unwrap();
        compare(&btf, "bpf_func_id", Helper::ROWS, |v| v.0, release);
        compare(&btf, "bpf_map_type", MapType::ROWS, |v| v.0, release);
        compare(&btf, "bpf_prog_type", ProgType::ROWS, |v| v.0, release);
        compare(&btf, "bpf_attach_type", AttachType::ROWS, |v| v.0, release);
        compare(&btf, "bpf_link_type", LinkType::ROWS, |v| v.0, release);
    }
}
