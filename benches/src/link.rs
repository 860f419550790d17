//! Linking: many objects, and one large one, beside libbpf's linker.

use std::{
    env,
    ffi::CString,
    fs,
    path::{Path, PathBuf},
    process::Command,
    ptr,
};

use skep::{
    btf::{Btf, Edit, Type},
    linker::{Options, Undefined, link_with},
    object::{Linkage, MapKind, Object, elf},
};

use crate::{
    counters::Meter,
    table::{self, Row, median},
};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const RUNS: usize = 7;
const PEERS: [&str; 2] = ["skep", "libbpf"];
/// So many objects are linked.
const COUNTS: [usize; 3] = [2, 20, 200];
/// The size in bytes of the large object.
const LARGE: usize = 20 << 20;

/// Links files once: reads them, writes the result. Prints milliseconds and the most bytes allocated meanwhile.
pub fn once(peer: &str, out: &str, files: &[&str]) -> Result<()> {
    let meter = Meter::start();
    match peer {
        "skep" => {
            let read = |file: &&str| Ok(elf::read(file, &fs::read(file)?).map_err(|e| e.to_string())?);
            let objects = files.iter().map(read).collect::<Result<Vec<_>>>()?;
            let options = Options { output: Some(out.into()), undefined: Undefined::Error, ..Options::default() };
            let linked = link_with(objects, &options).map_err(|e| e.to_string())?;
            fs::write(out, elf::write(&linked.object).map_err(|e| e.to_string())?)?;
        }
        _ => theirs(out, files)?,
    }
    let cost = meter.stop();
    println!("{} {}", cost.wall_us / 1e3, cost.heap);
    Ok(())
}

fn theirs(out: &str, files: &[&str]) -> Result<()> {
    let path = CString::new(out)?;
    // SAFETY: the path is a string; no options are given.
    let linker = unsafe { libbpf_sys::bpf_linker__new(path.as_ptr(), ptr::null_mut()) };
    if linker.is_null() {
        return Err("libbpf: no linker".into());
    }
    for file in files {
        let path = CString::new(*file)?;
        // SAFETY: the linker is live, the path is a string.
        let error = unsafe { libbpf_sys::bpf_linker__add_file(linker, path.as_ptr(), ptr::null()) };
        if error != 0 {
            return Err(format!("libbpf: {file}: {error}").into());
        }
    }
    // SAFETY: the linker is live; it is freed after its last use.
    let error = unsafe {
        let error = libbpf_sys::bpf_linker__finalize(linker);
        libbpf_sys::bpf_linker__free(linker);
        error
    };
    if error == 0 { Ok(()) } else { Err(format!("libbpf: {error}").into()) }
}

/// Measures both, in turn, and prints the medians.
pub fn compare() -> Result<()> {
    let folder = env::temp_dir().join(format!("skep-link-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let small = elf::read("exec", &fs::read(root.join("examples/exec.bpf.o"))?).map_err(|e| e.to_string())?;
    let most = COUNTS.into_iter().max().unwrap_or(0);
    let copies = (0..most).map(|i| copy(&folder, &small, i)).collect::<Result<Vec<_>>>()?;
    let one = elf::read("large", &fs::read(root.join("fixtures/o/el/large.bpf.o"))?).map_err(|e| e.to_string())?;
    let (large, other) = (large(&folder, &one)?, copy(&folder, &one, LARGE)?);
    let result = (|| {
        for count in COUNTS {
            measure(&format!("linking: {count} objects of 8 KiB"), &folder, &copies[..count])?;
        }
        let size = fs::metadata(&large)?.len() >> 20;
        measure(&format!("linking: an object of {size} MiB and one of 0.5"), &folder, &[large, other])
    })();
    fs::remove_dir_all(&folder)?;
    result
}

fn measure(title: &str, folder: &Path, files: &[PathBuf]) -> Result<()> {
    let mut measured = PEERS.map(|_| [const { Vec::new() }; 2]);
    for _ in 0..RUNS {
        for (measured, peer) in measured.iter_mut().zip(PEERS) {
            let out = folder.join("out.o");
            let output = Command::new(env::current_exe()?).args(["link-once", peer]).arg(&out).args(files).output()?;
            eprint!("{}", String::from_utf8_lossy(&output.stderr));
            let text = String::from_utf8_lossy(&output.stdout);
            let numbers = text.split_whitespace().filter_map(|word| word.parse::<f64>().ok());
            measured.iter_mut().zip(numbers).for_each(|(all, one)| all.push(one));
        }
    }
    let values = |i: usize| measured.iter().map(|m| (!m[i].is_empty()).then(|| median(m[i].clone()))).collect();
    let rows = [
        Row { name: "time", values: values(0), unit: |v| format!("{v:.2} ms") },
        Row { name: "peak heap", values: values(1), unit: |v| format!("{:.2} MiB", v / 1048576.0) },
    ];
    table::print(title, &PEERS, &rows);
    Ok(())
}

/// An object with other names for what others can see, written to a file.
fn copy(folder: &Path, object: &Object, i: usize) -> Result<PathBuf> {
    let path = folder.join(format!("copy{i}.bpf.o"));
    fs::write(&path, elf::write(&renamed(object, i)?).map_err(|e| e.to_string())?)?;
    Ok(path)
}

fn renamed(object: &Object, i: usize) -> Result<Object> {
    let mut object = object.clone();
    let btf = object.btf.clone().ok_or("no BTF")?;
    let mut edit = Edit::of(&btf);
    let name = |name: &str| format!("{name}_{i}");
    for func in object.funcs.iter_mut().filter(|f| f.linkage != Linkage::Local) {
        func.name = name(&func.name).into();
        edit.rename(func.type_id, &func.name)?;
    }
    for (id, _) in btf.kinds() {
        if let Some(Type::Var(var)) = btf.get(id).filter(|t| matches!(t, Type::Var(v) if v.linkage == 1)) {
            edit.rename(id, &name(var.name))?;
        }
    }
    object.vars.iter_mut().filter(|v| v.linkage != Linkage::Local).for_each(|v| v.name = name(&v.name).into());
    let declared = object.maps.iter_mut().filter(|m| matches!(m.kind, MapKind::Declared(_)));
    declared.for_each(|m| m.name = name(&m.name).into());
    object.btf = Some(Btf::parse(edit.finish())?.into());
    Ok(object)
}

/// Many copies of a large fixture as one object.
fn large(folder: &Path, one: &Object) -> Result<PathBuf> {
    let size = elf::write(one).map_err(|e| e.to_string())?.len();
    let mut count = LARGE / size;
    loop {
        let objects = (0..count).map(|i| renamed(one, i)).collect::<Result<Vec<_>>>()?;
        let linked = link_with(objects, &Options::default()).map_err(|e| e.to_string())?;
        let bytes = elf::write(&linked.object).map_err(|e| e.to_string())?;
        if bytes.len() >= LARGE {
            let path = folder.join("large.bpf.o");
            fs::write(&path, bytes)?;
            return Ok(path);
        }
        // Types and lines that are equal are there once.
        count = (count * LARGE).div_ceil(bytes.len()) + 1;
    }
}
