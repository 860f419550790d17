//! Where types are found: in the running kernel and what is loaded there, and in files.
//!
//! ```no_run
//! use skep::btf_source::{Source, open};
//!
//! let running = open(&Source::parse("running")?, None)?;
//! let nf_tables = open(&Source::parse("nf_tables")?, None)?;
//! let package = open(&Source::parse("linux-image-6.12.deb:boot/vmlinuz-6.12")?, None)?;
//! println!("{} types in {}", running.btf.len(), running.name);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod base;
mod contents;
mod error;
mod image;
mod package;
mod running;
mod text;
mod unpack;

use std::{
    fmt,
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
};

use object::read::ReadCache;

use crate::btf::{self, Btf, Bytes, needs_base};

pub use contents::{Contents, contents};
pub use error::{Error, Kind};

/// The most bytes that anything unpacks to, 1 GiB: a kernel with debugging symbols has half of that.
pub const LIMIT: usize = 1 << 30;

/// Where types are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The running kernel: mapped where it can be (6.16), else read.
    Running,
    /// A module of the running kernel, by its name (5.11).
    Module(String),
    /// BTF that is loaded, by its id.
    Id(u32),
    /// The types of a loaded program, by its id.
    Program(u32),
    /// The types of a map, by its id.
    Map(u32),
    /// A file: raw BTF, an ELF file (an object, a module, a kernel), a kernel image; also compressed. Assembly text, too,
    /// by its name (`.s`).
    File(PathBuf),
    /// A file in a package.
    Packed {
        /// The package.
        package: PathBuf,
        /// The path of the file in it.
        file: String,
    },
}

/// Types, and what they came with.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The types, over their base if they have one.
    pub btf: Arc<Btf>,
    /// What they go on from by what they carry themselves (`.BTF.base`), if they do.
    pub distilled: Option<Arc<Btf>>,
    /// `.BTF.ext`, for objects.
    pub ext: Option<Bytes>,
    /// What they are called: `vmlinux`, the name of a module, the path of a file.
    pub name: String,
}

impl Source {
    /// Reads how the command line names sources: `running` (or `vmlinux`), `id:NUMBER`, `prog:NUMBER`, `map:NUMBER`,
    /// `module:NAME`, `PACKAGE.deb:FILE`, the path of a file; the name of a loaded module, if there is no such file.
    ///
    /// # Errors
    /// `source-number`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let number = |digits: &str| {
            let kind = || Kind::Number(digits.into());
            digits.parse().map_err(|_| Error { source: text.into(), kind: kind() })
        };
        if Path::new(text).exists() {
            return Ok(Self::File(text.into()));
        }
        Ok(match text.split_once(':') {
            Some(("id", id)) => Self::Id(number(id)?),
            Some(("prog", id)) => Self::Program(number(id)?),
            Some(("map", id)) => Self::Map(number(id)?),
            Some(("module", name)) => Self::Module(name.into()),
            Some((package, file)) if Path::new(package).is_file() => {
                Self::Packed { package: package.into(), file: file.into() }
            }
            _ if matches!(text, "running" | "vmlinux") => Self::Running,
            _ if running::is_module(text) => Self::Module(text.into()),
            _ => Self::File(text.into()),
        })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Running => f.write_str("running"),
            Self::Module(name) => write!(f, "module:{name}"),
            Self::Id(id) => write!(f, "id:{id}"),
            Self::Program(id) => write!(f, "prog:{id}"),
            Self::Map(id) => write!(f, "map:{id}"),
            Self::File(path) => path.display().fmt(f),
            Self::Packed { package, file } => write!(f, "{}:{file}", package.display()),
        }
    }
}

/// Opens types. Those of a module go on from `base`; without one, from the running kernel for what is loaded there, from
/// the kernel in the same tree of files (`/boot/vmlinuz-RELEASE` beside `/lib/modules/RELEASE`), or from what they carry
/// themselves (`.BTF.base`).
///
/// # Errors
/// See [`Kind`].
pub fn open(source: &Source, base: Option<&Arc<Btf>>) -> Result<Opened, Error> {
    let at = |kind| Error { source: source.to_string(), kind };
    match source {
        Source::File(path) if text::is_text(path) => {
            let btf = Arc::new(text::open(path, base).map_err(at)?);
            Ok(Opened { btf, distilled: None, ext: None, name: path.display().to_string() })
        }
        Source::File(path) => {
            let contents = read(path, None).map_err(at)?;
            let beside = || base::beside(path);
            finish(contents, base, beside, path.display().to_string()).map_err(at)
        }
        Source::Packed { package, file } => {
            let contents = read(package, Some(file)).map_err(at)?;
            // A module's kernel is in the same package, or in one beside it that has to be named.
            let kernel = || Some(Arc::new(Btf::parse(read(package, None).ok()?.types).ok()?));
            finish(contents, base, kernel, source.to_string()).map_err(at)
        }
        _ => running::open(source, base).map_err(at),
    }
}

/// Reads a file. Of an ELF file no more is read than is needed.
fn read(path: &Path, member: Option<&str>) -> Result<Contents, Kind> {
    let failed = |error| Kind::File(path.into(), error);
    let mut file = std::fs::File::open(path).map_err(failed)?;
    if file.metadata().is_ok_and(|data| data.is_dir()) {
        return Err(failed(std::io::ErrorKind::IsADirectory.into()));
    }
    let mut head = Vec::new();
    (&mut file).take(4).read_to_end(&mut head).map_err(failed)?;
    if head == b"\x7fELF" && member.is_none() {
        return contents::of_elf(&ReadCache::new(file));
    }
    file.read_to_end(&mut head).map_err(failed)?;
    contents(&head, member, LIMIT)
}

/// Puts types over their base.
fn finish(
    contents: Contents,
    base: Option<&Arc<Btf>>,
    beside: impl FnOnce() -> Option<Arc<Btf>>,
    name: String,
) -> Result<Opened, Kind> {
    let Contents { types, base: carried, ext } = contents;
    let distilled = carried.map(Btf::parse).transpose().map_err(Kind::Btf)?.map(Arc::new);
    if let Some(distilled) = distilled {
        let over = Arc::new(Btf::parse_split(types, distilled.clone()).map_err(Kind::Btf)?);
        let btf = match base.cloned().or_else(beside) {
            Some(base) => Arc::new(btf::relocate(&over, &base).map_err(Kind::Base)?),
            None => over,
        };
        return Ok(Opened { btf, distilled: Some(distilled), ext, name });
    }
    let btf = if needs_base(types.as_ref()) {
        let base = base.cloned().or_else(beside).ok_or(Kind::NeedsBase)?;
        let btf = Btf::parse_split(types, base).map_err(Kind::Base)?;
        btf.check_references().map_err(Kind::Base)?;
        btf
    } else {
        Btf::parse(types).map_err(Kind::Btf)?
    };
    Ok(Opened { btf: Arc::new(btf), distilled: None, ext, name })
}
