//! Files on the command line.

use std::{fs, path::Path};

use skep::object::Object;

use crate::report::{Failure, Report, status};

/// Reads an object.
pub fn object(path: &Path) -> Result<Object, Failure> {
    let bytes = bytes(path)?;
    skep::object::elf::read(&path.to_string_lossy(), &bytes).map_err(|errors| Failure::of(status::INPUT, &errors))
}

/// Reads and links objects.
pub fn linked(objects: impl IntoIterator<Item = Object>) -> Result<skep::linker::Linked, Failure> {
    skep::linker::link(objects).map_err(|errors| Failure::of(status::INPUT, &errors))
}

/// Reads a file.
pub fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| {
        let report = Report::new("file-unreadable", format!("cannot read {}: {}", path.display(), reason(&error)));
        Failure::new(status::INPUT, report)
    })
}

/// What the system says, without its number.
pub fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
}
