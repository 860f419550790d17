//! Equal types made one: how long it takes, how much memory, and whether libbpf finds the same types equal.

use std::{
    collections::BTreeMap,
    env,
    error::Error,
    ffi::c_void,
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use skep::btf::{Btf, Edit, Kind, Type, TypeId, dedup};

use crate::{
    table::{self, Row, median},
    types::spend,
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const RUNS: usize = 5;
/// How many copies of the kernel's types are measured.
const COPIES: [u32; 3] = [1, 4, 10];

/// The running kernel's types several times over: what a linker has before it makes them one.
fn copies(times: u32) -> Result<Vec<u8>> {
    let kernel = Btf::parse(fs::read("/sys/kernel/btf/vmlinux")?)?;
    let mut edit = Edit::new(kernel.endian());
    for _ in 0..times {
        edit.append(&kernel)?;
    }
    Ok(edit.finish())
}

/// Deduplicates a file once; prints the milliseconds of the processor, the most bytes allocated meanwhile, and how many types are left.
pub fn once(peer: &str, path: &str) -> Result<()> {
    let bytes = fs::read(path)?;
    let (left, (cpu, cost)) = if peer == "skep" {
        let btf = Btf::parse(bytes)?;
        let (deduped, cost) = spend(|| dedup(&btf));
        (deduped?.edit.len(), cost)
    } else {
        let btf = Theirs::parse(&bytes, None)?;
        let (done, cost) = spend(|| btf.dedup());
        done?;
        (btf.len() - 1, cost)
    };
    println!("{} {} {left}", cpu / 1e3, cost.heap);
    Ok(())
}

/// Measures both, in turn, and prints the medians.
pub fn compare() -> Result<()> {
    const PEERS: [&str; 2] = ["skep", "libbpf"];
    let file = env::temp_dir().join(format!("skep-dedup-{}.btf", std::process::id()));
    let mut rows = Vec::new();
    for times in COPIES {
        fs::write(&file, copies(times)?)?;
        let mut measured = PEERS.map(|_| [const { Vec::new() }; 3]);
        for _ in 0..RUNS {
            for (measured, peer) in measured.iter_mut().zip(PEERS) {
                let output = Command::new(env::current_exe()?).args(["dedup-once", peer]).arg(&file).output()?;
                eprint!("{}", String::from_utf8_lossy(&output.stderr));
                let text = String::from_utf8_lossy(&output.stdout);
                let numbers = text.split_whitespace().filter_map(|word| word.parse::<f64>().ok());
                measured.iter_mut().zip(numbers).for_each(|(all, one)| all.push(one));
            }
        }
        let values = |i: usize| measured.iter().map(|m| (!m[i].is_empty()).then(|| median(m[i].clone()))).collect();
        rows.push((times, values(0), values(1), values(2)));
    }
    fs::remove_file(&file)?;
    for (times, time, peak, left) in rows {
        let rows = [
            Row { name: "time", values: time, unit: |v| format!("{v:.0} ms") },
            Row {
                name: "peak heap beside the types themselves",
                values: peak,
                unit: |v| format!("{:.1} MiB", v / 1048576.0),
            },
            Row { name: "types left", values: left, unit: |v| format!("{v}") },
        ];
        table::print(&format!("deduplication: {times} × the kernel's types"), &PEERS, &rows);
    }
    Ok(())
}

/// libbpf's BTF.
struct Theirs(*mut libbpf_sys::btf);

impl Theirs {
    fn parse(bytes: &[u8], base: Option<&Theirs>) -> Result<Self> {
        let base = base.map_or(std::ptr::null_mut(), |base| base.0);
        // SAFETY: the bytes are copied; the base outlives what is made over it, since callers keep both.
        let btf = unsafe { libbpf_sys::btf__new_split(bytes.as_ptr().cast::<c_void>(), bytes.len() as u32, base) };
        if btf.is_null() { Err("libbpf does not read it".into()) } else { Ok(Self(btf)) }
    }

    fn dedup(&self) -> Result<()> {
        // SAFETY: the BTF is live.
        match unsafe { libbpf_sys::btf__dedup(self.0, std::ptr::null()) } {
            0 => Ok(()),
            error => Err(format!("libbpf: {error}").into()),
        }
    }

    fn len(&self) -> u32 {
        // SAFETY: the BTF is live.
        unsafe { libbpf_sys::btf__type_cnt(self.0) }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut size = 0;
        // SAFETY: the BTF is live, and its data are read before anything else is done with it.
        unsafe {
            let data = libbpf_sys::btf__raw_data(self.0, &mut size).cast::<u8>();
            std::slice::from_raw_parts(data, size as usize).to_vec()
        }
    }
}

impl Drop for Theirs {
    fn drop(&mut self) {
        // SAFETY: nobody else frees it.
        unsafe { libbpf_sys::btf__free(self.0) };
    }
}

/// Compares what both make of files and of folders of them: raw BTF, ELF files; `FILE:BASE` for split types.
pub fn agree(paths: &[&str]) -> Result<()> {
    let mut files = Vec::new();
    for path in paths {
        let (path, base) = path.split_once(':').map_or((*path, None), |(path, base)| (path, Some(base)));
        let mut all: Vec<PathBuf> = match fs::read_dir(path) {
            Ok(entries) => entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_file()).collect(),
            Err(_) => vec![path.into()],
        };
        all.sort();
        files.extend(all.into_iter().map(|path| (path, base.map(PathBuf::from))));
    }
    let (mut same, mut other) = (0, 0);
    for (path, base) in files {
        match differs(&path, base.as_deref()) {
            Ok(None) => same += 1,
            Ok(Some(text)) => {
                other += 1;
                println!("{}: {text}", path.display());
            }
            Err(error) => println!("{}: passed over: {error}", path.display()),
        }
    }
    println!("{same} the same, {other} not");
    Ok(())
}

/// How often the types of a file are put together before they are made one.
const TIMES: u32 = 2;

/// In which way the types that are left differ.
fn differs(path: &Path, base: Option<&Path>) -> Result<Option<String>> {
    let source = |path: &Path| skep::btf_source::Source::File(path.into());
    let base = base.map(|base| skep::btf_source::open(&source(base), None)).transpose()?.map(|opened| opened.btf);
    let btf = skep::btf_source::open(&source(path), base.as_ref())?.btf;
    let mut edit = base.as_ref().map_or_else(|| Edit::new(btf.endian()), |base| Edit::split(base));
    for _ in 0..TIMES {
        edit.append(&btf)?;
    }
    let many = edit.finish();
    let reopen = |bytes: Vec<u8>| match &base {
        Some(base) => Btf::parse_split(bytes, base.clone()),
        None => Btf::parse(bytes),
    };
    let ours = reopen(dedup(&reopen(many.clone())?)?.bytes())?;
    let their_base = base.as_ref().map(|base| Theirs::parse(base.bytes().as_ref(), None)).transpose()?;
    let theirs = Theirs::parse(&many, their_base.as_ref())?;
    theirs.dedup()?;
    let theirs = reopen(theirs.bytes())?;
    let (a, b) = (shapes(&ours), shapes(&theirs));
    if a == b {
        return Ok(None);
    }
    let mut text = format!("{} types left, {} by libbpf", ours.len(), theirs.len());
    let mut more = |one: &BTreeMap<u64, Vec<TypeId>>, other: &BTreeMap<u64, Vec<TypeId>>, btf: &Btf, who: &str| {
        let extra = one.iter().filter(|(shape, ids)| other.get(shape).map_or(0, Vec::len) < ids.len());
        for (_, ids) in extra.take(6) {
            let id = ids[0];
            text +=
                &format!("\n    more of {who}: #{} {} {}", id.0, btf.kind(id).map_or("", Kind::name), btf.spelled(id));
        }
    };
    more(&a, &b, &ours, "skep");
    more(&b, &a, &theirs, "libbpf");
    Ok(Some(text))
}

/// The own types by what they look like, several steps deep.
fn shapes(btf: &Btf) -> BTreeMap<u64, Vec<TypeId>> {
    let all: Vec<TypeId> = (0..btf.first_id().0 + btf.len()).map(TypeId).collect();
    let mut hashes = vec![0u64; all.len()];
    for _ in 0..8 {
        hashes = all.iter().map(|&id| shape(btf, id, &hashes)).collect();
    }
    let mut shapes = BTreeMap::<u64, Vec<TypeId>>::new();
    for id in btf.ids() {
        shapes.entry(hashes[id.0 as usize]).or_default().push(id);
    }
    shapes
}

fn shape(btf: &Btf, id: TypeId, hashes: &[u64]) -> u64 {
    let mut hasher = DefaultHasher::new();
    let of = |id: TypeId| hashes[id.0 as usize];
    btf.kind(id).map(|kind| kind.0).hash(&mut hasher);
    btf.name(id).hash(&mut hasher);
    match btf.get(id) {
        Some(Type::Struct(ty) | Type::Union(ty)) => {
            ty.size.hash(&mut hasher);
            ty.members().for_each(|m| (m.name, m.bit_offset, m.bit_size, of(m.ty)).hash(&mut hasher));
        }
        Some(Type::Enum(ty)) => {
            (ty.size, ty.signed).hash(&mut hasher);
            ty.values().for_each(|value| (value.name, value.value).hash(&mut hasher));
        }
        Some(Type::FuncProto(ty)) => {
            of(ty.ret).hash(&mut hasher);
            ty.params().for_each(|param| (param.name, of(param.ty)).hash(&mut hasher));
        }
        Some(Type::Datasec(ty)) => ty.vars().for_each(|v| (of(v.ty), v.offset, v.size).hash(&mut hasher)),
        Some(Type::Array(a)) => (of(a.elem), of(a.index), a.len).hash(&mut hasher),
        Some(Type::Ptr(to) | Type::Const(to) | Type::Volatile(to) | Type::Restrict(to)) => of(to).hash(&mut hasher),
        Some(Type::Typedef { target, .. }) => of(target).hash(&mut hasher),
        Some(Type::TypeTag { target, attribute, .. }) => (of(target), attribute).hash(&mut hasher),
        Some(Type::DeclTag { target, component, attribute, .. }) => {
            (of(target), component, attribute).hash(&mut hasher)
        }
        Some(Type::Func(func)) => (of(func.proto), func.linkage).hash(&mut hasher),
        Some(Type::Var(var)) => (of(var.ty), var.linkage).hash(&mut hasher),
        Some(Type::Int(int)) => (int.size, int.bits, int.offset, int.encoding).hash(&mut hasher),
        Some(Type::Float { size, .. }) => size.hash(&mut hasher),
        Some(Type::Fwd { is_union, .. }) => is_union.hash(&mut hasher),
        _ => {}
    }
    hasher.finish()
}

/// What a module needs of its kernel, made and used by both: the types that come out are the same.
pub fn distilled(base: &str, modules: &[&str]) -> Result<()> {
    let source = |path: &str| skep::btf_source::Source::File(path.into());
    let base: Arc<Btf> = skep::btf_source::open(&source(base), None)?.btf;
    let their_base = Theirs::parse(base.bytes().as_ref(), None)?;
    let (mut same, mut other) = (0, 0);
    for path in modules {
        let btf = skep::btf_source::open(&source(path), Some(&base))?.btf;
        let ours = skep::btf::distill(&btf)?;
        let split = Theirs::parse(btf.bytes().as_ref(), Some(&their_base))?;
        let (mut new_base, mut new_split) = (std::ptr::null_mut(), std::ptr::null_mut());
        // SAFETY: the split BTF is live; both results are owned by the values made of them.
        let error = unsafe { libbpf_sys::btf__distill_base(split.0, &mut new_base, &mut new_split) };
        if error != 0 {
            println!("{path}: libbpf: {error}");
            continue;
        }
        let (new_base, new_split) = (Theirs(new_base), Theirs(new_split));
        let small = Arc::new(Btf::parse(ours.base.clone())?);
        let over = Btf::parse_split(ours.split.clone(), small.clone())?;
        let their_small = Arc::new(Btf::parse(new_base.bytes())?);
        let their_over = Btf::parse_split(new_split.bytes(), their_small.clone())?;
        // libbpf's drops libbpf's; ours relocates what libbpf made, and the other way round.
        let back = skep::btf::relocate(&over, &base)?;
        let back_of_theirs = skep::btf::relocate(&their_over, &base)?;
        let equal = shapes(&small) == shapes(&their_small)
            && shapes(&over) == shapes(&their_over)
            && shapes(&back) == shapes(&back_of_theirs);
        if equal {
            same += 1
        } else {
            other += 1
        }
        if !equal {
            let sizes = (small.len(), their_small.len(), over.len(), their_over.len());
            println!("{path}: base {} and {}, split {} and {} types", sizes.0, sizes.1, sizes.2, sizes.3);
        }
        drop(new_split);
    }
    println!("{same} the same, {other} not");
    Ok(())
}
