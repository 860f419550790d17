//! The small files in which the kernel says one thing.

use crate::error::During;
use crate::{Errno, Error, Result};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The text of a small file, without spaces at its ends.
///
/// # Errors
/// Those of opening and reading, as failures of `call`.
pub fn text(call: &'static str, path: impl AsRef<Path>) -> Result<String> {
    // Files of sysfs and procfs give a size of 0 or a page, so a plain read into one page does for nearly all.
    let mut text = String::with_capacity(4096);
    File::open(path).and_then(|mut file| file.read_to_string(&mut text)).during(call)?;
    text.truncate(text.trim_end().len());
    Ok(text)
}

/// The decimal number that a small file holds.
///
/// # Errors
/// As [`text`]; `EINVAL` if it holds no number.
pub fn number(call: &'static str, path: impl AsRef<Path>) -> Result<u32> {
    // Longer than any number with the spaces around it.
    let mut bytes = [0; 32];
    let len = File::open(path).and_then(|mut file| file.read(&mut bytes)).during(call)?;
    let text = bytes.get(..len).and_then(|text| core::str::from_utf8(text).ok());
    text.and_then(|text| text.trim().parse().ok()).ok_or(Error::new(call, Errno::EINVAL))
}
