//! The kernel's own CO-RE selftests: each program against each set of types made for it, with the outcome that the
//! selftests expect. `SKEP_SELFTESTS` names the folder with their objects; without it the test is ignored.

use crate::case::{Case, During, Need, Outcome};
use crate::ensure;
use skep::btf::{Btf, Kind, TypeId};
use skep::{Skep, TestRun};
use std::path::PathBuf;
use std::sync::Arc;

pub const CASES: &[Case] = &[Case { name: "selftests", needs: &[Need::Host(no_objects)], run }];

/// Members with their values; a value may be a number or a question to the types.
const TABLE: &str = include_str!("core_reloc.txt");

fn folder() -> Option<PathBuf> {
    std::env::var_os("SKEP_SELFTESTS").map(PathBuf::from)
}

fn no_objects() -> Option<String> {
    folder().is_none().then(|| "SKEP_SELFTESTS names no folder with the objects of the kernel's selftests".into())
}

/// A row: the program's object, its program, the types, what goes in and what comes out; or that it fails.
struct Row<'t> {
    object: &'t str,
    program: &'t str,
    types: &'t str,
    fails: bool,
    input: Vec<(&'t str, &'t str)>,
    output: Vec<(&'t str, &'t str)>,
}

/// Rows of the table. A line that begins with `=` gives the object, its program, input and output for the lines that
/// follow, each of which is a set of types, with what differs from that.
fn rows() -> Vec<Row<'static>> {
    let mut rows = Vec::new();
    let (mut object, mut program, mut input, mut output) = ("", "", vec![], vec![]);
    for line in TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with(['#', '>'])) {
        let mut words = line.split_whitespace();
        let first = words.next().unwrap_or_default();
        let is_head = first == "=";
        let (mut own_in, mut own_out, mut fails, mut side, mut nothing) = (vec![], vec![], false, 0, false);
        if is_head {
            (object, program) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        }
        for word in words {
            match (word, word.split_once('=')) {
                ("in", _) => side = 1,
                ("out", _) => side = 2,
                ("both", _) => side = 3,
                ("fails", _) => fails = true,
                ("nothing", _) => nothing = true,
                (_, Some(pair)) => {
                    own_in.extend((side & 1 != 0).then_some(pair));
                    own_out.extend((side & 2 != 0).then_some(pair));
                }
                _ => {}
            }
        }
        match is_head {
            true => (input, output) = (own_in, own_out),
            false => {
                let pick = |own: Vec<_>, common: &Vec<_>| if own.is_empty() { common.clone() } else { own };
                let output = if nothing { vec![] } else { pick(own_out, &output) };
                let input = pick(own_in, &input);
                rows.push(Row { object, program, types: first, fails, input, output });
            }
        }
    }
    rows
}

fn run() -> Outcome {
    let Some(folder) = folder() else { return Ok(()) };
    let rows = rows();
    let mut failed = Vec::new();
    for row in &rows {
        match one(&folder, row) {
            Ok(()) => {}
            Err(stop) => failed.push(format!("{} with {}: {}", row.program, row.types, stop.text())),
        }
    }
    ensure!(rows.len() >= 74, "{} rows", rows.len());
    ensure!(failed.is_empty(), "{} of {}:\n{}", failed.len(), rows.len(), failed.join("\n"));
    Ok(())
}

fn one(folder: &std::path::Path, row: &Row<'static>) -> Outcome {
    let path = folder.join(format!("test_core_reloc_{}.bpf.o", row.object));
    let types = folder.join(format!("btf__core_reloc_{}.bpf.o", row.types));
    let source = skep::btf_source::Source::File(types);
    let types = skep::btf_source::open(&source, None).during("types")?.btf;
    let skep = Skep::open(&path)?;
    let local = skep.linked().btf().cloned().ok_or("no types")?;
    let loaded = skep.only([row.program]).reloc(|config| config.core_types(types.clone())).load();
    if row.fails {
        ensure!(
            loaded.is_err() || loaded.is_ok_and(|l| l.program(row.program).is_err()),
            "it was to fail, and did not"
        );
        return Ok(());
    }
    let loaded = loaded?;
    let program = loaded.program(row.program)?;
    let data = loaded.var("data")?;
    let mut bytes = data.read_bytes()?;
    let at = |name: &str| -> Outcome<usize> {
        let place = local.path(data.variable().type_id, name).during(name)?;
        Ok(place.bit_offset as usize / 8)
    };
    let (input, output) = (at("in")?, at("out")?);
    fill(&mut bytes[input..input + 256], &types, &local, row)?;
    if let Ok(at) = at("my_pid_tgid") {
        let pid = u64::from(std::process::id());
        let thread = thread_id();
        // The kernel has the process in the upper half.
        bytes[at..at + 8].copy_from_slice(&(thread | pid << 32).to_ne_bytes());
    }
    data.write_bytes(&bytes)?;
    if row.program.ends_with("_direct") {
        let _link = program.attach()?;
        // Any system call runs it.
        let _ = std::fs::metadata("/");
        check(&data.read_bytes()?[output..output + 256], &types, &local, row)
    } else {
        program.test_run(&mut TestRun::default())?;
        check(&data.read_bytes()?[output..output + 256], &types, &local, row)
    }
}

/// The number of this thread.
fn thread_id() -> u64 {
    let link = std::fs::read_link("/proc/thread-self").unwrap_or_default();
    link.file_name().and_then(|name| name.to_str()?.parse().ok()).unwrap_or(0)
}

fn fill(bytes: &mut [u8], types: &Arc<Btf>, local: &Arc<Btf>, row: &Row<'_>) -> Outcome {
    let root = format!("core_reloc_{}", row.types);
    for (path, value) in &row.input {
        // `[1].a` is the member of the second of several.
        let (at, path) = match path.strip_prefix('[').and_then(|rest| rest.split_once("].")) {
            Some((index, path)) => (index.parse::<usize>().during("index")?, path),
            None => (0, *path),
        };
        let id = named(types, &root).or_else(|| named(types, "core_reloc_misc_extensible")).ok_or(root.clone())?;
        let place = types.path(id, path).during(path)?;
        let start = at as u64 * types.size(id).during("size")? * 8 + place.bit_offset;
        let bits = width(types, place.ty, place.bit_size)?;
        put(bytes, start, bits, number(value, types, local)?);
    }
    Ok(())
}

/// The members of a program's output, from the line of the table that lists them after their sizes: name, offset and
/// size in bytes. None where the output is of the type that the program reads.
fn layout(object: &str) -> Option<Vec<(&'static str, usize, usize)>> {
    let line = TABLE.lines().find_map(|line| line.strip_prefix("> ")?.strip_prefix(object)?.strip_prefix(' '))?;
    let (mut members, mut at, mut size) = (Vec::new(), 0_usize, 4);
    for word in line.split_whitespace() {
        match word.parse::<usize>() {
            Ok(number) => size = number,
            Err(_) => {
                at = at.next_multiple_of(size);
                members.push((word, at, size));
                at += size;
            }
        }
    }
    Some(members)
}

fn check(bytes: &[u8], types: &Arc<Btf>, local: &Arc<Btf>, row: &Row<'static>) -> Outcome {
    let members = match layout(row.object) {
        Some(members) => members,
        None => {
            let root = format!("core_reloc_{}", row.object);
            let id = named(local, &root).ok_or(root)?;
            let member = |&(path, _): &(&'static str, &str)| -> Outcome<_> {
                let place = local.path(id, path).during(path)?;
                Ok((path, place.bit_offset as usize / 8, width(local, place.ty, place.bit_size)? as usize / 8))
            };
            row.output.iter().map(member).collect::<Outcome<Vec<_>>>()?
        }
    };
    for (name, at, size) in members {
        let wanted = row.output.iter().find(|(wanted, _)| *wanted == name).map(|(_, value)| *value);
        // Types without names are not told apart here.
        if wanted.is_none() && row.object == "type_id" {
            continue;
        }
        let expected = number(wanted.unwrap_or("0"), types, local)?.to_ne_bytes();
        let got = bytes.get(at..at + size).unwrap_or_default();
        ensure!(got == &expected[..size], "{name} is {got:02x?}, not {:02x?}", &expected[..size]);
    }
    Ok(())
}

fn named(btf: &Btf, name: &str) -> Option<TypeId> {
    btf.find_kind(name, Kind::STRUCT)
}

fn width(btf: &Btf, ty: TypeId, bits: u8) -> Outcome<u64> {
    Ok(if bits == 0 { btf.size(ty).during("size")? * 8 } else { bits.into() })
}

/// Writes a number of some bits, the lowest first.
fn put(bytes: &mut [u8], start: u64, bits: u64, value: u64) {
    for i in 0..bits.min(64) {
        let at = start + i;
        if let Some(byte) = bytes.get_mut((at / 8) as usize) {
            *byte = *byte & !(1 << (at % 8)) | ((value >> i & 1) as u8) << (at % 8);
        }
    }
}

/// A value of the table: a number, `size:KIND:NAME` or `id:KIND:NAME` of the given types, `local:KIND:NAME` of the object's,
/// `sizeof:STRUCT.PATH` or `offset:STRUCT.PATH`.
fn number(text: &str, types: &Btf, local: &Btf) -> Outcome<u64> {
    let parts: Vec<_> = text.split(':').collect();
    let kind = |word: &str| match word {
        "struct" => Kind::STRUCT,
        "union" => Kind::UNION,
        "enum" => Kind::ENUM,
        "int" => Kind::INT,
        _ => Kind::TYPEDEF,
    };
    let found = |btf: &Btf, word, name: &str| -> Outcome<TypeId> {
        let is_kind = |id: &TypeId| match btf.kind(*id) {
            Some(Kind::ENUM64) => word == "enum",
            found => found == Some(kind(word)),
        };
        let mut ids = btf.ids().filter(is_kind);
        Ok(ids.find(|id| btf.name(*id).split("___").next() == Some(name)).ok_or(format!("no {word} {name}"))?)
    };
    Ok(match parts[..] {
        ["size", word, name] => types.size(found(types, word, name)?).during(text)?,
        ["id", word, name] => found(types, word, name)?.0.into(),
        ["local", word, name] => found(local, word, name)?.0.into(),
        ["sizeof" | "offset", way] => {
            let (root, path) = way.split_once('.').ok_or("no path")?;
            let id = types.ids().find(|id| types.name(*id) == root).ok_or(format!("no {root}"))?;
            let place = types.path(id, path).during(path)?;
            if parts[0] == "offset" { place.bit_offset / 8 } else { types.size(place.ty).during(path)? }
        }
        [number] => match (number.strip_prefix('-'), number.strip_prefix("0x")) {
            (Some(rest), _) => {
                let hex = rest.strip_prefix("0x");
                hex.map_or_else(|| rest.parse(), |hex| u64::from_str_radix(hex, 16)).during(text)?.wrapping_neg()
            }
            (_, Some(hex)) => u64::from_str_radix(hex, 16).during(text)?,
            _ => number.parse().during(text)?,
        },
        _ => return Err(format!("`{text}` is no value").into()),
    })
}
