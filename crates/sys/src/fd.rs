//! Descriptors that cannot be mistaken for the standard streams.

use crate::{Error, Result};
use rustix::io::fcntl_dupfd_cloexec;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

/// The same open file at a descriptor of 3 or more.
///
/// bpf(2) reads descriptor 0 as "none" in many fields, so a map or program must never sit there; 1 and 2 are where
/// a library's careless printing would land.
///
/// # Errors
/// `EMFILE` when there is no free descriptor.
pub fn at_least_3(fd: OwnedFd) -> Result<OwnedFd> {
    if fd.as_raw_fd() >= 3 {
        return Ok(fd);
    }
    fcntl_dupfd_cloexec(fd.as_fd(), 3).map_err(|errno| Error::new("fcntl(F_DUPFD_CLOEXEC)", errno))
}

/// The number of a descriptor in a field of bpf(2), where "none" is 0.
pub(crate) fn or_zero(fd: Option<BorrowedFd<'_>>) -> u32 {
    // Open descriptors are never negative.
    fd.map_or(0, |fd| fd.as_raw_fd() as u32)
}
