//! epoll(7), with a number of the caller's for each descriptor.

use crate::Result;
use crate::error::During;
use rustix::event::{Timespec, epoll};
use std::fmt;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::time::Duration;

/// The descriptors that are reported at a time.
const MOST: usize = 64;

/// Waits for any of several descriptors to become readable.
pub struct Epoll {
    fd: OwnedFd,
    /// The numbers of what was readable last. The kernel's own records hold a pointer, which could not go to another
    /// thread.
    ready: Vec<u64>,
}

impl Epoll {
    /// An empty set that reports at most 64 descriptors at a time.
    ///
    /// # Errors
    /// `EMFILE`, `ENOMEM`.
    pub fn new() -> Result<Self> {
        let fd = epoll::create(epoll::CreateFlags::CLOEXEC).during("epoll_create1")?;
        Ok(Self { fd: crate::at_least_3(fd)?, ready: Vec::with_capacity(MOST) })
    }

    /// Adds a descriptor; `data` is what [`wait`](Self::wait) gives for it. Closing the descriptor removes it.
    ///
    /// # Errors
    /// `EEXIST` if it is there already; `EPERM` if it cannot be waited for.
    pub fn add(&self, fd: BorrowedFd<'_>, data: u64) -> Result<()> {
        epoll::add(&self.fd, fd, epoll::EventData::new_u64(data), epoll::EventFlags::IN).during("epoll_ctl")
    }

    /// Removes a descriptor.
    ///
    /// # Errors
    /// `ENOENT` if it is not there.
    pub fn remove(&self, fd: BorrowedFd<'_>) -> Result<()> {
        epoll::delete(&self.fd, fd).during("epoll_ctl")
    }

    /// Waits for readable descriptors, without end for `None`, and gives their numbers; none after the timeout.
    ///
    /// # Errors
    /// `EINTR` on a signal.
    pub fn wait(&mut self, timeout: Option<Duration>) -> Result<impl Iterator<Item = u64>> {
        // A time too long for the kernel is as good as none.
        let timeout = timeout.and_then(|time| Timespec::try_from(time).ok());
        let mut events = [const { MaybeUninit::uninit() }; MOST];
        let (events, _) = epoll::wait(&self.fd, &mut events, timeout.as_ref()).during("epoll_wait")?;
        self.ready.clear();
        self.ready.extend(events.iter().map(|event| event.data.u64()));
        Ok(self.ready.iter().copied())
    }
}

impl fmt::Debug for Epoll {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Epoll").field(&self.fd).finish()
    }
}

impl AsRawFd for Epoll {
    fn as_raw_fd(&self) -> RawFd {
        self.fd.as_raw_fd()
    }
}

impl AsFd for Epoll {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}
