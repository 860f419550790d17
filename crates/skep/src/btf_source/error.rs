//! Why there are no types where they were looked for.

use std::{fmt, path::PathBuf};

use crate::{btf, sys};

/// Why a source gave no types.
#[derive(Debug)]
pub struct Error {
    /// The source, as it was named.
    pub source: String,
    /// What is wrong with it.
    pub kind: Kind,
}

/// What can be wrong with a source of types.
#[derive(Debug)]
#[non_exhaustive]
pub enum Kind {
    /// A file cannot be read.
    File(PathBuf, std::io::Error),
    /// Nothing that types can stand in; its first bytes.
    Unknown(Vec<u8>),
    /// An ELF file that contradicts itself.
    Elf(String),
    /// Compressed data that cannot be unpacked.
    Packed {
        /// How it is compressed.
        format: &'static str,
        /// What the decoder says.
        why: String,
    },
    /// More bytes than anything sensible, after unpacking.
    TooLarge(usize),
    /// It has no types; what it is.
    NoTypes(&'static str),
    /// It goes on from other types, which were not given.
    NeedsBase,
    /// What it goes on from is not what was given.
    Base(btf::Error),
    /// Its types are not valid.
    Btf(btf::Error),
    /// A package that has no such file.
    NoMember {
        /// The file.
        path: String,
        /// The nearest there is.
        nearest: Option<String>,
    },
    /// Assembly text that is no text.
    NoText,
    /// Assembly text in which something is wrong; what it is.
    Text(String),
    /// The kernel does not give it.
    Kernel(sys::Error),
    /// The number in `id:NUMBER` and the like is none.
    Number(String),
}

impl Error {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match &self.kind {
            Kind::File(..) => "source-unreadable",
            Kind::Unknown(_) => "source-unknown",
            Kind::Elf(_) => "source-elf",
            Kind::Packed { .. } => "source-packed",
            Kind::TooLarge(_) => "source-too-large",
            Kind::NoTypes(_) => "source-no-types",
            Kind::NeedsBase => "source-needs-base",
            Kind::Base(_) => "source-base",
            Kind::Btf(error) => error.code(),
            Kind::NoMember { .. } => "source-no-member",
            Kind::NoText | Kind::Text(_) => "source-text",
            Kind::Kernel(_) => "source-kernel",
            Kind::Number(_) => "source-number",
        }
    }

    /// What to do.
    pub fn help(&self) -> Option<String> {
        let help = match &self.kind {
            Kind::File(_, error) if error.kind() == std::io::ErrorKind::NotFound => {
                "name a file, `running`, a loaded module, `id:NUMBER`, `prog:NUMBER` or `map:NUMBER`".into()
            }
            Kind::Unknown(_) => {
                "raw BTF, ELF files, kernel images, modules and packages of distributions have types".into()
            }
            Kind::NoTypes("a kernel image") => "it was built without CONFIG_DEBUG_INFO_BTF".into(),
            Kind::NoTypes("an ELF file") => "compile with -g; for modules, with CONFIG_DEBUG_INFO_BTF_MODULES".into(),
            Kind::NeedsBase => "name the kernel it was built for with `--base`".into(),
            Kind::Base(_) => "name the very kernel that it was built for".into(),
            Kind::NoMember { nearest: Some(nearest), .. } => format!("did you mean `{nearest}`?"),
            Kind::Kernel(error) if error.errno == sys::Errno::ENOENT && error.call.starts_with("BPF_") => {
                "nothing has this id, or not any more".into()
            }
            Kind::Kernel(error) if error.errno == sys::Errno::ENOENT => {
                "no module of this name is loaded, or it has no types".into()
            }
            Kind::Kernel(error) if error.errno == sys::Errno::EPERM => "ask as root, or with CAP_SYS_ADMIN".into(),
            _ => return None,
        };
        Some(help)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.source, self.kind)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, error) => {
                let text = error.to_string();
                let why = text.split(" (os error").next().unwrap_or_default().to_lowercase();
                write!(f, "cannot read {}: {why}", path.display())
            }
            Self::Unknown(first) if first.is_empty() => f.write_str("nothing that types stand in: it is empty"),
            Self::Unknown(first) => {
                f.write_str("nothing that types stand in; it begins with")?;
                first.iter().try_for_each(|byte| write!(f, " {byte:02x}"))
            }
            Self::Elf(why) => write!(f, "not a sound ELF file: {why}"),
            Self::Packed { format, why } => write!(f, "cannot unpack {format}: {why}"),
            Self::TooLarge(limit) => write!(f, "unpacks to more than {limit} bytes"),
            Self::NoTypes(what) => write!(f, "{what} without types"),
            Self::NeedsBase => f.write_str("its types go on from those of a kernel, which is not known"),
            Self::Base(error) => write!(f, "its types do not go on from those given: {error}"),
            Self::Btf(error) => error.fmt(f),
            Self::NoMember { path, .. } => write!(f, "the package has no file `{path}`"),
            Self::NoText => f.write_str("not UTF-8, as assembly text is"),
            Self::Text(errors) => write!(f, "cannot be assembled: {errors}"),
            Self::Kernel(error) => error.fmt(f),
            Self::Number(text) => write!(f, "`{text}` is no number"),
        }
    }
}

impl std::error::Error for Error {}
