//! Headers of whole kernels, compiled: every struct has the size and the offsets that BTF says.
//!
//! `SKEP_BTF` names files of BTF and objects, separated by colons (`/sys/kernel/btf/vmlinux`, if it is not set), those of
//! modules as `KERNEL,MODULE`; `CLANG` is the compiler, one that has the BPF target.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may unwrap")]

use std::{
    collections::BTreeMap,
    env,
    fmt::Write,
    fs,
    process::{Command, Stdio},
    sync::Arc,
};

use object::{Object, ObjectSection};
use skep_btf::{Btf, Composite, Edit, Type, c, core::essential};

/// The named structs and unions by name, without the number that tells two of a name apart.
fn layouts(btf: &Btf) -> BTreeMap<String, Vec<String>> {
    let mut layouts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for id in btf.ids() {
        let (word, ty) = match btf.get(id) {
            Some(Type::Struct(ty)) => ("struct", ty),
            Some(Type::Union(ty)) => ("union", ty),
            _ => continue,
        };
        if !ty.name.is_empty() {
            let mut text = format!("{} bytes", ty.size);
            members(&mut text, btf, ty, 0);
            layouts.entry(format!("{word} {}", plain(ty.name))).or_default().push(text);
        }
    }
    layouts.values_mut().for_each(|list| {
        list.sort();
        list.dedup();
    });
    layouts
}

fn plain(name: &str) -> String {
    let name = essential(name);
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

/// The members with a name, those of anonymous members too: name, place, and size.
fn members(text: &mut String, btf: &Btf, ty: Composite<'_>, before: u32) {
    for member in ty.members() {
        let at = before + member.bit_offset;
        let resolved = btf.resolve(member.ty).unwrap().1;
        if member.name.is_empty() {
            if let Type::Struct(inner) | Type::Union(inner) = resolved {
                members(text, btf, inner, at);
            }
            continue;
        }
        // The old form of bitfields becomes the new one.
        let (at, width) = match resolved {
            Type::Int(int) if member.bit_size == 0 && u32::from(int.bits) != 8 * int.size && int.size <= 8 => {
                (at + u32::from(int.offset), int.bits)
            }
            _ => (at, member.bit_size),
        };
        let size = btf.size(member.ty).unwrap_or(0);
        write!(text, ", {} at {at} width {width} of {size}", plain(member.name)).unwrap();
    }
}

/// What a compiler makes of a header with a variable of each of its types.
fn compiled(btf: &Btf, name: &str) -> Result<Btf, String> {
    let mut text = String::new();
    let options = c::Options { preserve_access_index: false, kfuncs: true, guard: "" };
    c::header(&mut text, btf, &[], &options).unwrap();
    let mut variables = String::new();
    for line in text.lines() {
        let Some(name) = line.strip_suffix(" {").filter(|_| !line.starts_with('\t')) else { continue };
        if name.starts_with("struct ") || name.starts_with("union ") {
            writeln!(variables, "extern {name} *v{}; void *p{0} = &v{0};", variables.len()).unwrap();
        }
    }
    let name = name.rsplit('/').next().unwrap_or_default();
    let path = env::temp_dir().join(format!("skep-layout-{}-{name}", std::process::id()));
    fs::write(&path, text + &variables).unwrap();
    let clang = env::var("CLANG").unwrap_or_else(|_| "clang".into());
    let mut command = Command::new(clang);
    // Of an anonymous struct in parameters nothing but the size is known; a declaration may be of nothing.
    command.args(["-target", "bpf", "-g", "-O0", "-Wall", "-Wno-missing-declarations", "-Wno-visibility", "-x", "c"]);
    command.args(["-fno-builtin", "-c", "-o", "/dev/stdout"]).arg(&path).stderr(Stdio::piped());
    let output = command.output().unwrap();
    fs::remove_file(&path).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(errors.lines().take(6).collect::<Vec<_>>().join("\n"));
    }
    let file = object::File::parse(&*output.stdout).unwrap();
    // Without types there is no section.
    let types =
        file.section_by_name(".BTF").map_or_else(|| Edit::new(btf.endian()).finish(), |s| s.data().unwrap().to_vec());
    Ok(Btf::parse(types).unwrap())
}

/// A file, over the one before the comma if there is one. None if it has no types.
fn opened(file: &str) -> Option<Btf> {
    let bytes = |path: &str| {
        let bytes = fs::read(path).unwrap();
        match object::File::parse(&*bytes) {
            Ok(elf) => Some(elf.section_by_name(".BTF")?.data().unwrap().to_vec()),
            Err(_) => Some(bytes.clone()),
        }
    };
    Some(match file.split_once(',') {
        Some((base, module)) => {
            let base = Arc::new(Btf::parse(bytes(base)?).unwrap());
            Btf::parse_split(bytes(module)?, base).unwrap()
        }
        None => Btf::parse(bytes(file)?).unwrap(),
    })
}

#[test]
#[ignore = "needs clang with the BPF target, and BTF of a kernel"]
fn a_compiler_lays_types_out_as_they_were() {
    let files = env::var("SKEP_BTF").unwrap_or_else(|_| "/sys/kernel/btf/vmlinux".into());
    let (mut all, mut faults) = (0, Vec::new());
    for file in files.split(':') {
        let Some(btf) = opened(file) else { continue };
        let expected = layouts(&btf);
        let found = match compiled(&btf, file) {
            Ok(found) => layouts(&found),
            Err(errors) => {
                faults.push(format!("{file} does not compile:\n{errors}"));
                continue;
            }
        };
        let mut wrong = Vec::new();
        for (name, layouts) in &expected {
            let found = found.get(name).map(Vec::as_slice).unwrap_or_default();
            // A type of which nothing was said but its name and size.
            let known = layouts.iter().filter(|layout| layout.contains(','));
            wrong.extend(known.filter(|layout| !found.contains(layout)).map(|layout| {
                let found = found.first().map_or("nothing", String::as_str);
                format!("{name}: {layout}\n  instead: {found}")
            }));
        }
        all += expected.len();
        if !wrong.is_empty() {
            let some = wrong[..wrong.len().min(5)].join("\n");
            faults.push(format!("{file}: {} of {}:\n{some}", wrong.len(), expected.len()));
        }
    }
    println!("{all} structs and unions");
    assert!(faults.is_empty(), "{} files:\n{}", faults.len(), faults.join("\n"));
}
