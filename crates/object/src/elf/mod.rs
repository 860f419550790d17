//! Objects from ELF files.

use crate::{Errors, Kind, Object};

/// Reads a relocatable ELF file of either byte order. `file` is its name for messages, and names the object.
///
/// # Errors
/// Everything that is wrong with the file, not only the first thing.
pub fn read(file: &str, bytes: &[u8]) -> Result<Object, Errors<Kind>> {
    let _ = bytes;
    Err(crate::Error::new(crate::Site::file(&file.into()), Kind::NotElf("empty".into())).into())
}
