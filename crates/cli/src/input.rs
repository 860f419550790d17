//! Files on the command line.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use skep::{
    Linked,
    linker::{Library, groups},
    object::{Object, elf, nearest},
};

use crate::{
    assembly,
    cmd::link,
    report::{Failure, Report, status},
};

/// Reads an object, or assembles it if the file is a source.
pub fn object(path: &Path) -> Result<Object, Failure> {
    object_of(path, bytes(path)?, false)
}

/// The object of a file that was read; with debug information if that is wanted.
pub fn object_of(path: &Path, bytes: Vec<u8>, debug: bool) -> Result<Object, Failure> {
    let name = path.to_string_lossy();
    if assembly::is_source(path) {
        return assembly::object(&assembly::assemble(&name, bytes)?);
    }
    let object = match debug {
        true => elf::read_with_debug(&name, &&*bytes),
        false => elf::read(&name, &bytes),
    };
    object.map_err(|errors| Failure::of(status::INPUT, &errors))
}

/// Reads and links objects.
pub fn linked(objects: impl IntoIterator<Item = Object>) -> Result<Linked, Failure> {
    skep::linker::link(objects).map_err(|errors| link::failure(&errors))
}

/// Reads objects, and what they need of archives, and links all into one.
pub fn one(paths: &[PathBuf]) -> Result<Linked, Failure> {
    match paths {
        [path] if !is_library(path) => linked([object(path)?]),
        several => link::read(several).and_then(|inputs| linked(inputs.objects)),
    }
}

/// Reads objects, and what they need of archives, and links those that need each other.
pub fn several(paths: &[PathBuf]) -> Result<Vec<Linked>, Failure> {
    let groups = groups_of(paths)?;
    if groups.is_empty() {
        return linked([]).map(|linked| vec![linked]);
    }
    Failure::collect(groups.into_iter().map(linked))
}

/// Reads objects, and what they need of archives, in groups that need each other.
pub fn groups_of(paths: &[PathBuf]) -> Result<Vec<Vec<Object>>, Failure> {
    Ok(groups(link::read(paths)?.objects))
}

/// Whether a file is an archive. What cannot be read is none.
pub fn is_library(path: &Path) -> bool {
    let mut magic = [0; 8];
    fs::File::open(path).and_then(|mut file| file.read_exact(&mut magic)).is_ok() && Library::is_one(&magic)
}

/// Reads the bytes of an object, or assembles them if the file is a source.
pub fn elf(path: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = bytes(path)?;
    if !assembly::is_source(path) {
        return Ok(bytes);
    }
    let assembled = assembly::assemble(&path.to_string_lossy(), bytes)?;
    assembly::object(&assembled)?;
    Ok(assembled.elf)
}

/// Reads a file.
pub fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| {
        let mut report = Report::new("file-unreadable", format!("cannot read {}: {}", path.display(), reason(&error)));
        report.help = advice(path, &error);
        Failure::new(status::INPUT, report)
    })
}

/// What to do about a file that cannot be read.
fn advice(path: &Path, error: &io::Error) -> Option<String> {
    match error.kind() {
        io::ErrorKind::NotFound => {
            let wanted = path.file_name()?.to_str()?;
            let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty());
            let names = fs::read_dir(dir.unwrap_or(Path::new("."))).ok()?;
            let names: Vec<_> = names.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
            let near = nearest(wanted, names.iter().map(String::as_str))?;
            Some(format!("did you mean `{}`?", dir.map_or_else(|| PathBuf::from(near), |dir| dir.join(near)).display()))
        }
        io::ErrorKind::IsADirectory => Some("name the objects in it, as in `skep dump DIR/*.o`".into()),
        io::ErrorKind::PermissionDenied => Some("it exists, but this user may not read it".into()),
        _ => None,
    }
}

/// What the system says, without its number.
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
}
