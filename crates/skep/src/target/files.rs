//! What is known of a kernel by files: its types, and what may stand beside them.

use std::{
    fmt, fs,
    io::Read,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use super::{release, symbols, unavailable};
use crate::{
    btf::Btf,
    btf_source::{self, Source},
    object::{
        btf::Endian,
        uapi::{Feature, Release},
    },
    reloc::{Kernel, Module, ModuleIdx, Target, Unavailable},
};

/// The page size in bytes of most kernels.
const PAGE_SIZE: u32 = 4096;
/// The names that the kernel's own types may have in a directory.
const VMLINUX: [&str; 3] = ["vmlinux", "vmlinux.btf", "vmlinux.s"];

/// Why there is no kernel where one was looked for.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A directory without a file `vmlinux`.
    NoVmlinux(PathBuf),
    /// A directory that cannot be read.
    Directory(PathBuf, std::io::Error),
    /// A file that cannot be read, or that has no types.
    Types(btf_source::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoVmlinux(path) => write!(f, "{} holds no file `vmlinux`", path.display()),
            Self::Directory(path, error) => write!(f, "{}: {error}", path.display()),
            Self::Types(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {}

/// A kernel by its files. A file is anything with types in it: raw BTF, `vmlinux`, a kernel image, a package, assembly text.
/// A directory holds:
///
/// | file | what it gives |
/// |---|---|
/// | `vmlinux`, `vmlinux.btf` or `vmlinux.s` | the kernel's types |
/// | `NAME.s` beside `vmlinux.s` | the types of a module |
/// | `NAME` or `NAME.btf` of raw BTF, `NAME.ko`, also compressed | the types of a module |
/// | `config` or `config.gz` | its configuration (`CONFIG_X=y` lines), and its release if nothing else tells it |
/// | `release` | its release, as `uname -r` prints it |
/// | `System.map` or `kallsyms` | its symbols |
///
/// Everything but the kernel's types is read when something first asks for it; what cannot be read harms nothing that does
/// not need it. It gives the same answers on every host: one CPU, pages of 4 KiB, and every feature that its release does
/// not rule out.
///
/// # Errors
/// When the kernel's own types are not to be had.
pub fn open(path: &Path) -> Result<Target, Error> {
    let (vmlinux, dir) = match path.is_dir() {
        true => (vmlinux_in(path).ok_or_else(|| Error::NoVmlinux(path.into()))?, Some(path.to_path_buf())),
        false => (path.to_path_buf(), None),
    };
    let types = types(&vmlinux, None).map_err(Error::Types)?;
    Ok(Target::new(Files::new(types, vmlinux, dir)))
}

/// The kernels in a directory that holds a directory or a file of BTF for each, in order of their names. None if it is a
/// kernel itself, or a file.
///
/// # Errors
/// When it cannot be read.
pub fn open_all(path: &Path) -> Result<Option<Vec<PathBuf>>, Error> {
    if !path.is_dir() || vmlinux_in(path).is_some() {
        return Ok(None);
    }
    let failed = |error| Error::Directory(path.into(), error);
    let entries = fs::read_dir(path).map_err(failed)?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>().map_err(failed)?;
    let is_kernel = |path: &PathBuf| match path.is_dir() {
        true => vmlinux_in(path).is_some(),
        false => path.extension().is_some_and(|end| end == "btf"),
    };
    let mut kernels: Vec<_> = paths.into_iter().filter(is_kernel).collect();
    kernels.sort_by_cached_key(|path| by_number(path));
    Ok(Some(kernels))
}

/// Orders `5.10` after `5.9`.
fn by_number(path: &Path) -> Vec<(u64, String)> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut parts = Vec::new();
    for part in name.split_inclusive(|c: char| !c.is_ascii_digit()) {
        let digits = part.trim_end_matches(|c: char| !c.is_ascii_digit());
        parts.push((digits.parse().unwrap_or(0), part[digits.len()..].to_owned()));
    }
    parts
}

fn vmlinux_in(dir: &Path) -> Option<PathBuf> {
    VMLINUX.map(|name| dir.join(name)).into_iter().find(|path| path.is_file())
}

/// The types in a file of any sort.
fn types(path: &Path, base: Option<&Arc<Btf>>) -> Result<Arc<Btf>, btf_source::Error> {
    if is_raw(path) && base.is_none() {
        let source = || path.display().to_string();
        let bytes = fs::read(path).map_err(|error| btf_source::Kind::File(path.into(), error));
        let btf = bytes.and_then(|bytes| Btf::parse(bytes).map_err(btf_source::Kind::Btf));
        return btf.map(Arc::new).map_err(|kind| btf_source::Error { source: source(), kind });
    }
    btf_source::open(&Source::File(path.into()), base).map(|opened| opened.btf)
}

/// Whether a file begins as BTF does.
fn is_raw(path: &Path) -> bool {
    let mut magic = [0; 2];
    let read = fs::File::open(path).and_then(|mut file| file.read_exact(&mut magic));
    read.is_ok() && matches!(magic, [0x9f, 0xeb] | [0xeb, 0x9f])
}

/// A kernel by its files.
#[derive(Debug)]
struct Files {
    types: Arc<Btf>,
    vmlinux: PathBuf,
    dir: Option<PathBuf>,
    version: OnceLock<u32>,
    config: OnceLock<Result<String, Unavailable>>,
    symbols: OnceLock<Result<Vec<u8>, Unavailable>>,
    modules: OnceLock<(Vec<Module>, Vec<ModuleFile>)>,
}

/// The file of a module, and its types once they were asked for.
#[derive(Debug)]
struct ModuleFile {
    path: PathBuf,
    btf: OnceLock<Result<Arc<Btf>, Unavailable>>,
}

impl Files {
    fn new(types: Arc<Btf>, vmlinux: PathBuf, dir: Option<PathBuf>) -> Self {
        let (version, config) = (OnceLock::new(), OnceLock::new());
        Self { types, vmlinux, dir, version, config, symbols: OnceLock::new(), modules: OnceLock::new() }
    }

    /// A file of the directory, by the first of these names that there is.
    fn file(&self, names: &[&str]) -> Option<PathBuf> {
        let dir = self.dir.as_deref()?;
        names.iter().map(|name| dir.join(name)).find(|path| path.is_file())
    }

    fn list(&self) -> (Vec<Module>, Vec<ModuleFile>) {
        let entries = self.dir.as_deref().and_then(|dir| fs::read_dir(dir).ok());
        let mut paths: Vec<_> = entries.into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        let in_text = self.vmlinux.extension().is_some_and(|end| end == "s");
        // The order of modules decides where a type is found that several have.
        paths.sort();
        let modules = paths.into_iter().filter(|path| path.is_file() && *path != self.vmlinux).filter_map(|path| {
            let name = path.file_name()?.to_str()?;
            let stem = ["", ".xz", ".zst", ".gz"].iter().find_map(|end| name.strip_suffix(end)?.strip_suffix(".ko"));
            let stem = stem.or_else(|| name.strip_suffix(".s").filter(|_| in_text));
            // Files of other sorts may stand beside the BTF.
            let stem = stem.or_else(|| is_raw(&path).then(|| name.trim_end_matches(".btf")))?;
            let module = Module { name: stem.replace('-', "_").into(), btf_id: 0 };
            Some((module, ModuleFile { path, btf: OnceLock::new() }))
        });
        modules.unzip()
    }

    fn all_modules(&self) -> &(Vec<Module>, Vec<ModuleFile>) {
        self.modules.get_or_init(|| self.list())
    }

    fn read_config(&self) -> Result<String, Unavailable> {
        const WHAT: &str = "kernel configuration";
        let path = self.file(&["config", "config.gz"]).ok_or_else(|| unavailable(WHAT, "none was given"))?;
        let failed = |error: std::io::Error| unavailable(WHAT, format!("{}: {error}", path.display()));
        let bytes = fs::read(&path).map_err(failed)?;
        let mut text = Vec::new();
        match bytes.starts_with(&[0x1f, 0x8b]) {
            // No configuration is anywhere near as long.
            true => flate2::read::GzDecoder::new(&*bytes).take(1 << 24).read_to_end(&mut text).map_err(failed)?,
            false => {
                text = bytes;
                0
            }
        };
        Ok(String::from_utf8_lossy(&text).into_owned())
    }
}

impl Kernel for Files {
    fn endian(&self) -> Endian {
        self.types.endian()
    }

    fn page_size(&self) -> u32 {
        PAGE_SIZE
    }

    fn possible_cpus(&self) -> u32 {
        1
    }

    fn version(&self) -> u32 {
        *self.version.get_or_init(|| {
            let file = self.file(&["release"]).and_then(|path| fs::read_to_string(path).ok());
            let by_file = file.map_or(0, |text| release::packed(&text));
            if by_file != 0 {
                return by_file;
            }
            self.config().ok().and_then(release::of_config).map_or(0, release::packed)
        })
    }

    fn has(&self, feature: Feature) -> bool {
        let version = self.version();
        version == 0 || feature.since() <= Release::new((version >> 16) as u16, (version >> 8 & 0xff) as u16)
    }

    fn vmlinux(&self) -> Result<&Arc<Btf>, Unavailable> {
        Ok(&self.types)
    }

    fn modules(&self) -> &[Module] {
        &self.all_modules().0
    }

    fn module_btf(&self, module: ModuleIdx) -> Result<&Arc<Btf>, Unavailable> {
        let (modules, files) = self.all_modules();
        let at = module.0 as usize;
        let (Some(module), Some(file)) = (modules.get(at), files.get(at)) else {
            return Err(unavailable(format!("BTF of module {at}"), "there is no such module"));
        };
        let what = || format!("BTF of module {}", module.name);
        let open = || match is_raw(&file.path) {
            true => fs::read(&file.path)
                .map_err(|error| unavailable(what(), error))
                .and_then(|bytes| Btf::parse_split(bytes, self.types.clone()).map_err(|e| unavailable(what(), e)))
                .map(Arc::new),
            false => types(&file.path, Some(&self.types)).map_err(|error| unavailable(what(), error)),
        };
        file.btf.get_or_init(open).as_ref().map_err(Clone::clone)
    }

    fn symbols(&self, names: &[&str]) -> Result<Vec<Vec<u64>>, Unavailable> {
        const WHAT: &str = "addresses of kernel symbols";
        let read = || {
            let path = self.file(&["System.map", "kallsyms"]);
            let path = path.ok_or_else(|| unavailable(WHAT, "neither `System.map` nor `kallsyms` was given"))?;
            fs::read(&path).map_err(|error| unavailable(WHAT, format!("{}: {error}", path.display())))
        };
        let text = self.symbols.get_or_init(read).as_ref().map_err(Clone::clone)?;
        Ok(symbols::find(text, names))
    }

    fn config(&self) -> Result<&str, Unavailable> {
        self.config.get_or_init(|| self.read_config()).as_ref().map(String::as_str).map_err(Clone::clone)
    }
}
