//! Headers of whole kernels, compiled: every struct has the size and the offsets that BTF says.
//!
//! `SKEP_BTF` names files of BTF, separated by colons (`/sys/kernel/btf/vmlinux`, if it is not set); `CLANG` is the
//! compiler, one that has the BPF target.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may unwrap")]

use std::{
    collections::BTreeMap,
    env,
    fmt::Write,
    fs,
    process::{Command, Stdio},
};

use object::{Object, ObjectSection};
use skep_btf::{Btf, Composite, Type, c, core::essential};

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
fn compiled(btf: &Btf, name: &str) -> Btf {
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
    let path = env::temp_dir().join(format!("skep-layout-{}-{}", std::process::id(), name.replace('/', "-")));
    fs::write(&path, text + &variables).unwrap();
    let clang = env::var("CLANG").unwrap_or_else(|_| "clang".into());
    let mut command = Command::new(clang);
    // Of an anonymous struct in parameters nothing but the size is known; a declaration may be of nothing.
    command.args(["-target", "bpf", "-g", "-O0", "-Wall", "-Wno-missing-declarations", "-Wno-visibility", "-x", "c"]);
    command.args(["-fno-builtin", "-c", "-o", "/dev/stdout"]).arg(&path).stderr(Stdio::piped());
    let output = command.output().unwrap();
    fs::remove_file(&path).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}", errors.lines().take(20).collect::<Vec<_>>().join("\n"));
    let file = object::File::parse(&*output.stdout).unwrap();
    Btf::parse(file.section_by_name(".BTF").unwrap().data().unwrap()).unwrap()
}

#[test]
#[ignore = "needs clang with the BPF target, and BTF of a kernel"]
fn a_compiler_lays_types_out_as_they_were() {
    let files = env::var("SKEP_BTF").unwrap_or_else(|_| "/sys/kernel/btf/vmlinux".into());
    for file in files.split(':') {
        let bytes = fs::read(file).unwrap();
        let btf = Btf::parse(match object::File::parse(&*bytes) {
            Ok(elf) => elf.section_by_name(".BTF").unwrap().data().unwrap().to_vec(),
            Err(_) => bytes.clone(),
        })
        .unwrap();
        let (expected, found) = (layouts(&btf), layouts(&compiled(&btf, file)));
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
        assert!(
            wrong.is_empty(),
            "{file}: {} of {}:\n{}",
            wrong.len(),
            expected.len(),
            wrong[..wrong.len().min(5)].join("\n")
        );
        println!("{file}: {} structs and unions", expected.len());
    }
}
