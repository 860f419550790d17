//! What programs send: ring buffers, and perf buffers of older kernels.

mod perf;
#[cfg(feature = "tokio")]
mod tokio;

use std::{
    ops::ControlFlow,
    os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd},
    time::Duration,
};

pub use perf::{PerfBuffers, PerfRecord};

#[cfg(feature = "tokio")]
pub use self::tokio::AsyncRingBuffers;
use crate::{
    Error, Kind, Map,
    errors::at,
    object::Site,
    sys::{self, Errno, epoll::Epoll, ring::Ring},
};

/// Several ring buffers, read as one.
///
/// Records are passed to the caller where they lie, without a copy.
///
/// ```no_run
/// use std::{ops::ControlFlow, time::Duration};
/// use skep::{RingBuffers, Skep};
///
/// let attached = Skep::open("exec.bpf.o")?.load()?.attach()?;
/// let mut rings = RingBuffers::new()?;
/// rings.add(attached.map("events")?)?;
/// loop {
///     rings.poll(Some(Duration::from_secs(1)), |_, record| {
///         println!("{} bytes", record.len());
///         ControlFlow::Continue(())
///     })?;
/// }
/// # Ok::<(), skep::Errors>(())
/// ```
#[derive(Debug)]
#[doc(alias = "ring_buffer__new")]
pub struct RingBuffers {
    rings: Vec<Ring>,
    epoll: Epoll,
}

impl RingBuffers {
    /// None yet.
    ///
    /// # Errors
    /// `kernel-refused` if there are too many open files.
    pub fn new() -> Result<Self, Error> {
        let epoll = Epoll::new().map_err(|error| failed("wait for ring buffers", error))?;
        Ok(Self { rings: Vec::new(), epoll })
    }

    /// Adds a ring buffer; returns the number that its records come with. A ring buffer has one reader: adding it to
    /// another set too loses records.
    ///
    /// # Errors
    /// `map-operation` if the map is no ring buffer, or cannot be mapped.
    #[doc(alias = "ring_buffer__add")]
    pub fn add(&mut self, map: &Map) -> Result<usize, Error> {
        let error = |error| map.failed("map ring buffer", error);
        let ring = Ring::of(map.raw()).map_err(error)?;
        self.epoll.add(ring.as_fd(), self.rings.len() as u64).map_err(error)?;
        self.rings.push(ring);
        Ok(self.rings.len() - 1)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rings.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rings.is_empty()
    }

    /// Waits until a ring buffer has records, no longer than the timeout and without end for `None`, and passes all
    /// there are to `f`, with the number of their ring buffer, until `f` breaks. Returns how many `f` got; none after
    /// the timeout, or when a signal came.
    ///
    /// # Errors
    /// `kernel-refused`.
    #[doc(alias = "ring_buffer__poll")]
    pub fn poll(
        &mut self,
        timeout: Option<Duration>,
        mut f: impl FnMut(usize, &[u8]) -> ControlFlow<()>,
    ) -> Result<usize, Error> {
        let ready = match self.epoll.wait(timeout) {
            Ok(ready) => ready,
            Err(error) if error.errno == Errno::EINTR => return Ok(0),
            Err(error) => return Err(failed("wait for ring buffers", error)),
        };
        let (mut count, mut go_on) = (0, true);
        for at in ready {
            if let Some(ring) = self.rings.get_mut(at as usize).filter(|_| go_on) {
                count += consume(ring, at as usize, &mut f, &mut go_on);
            }
        }
        Ok(count)
    }

    /// Passes the records that are there to `f` until it breaks, without waiting; returns how many it got.
    #[doc(alias = "ring_buffer__consume")]
    pub fn consume(&mut self, mut f: impl FnMut(usize, &[u8]) -> ControlFlow<()>) -> usize {
        let (mut count, mut go_on) = (0, true);
        for (at, ring) in self.rings.iter_mut().enumerate() {
            if go_on {
                count += consume(ring, at, &mut f, &mut go_on);
            }
        }
        count
    }

    /// Bytes in a ring buffer that were not consumed yet.
    #[doc(alias = "ring__avail_data_size")]
    pub fn pending(&self, ring: usize) -> usize {
        self.rings.get(ring).map_or(0, Ring::avail_data)
    }
}

fn consume(ring: &mut Ring, at: usize, f: &mut impl FnMut(usize, &[u8]) -> ControlFlow<()>, go_on: &mut bool) -> usize {
    ring.consume(|record| {
        let flow = f(at, record);
        *go_on = flow.is_continue();
        flow
    })
}

fn failed(action: &str, error: sys::Error) -> Error {
    at(&Site::default(), Kind::Kernel { action: action.to_owned(), error })
}

/// Readable while any ring buffer has records.
impl AsFd for RingBuffers {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.epoll.as_fd()
    }
}

impl AsRawFd for RingBuffers {
    fn as_raw_fd(&self) -> RawFd {
        self.as_fd().as_raw_fd()
    }
}
