//! Perf buffers: a ring for each CPU, for kernels without ring buffers (before 5.8).

use std::{
    ops::ControlFlow,
    os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd},
    time::Duration,
};

use super::failed;
use crate::{
    Error, Map,
    sys::{
        Errno,
        bpf::ElemFlags,
        cpu,
        epoll::Epoll,
        perf_ring::{PerfRing, Record},
    },
};

/// What a perf buffer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PerfRecord<'a> {
    /// What a program on this CPU wrote, and up to 7 bytes after it that the kernel does not tell apart.
    Sample {
        /// The CPU.
        cpu: u32,
        /// The bytes.
        data: &'a [u8],
    },
    /// So many records of this CPU were lost because its ring was full.
    Lost {
        /// The CPU.
        cpu: u32,
        /// The number of records.
        count: u64,
    },
}

/// The rings of a `PERF_EVENT_ARRAY` map, one for each CPU that is up.
#[derive(Debug)]
#[doc(alias = "perf_buffer__new")]
pub struct PerfBuffers {
    rings: Vec<PerfRing>,
    epoll: Epoll,
}

impl PerfBuffers {
    /// Opens a ring of so many pages, a power of two, for each CPU that is up, and puts them into the map.
    ///
    /// # Errors
    /// `map-operation`.
    pub fn new(map: &Map, pages: usize) -> Result<Self, Error> {
        let error = |error| map.failed("open perf buffer", error);
        let mut buffers = Self { rings: Vec::new(), epoll: Epoll::new().map_err(error)? };
        let entries = map.info()?.max_entries;
        for cpu in cpu::online().map_err(error)?.into_iter().filter(|&cpu| cpu < entries) {
            let ring = PerfRing::new(cpu, pages, 1).map_err(error)?;
            let fd = ring.as_fd().as_raw_fd();
            map.update(&cpu.to_ne_bytes(), &fd.to_ne_bytes(), ElemFlags::ANY)?;
            buffers.epoll.add(ring.as_fd(), buffers.rings.len() as u64).map_err(error)?;
            buffers.rings.push(ring);
        }
        Ok(buffers)
    }

    /// Waits until a ring has records, no longer than the timeout and without end for `None`, and passes all there are
    /// to `f` until it breaks. Returns how many `f` got; none after the timeout, or when a signal came.
    ///
    /// # Errors
    /// `kernel-refused`.
    #[doc(alias = "perf_buffer__poll")]
    pub fn poll(
        &mut self,
        timeout: Option<Duration>,
        mut f: impl FnMut(PerfRecord<'_>) -> ControlFlow<()>,
    ) -> Result<usize, Error> {
        let ready = match self.epoll.wait(timeout) {
            Ok(ready) => ready,
            Err(error) if error.errno == Errno::EINTR => return Ok(0),
            Err(error) => return Err(failed("wait for perf buffers", error)),
        };
        let (mut count, mut go_on) = (0, true);
        for at in ready {
            if let Some(ring) = self.rings.get_mut(at as usize).filter(|_| go_on) {
                let cpu = ring.cpu();
                count += ring.consume(|record| {
                    let flow = match record {
                        Record::Sample(data) => f(PerfRecord::Sample { cpu, data }),
                        Record::Lost(count) => f(PerfRecord::Lost { cpu, count }),
                        _ => ControlFlow::Continue(()),
                    };
                    go_on = flow.is_continue();
                    flow
                });
            }
        }
        Ok(count)
    }
}

/// Readable while any ring has records.
impl AsFd for PerfBuffers {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.epoll.as_fd()
    }
}

impl AsRawFd for PerfBuffers {
    fn as_raw_fd(&self) -> RawFd {
        self.as_fd().as_raw_fd()
    }
}
