//! CO-RE records: whether skep and libbpf come to the same, record by record.
//!
//! libbpf's arithmetic is called directly, as `bpftool gen min_core_btf` calls it: the symbols are in its archive, though
//! not in its headers. Candidates are gathered and kept as its loader gathers and keeps them.

use std::{
    collections::{BTreeMap, HashMap},
    error::Error,
    ffi::{CString, c_char, c_int, c_void},
    fs,
    path::{Path, PathBuf},
    ptr,
    sync::Arc,
};

use libbpf_sys as sys;
use object::{Object as _, ObjectSection as _};
use skep::btf::{
    Btf, StrOff, TypeId,
    core::{
        Answer, CoreKind, Error as CoreError, ErrorKind, Matcher, Minimum, Module, Record, Source, Target, Targets,
    },
    ext::{CoreRelo, Ext},
};

use crate::questions;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[repr(C)]
struct Cand {
    btf: *const sys::btf,
    id: u32,
}

#[repr(C)]
struct Cands {
    list: *mut Cand,
    len: c_int,
}

/// What libbpf makes of a record.
#[repr(C)]
#[derive(Default, Clone, Copy, Debug)]
struct Res {
    orig_val: u64,
    new_val: u64,
    poison: bool,
    validate: bool,
    fail_memsz_adjust: bool,
    orig_sz: u32,
    orig_type_id: u32,
    new_sz: u32,
    new_type_id: u32,
}

/// Room for three of libbpf's specs, each of some 1300 bytes.
const SCRATCH: usize = 3 * 512;

unsafe extern "C" {
    fn bpf_core_calc_relo_insn(
        prog: *const c_char,
        relo: *const sys::bpf_core_relo,
        index: c_int,
        local: *const sys::btf,
        cands: *mut Cands,
        scratch: *mut u64,
        res: *mut Res,
    ) -> c_int;
    fn bpf_core_add_cands(
        local: *mut Cand,
        essential: usize,
        target: *const sys::btf,
        name: *const c_char,
        first: c_int,
        cands: *mut Cands,
    ) -> c_int;
    fn bpf_core_free_cands(cands: *mut Cands);
    fn bpf_core_essential_name_len(name: *const c_char) -> usize;
}

/// Types as libbpf has them.
struct Theirs(*mut sys::btf);

impl Theirs {
    fn parse(bytes: &[u8], base: Option<&Theirs>) -> Result<Self> {
        let base = base.map_or(ptr::null_mut(), |base| base.0);
        // SAFETY: the bytes are copied; callers keep the base.
        let btf = unsafe { sys::btf__new_split(bytes.as_ptr().cast::<c_void>(), bytes.len() as u32, base) };
        if btf.is_null() { Err("libbpf does not read it".into()) } else { Ok(Self(btf)) }
    }

    /// The offset of a string, added if it is not there.
    fn add(&self, text: &str) -> u32 {
        let Ok(text) = CString::new(text) else { return 0 };
        // SAFETY: the types are live and nothing of theirs is borrowed.
        u32::try_from(unsafe { sys::btf__add_str(self.0, text.as_ptr()) }).unwrap_or(0)
    }

    fn len(&self) -> u32 {
        // SAFETY: the types are live.
        unsafe { sys::btf__type_cnt(self.0) }
    }
}

impl Drop for Theirs {
    fn drop(&mut self) {
        // SAFETY: nobody else frees it.
        unsafe { sys::btf__free(self.0) };
    }
}

/// A kernel and its modules, opened by both.
struct Kernel {
    ours: Arc<Btf>,
    modules: Vec<(String, Btf)>,
    their_modules: Vec<Theirs>,
    theirs: Theirs,
}

impl Targets for Kernel {
    fn kernel(&self) -> Option<&Btf> {
        Some(&self.ours)
    }

    fn modules(&self) -> Vec<Module<'_>> {
        self.modules.iter().map(|(name, btf)| Module { name, btf }).collect()
    }
}

impl Kernel {
    fn open(path: &str) -> Result<Self> {
        let (path, folder) = path.split_once(':').map_or((path, None), |(path, folder)| (path, Some(folder)));
        let ours = skep::btf_source::open(&skep::btf_source::Source::File(path.into()), None)?.btf;
        let theirs = Theirs::parse(ours.bytes().as_ref(), None)?;
        let (mut modules, mut their_modules) = (Vec::new(), Vec::new());
        let folder = folder.map(files).transpose()?.unwrap_or_default();
        for file in folder.iter().filter(|file| file.extension().is_some_and(|end| end == "btf")) {
            let bytes = fs::read(file)?;
            let name = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            their_modules.push(Theirs::parse(&bytes, Some(&theirs)).map_err(|error| format!("{name}: {error}"))?);
            modules.push((name, Btf::parse_split(bytes, ours.clone())?));
        }
        Ok(Self { ours, modules, their_modules, theirs })
    }
}

/// A file, or the files in a folder.
fn files(path: &str) -> Result<Vec<PathBuf>> {
    let mut all: Vec<PathBuf> = match fs::read_dir(path) {
        Ok(entries) => entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_file()).collect(),
        Err(_) => vec![path.into()],
    };
    all.sort();
    Ok(all)
}

/// libbpf's candidates for the root types of an object, which shrink as records are asked.
struct Searched<'a> {
    local: &'a Theirs,
    kernel: &'a Kernel,
    found: HashMap<u32, Box<Cands>>,
    scratch: Vec<u64>,
}

impl Searched<'_> {
    fn candidates(&mut self, root: u32) -> Option<*mut Cands> {
        if let Some(cands) = self.found.get_mut(&root) {
            return Some(&raw mut **cands);
        }
        // SAFETY: the types are live, and names live as long.
        let essential = unsafe {
            let ty = sys::btf__type_by_id(self.local.0, root);
            if ty.is_null() {
                return None;
            }
            let name = sys::btf__name_by_offset(self.local.0, (*ty).name_off);
            if name.is_null() || *name == 0 {
                return None;
            }
            bpf_core_essential_name_len(name)
        };
        let mut local = Cand { btf: self.local.0, id: root };
        let mut cands = Box::new(Cands { list: ptr::null_mut(), len: 0 });
        let mut add = |btf: &Theirs, first: u32| {
            // SAFETY: all are live; the list grows by realloc and is freed with its owner.
            unsafe {
                bpf_core_add_cands(&mut local, essential, btf.0, c"types".as_ptr(), first as c_int, &mut *cands);
            }
            cands.len
        };
        if add(&self.kernel.theirs, 1) == 0 {
            let first = self.kernel.theirs.len();
            self.kernel.their_modules.iter().for_each(|module| _ = add(module, first));
        }
        Some(&raw mut **self.found.entry(root).or_insert(cands))
    }

    /// What a record comes to, and the first candidate that is left.
    fn ask(&mut self, relo: &CoreRelo) -> std::result::Result<(Res, Option<(*const sys::btf, u32)>), c_int> {
        const EINVAL: c_int = -22;
        let cands = match relo.kind {
            CoreKind::TYPE_ID_LOCAL => ptr::null_mut(),
            _ => self.candidates(relo.type_id.0).ok_or(EINVAL)?,
        };
        let record = sys::bpf_core_relo {
            insn_off: relo.insn_off,
            type_id: relo.type_id.0,
            access_str_off: relo.access.0,
            kind: relo.kind.0,
        };
        let mut res = Res::default();
        // SAFETY: the record, the types, the candidates and the room for three specs are live.
        unsafe {
            let (local, scratch) = (self.local.0, self.scratch.as_mut_ptr());
            match bpf_core_calc_relo_insn(c"program".as_ptr(), &record, 0, local, cands, scratch, &mut res) {
                0 if cands.is_null() || (*cands).len == 0 => Ok((res, None)),
                0 => Ok((res, Some(((*(*cands).list).btf, (*(*cands).list).id)))),
                error => Err(error),
            }
        }
    }
}

impl Drop for Searched<'_> {
    fn drop(&mut self) {
        for cands in std::mem::take(&mut self.found).into_values() {
            // SAFETY: libbpf frees the list only: what it is given is its own allocation.
            unsafe {
                let list = libc::calloc(1, size_of::<Cands>()).cast::<Cands>();
                if !list.is_null() {
                    list.write(Cands { list: cands.list, len: cands.len });
                    bpf_core_free_cands(list);
                }
            }
        }
    }
}

/// How often what happened.
#[derive(Default)]
struct Counts {
    objects: u32,
    passed: u32,
    /// By question and outcome.
    same: BTreeMap<(&'static str, &'static str), u32>,
    other: u32,
    /// Records whose answers a minimum of the kernel changes, and leaves as they are.
    changed: u32,
    left: u32,
    /// The sizes of the minima in bytes, together.
    bytes: usize,
}

/// Compares the answers to all records of objects (files or folders) on kernels, between commas: `BTF`, or
/// `BTF:FOLDER-OF-MODULES`.
pub fn agree(kernels: &str, paths: &[&str]) -> Result<()> {
    // SAFETY: nothing is printed from now on.
    unsafe { sys::libbpf_set_print(None) };
    let mut counts = Counts::default();
    for kernel in kernels.split(',') {
        on(&Kernel::open(kernel)?, paths, &mut counts)?;
    }
    for ((kind, outcome), count) in &counts.same {
        println!("{count:8} {kind:18} {outcome}");
    }
    let same: u32 = counts.same.values().sum();
    let Counts { objects, passed, other, left, changed, bytes, .. } = counts;
    println!("{same} records the same, {other} not; {objects} objects, {passed} passed over");
    println!("with a minimum of the kernel: {left} records the same, {changed} not; {bytes} bytes together");
    Ok(())
}

fn on(kernel: &Kernel, paths: &[&str], counts: &mut Counts) -> Result<()> {
    for path in paths {
        let is_wanted = |file: &&PathBuf| file.to_str() == Some(path) || file.extension().is_some_and(|end| end == "o");
        for file in files(path)?.iter().filter(is_wanted) {
            match object(kernel, file, counts) {
                Ok(()) => counts.objects += 1,
                Err(error) => {
                    counts.passed += 1;
                    println!("{}: passed over: {error}", file.display());
                }
            }
        }
    }
    Ok(())
}

fn object(kernel: &Kernel, path: &PathBuf, counts: &mut Counts) -> Result<()> {
    let bytes = fs::read(path)?;
    if !bytes.starts_with(b"\x7fELF") {
        let local = Btf::parse(&*bytes)?;
        let theirs = Theirs::parse(&bytes, None)?;
        let asked = questions::all(&local);
        let mut offsets = HashMap::new();
        let mut relo = |(type_id, kind, access): &(TypeId, CoreKind, String)| {
            let access = *offsets.entry(access.clone()).or_insert_with(|| theirs.add(access));
            CoreRelo { insn_off: 0, type_id: *type_id, access: StrOff(access), kind: *kind }
        };
        let relos: Vec<CoreRelo> = asked.iter().map(&mut relo).collect();
        let records: Vec<Record<'_>> =
            asked.iter().map(|(type_id, kind, access)| Record { type_id: *type_id, kind: *kind, access }).collect();
        return compare(kernel, path, (&local, &theirs), (&relos, &records), counts);
    }
    let file = object::File::parse(&*bytes)?;
    let section = |name| file.section_by_name(name).map(|section| section.data());
    // Without either there are no records.
    let (Some(types), Some(ext)) = (section(".BTF").transpose()?, section(".BTF.ext").transpose()?) else {
        return Ok(());
    };
    let theirs = Theirs::parse(types, None)?;
    let (local, ext) = (Btf::parse(types)?, Ext::parse(ext)?);
    let relos: Vec<CoreRelo> = ext.core().flat_map(|section| section.records()).collect();
    let record = |relo: &CoreRelo| Record {
        type_id: relo.type_id,
        kind: relo.kind,
        access: local.string(relo.access).unwrap_or_default(),
    };
    let records: Vec<Record<'_>> = relos.iter().map(record).collect();
    compare(kernel, path, (&local, &theirs), (&relos, &records), counts)
}

fn compare(
    kernel: &Kernel,
    path: &Path,
    (local, theirs): (&Btf, &Theirs),
    (relos, records): (&[CoreRelo], &[Record<'_>]),
    counts: &mut Counts,
) -> Result<()> {
    let mut searched = Searched { local: theirs, kernel, found: HashMap::new(), scratch: vec![0; SCRATCH] };
    let mut matcher = Matcher::new(local, kernel);
    let answers = matcher.resolve_all(records);
    minimum(kernel, local, records, &answers, counts)?;
    for ((relo, record), ours) in relos.iter().zip(records).zip(answers) {
        let theirs = searched.ask(relo);
        let outcome = match (&ours, &theirs) {
            (Err(_), Err(_)) => Some("refused"),
            (Ok(ours), Ok((res, first))) => same(kernel, &matcher, ours, res, *first),
            _ => None,
        };
        match outcome {
            Some(outcome) => *counts.same.entry((record.kind.name().unwrap_or("other"), outcome)).or_default() += 1,
            None => {
                counts.other += 1;
                let theirs = theirs.map(|(res, first)| (res, first.map(|(_, id)| id)));
                println!("{}: {record:?}\n    skep {ours:?}\n    libbpf {theirs:?}", path.display());
            }
        }
    }
    Ok(())
}

/// Whether what `skep btf min` keeps of a kernel gives the same answers.
fn minimum(
    kernel: &Kernel,
    local: &Btf,
    records: &[Record<'_>],
    answers: &[std::result::Result<Answer, CoreError>],
    counts: &mut Counts,
) -> Result<()> {
    let modules: Vec<&Btf> = kernel.modules.iter().map(|(_, btf)| btf).collect();
    let mut minimum = Minimum::new(&kernel.ours, &modules);
    // Records that do not suit the object itself need nothing.
    let is_sound = |answer: &std::result::Result<Answer, CoreError>| match answer {
        Ok(_) => true,
        Err(error) => matches!(error.kind, ErrorKind::Ambiguous { .. }),
    };
    let sound = records.iter().zip(answers).filter(|(_, answer)| is_sound(answer)).map(|(record, _)| *record);
    minimum.need(local, sound)?;
    let bytes = minimum.finish()?;
    counts.bytes += bytes.len();
    let small = Btf::parse(bytes)?;
    for ((record, whole), cut) in records.iter().zip(answers).zip(Matcher::new(local, &small).resolve_all(records)) {
        let told = |answer: &std::result::Result<Answer, CoreError>| match answer {
            Ok(answer) if record.kind == CoreKind::TYPE_ID_TARGET => format!("{}", answer.candidate.is_some()),
            Ok(answer) => format!("{:?}", Answer { candidate: None, ..*answer }),
            Err(error) => error.code().into(),
        };
        if told(whole) == told(&cut) {
            counts.left += 1;
        } else {
            counts.changed += 1;
            println!("minimum: {record:?}\n    whole {whole:?}\n    minimum {cut:?}");
        }
    }
    Ok(())
}

/// What both say, if they say the same.
fn same(
    kernel: &Kernel,
    matcher: &Matcher<'_>,
    ours: &Answer,
    res: &Res,
    first: Option<(*const sys::btf, u32)>,
) -> Option<&'static str> {
    let target = match ours.target {
        Target::Value(value) => !res.poison && value == res.new_val,
        Target::Absent => res.poison,
    };
    let sizes = res.poison
        || (ours.sizes.local, ours.sizes.target, ours.sizes.adjustable)
            == (res.orig_sz, res.new_sz, !res.fail_memsz_adjust);
    let candidate = ours.candidate.is_none_or(|candidate| {
        let btf = match candidate.source {
            Source::Kernel => &kernel.theirs,
            Source::Module(i) => &kernel.their_modules[i],
        };
        first == Some((btf.0.cast_const(), candidate.id.0)) && matcher.btf(candidate.source).is_some()
    });
    let agreed = target && sizes && candidate && ours.local == res.orig_val && ours.checked == res.validate;
    agreed.then_some(match (ours.target, ours.candidate) {
        (Target::Absent, _) => "absent",
        (_, None) => "no candidate",
        (_, Some(candidate)) if candidate.source != Source::Kernel => "in a module",
        _ => "found",
    })
}
