//! Types in the kernel: what is written is taken, and what `btf::check` says of them is what the kernel does.

use crate::case::{Case, During, Outcome};
use crate::ensure;
use crate::host;
use crate::load::fixture;
use skep::btf::{
    Array, Btf, Edit, Endian, Int, Kind, Member, Param, SecVar, TypeId, Value, by_name,
    check::{Finding, check},
    dedup, downgrade, reachable, select,
};
use skep::sys::Errno;
use skep::sys::bpf::{BtfLoad, Log, btf_load};
use skep_uapi::{Feature, Release};

pub const CASES: &[Case] = &[
    Case { name: "what_is_written_is_taken", needs: &[], run: written },
    Case { name: "every_kind_rewritten_for_this_kernel", needs: &[], run: every_kind_rewritten },
    Case { name: "both_headers", needs: &[], run: both_headers },
    Case { name: "the_check_says_what_the_kernel_does", needs: &[], run: the_same_verdicts },
    Case { name: "rules_by_release", needs: &[], run: rules },
];

/// Whether the kernel takes types, and what it says.
fn load(bytes: &[u8]) -> Outcome<Result<(), String>> {
    let mut log = Log::new(1, 1 << 16);
    match btf_load(&BtfLoad { btf: bytes, token: None }, Some(&mut log)) {
        Ok(_) => Ok(Ok(())),
        Err(error) if error.errno == Errno::EPERM => Err(format!("{error}").into()),
        // A long log does not make types bad: what counts is what the kernel says without one.
        Err(error) if error.errno == Errno::ENOSPC => {
            let again = btf_load(&BtfLoad { btf: bytes, token: None }, None);
            Ok(again.map(drop).map_err(|error| error.to_string()))
        }
        Err(error) => Ok(Err(format!("{error}: {}", log.text().lines().last().unwrap_or_default()))),
    }
}

fn taken(what: &str, bytes: &[u8]) -> Outcome {
    let result = load(bytes)?;
    ensure!(result.is_ok(), "{what}: {result:?}");
    Ok(())
}

/// What this kernel refuses.
fn refused(btf: &Btf) -> Vec<Finding> {
    check(btf).into_iter().filter(|finding| finding.what.refused().by(host::release())).collect()
}

const OBJECTS: &[&str] = &["data", "maps", "types", "subprograms", "core_kinds", "tags", "ring"];

/// The types of the fixtures, as the loader hands them over, deduplicated, sorted, merged and stripped.
fn written() -> Outcome {
    let mut all = Edit::new(Endian::NATIVE);
    for name in OBJECTS {
        let Some(bytes) = fixture(name)?.relocate()?.btf else { continue };
        taken(name, bytes.as_ref())?;
        let btf = Btf::parse(bytes).during(name)?;
        let found = refused(&btf);
        ensure!(found.is_empty(), "{name}: {found:?}");
        let deduped = dedup(&btf).during(name)?;
        taken(&format!("{name}, deduplicated"), &deduped.bytes())?;
        taken(&format!("{name}, sorted"), &select(&btf, &by_name(&btf), &[]).during(name)?.bytes())?;
        for (id, _) in btf.kinds().filter(|&(_, kind)| kind == Kind::STRUCT).take(5) {
            let some = select(&btf, &reachable(&btf, [id]).during(name)?, &[]).during(name)?;
            taken(&format!("{name}, what type {} needs", id.0), &some.bytes())?;
        }
        all.append(&btf).during(name)?;
    }
    taken("all", &all.finish())?;
    let merged = Btf::parse(all.finish()).during("all")?;
    taken("all, deduplicated", &dedup(&merged).during("all")?.bytes())
}

const INT: Int<'_> = Int { name: "int", size: 4, bits: 32, offset: 0, encoding: 1 };

fn member(name: &str, ty: TypeId, bit_offset: u32, bit_size: u8) -> Member<'_> {
    Member { name, ty, bit_offset, bit_size }
}

/// Types of all kinds, with circles as programs have them.
fn every_kind(edit: &mut Edit) {
    let int = edit.add().int(INT);
    let to_s = edit.add().ptr(TypeId(4));
    edit.add().array(Array { elem: int, index: int, len: 7 });
    let bits = [member("a", int, 0, 0), member("b", int, 32, 5), member("c", int, 37, 3), member("next", to_s, 64, 0)];
    let s = edit.add().structure("s", 16, &bits);
    edit.add().union("u", 16, &[member("x", int, 0, 0), member("y", TypeId(16), 0, 0), member("s", s, 0, 0)]);
    edit.add().enumeration("e", 4, true, &[Value { name: "A", value: -3i64 as u64 }, Value { name: "B", value: 9 }]);
    edit.add().fwd("later", true);
    edit.add().typedef("t", TypeId(9));
    edit.add().volatile(TypeId(10));
    edit.add().constant(int);
    edit.add().restrict(to_s);
    edit.add().func("f", TypeId(13), 1);
    edit.add().func_proto(int, &[Param { name: "a", ty: int }, Param { name: "", ty: TypeId(0) }]);
    edit.add().var("v", int, 1);
    edit.add().datasec(".data", 4, &[SecVar { ty: TypeId(14), offset: 0, size: 4 }]);
    edit.add().float("float", 4);
    edit.add().decl_tag("tag", s, 1, false);
    edit.add().type_tag("user", int, false);
    edit.add().enumeration64("e64", 8, false, &[Value { name: "BIG", value: 0x1_2345_6789_abcd }]);
    edit.add().ptr(TypeId(18));
    edit.add().structure("plain", 24, &[member("u", TypeId(5), 0, 0), member("f", TypeId(16), 128, 0)]);
}

fn has(feature: Feature) -> bool {
    host::release() >= feature.row().since
}

fn every_kind_rewritten() -> Outcome {
    let mut edit = Edit::new(Endian::NATIVE);
    every_kind(&mut edit);
    let btf = Btf::parse(edit.finish()).during("all kinds")?;
    let bytes = downgrade(&btf, has).unwrap_or_else(|| btf.bytes().as_ref().to_vec());
    taken("all kinds, rewritten", &bytes)?;
    let rewritten = Btf::parse(bytes).during("rewritten")?;
    let found = refused(&rewritten);
    ensure!(found.is_empty(), "{found:?}");
    // For every kernel at once.
    taken("all kinds, for the oldest", &downgrade(&btf, |_| false).ok_or("nothing was rewritten")?)
}

fn both_headers() -> Outcome {
    let mut edit = Edit::new(Endian::NATIVE);
    edit.add().int(INT);
    taken("without a layout", &edit.finish())?;
    edit.describe_layout();
    let bytes = edit.finish();
    let result = load(&bytes)?;
    ensure!(result.is_ok() == has(Feature::BtfLayout), "with a layout: {result:?}");
    let btf = Btf::parse(bytes).during("with a layout")?;
    ensure!(refused(&btf).is_empty() == has(Feature::BtfLayout), "{:?}", check(&btf));
    match downgrade(&btf, has) {
        Some(bytes) => taken("the layout left out", &bytes),
        None => Ok(()),
    }
}

/// Numbers without end, the same in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % below.max(1)
    }
}

/// Types changed here and there.
fn the_same_verdicts() -> Outcome {
    let mut edit = Edit::new(Endian::NATIVE);
    every_kind(&mut edit);
    let native = Btf::parse(edit.finish()).during("all kinds")?;
    let start = downgrade(&native, has).unwrap_or_else(|| native.bytes().as_ref().to_vec());
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let (mut good, mut bad, mut wrong) = (0, 0, Vec::new());
    for _ in 0..if host::is_ours() { 1500 } else { 20_000 } {
        let mut bytes = start.clone();
        for _ in 0..1 + numbers.next(3) {
            let words = bytes.len() / 4;
            let at = 4 * (if numbers.next(20) == 0 { numbers.next(6) } else { 6 + numbers.next(words - 6) });
            match numbers.next(4) {
                // Small numbers are what ids, sizes and offsets are.
                0 => bytes[at..at + 4].copy_from_slice(&(numbers.next(40) as u32).to_ne_bytes()),
                1 => bytes[at + numbers.next(4)] ^= 1 << numbers.next(8),
                2 => bytes[at + 3] = numbers.next(0x16) as u8,
                _ => bytes[at] = numbers.next(26) as u8,
            }
        }
        // What is not even BTF is another matter.
        let Ok(btf) = Btf::parse(bytes.clone()) else { continue };
        let found = refused(&btf);
        let result = load(&bytes)?;
        if result.is_ok() {
            good += 1
        } else {
            bad += 1
        }
        if found.is_empty() != result.is_ok() {
            wrong.push(format!("the kernel: {result:?}; the check: {found:?}; {bytes:x?}"));
        }
    }
    ensure!(wrong.is_empty(), "{} of {}: {}", wrong.len(), good + bad, wrong[..wrong.len().min(3)].join("\n"));
    ensure!(good > 50 && bad > 50, "{good} good, {bad} bad");
    Ok(())
}

/// One thing that kernels do not agree on.
type Rule = (&'static str, fn(&mut Edit));

const RULES: &[Rule] = &[
    ("a dot in a name", |edit| {
        let int = edit.add().int(INT);
        edit.add().typedef("a.b", int);
    }),
    ("a signed enum", |edit| _ = edit.add().enumeration("e", 4, true, &[Value { name: "A", value: 0 }])),
    ("a global function", |edit| {
        let proto = edit.add().func_proto(TypeId(0), &[]);
        edit.add().func("f", proto, 1);
    }),
    ("a question mark in a section's name", |edit| {
        let int = edit.add().int(INT);
        let var = edit.add().var("v", int, 1);
        edit.add().datasec("?s", 4, &[SecVar { ty: var, offset: 0, size: 4 }]);
    }),
    ("an empty section", |edit| _ = edit.add().datasec(".rodata", 4, &[])),
    ("any attribute", |edit| {
        let int = edit.add().int(INT);
        edit.add().type_tag("aligned(8)", int, true);
    }),
    ("a type tag behind a modifier", |edit| {
        let int = edit.add().int(INT);
        let tag = edit.add().type_tag("user", int, false);
        let constant = edit.add().constant(tag);
        edit.add().ptr(constant);
    }),
    ("a tag on a typedef", |edit| {
        let int = edit.add().int(INT);
        let typedef = edit.add().typedef("t", int);
        edit.add().decl_tag("tag", typedef, -1, false);
    }),
    ("an enum of 8 bytes", |edit| _ = edit.add().enumeration("e", 8, false, &[Value { name: "A", value: 0 }])),
    ("a pointer as a bitfield", |edit| {
        let to = edit.add().ptr(TypeId(0));
        edit.add().structure("s", 8, &[member("p", to, 0, 3)]);
    }),
    ("more than 65535 values", |edit| {
        let values = vec![Value { name: "A", value: 0 }; 0x10000];
        edit.add().enumeration("e", 4, false, &values);
    }),
    ("a name of 513 bytes", |edit| _ = edit.add().fwd(&"a".repeat(513), false)),
    ("a name of 512 bytes", |edit| _ = edit.add().fwd(&"a".repeat(512), false)),
    ("a name of 129 bytes", |edit| _ = edit.add().fwd(&"a".repeat(129), false)),
    ("two locks", |edit| special(edit, &["lock", "lock"], &[])),
    ("a lock and a list without a tag", |edit| special(edit, &["lock", "list"], &[])),
    ("a lock and a list of nodes", |edit| special(edit, &["lock", "list"], &["contains:item:node"])),
    ("a list without a lock", |edit| special(edit, &["list"], &["contains:item:node"])),
    ("a list of what is not there", |edit| special(edit, &["lock", "list"], &["contains:nothing:node"])),
    ("a list of nodes that are none", |edit| special(edit, &["lock", "list"], &["contains:item:value"])),
    ("a list of nodes that are not there", |edit| special(edit, &["lock", "list"], &["contains:item:x"])),
    ("a list with half a tag", |edit| special(edit, &["lock", "list"], &["contains:item"])),
    ("a list with two tags", |edit| special(edit, &["lock", "list"], &["contains:item:node", "contains:item:node"])),
    ("a lock and a bitfield", |edit| special(edit, &["lock", "bits"], &[])),
    ("a node of a list", |edit| special(edit, &["node"], &[])),
    ("a name of 128 bytes", |edit| _ = edit.add().fwd(&"a".repeat(128), false)),
];

/// A struct with fields that the kernel looks after, and tags on the last of them.
fn special(edit: &mut Edit, fields: &[&str], tags: &[&str]) {
    let int = edit.add().int(INT);
    let long = edit.add().int(Int { name: "long", size: 8, bits: 64, offset: 0, encoding: 1 });
    // How large nodes are differs; this one is as large as the kernel knows them.
    let words = if host::release() < Release::new(6, 6) { 2 } else { 3 };
    let opaque = |edit: &mut Edit, name: &str, words: u32| {
        let array = edit.add().array(Array { elem: long, index: int, len: words });
        edit.add().structure(name, 8 * words, &[member("__opaque", array, 0, 0)])
    };
    let lock = edit.add().structure("bpf_spin_lock", 4, &[member("val", int, 0, 0)]);
    let (list, node) = (opaque(edit, "bpf_list_head", 2), opaque(edit, "bpf_list_node", words));
    edit.add().structure("item", 8 * words + 8, &[member("node", node, 0, 0), member("value", long, 64 * words, 0)]);
    let mut members = Vec::new();
    for (i, field) in (0..).zip(fields) {
        let at = 256 * i;
        match *field {
            "lock" => members.push(member("lock", lock, at, 0)),
            "list" => members.push(member("list", list, at, 0)),
            "node" => members.push(member("node", node, at, 0)),
            _ => members.extend([member("a", int, at, 3), member("b", int, at + 3, 5)]),
        }
    }
    let s = edit.add().structure("s", 32 * fields.len() as u32, &members);
    tags.iter().for_each(|tag| _ = edit.add().decl_tag(tag, s, fields.len() as i32 - 1, false));
}

fn rules() -> Outcome {
    let mut wrong = Vec::new();
    for (name, make) in RULES {
        let mut edit = Edit::new(Endian::NATIVE);
        make(&mut edit);
        let btf = Btf::parse(edit.finish()).during(name)?;
        let found = refused(&btf);
        let result = load(btf.bytes().as_ref())?;
        if result.is_ok() != found.is_empty() {
            wrong.push(format!("{name}: the kernel: {result:?}; the check: {found:?}"));
        }
    }
    ensure!(wrong.is_empty(), "{}: {}", host::release(), wrong.join("\n"));
    Ok(())
}
