//! Types named on the command line.

use std::{fs, path::Path, sync::Arc};

use skep::{
    btf,
    btf_source::{self, Kind, Opened, Source},
    reloc,
};

use crate::{
    args::btf::Base,
    input,
    report::{Failure, Report, status},
};

/// Opens a source, over the base that was named, if it needs one.
pub fn open(text: &str, base: &Base) -> Result<Opened, Failure> {
    let base = base.base.as_deref().map(base_of).transpose()?;
    Source::parse(text).and_then(|source| btf_source::open(&source, base.as_ref())).map_err(|error| failure(&error))
}

/// The same, but what compilers leave to loaders is settled in the types of objects: where variables are in their
/// sections, and what externs are.
pub fn open_settled(text: &str, base: &Base) -> Result<Opened, Failure> {
    let mut opened = open(text, base)?;
    if opened.ext.is_some() {
        let object = input::object(Path::new(text))?;
        if let Some(btf) = object.btf {
            opened.btf = btf;
        }
        if let Some(bytes) = reloc::settled(&opened.btf).map_err(|error| broken(text, &error))? {
            opened.btf = Arc::new(btf::Btf::parse(bytes).map_err(|error| broken(text, &error))?);
        }
    }
    Ok(opened)
}

/// Opens what others go on from.
pub fn base_of(text: &str) -> Result<Arc<btf::Btf>, Failure> {
    let opened = Source::parse(text).and_then(|source| btf_source::open(&source, None));
    opened.map(|opened| opened.btf).map_err(|error| failure(&error))
}

/// Why a source gave no types.
pub fn failure(error: &btf_source::Error) -> Failure {
    let mut report = Report::new(error.code(), error.kind.to_string()).file(&error.source);
    report.help = error.help();
    let status = match &error.kind {
        Kind::Number(_) => status::USAGE,
        Kind::Kernel(error) if error.errno == skep::sys::Errno::EPERM => status::PRIVILEGE,
        Kind::Kernel(_) => status::TARGET,
        _ => status::INPUT,
    };
    Failure::new(status, report)
}

/// What is wrong with the types of a source.
pub fn broken(name: &str, error: &btf::Error) -> Failure {
    Failure::new(status::INPUT, Report::new(error.code(), error.to_string()).file(name))
}

/// What a line about a file begins with, if one is written.
pub fn said(path: Option<&Path>) -> String {
    path.map(|path| format!("{}: ", path.display())).unwrap_or_default()
}

/// Writes a file.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    fs::write(path, bytes).map_err(|error| {
        let why = format!("cannot write {}: {}", path.display(), input::reason(&error));
        Failure::new(status::INPUT, Report::new("file-unwritable", why))
    })
}
