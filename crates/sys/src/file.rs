//! The small files in which the kernel says one thing.

use crate::error::During;
use crate::{Errno, Error, Result};
use std::fs::File;
use std::io::Read;
use std::os::fd::{BorrowedFd, OwnedFd, RawFd};
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

/// Another descriptor for what a descriptor is open for, closed by itself when a program is executed.
///
/// # Errors
/// `EBADF` if it is not open; `EMFILE`.
#[doc(alias = "F_DUPFD_CLOEXEC")]
pub fn duplicate(fd: RawFd) -> Result<OwnedFd> {
    if fd < 0 {
        return Err(Error::new("fcntl", Errno::EBADF));
    }
    // SAFETY: the number is only handed to fcntl, within this call; the kernel checks whether it is open.
    let borrowed = unsafe { BorrowedFd::borrow_raw(fd) };
    borrowed.try_clone_to_owned().during("fcntl")
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
